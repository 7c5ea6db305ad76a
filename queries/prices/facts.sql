-- One row per reviewed fact; those of a provider, or that name a model, where these are given.
select
    fact,
    kind,
    provider,
    model,
    variant,
    meter,
    value,
    valid_from,
    valid_to,
    source,
    found,
    confidence,
    note
from price_fact
where
    ($provider is null or provider = lower($provider))
    and (
        $model is null
        or fact in (
            select unnest(string_split(price.facts, ' '))
            from price
            where lower(price.model) = lower($model)
        )
        or contains(lower(model), lower($model))
    )
order by provider, model, kind, variant, meter, valid_from, fact
