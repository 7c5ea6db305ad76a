-- One row per change of a roll-up cell with its cost and charge in exact USD. Reports sum these: to
-- make cells of them first would cost more than the report.
select
{{ cell_key("usage.") }},
    usage.record_count,
{{ quantities("usage.") }},
    case when usage.price_id is null then usage.record_count else 0 end as unpriced_count,
    usage.cost_usd,
    {{ charge("usage.") }} as charge_usd
from usage_delta as usage
left join charge_factor as factor on usage.account_id is not distinct from factor.account_id
