-- One row per customer. balance is the sum of its transactions; reserved is what of it pending
-- reservations hold, with a digit more, since a hold is added before it is known to be covered.
-- Before next_expiry_at none of them expires; written_at is when its credits were last written, and
-- its time never goes back behind that. An account without a currency has that of the book, one
-- without a tax that of the configuration; metadata is a JSON object as text.
create table account (
    account_id varchar not null primary key,
    external_id varchar unique,
    name varchar,
    email varchar,
    markup_percent decimal(12, 4),
    created_at timestamp not null,
    updated_at timestamp not null,
    balance decimal(18, 6) default 0,
    reserved decimal(19, 6) default 0,
    next_expiry_at timestamp,
    transaction_count bigint default 0,
    written_at timestamp,
    closed_at timestamp,
    currency varchar,
    billing_address varchar,
    tax_id varchar,
    metadata varchar,
    monthly_fee decimal(18, 3),
    fee_label varchar,
    discount_percent decimal(7, 4),
    monthly_minimum decimal(18, 3),
    tax varchar
)
