-- One row per price and meter that it has a rate for: USD for so many units, as published. A rate
-- by the hour has no end as a decimal for one unit, so it is kept as it is.
create table price_rate (
    price_id varchar not null,
    meter varchar not null,
    amount decimal(24, 12) not null,
    per bigint not null
)
