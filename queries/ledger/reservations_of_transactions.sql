-- One row per reservation that one of some transactions confirmed.
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
where list_contains($transaction_ids, reservation.transaction_id)
