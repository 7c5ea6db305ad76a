-- One row per transaction that has one of some ids: whose it is, found by the times in the ids.
select
    transaction_id,
    account_id
from credit_transaction
where
    created_at in (select unnest(cast($created_at as timestamp[])))
    and transaction_id in (select unnest(cast($transaction_ids as varchar[])))
