-- One row per roll-up cell with its cost and charge in exact USD; null where the cell has no price.
select
{{ cell_key("usage.") }},
    usage.record_count,
{{ quantities("usage.") }},
    account.external_id,
    account.name as account_name,
    case when usage.price_id is null then usage.record_count else 0 end as unpriced_count,
    usage.cost_usd,
    {{ charge("usage.") }} as charge_usd
from usage_daily as usage
left join account on usage.account_id = account.account_id
left join charge_factor as factor on usage.account_id is not distinct from factor.account_id
