-- One row per reservation that was made in a span of days, by time. One whose time is over is
-- pending here until its account is written next.
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
    reservation.reservation_id as id,
    reservation.account_id,
    account.external_id,
    reservation.created_at,
    reservation.expires_at,
    reservation.status,
    reservation.amount,
    reservation.resolved_at,
    reservation.charged,
    reservation.shortfall,
    reservation.transaction_id,
    reservation.metadata
from reservation
inner join account on reservation.account_id = account.account_id
cross join span
where
    ($account is null or account.account_id = $account or account.external_id = $account)
    and ($start_day is null or reservation.created_at >= span.first_at)
    and ($end_day is null or reservation.created_at < span.end_at)
order by
    reservation.created_at,
    reservation.reservation_id
