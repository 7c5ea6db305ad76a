-- One row per roll-up cell of a month, in the order of accounts: all its changes summed.
select
    local_day,
    context,
    account_id,
    usage_type,
    provider,
    model,
    variant,
    price_id,
    cast(sum(record_count) as bigint) as record_count,
{% for meter in meters %}
    cast(sum({{ meter.name }}) as bigint) as {{ meter.name }},
{% endfor %}
    cast(sum(billed_audio_milliseconds) as bigint) as billed_audio_milliseconds,
    cast(sum(cost_usd) as decimal(38, 18)) as cost_usd
from usage_daily_delta
where
    local_day >= cast($start_day as date)
    and local_day < cast($end_day as date)
group by
    local_day,
    context,
    account_id,
    usage_type,
    provider,
    model,
    variant,
    price_id
having sum(record_count) <> 0
order by
    account_id,
    local_day
