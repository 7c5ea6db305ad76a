-- One row per month's total of its compacted cells, in the order of accounts.
insert into usage_month_total (
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
)
select
    cast($start_day as date) as month,
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
from month_cell
group by
    context,
    account_id,
    usage_type,
    provider,
    model,
    variant,
    price_id
order by account_id
