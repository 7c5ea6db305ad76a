-- One row per meter of a usage record that its price has a rate for.
select
    meter,
    quantity,
    rate_usd,
    per,
    cost_usd
from line
order by position
