-- One row: an account with what was given of it, and without what is to be cleared.
update account
set
    name = case
        when not list_contains($cleared, 'name') then coalesce($name, name)
    end,
    email = case
        when not list_contains($cleared, 'email') then coalesce($email, email)
    end,
    markup_percent = case
        when not list_contains($cleared, 'markup_percent')
            then coalesce($markup_percent, markup_percent)
    end,
    currency = coalesce($currency, currency),
    billing_address = case
        when not list_contains($cleared, 'billing_address')
            then coalesce($billing_address, billing_address)
    end,
    tax_id = case
        when not list_contains($cleared, 'tax_id') then coalesce($tax_id, tax_id)
    end,
    metadata = case
        when not list_contains($cleared, 'metadata') then coalesce($metadata, metadata)
    end,
    updated_at = $updated_at
where account_id = $account_id
