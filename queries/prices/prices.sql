-- One row per price of a model; those of an instant and a variant only, where these are given.
select
    price_id,
    provider,
    model,
    variant,
    input_tokens_from,
    input_tokens_to,
    window_start_second,
    window_end_second,
    effective_from,
    effective_to,
    known_from,
    known_to,
    minimum_audio_milliseconds,
    is_free,
    origin,
    input_tokens_rate,
    cache_read_tokens_rate,
    cache_write_tokens_rate,
    cache_write_1h_tokens_rate,
    input_audio_tokens_rate,
    cache_audio_read_tokens_rate,
    input_image_tokens_rate,
    cache_image_read_tokens_rate,
    input_video_tokens_rate,
    output_tokens_rate,
    output_reasoning_tokens_rate,
    output_audio_tokens_rate,
    output_image_tokens_rate,
    output_video_tokens_rate,
    output_citation_tokens_rate,
    audio_milliseconds_rate,
    input_characters_rate,
    input_text_messages_rate,
    web_searches_rate,
    storage_searches_rate,
    document_pages_rate,
    annotated_document_pages_rate,
    requests_rate
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
