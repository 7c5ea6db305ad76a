-- One row per issued document, in the order of issuing; one of a number, month or account only,
-- where that is given.
select
    number,
    kind,
    purpose,
    status,
    account_id,
    external_id,
    account_name,
    strftime(month, '%Y-%m') as month,
    issue_date,
    due_date,
    currency,
    subtotal,
    tax,
    total,
    refers_to,
    reason,
    voided_by,
    sha256,
    chain_sha256,
    issued_at
from invoice_state
where
    ($number is null or number = $number)
    and ($month is null or month = cast($month as date))
    and ($account is null or account_id = $account or external_id = $account)
order by chain_position
