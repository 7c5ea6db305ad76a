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
    $created_at,
    $created_at
)
