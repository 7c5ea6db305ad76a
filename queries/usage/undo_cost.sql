-- One row: what the records of a load cost.
select cast(coalesce(sum(cost_usd), 0) as decimal(38, 18)) as cost_usd
from usage_open
where load_id = $load_id
