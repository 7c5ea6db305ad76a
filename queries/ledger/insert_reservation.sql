-- One row: a new reservation.
insert into reservation (
    reservation_id, account_id, amount, status, created_at, expires_at, metadata
)
values (
    $reservation_id, $account_id, $amount, 'pending', $created_at, $expires_at, $metadata
)
