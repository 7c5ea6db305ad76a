-- One row per usage record of an open month, with its exact cost in USD; null where it has no
-- price. content_hash is that of a single record that is not in the index yet.
create table usage_open (
    record_id varchar not null,
    load_id bigint not null,
    occurred_at timestamp not null,
    recorded_at timestamp not null,
    local_day date not null,
    context varchar not null,
    account_id varchar,
    transaction_id varchar,
    provider varchar,
    model varchar not null,
    provider_as_sent varchar,
    model_as_sent varchar not null,
    usage_type varchar not null,
    variant varchar not null,
{% for name in counted %}
    {{ name }} bigint not null,
{% endfor %}
    other_meters varchar,
    price_id varchar,
    unpriced_reason varchar,
    description varchar,
    tags varchar,
    cost_usd decimal(38, 18),
    content_hash ubigint
)
