-- One row: what one name means, without storing it.
select
    cast($provider_as_sent as varchar) as provider_as_sent,
    cast($model_as_sent as varchar) as model_as_sent,
    cast($variant as varchar) as variant,
    cast($provider as varchar) as provider,
    cast($model as varchar) as model,
    cast($price_provider as varchar) as price_provider,
    cast($price_model as varchar) as price_model,
    cast($price_variant as varchar) as price_variant,
    cast($how as varchar) as how,
    cast($valid_from as timestamp) as valid_from,
    cast($valid_to as timestamp) as valid_to
