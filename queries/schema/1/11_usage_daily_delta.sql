-- One row per roll-up cell and load: what the load added to the cell. Summed on read.
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
{% for meter in meters %}
    {{ meter.name }} bigint not null,
{% endfor %}
    billed_audio_milliseconds bigint not null
)
