-- One row: what an account's live reservations hold, and when the first of them expires.
select
    cast(coalesce(sum(amount), 0) as decimal(18, 6)) as reserved,
    min(expires_at) as next_expiry_at
from reservation
where account_id = $account_id and status = 'pending' and expires_at > $now
