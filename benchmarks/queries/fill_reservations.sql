-- One row per reservation that a transaction confirmed.
insert into reservation (
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
)
select
    reservation_id,
    account_id,
    1 as amount,
    'confirmed' as status,
    created_at - interval 500 microsecond as created_at,
    created_at + interval 5 minute as expires_at,
    created_at as resolved_at,
    transaction_id,
    1 as charged,
    0 as shortfall
from credit_transaction
where reservation_id is not null
order by created_at
