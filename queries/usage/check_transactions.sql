-- One row per staged row; one whose transaction is not there, or is another account's, is rejected.
with known as (
    select
        given_transaction.transaction_id,
        credit_transaction.account_id
    from credit_transaction
    inner join given_transaction
        on credit_transaction.transaction_id = given_transaction.transaction_id
)

select
    staged.* replace (
        case
            when staged.rejection_code is not null or staged.transaction_id is null
                then staged.rejection_code
            when known.transaction_id is null then 'unknown_transaction'
            when staged.context = 'customer' and staged.account_id <> known.account_id
                then 'transaction_mismatch'
        end as rejection_code,
        case
            when staged.rejection_code is null then staged.transaction_id
            else staged.rejection_detail
        end as rejection_detail
    )
from staged
left join known on staged.transaction_id = known.transaction_id
