-- One row: an exchange rate; one of that pair and day is replaced.
insert or replace into fx_rate (
    from_currency,
    to_currency,
    rate_day,
    rate,
    source,
    recorded_at
)
values ($from_currency, $to_currency, $rate_day, $rate, $source, $recorded_at)
