-- One row per document and month that it bills usage of: its own, and earlier ones it adjusts.
-- owed is the exact amount in the document's currency, as text: it can have more than 38 digits.
-- terms is what the month was billed on, as JSON; null where the document adjusts the month.
create table invoice_month (
    number varchar not null,
    account_id varchar not null,
    month date not null,
    charge_factor decimal(14, 6) not null,
    charge_usd decimal(38, 24) not null,
    owed varchar not null,
    terms varchar
)
