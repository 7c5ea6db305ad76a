-- One row per account whose balance is not the sum of its transactions: held + spent + free is not
-- what was credited, or something of it is below zero.
with posted as (
    select
        account_id,
        sum(case when type = 'credit' then amount else 0 end) as credited,
        sum(case when type = 'credit' then 0 else amount end) as spent,
        count(*) as transactions
    from credit_transaction
    group by account_id
)

select
    coalesce(account.account_id, posted.account_id) as account_id,
    account.balance,
    account.reserved,
    posted.credited,
    posted.spent
from account
full outer join posted on account.account_id = posted.account_id
where
    account.account_id is null
    or account.balance is distinct from coalesce(posted.credited - posted.spent, 0)
    or account.transaction_count is distinct from coalesce(posted.transactions, 0)
    or account.reserved is null
    or account.reserved < 0
    or account.balance - account.reserved < 0
