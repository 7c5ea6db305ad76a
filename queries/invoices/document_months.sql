-- One row per month that a document bills usage of.
select
    month,
    charge_factor,
    charge_usd,
    owed
from invoice_month
where number = $number
order by month
