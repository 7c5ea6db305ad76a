-- One row per price of a model; those of an instant and a variant only, where these are given.
select
    price_id,
    provider,
    model,
    variant,
    input_tokens_from,
    input_tokens_to,
    window_days,
    window_start_second,
    window_end_second,
    window_zone,
    effective_from,
    effective_to,
    known_from,
    known_to,
    minimum_audio_milliseconds,
    is_free,
    origin,
    facts,
    {{ stated_rates() | indent(4) }} as rates
from price
where
    provider = $provider
    and model = $model
    and ($variant is null or variant = $variant)
    and (
        $at is null
        or cast($at as timestamp) >= effective_from and cast($at as timestamp) < effective_to
    )
    and ($with_history or known_to = timestamp '9999-12-31')
order by variant, effective_from, known_from, window_start_second, input_tokens_from
