-- One row per reservation of an account that was live at an instant, oldest first.
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
    reservation.account_id = $account_id
    and reservation.created_at <= $at
    and reservation.expires_at > $at
    and (reservation.resolved_at is null or reservation.resolved_at > $at)
order by reservation.created_at, reservation.reservation_id
