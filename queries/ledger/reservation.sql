-- One row, or none: the reservation of an id, found by the time in it.
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
where reservation.created_at = $created_at and reservation.reservation_id = $reservation_id
