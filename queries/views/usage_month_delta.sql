-- One row per month's total of a roll-up cell, and per change of it that is not compacted yet: a
-- whole month read from few rows.
select
    month,
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
from usage_month_total
union all
select
    cast(date_trunc('month', local_day) as date) as month,
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
where not is_compacted
union all
select
    cast(date_trunc('month', local_day) as date) as month,
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
