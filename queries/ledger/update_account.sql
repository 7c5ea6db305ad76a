-- One row: an account with what was given of it.
update account
set
    name = coalesce($name, name),
    email = coalesce($email, email),
    markup_percent = coalesce($markup_percent, markup_percent),
    currency = coalesce($currency, currency),
    billing_address = coalesce($billing_address, billing_address),
    tax_id = coalesce($tax_id, tax_id),
    metadata = coalesce($metadata, metadata),
    monthly_fee = coalesce($monthly_fee, monthly_fee),
    fee_label = coalesce($fee_label, fee_label),
    discount_percent = coalesce($discount_percent, discount_percent),
    monthly_minimum = coalesce($monthly_minimum, monthly_minimum),
    tax = coalesce($tax, tax),
    updated_at = $updated_at
where account_id = $account_id
