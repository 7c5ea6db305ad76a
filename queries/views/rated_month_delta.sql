-- One row per month's total of a roll-up cell, and per change of it that is not compacted yet, with
-- its cost and charge in exact USD.
select
    usage.month,
{{ month_key("usage.") }},
    usage.record_count,
{{ quantities("usage.") }},
    case when usage.price_id is null then usage.record_count else 0 end as unpriced_count,
    usage.cost_usd,
    {{ charge("usage.") }} as charge_usd
from usage_month_delta as usage
left join charge_factor as factor on usage.account_id is not distinct from factor.account_id
