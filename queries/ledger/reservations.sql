-- One row per reservation, newest first, a page of them.
select
    reservation.reservation_id,
    reservation.account_id,
    account.external_id,
    reservation.amount,
    reservation.status,
    reservation.created_at,
    reservation.expires_at,
    reservation.resolved_at,
    reservation.transaction_id,
    reservation.charged,
    reservation.shortfall,
    reservation.metadata,
    account.written_at
from reservation
inner join account on reservation.account_id = account.account_id
where
    ($account_id is null or reservation.account_id = $account_id)
    and (
        not $active_only
        or reservation.status = 'pending'
        and reservation.expires_at > $now
        and (account.written_at is null or reservation.expires_at > account.written_at)
    )
order by reservation.created_at desc, reservation.reservation_id desc
limit $limit offset $offset
