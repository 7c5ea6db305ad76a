-- One row per change, and one more for each document that billed the month: what it billed exactly.
select
    change.account_id,
    change.month,
    change.number,
    change.charge_factor,
    change.terms,
    change.is_void,
    change.issued_usd,
    change.charge_usd,
    change.unpriced_count,
    billed.owed
from invoice_change as change
inner join invoice_month as billed
    on change.account_id = billed.account_id and change.month = billed.month
order by
    change.account_id,
    change.month
