-- One row per document, month, model and meter: the exact usage that the document bills.
create table invoice_usage (
    number varchar not null,
    account_id varchar not null,
    month date not null,
    provider varchar,
    model varchar not null,
    meter varchar not null,
    quantity bigint not null,
    charge_usd decimal(38, 24) not null
)
