-- One row per pair of currencies and day: how much of the second one buys one of the first.
create table fx_rate (
    from_currency varchar not null,
    to_currency varchar not null,
    rate_day date not null,
    rate decimal(24, 12) not null,
    source varchar not null,
    recorded_at timestamp not null,
    primary key (from_currency, to_currency, rate_day)
)
