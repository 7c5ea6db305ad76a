-- One row per document and month whose exact usage is not what the document bills, and per document
-- of a month without one.
with usage as (
    select
        number,
        month,
        sum(charge_usd) as charge_usd
    from invoice_usage
    group by number, month
),

billed as (
    select
        number,
        month,
        sum(charge_usd) as charge_usd
    from invoice_month
    group by number, month
)

select
    coalesce(billed.number, usage.number) as number,
    coalesce(billed.month, usage.month) as month,
    billed.charge_usd as billed_usd,
    usage.charge_usd as usage_usd
from billed
full outer join usage on billed.number = usage.number and billed.month = usage.month
where coalesce(billed.charge_usd, 0) <> coalesce(usage.charge_usd, 0) or billed.number is null
union all
select
    invoice.number,
    invoice.month,
    null as billed_usd,
    null as usage_usd
from invoice
left join invoice_month as month on invoice.number = month.number and month.terms is not null
where (invoice.purpose = 'month') <> (month.number is not null)
