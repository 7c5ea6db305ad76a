-- One row: how many transactions a span of time has.
select count(*) as total
from credit_transaction
where
    ($account_id is null or account_id = $account_id)
    and ($first_at is null or created_at >= $first_at)
    and ($end_at is null or created_at < $end_at)
