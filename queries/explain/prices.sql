-- One row per price of these ids.
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
where list_contains($price_ids, price_id)
order by provider, model, variant, effective_from, known_from, window_start_second
