-- One row per model as sent and price state of what a load would append.
select
    provider,
    model,
    model_as_sent,
    coalesce(unpriced_reason, 'priced') as state,
    count(*) as count,
    cast(sum(cost_usd) as decimal(38, 18)) as cost_usd
from usage_open
where load_id = $load_id
group by
    provider,
    model,
    model_as_sent,
    coalesce(unpriced_reason, 'priced')
order by count desc, model_as_sent
