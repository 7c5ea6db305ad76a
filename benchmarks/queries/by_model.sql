-- One row per provider and model of a month, from the records.
select
    provider,
    model,
    count(*) as records,
    cast(sum(input_tokens) as bigint) as input_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    cast(sum(cost_usd) as decimal(38, 18)) as cost_usd,
    cast(sum(charge_usd) as decimal(38, 24)) as charge_usd,
    count(*) - count(price_id) as unpriced
from rated_usage
where local_day >= cast($start_day as date) and local_day < cast($end_day as date)
group by provider, model
order by cost_usd desc nulls last, model, provider
