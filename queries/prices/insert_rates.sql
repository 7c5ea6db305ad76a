-- One row per rate of a price that was added just now.
insert into price_rate (price_id, meter, amount, per)
select
    $price_id as price_id,
    unnest($meters) as meter,
    cast(unnest($amounts) as decimal(24, 12)) as amount,
    cast(unnest($pers) as bigint) as per
