-- One row per transaction whose balance is not the one before it, plus or minus its amount.
with running as (
    select
        transaction_id,
        account_id,
        account_sequence,
        type,
        amount,
        balance_after,
        created_at,
        row_number() over account_order as place,
        lag(created_at) over account_order as earlier_at,
        sum(case when type = 'credit' then amount else -amount end) over (
            partition by account_id
            order by account_sequence
            rows between unbounded preceding and current row
        ) as balance
    from credit_transaction
    window account_order as (partition by account_id order by account_sequence)
)

select
    transaction_id,
    account_id,
    balance_after,
    balance
from running
where
    balance_after <> balance
    or account_sequence <> place
    or created_at < earlier_at
    or balance_after < 0
    or amount < 0
    or amount = 0 and type <> 'debit'
    or type not in ('credit', 'debit')
