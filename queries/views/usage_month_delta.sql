-- One row per month's total of a roll-up cell, and per change of it that is not compacted yet: a
-- whole month read from few rows.
select
    month,
{{ month_key() }},
    record_count,
{{ quantities() }},
    cost_usd
from usage_month_total
union all
select
    cast(date_trunc('month', local_day) as date) as month,
{{ month_key() }},
    record_count,
{{ quantities() }},
    cost_usd
from usage_daily_delta
where not is_compacted
union all
select
    cast(date_trunc('month', local_day) as date) as month,
{{ month_key() }},
    record_count,
{{ quantities() }},
    cost_usd
from recorded_delta
