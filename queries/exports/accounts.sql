-- One row per account, with its balance now.
select
    account_id,
    external_id,
    name,
    email,
    markup_percent,
    currency,
    billing_address,
    tax_id,
    balance,
    created_at,
    updated_at,
    closed_at,
    metadata
from account
where $account is null or account_id = $account or external_id = $account
order by
    external_id,
    account_id
