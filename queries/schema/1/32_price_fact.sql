-- One row per reviewed fact that corrects or completes the price catalogue, as its file has it:
-- spans, amounts and windows are text.
create table price_fact (
    fact varchar not null primary key,
    kind varchar not null,
    provider varchar not null,
    model varchar not null,
    variant varchar,
    meter varchar,
    value varchar,
    valid_from varchar,
    valid_to varchar,
    source varchar not null,
    found date not null,
    confidence varchar not null,
    note varchar not null
)
