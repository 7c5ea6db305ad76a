-- One row per row of invoices/changed_usage, which is kept for the session.
select *
from invoice_adjustment
order by
    account_id,
    month,
    provider,
    model,
    meter
