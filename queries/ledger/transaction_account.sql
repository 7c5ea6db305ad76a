-- One row, or none: whose transaction an id is, found by the time in it.
select account_id
from credit_transaction
where created_at = $created_at and transaction_id = $transaction_id
