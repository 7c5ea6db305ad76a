-- One row, or none: an account's balance before an instant.
select balance_after
from credit_transaction
where account_id = $account_id and created_at < $end_at
order by account_sequence desc
limit 1
