-- One row per account of what a load would append; no account is system usage.
select
    external_id,
    count(*) as count,
    cast(sum(cost_usd) as decimal(38, 18)) as cost_usd
from rated_usage
where load_id = $load_id
group by external_id
order by count desc, external_id
