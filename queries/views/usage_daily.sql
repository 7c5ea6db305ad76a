-- One row per day (billing time zone), context, account, usage type, provider, model, variant and
-- price. Cost is linear in the meters, so that of a cell's sums is that of its records, exactly.
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
from usage_delta
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
