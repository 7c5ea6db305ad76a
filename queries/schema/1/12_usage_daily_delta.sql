-- One row per roll-up cell and load: what the load added to the cell, summed on read; or per
-- compacted cell: all that was known of it at one time.
create table usage_daily_delta (
    local_day date not null,
    context varchar not null,
    account_id varchar,
    usage_type varchar not null,
    provider varchar,
    model varchar not null,
    variant varchar not null,
    price_id varchar,
    record_count bigint not null,
{% for name in counted %}
    {{ name }} bigint not null,
{% endfor %}
    cost_usd decimal(38, 18),
    is_compacted boolean default false
)
