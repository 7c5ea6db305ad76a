-- One row per transaction: credits that came or went. It never changes.
create table credit_transaction (
    transaction_id varchar not null,
    account_id varchar not null,
    account_sequence bigint not null,
    type varchar not null,
    kind varchar not null,
    amount decimal(18, 6) not null,
    balance_after decimal(18, 6) not null,
    description varchar,
    payment_method varchar,
    metadata varchar,
    reservation_id varchar,
    created_at timestamp not null
)
