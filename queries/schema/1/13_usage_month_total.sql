-- One row per month and roll-up cell without its day: the sums of the month's compacted cells.
create table usage_month_total (
    month date not null,
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
    cost_usd decimal(38, 18)
)
