-- One row per reservation of an account whose time is over.
update reservation
set
    status = 'expired',
    resolved_at = expires_at
where
    account_id = $account_id
    and status = 'pending'
    and expires_at >= $next_expiry_at
    and expires_at <= $now
