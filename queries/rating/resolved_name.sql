-- One row per name as sent that `unrated` has, with what the book has resolved it to.
select
    provider_as_sent,
    model_as_sent,
    variant,
    provider,
    model,
    price_provider,
    price_model,
    price_variant,
    how,
    valid_from,
    valid_to
from model_name
