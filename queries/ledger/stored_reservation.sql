-- One row, or none: the reservation of an id as it is stored, found by the time in it.
select
    reservation_id,
    account_id,
    amount,
    status,
    created_at,
    expires_at,
    resolved_at,
    transaction_id,
    charged,
    shortfall
from reservation
where created_at = $created_at and reservation_id = $reservation_id
