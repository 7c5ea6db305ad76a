-- One row per model with its standard price now, for the smallest requests.
with current_price as (
    select
        provider,
        model,
        price_id,
        is_free,
        input_tokens_rate,
        output_tokens_rate,
        cache_read_tokens_rate
    from price
    where
        variant = ''
        and known_to = timestamp '9999-12-31'
        and cast($at as timestamp) >= effective_from
        and cast($at as timestamp) < effective_to
        and input_tokens_from = 0
        and date_diff('second', date_trunc('day', cast($at as timestamp)), cast($at as timestamp))
        >= window_start_second
        and date_diff('second', date_trunc('day', cast($at as timestamp)), cast($at as timestamp))
        < window_end_second
)

select
    model.provider,
    model.model,
    model.name,
    model.context_window,
    model.origin,
    model.variants,
    current_price.price_id,
    current_price.input_tokens_rate,
    current_price.output_tokens_rate,
    current_price.cache_read_tokens_rate
from model
left join current_price
    on model.provider = current_price.provider and model.model = current_price.model
where
    ($provider is null or model.provider = $provider)
    and ($model is null or model.model = $model)
    and (
        $search is null
        or contains(lower(model.model), lower($search))
        or contains(lower(model.name), lower($search))
    )
order by model.provider, model.model
