-- One row per roll-up cell of a month, in place of its changes.
insert into usage_daily_delta (
    local_day,
    context,
    account_id,
    usage_type,
    provider,
    model,
    variant,
    price_id,
    record_count,
{% for meter in meters %}
    {{ meter.name }},
{% endfor %}
    billed_audio_milliseconds,
    cost_usd,
    is_compacted
)
select
    local_day,
    context,
    account_id,
    usage_type,
    provider,
    model,
    variant,
    price_id,
    record_count,
{% for meter in meters %}
    {{ meter.name }},
{% endfor %}
    billed_audio_milliseconds,
    cost_usd,
    true as is_compacted
from month_cell
