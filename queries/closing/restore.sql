-- One row per usage record that comes back from files into the table.
insert into usage_open (
    record_id,
    load_id,
    occurred_at,
    recorded_at,
    local_day,
    context,
    account_id,
    transaction_id,
    provider,
    model,
    provider_as_sent,
    model_as_sent,
    usage_type,
    variant,
{% for meter in meters %}
    {{ meter.name }},
{% endfor %}
    billed_audio_milliseconds,
    other_meters,
    price_id,
    unpriced_reason,
    description,
    tags
)
select
    record_id,
    load_id,
    occurred_at,
    recorded_at,
    local_day,
    context,
    account_id,
    transaction_id,
    provider,
    model,
    provider_as_sent,
    model_as_sent,
    usage_type,
    variant,
{% for meter in meters %}
    {{ meter.name }},
{% endfor %}
    billed_audio_milliseconds,
    other_meters,
    price_id,
    unpriced_reason,
    description,
    tags
from read_parquet($paths, hive_partitioning = false)
