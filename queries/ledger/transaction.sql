-- One row, or none: the transaction of an id, found by the time in it.
select
    credit_transaction.transaction_id,
    credit_transaction.account_id,
    account.external_id,
    credit_transaction.type,
    credit_transaction.kind,
    credit_transaction.amount,
    credit_transaction.balance_after,
    credit_transaction.description,
    credit_transaction.payment_method,
    credit_transaction.metadata,
    credit_transaction.reservation_id,
    credit_transaction.created_at
from credit_transaction
inner join account on credit_transaction.account_id = account.account_id
where
    credit_transaction.created_at = $created_at
    and credit_transaction.transaction_id = $transaction_id
