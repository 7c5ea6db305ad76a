-- One row per usage record of a customer without an account, or with one that does not exist.
select
    usage.record_id,
    usage.account_id
from usage_record as usage
left join account on usage.account_id = account.account_id
where
    usage.context = 'customer' and usage.account_id is null
    or usage.account_id is not null and account.account_id is null
    or usage.context not in ('customer', 'system')
