-- One row: what a name means in a span.
insert into model_name (
    provider_as_sent, model_as_sent, variant, provider, model,
    price_provider, price_model, price_variant, how, valid_from, valid_to
)
values (
    $provider_as_sent, $model_as_sent, $variant, $provider, $model,
    $price_provider, $price_model, $price_variant, $how, $valid_from, $valid_to
)
