-- One row per usage record whose transaction does not exist, or is of another account.
select
    usage.record_id,
    usage.account_id,
    usage.transaction_id,
    credit_transaction.account_id as transaction_account_id
from usage_record as usage
left join credit_transaction on usage.transaction_id = credit_transaction.transaction_id
where
    usage.transaction_id is not null
    and (
        credit_transaction.transaction_id is null
        or usage.account_id is distinct from credit_transaction.account_id
        and usage.context = 'customer'
    )
