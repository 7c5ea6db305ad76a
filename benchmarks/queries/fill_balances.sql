-- One row per account that has transactions: its balance, and how many there are.
update account
set
    balance = posted.balance,
    transaction_count = posted.transactions,
    written_at = posted.written_at
from (
    select
        account_id,
        sum(case when type = 'credit' then amount else -amount end) as balance,
        count(*) as transactions,
        max(created_at) as written_at
    from credit_transaction
    group by account_id
) as posted
where account.account_id = posted.account_id
