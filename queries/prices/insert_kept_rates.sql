-- One row per rate of a piece of a price that still holds.
insert into price_rate (price_id, meter, amount, per)
select
    kept.price_id,
    rate.meter,
    rate.amount,
    rate.per
from kept
inner join price_rate as rate on kept.old_price_id = rate.price_id
