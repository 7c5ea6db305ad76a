-- One row per account of a page's records, and one without account: the factor that makes a charge
-- of a cost.
select
    factor.account_id,
    account.external_id,
    factor.charge_factor
from charge_factor as factor
left join account
    on factor.account_id = account.account_id and list_contains($account_ids, account.account_id)
where factor.account_id is null or list_contains($account_ids, factor.account_id)
