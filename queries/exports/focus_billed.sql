-- One row per account and month that a document in force bills: its number, and its terms.
select
    state.number,
    state.account_id,
    state.month,
    state.currency,
    billed.charge_factor,
    billed.charge_usd,
    cast(coalesce(billed.terms ->> '$.exchange_rate.rate', '1') as decimal(24, 12))
        as exchange_rate
from invoice_state as state
inner join invoice_month as billed
    on state.number = billed.number and state.month = billed.month
where
    state.purpose = 'month'
    and state.status = 'issued'
    and billed.terms is not null
