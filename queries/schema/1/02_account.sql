-- One row per customer.
create table account (
    account_id varchar not null primary key,
    external_id varchar unique,
    name varchar,
    email varchar,
    markup_percent decimal(12, 4),
    created_at timestamp not null,
    updated_at timestamp not null
)
