-- One row per change of a roll-up cell: what a load added or took, and each single record that is
-- not rolled up yet.
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
    cost_usd
from usage_daily_delta
union all
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
    cost_usd
from recorded_delta
