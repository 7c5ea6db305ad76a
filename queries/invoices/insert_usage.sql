-- One row per model and meter of an account's month: the exact usage that a document bills.
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
    cast($start_day as date) as month,
    provider,
    model,
    meter,
    cast(sum(quantity) as bigint) as quantity,
    cast(sum(charge_usd) as decimal(38, 24)) as charge_usd
from invoice_line
where account_id = $account_id
group by
    account_id,
    provider,
    model,
    meter
