-- One row per meter of an estimate.
select
    meter,
    quantity,
    rate_usd,
    per,
    cost_usd
from line
order by position
