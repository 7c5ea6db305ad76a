-- One row per model: the records that got a price, with what they cost.
select
    usage.provider,
    usage.model,
    count(*) as record_count,
    cast(sum(usage.cost_usd) as decimal(38, 18)) as cost_usd,
    cast(sum({{ charge("usage.") }}) as decimal(38, 24)) as charge_usd
from changed as usage
left join charge_factor as factor on usage.account_id is not distinct from factor.account_id
where usage.price_id is not null
group by usage.provider, usage.model
order by record_count desc, usage.provider, usage.model
