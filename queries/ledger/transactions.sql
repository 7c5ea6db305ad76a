-- One row per transaction of a span of time, newest first, a page of them.
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
    ($account_id is null or credit_transaction.account_id = $account_id)
    and ($first_at is null or credit_transaction.created_at >= $first_at)
    and ($end_at is null or credit_transaction.created_at < $end_at)
order by
    credit_transaction.created_at desc,
    credit_transaction.account_sequence desc,
    credit_transaction.account_id
limit $limit offset $offset
