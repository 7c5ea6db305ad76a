-- One row per change of a roll-up cell: what a load added or took, and each single record that is
-- not rolled up yet.
select
{{ cell_key() }},
    record_count,
{{ quantities() }},
    cost_usd
from usage_daily_delta
union all
select
{{ cell_key() }},
    record_count,
{{ quantities() }},
    cost_usd
from recorded_delta
