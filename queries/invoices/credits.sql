-- One row per account that has had credits before the end of a month: what it held at its start and
-- at its end.
select
    account_id,
    cast(
        sum(case
            when created_at >= $start_at then 0
            when type = 'credit' then amount
            else -amount
        end) as decimal(38, 6)
    ) as opening,
    cast(sum(case when type = 'credit' then amount else -amount end) as decimal(38, 6)) as closing
from credit_transaction
where
    created_at < $end_at
    and ($account_id is null or account_id = $account_id)
group by account_id
