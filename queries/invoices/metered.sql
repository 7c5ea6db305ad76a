-- One row per account, provider, model and price of a month's customer usage: the sums of its
-- meters.
with usage as (
    select
        account_id,
        provider,
        model,
        price_id,
        cast(sum(input_tokens) as bigint) as input_tokens,
        cast(sum(cache_read_tokens) as bigint) as cache_read_tokens,
        cast(sum(cache_write_tokens) as bigint) as cache_write_tokens,
        cast(sum(cache_write_1h_tokens) as bigint) as cache_write_1h_tokens,
        cast(sum(input_audio_tokens) as bigint) as input_audio_tokens,
        cast(sum(cache_audio_read_tokens) as bigint) as cache_audio_read_tokens,
        cast(sum(input_image_tokens) as bigint) as input_image_tokens,
        cast(sum(cache_image_read_tokens) as bigint) as cache_image_read_tokens,
        cast(sum(input_video_tokens) as bigint) as input_video_tokens,
        cast(sum(output_tokens) as bigint) as output_tokens,
        cast(sum(output_reasoning_tokens) as bigint) as output_reasoning_tokens,
        cast(sum(output_audio_tokens) as bigint) as output_audio_tokens,
        cast(sum(output_image_tokens) as bigint) as output_image_tokens,
        cast(sum(output_video_tokens) as bigint) as output_video_tokens,
        cast(sum(output_citation_tokens) as bigint) as output_citation_tokens,
        cast(sum(audio_milliseconds) as bigint) as audio_milliseconds,
        cast(sum(input_characters) as bigint) as input_characters,
        cast(sum(input_text_messages) as bigint) as input_text_messages,
        cast(sum(web_searches) as bigint) as web_searches,
        cast(sum(storage_searches) as bigint) as storage_searches,
        cast(sum(document_pages) as bigint) as document_pages,
        cast(sum(annotated_document_pages) as bigint) as annotated_document_pages,
        cast(sum(requests) as bigint) as requests,
        cast(sum(billed_audio_milliseconds) as bigint) as billed_audio_milliseconds
    from usage_month_delta
    where
        context = 'customer'
        and month >= cast($start_day as date)
        and month < cast($end_day as date)
        and ($account_id is null or account_id = $account_id)
    group by
        account_id,
        provider,
        model,
        price_id
    having sum(record_count) <> 0
)

select
    row_number() over () as line_key,
    cast($start_day as date) as month,
    usage.*
from usage
