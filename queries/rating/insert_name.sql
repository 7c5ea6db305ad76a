-- One row: what a name means.
insert into model_name (
    provider_as_sent, model_as_sent, variant, provider, model,
    price_provider, price_model, price_variant, how
)
values (
    $provider_as_sent, $model_as_sent, $variant, $provider, $model,
    $price_provider, $price_model, $price_variant, $how
)
