-- One row per month, model and meter that a document billed: a credit note takes it back.
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
    -quantity as quantity,
    cast(-charge_usd as decimal(38, 24)) as charge_usd
from invoice_usage
where number = $refers_to
