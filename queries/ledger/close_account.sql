-- One row: an account that is closed; its first closing counts.
update account
set
    closed_at = coalesce(closed_at, $closed_at),
    updated_at = $closed_at
where account_id = $account_id
