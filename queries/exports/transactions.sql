-- One row per transaction of a span of days, by time.
with zone as (
    select value as billing_timezone
    from setting
    where name = 'billing_timezone'
),

-- The instants, in UTC, at which the first day begins and at which the last one has ended.
span as (
    select
        (cast(cast($start_day as date) as timestamp) at time zone billing_timezone)
        at time zone 'UTC' as first_at,
        (cast(cast($end_day as date) as timestamp) at time zone billing_timezone)
        at time zone 'UTC' as end_at
    from zone
)

select
    credit_transaction.transaction_id as id,
    credit_transaction.account_id,
    account.external_id,
    credit_transaction.account_sequence,
    credit_transaction.created_at,
    credit_transaction.type,
    credit_transaction.kind,
    credit_transaction.amount,
    credit_transaction.balance_after,
    credit_transaction.description,
    credit_transaction.payment_method,
    credit_transaction.reservation_id,
    credit_transaction.metadata
from credit_transaction
inner join account on credit_transaction.account_id = account.account_id
cross join span
where
    ($account is null or account.account_id = $account or account.external_id = $account)
    and ($start_day is null or credit_transaction.created_at >= span.first_at)
    and ($end_day is null or credit_transaction.created_at < span.end_at)
order by
    credit_transaction.created_at,
    credit_transaction.account_id,
    credit_transaction.account_sequence
