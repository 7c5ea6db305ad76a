-- One row per day of a month, from the records.
select
    local_day as day,
    count(*) as records,
    cast(sum(input_tokens) as bigint) as input_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    cast(sum(cost_usd) as decimal(38, 18)) as cost_usd,
    cast(sum(charge_usd) as decimal(38, 24)) as charge_usd,
    count(*) - count(price_id) as unpriced
from rated_usage
where local_day >= cast($start_day as date) and local_day < cast($end_day as date)
group by local_day
order by day
