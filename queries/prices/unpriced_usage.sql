-- One row per usage record that has no price, of open and of closed months.
select
    record_id,
    local_day,
    context,
    account_id,
    occurred_at,
    usage_type,
    variant,
    provider as old_provider,
    model as old_model,
    unpriced_reason as old_reason,
    provider_as_sent,
    model_as_sent,
{% for meter in meters %}
    {{ meter.name }},
{% endfor %}
    other_meters
from usage_record
where price_id is null
