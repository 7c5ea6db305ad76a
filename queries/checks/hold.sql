-- One row per account whose reserved credits are not the sum of what its pending reservations hold.
with held as (
    select
        account_id,
        sum(amount) as reserved,
        min(expires_at) as first_expiry_at
    from reservation
    where status = 'pending'
    group by account_id
)

select
    coalesce(account.account_id, held.account_id) as account_id,
    account.reserved as reserved,
    held.reserved as held
from account
full outer join held on account.account_id = held.account_id
where
    account.account_id is null
    or account.reserved is distinct from coalesce(held.reserved, 0)
    or held.reserved is not null and account.next_expiry_at is null
    or held.first_expiry_at < account.next_expiry_at
