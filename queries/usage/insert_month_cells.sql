-- One row per roll-up cell of a month, in place of its changes.
insert into usage_daily_delta (
{{ cell_key() }},
    record_count,
{{ quantities() }},
    cost_usd,
    is_compacted
)
select
{{ cell_key() }},
    record_count,
{{ quantities() }},
    cost_usd,
    true as is_compacted
from month_cell
