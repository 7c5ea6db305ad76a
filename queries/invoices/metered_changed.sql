-- One row per account, month, provider, model and price of the customer usage of issued months that
-- has changed since: the sums of its meters.
with usage as (
    select
        change.account_id,
        change.month,
        delta.provider,
        delta.model,
        delta.price_id,
        cast(sum(delta.input_tokens) as bigint) as input_tokens,
        cast(sum(delta.cache_read_tokens) as bigint) as cache_read_tokens,
        cast(sum(delta.cache_write_tokens) as bigint) as cache_write_tokens,
        cast(sum(delta.cache_write_1h_tokens) as bigint) as cache_write_1h_tokens,
        cast(sum(delta.input_audio_tokens) as bigint) as input_audio_tokens,
        cast(sum(delta.cache_audio_read_tokens) as bigint) as cache_audio_read_tokens,
        cast(sum(delta.input_image_tokens) as bigint) as input_image_tokens,
        cast(sum(delta.cache_image_read_tokens) as bigint) as cache_image_read_tokens,
        cast(sum(delta.input_video_tokens) as bigint) as input_video_tokens,
        cast(sum(delta.output_tokens) as bigint) as output_tokens,
        cast(sum(delta.output_reasoning_tokens) as bigint) as output_reasoning_tokens,
        cast(sum(delta.output_audio_tokens) as bigint) as output_audio_tokens,
        cast(sum(delta.output_image_tokens) as bigint) as output_image_tokens,
        cast(sum(delta.output_video_tokens) as bigint) as output_video_tokens,
        cast(sum(delta.output_citation_tokens) as bigint) as output_citation_tokens,
        cast(sum(delta.audio_milliseconds) as bigint) as audio_milliseconds,
        cast(sum(delta.input_characters) as bigint) as input_characters,
        cast(sum(delta.input_text_messages) as bigint) as input_text_messages,
        cast(sum(delta.web_searches) as bigint) as web_searches,
        cast(sum(delta.storage_searches) as bigint) as storage_searches,
        cast(sum(delta.document_pages) as bigint) as document_pages,
        cast(sum(delta.annotated_document_pages) as bigint) as annotated_document_pages,
        cast(sum(delta.requests) as bigint) as requests,
        cast(sum(delta.billed_audio_milliseconds) as bigint) as billed_audio_milliseconds
    from usage_month_delta as delta
    inner join invoice_change as change
        on delta.account_id = change.account_id and delta.month = change.month
    where delta.context = 'customer' and not change.is_void
    group by
        change.account_id,
        change.month,
        delta.provider,
        delta.model,
        delta.price_id
    having sum(delta.record_count) <> 0
)

select
    row_number() over () as line_key,
    usage.*
from usage
