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
    currency = case
        when not list_contains($cleared, 'currency') then coalesce($currency, currency)
    end,
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
    monthly_fee = case
        when not list_contains($cleared, 'monthly_fee')
            then coalesce($monthly_fee, monthly_fee)
    end,
    fee_label = case
        when not list_contains($cleared, 'fee_label')
            then coalesce($fee_label, fee_label)
    end,
    discount_percent = case
        when not list_contains($cleared, 'discount_percent')
            then coalesce($discount_percent, discount_percent)
    end,
    monthly_minimum = case
        when not list_contains($cleared, 'monthly_minimum')
            then coalesce($monthly_minimum, monthly_minimum)
    end,
    tax = case
        when not list_contains($cleared, 'tax')
            then coalesce($tax, tax)
    end,
    updated_at = $updated_at
where account_id = $account_id
