-- One row per usage record with its cost (provider's money) and charge (customer's money), both
-- exact USD. Both are null where the record has no price: unknown is not zero. System usage is
-- charged to nobody.
select
{{ listed(usage[:-1], "usage.") }},
    account.external_id,
    account.name as account_name,
    usage.cost_usd,
    {{ charge("usage.") }} as charge_usd
from usage_record as usage
left join account on usage.account_id = account.account_id
left join charge_factor as factor on usage.account_id is not distinct from factor.account_id
