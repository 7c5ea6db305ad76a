-- One row: how many of the records that have no price would get one of a model and variant.
select count(*) as records
from rated
inner join price on rated.price_id = price.price_id
where
    price.provider = $provider
    and price.model = $model
    and price.variant = $variant
