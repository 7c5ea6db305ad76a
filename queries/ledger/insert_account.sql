-- One row: a new account.
insert into account (
    account_id,
    external_id,
    name,
    email,
    markup_percent,
    currency,
    billing_address,
    tax_id,
    metadata,
    monthly_fee,
    fee_label,
    discount_percent,
    monthly_minimum,
    tax,
    created_at,
    updated_at
)
values (
    $account_id,
    $external_id,
    $name,
    $email,
    $markup_percent,
    $currency,
    $billing_address,
    $tax_id,
    $metadata,
    $monthly_fee,
    $fee_label,
    $discount_percent,
    $monthly_minimum,
    $tax,
    $created_at,
    $created_at
)
