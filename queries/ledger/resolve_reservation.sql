-- One row: a reservation that is confirmed or cancelled.
update reservation
set
    status = $status,
    resolved_at = $resolved_at,
    transaction_id = $transaction_id,
    charged = $charged,
    shortfall = $shortfall
where created_at = $created_at and reservation_id = $reservation_id
