-- One row per account; the one of an id only, where it is given.
select
    account_id,
    external_id,
    name,
    email,
    markup_percent,
    created_at,
    updated_at,
    closed_at,
    coalesce(currency, (select value from setting where name = 'currency')) as currency,
    billing_address,
    tax_id,
    metadata,
    balance,
    monthly_fee,
    fee_label,
    discount_percent,
    monthly_minimum,
    tax
from account
where $account_id is null or account_id = $account_id
order by external_id, account_id
