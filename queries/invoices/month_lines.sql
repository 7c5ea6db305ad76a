-- One row per row of invoices/lines, which is kept for the session: in the order of an invoice.
select *
from invoice_line
order by
    account_id,
    provider,
    model,
    position,
    effective_from,
    variant,
    input_tokens_from,
    window_start_second,
    price_id
