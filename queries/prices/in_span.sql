-- One row per price of a model and variant that the book holds for right now and that holds in a
-- span, cut to it.
select
    price_id,
    input_tokens_from,
    input_tokens_to,
    window_days,
    window_start_second,
    window_end_second,
    window_zone,
    greatest(effective_from, cast($effective_from as timestamp)) as effective_from,
    least(effective_to, cast($effective_to as timestamp)) as effective_to,
    minimum_audio_milliseconds,
    is_free,
    {{ stated_rates() | indent(4) }} as rates
from price
where
    provider = $provider
    and model = $model
    and variant = $variant
    and known_to = timestamp '9999-12-31'
    and effective_from < cast($effective_to as timestamp)
    and effective_to > cast($effective_from as timestamp)
order by effective_from, window_start_second, input_tokens_from
