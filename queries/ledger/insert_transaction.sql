-- One row: a new transaction.
insert into credit_transaction (
    transaction_id,
    account_id,
    account_sequence,
    type,
    kind,
    amount,
    balance_after,
    description,
    payment_method,
    metadata,
    reservation_id,
    created_at
)
values (
    $transaction_id,
    $account_id,
    $account_sequence,
    $type,
    $kind,
    $amount,
    $balance_after,
    $description,
    $payment_method,
    $metadata,
    $reservation_id,
    $created_at
)
