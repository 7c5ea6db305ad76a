-- One row per provider and model of a month: each record is priced anew and its cost summed.
-- The price is found as queries/rating/rate.sql finds it, the cost as queries/views/rated_usage.sql
-- computes it.
with repriced as (
    select
        usage.provider,
        usage.model,
        usage.price_id as old_price_id,
        rate.price_id,
        usage.input_tokens * rate.input_tokens
        + usage.cache_read_tokens * rate.cache_read_tokens
        + usage.cache_write_tokens * rate.cache_write_tokens
        + usage.cache_write_1h_tokens * rate.cache_write_1h_tokens
        + usage.input_audio_tokens * rate.input_audio_tokens
        + usage.cache_audio_read_tokens * rate.cache_audio_read_tokens
        + usage.input_image_tokens * rate.input_image_tokens
        + usage.cache_image_read_tokens * rate.cache_image_read_tokens
        + usage.input_video_tokens * rate.input_video_tokens
        + usage.output_tokens * rate.output_tokens
        + usage.output_reasoning_tokens * rate.output_reasoning_tokens
        + usage.output_audio_tokens * rate.output_audio_tokens
        + usage.output_image_tokens * rate.output_image_tokens
        + usage.output_video_tokens * rate.output_video_tokens
        + usage.output_citation_tokens * rate.output_citation_tokens
        + usage.billed_audio_milliseconds * rate.audio_milliseconds
        + usage.input_characters * rate.input_characters
        + usage.input_text_messages * rate.input_text_messages
        + usage.web_searches * rate.web_searches
        + usage.storage_searches * rate.storage_searches
        + usage.document_pages * rate.document_pages
        + usage.annotated_document_pages * rate.annotated_document_pages
        + usage.requests * rate.requests as cost_usd
    from usage_record as usage
    inner join model_name as name
        on
            usage.provider_as_sent = name.provider_as_sent
            and usage.model_as_sent = name.model_as_sent
            and usage.variant = name.variant
    inner join price
        on
            name.price_provider = price.provider
            and name.price_model = price.model
            and name.price_variant = price.variant
            and price.known_to = timestamp '9999-12-31'
            and usage.occurred_at >= price.effective_from
            and usage.occurred_at < price.effective_to
            and usage.input_tokens >= price.input_tokens_from
            and usage.input_tokens < price.input_tokens_to
            and date_diff('second', date_trunc('day', usage.occurred_at), usage.occurred_at)
            >= price.window_start_second
            and date_diff('second', date_trunc('day', usage.occurred_at), usage.occurred_at)
            < price.window_end_second
    inner join marginal_rate as rate on price.price_id = rate.price_id
    where
        usage.local_day >= cast($start_day as date)
        and usage.local_day < cast($end_day as date)
)

select
    provider,
    model,
    count(*) as records,
    count(*) filter (old_price_id is distinct from price_id) as changed,
    cast(sum(cost_usd) as decimal(38, 18)) as cost_usd
from repriced
group by provider, model
