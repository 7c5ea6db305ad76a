-- One row per price and counted meter: what one more unit of it adds to the cost in USD, times the
-- divisor. A part (cached input, reasoning, ...) is inside its total, so that is its own rate less
-- that of the meters that count it already; one that adds nothing has no row. So cost is one sum of
-- products.
select
    part.price_id,
    part.meter,
    rate.divisor,
    cast(sum(part.sign * rate.rate) as decimal(24, 18)) as rate
from rate_part as part
inner join unit_rate as rate
    on part.price_id = rate.price_id and part.rated_as = rate.meter
group by
    part.price_id,
    part.meter,
    rate.divisor
having sum(part.sign * rate.rate) <> 0
