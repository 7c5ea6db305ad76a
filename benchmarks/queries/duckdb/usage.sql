-- One row per usage record, priced when it is inserted.
create table usage (
    id varchar not null,
    occurred_at timestamp not null,
    day date not null,
    context varchar not null,
    account varchar,
    provider varchar not null,
    model varchar not null,
    input_tokens bigint not null,
    cache_read_tokens bigint not null,
    output_tokens bigint not null,
    tags varchar,
    price_id varchar not null,
    cost_usd decimal(18, 12) not null
)
