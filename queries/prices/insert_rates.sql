-- One row per rate of the price that was added just now.
insert into price_rate (price_id, meter, amount, per)
select
    price.price_id,
    unnest($meters) as meter,
    cast(unnest($amounts) as decimal(24, 12)) as amount,
    cast(unnest($pers) as bigint) as per
from price
where
    price.known_from = cast($now as timestamp)
    and price.provider = $provider
    and price.model = $model
    and price.variant = $variant
    and price.origin = 'book'
    and price.effective_from = cast($effective_from as timestamp)
    and price.window_days = $window_days
    and price.window_start_second = $window_start_second
    and price.window_end_second = $window_end_second
