-- One row per tax rate and the day from which it holds.
select
    name,
    kind,
    rate_percent,
    note,
    effective_from
from tax_rate
order by name, effective_from
