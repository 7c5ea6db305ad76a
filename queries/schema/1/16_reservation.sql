-- One row per reservation: a hold on credits, and what became of it.
-- Ids begin with the time of their making and rows stand in that order, so that a row is found by
-- the time in its id without an index, however many there are.
create table reservation (
    reservation_id varchar not null,
    account_id varchar not null,
    amount decimal(18, 6) not null,
    status varchar not null,
    created_at timestamp not null,
    expires_at timestamp not null,
    resolved_at timestamp,
    transaction_id varchar,
    charged decimal(18, 6),
    shortfall decimal(18, 6),
    metadata varchar
)
