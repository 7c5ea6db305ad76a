-- One row per earlier month, model and meter of an account: the difference that a document bills.
insert into invoice_usage (
    number,
    account_id,
    month,
    provider,
    model,
    meter,
    quantity,
    charge_usd
)
select
    $number as number,
    account_id,
    month,
    provider,
    model,
    meter,
    quantity,
    charge_usd
from invoice_adjustment
where account_id = $account_id
