-- One row per roll-up cell: what leaves it. It had no price, so it was billed as it was counted.
insert into usage_daily_delta (
{{ cell_key() }},
    record_count,
{{ quantities() }},
    cost_usd
)
select
    local_day,
    context,
    account_id,
    usage_type,
    provider,
    model,
    variant,
    null as price_id,
    -count(*) as record_count,
{% for meter in meters %}
    -sum({{ meter.name }}) as {{ meter.name }},
{% endfor %}
{% for meter in meters if meter.billed != meter.name %}
    -sum({{ meter.name }}) as {{ meter.billed }},
{% endfor %}
    null as cost_usd
from usage_open
semi join changed on usage_open.record_id = changed.record_id
group by
    local_day,
    context,
    account_id,
    usage_type,
    provider,
    model,
    variant
