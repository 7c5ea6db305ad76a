-- One row per rate of a built-in price, ``meter=amount/per``. Text that is no number is an error,
-- never a missing rate.
insert into price_rate (price_id, meter, amount, per)
with stated as (
    select
        {{ price_id_of("coalesce(effective_from, '')", "'builtin'") | indent(4) }} as price_id,
        unnest(string_split(rates, ' ')) as rate
    from raw_price
)

select
    price_id,
    split_part(rate, '=', 1) as meter,
    cast(split_part(split_part(rate, '=', 2), '/', 1) as decimal(24, 12)) as amount,
    cast(split_part(rate, '/', 2) as bigint) as per
from stated
