-- One row per rate of a price: USD for one unit, times the divisor of the price. The divisor is 1
-- but where a rate has no end as a decimal: a price by the hour has 3 or 9.
with scaled as (
    select
        price_id,
        meter,
        per,
        cast(amount * 1000000000000 as hugeint) * 1000000 as quintillionths
    from price_rate
),

price_divisor as (
    select
        price_id,
        cast(
            max(
                case
                    when quintillionths % per = 0 then 1
                    when quintillionths * 3 % per = 0 then 3
                    else 9
                end
            ) as bigint
        ) as divisor
    from scaled
    group by price_id
)

select
    scaled.price_id,
    scaled.meter,
    price_divisor.divisor,
    cast(
        (scaled.quintillionths * price_divisor.divisor // scaled.per) * 0.000000000000000001
        as decimal(24, 18)
    ) as rate
from scaled
inner join price_divisor on scaled.price_id = price_divisor.price_id
