-- One row: an account with what was given of it.
update account
set
    name = coalesce($name, name),
    email = coalesce($email, email),
    markup_percent = coalesce($markup_percent, markup_percent),
    updated_at = $updated_at
where account_id = $account_id
