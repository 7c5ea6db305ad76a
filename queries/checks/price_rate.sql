-- One row per rate that is no rate: of no price or no meter, stated twice, below zero, of a free
-- price, or for a quantity that makes a cost unending in a way that is not computed exactly.
with stated as (
    select
        rate.price_id,
        rate.meter,
        price.is_free,
        min(rate.amount) as amount,
        min(rate.per) as per,
        count(*) as times
    from price_rate as rate
    left join price on rate.price_id = price.price_id
    group by
        rate.price_id,
        rate.meter,
        price.is_free
)

select
    price_id,
    meter,
    amount,
    per
from stated
where
    is_free is null
    or is_free
    or times > 1
    or amount < 0
    or per < 1
    or cast(amount * 1000000000000 as hugeint) * 9000000 % per <> 0
    or meter not in ('{{ meters | map(attribute="name") | join("', '") }}')
