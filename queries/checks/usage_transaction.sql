-- One row per usage record whose transaction does not exist, or is of another account.
-- What was recorded before a book had transactions may name anything.
with ledger as (
    select min(applied_at) as began_at
    from schema_version
    where version = 3
)

select
    usage.record_id,
    usage.account_id,
    usage.transaction_id,
    credit_transaction.account_id as transaction_account_id
from usage_record as usage
cross join ledger
left join credit_transaction on usage.transaction_id = credit_transaction.transaction_id
where
    usage.transaction_id is not null
    and usage.recorded_at >= ledger.began_at
    and (
        credit_transaction.transaction_id is null
        or usage.account_id is distinct from credit_transaction.account_id
        and usage.context = 'customer'
    )
