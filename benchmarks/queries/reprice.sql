-- One row per provider and model of a month: each record is priced anew and its cost summed.
-- The price is found as queries/rating/rate.sql finds it. Cost is linear in the meters, so those of the
-- records with one price are summed before they are multiplied, as the roll-up does it.
with repriced as (
    select
        usage.provider,
        usage.model,
        price.price_id,
        count(*) as records,
        count(*) filter (usage.price_id is distinct from price.price_id) as changed,
        cast(sum(usage.input_tokens) as bigint) as input_tokens,
        cast(sum(usage.cache_read_tokens) as bigint) as cache_read_tokens,
        cast(sum(usage.cache_write_tokens) as bigint) as cache_write_tokens,
        cast(sum(usage.cache_write_1h_tokens) as bigint) as cache_write_1h_tokens,
        cast(sum(usage.input_audio_tokens) as bigint) as input_audio_tokens,
        cast(sum(usage.cache_audio_read_tokens) as bigint) as cache_audio_read_tokens,
        cast(sum(usage.input_image_tokens) as bigint) as input_image_tokens,
        cast(sum(usage.cache_image_read_tokens) as bigint) as cache_image_read_tokens,
        cast(sum(usage.input_video_tokens) as bigint) as input_video_tokens,
        cast(sum(usage.output_tokens) as bigint) as output_tokens,
        cast(sum(usage.output_reasoning_tokens) as bigint) as output_reasoning_tokens,
        cast(sum(usage.output_audio_tokens) as bigint) as output_audio_tokens,
        cast(sum(usage.output_image_tokens) as bigint) as output_image_tokens,
        cast(sum(usage.output_video_tokens) as bigint) as output_video_tokens,
        cast(sum(usage.output_citation_tokens) as bigint) as output_citation_tokens,
        cast(sum(usage.billed_audio_milliseconds) as bigint) as billed_audio_milliseconds,
        cast(sum(usage.input_characters) as bigint) as input_characters,
        cast(sum(usage.input_text_messages) as bigint) as input_text_messages,
        cast(sum(usage.web_searches) as bigint) as web_searches,
        cast(sum(usage.storage_searches) as bigint) as storage_searches,
        cast(sum(usage.document_pages) as bigint) as document_pages,
        cast(sum(usage.annotated_document_pages) as bigint) as annotated_document_pages,
        cast(sum(usage.requests) as bigint) as requests
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
    where
        usage.local_day >= cast($start_day as date)
        and usage.local_day < cast($end_day as date)
    group by usage.provider, usage.model, price.price_id
)

select
    usage.provider,
    usage.model,
    cast(sum(usage.records) as bigint) as records,
    cast(sum(usage.changed) as bigint) as changed,
    cast(
        sum(
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
            + usage.requests * rate.requests
        ) as decimal(38, 18)
    ) as cost_usd
from repriced as usage
inner join marginal_rate as rate on usage.price_id = rate.price_id
group by usage.provider, usage.model
