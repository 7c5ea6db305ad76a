-- One row per roll-up cell whose sums are not those of its records.
with from_records as (
    select
        local_day,
        context,
        account_id,
        usage_type,
        provider,
        model,
        variant,
        price_id,
        count(*) as record_count,
        sum(input_tokens) as input_tokens,
        sum(cache_read_tokens) as cache_read_tokens,
        sum(cache_write_tokens) as cache_write_tokens,
        sum(cache_write_1h_tokens) as cache_write_1h_tokens,
        sum(input_audio_tokens) as input_audio_tokens,
        sum(cache_audio_read_tokens) as cache_audio_read_tokens,
        sum(input_image_tokens) as input_image_tokens,
        sum(cache_image_read_tokens) as cache_image_read_tokens,
        sum(input_video_tokens) as input_video_tokens,
        sum(output_tokens) as output_tokens,
        sum(output_reasoning_tokens) as output_reasoning_tokens,
        sum(output_audio_tokens) as output_audio_tokens,
        sum(output_image_tokens) as output_image_tokens,
        sum(output_video_tokens) as output_video_tokens,
        sum(output_citation_tokens) as output_citation_tokens,
        sum(audio_milliseconds) as audio_milliseconds,
        sum(input_characters) as input_characters,
        sum(input_text_messages) as input_text_messages,
        sum(web_searches) as web_searches,
        sum(storage_searches) as storage_searches,
        sum(document_pages) as document_pages,
        sum(annotated_document_pages) as annotated_document_pages,
        sum(requests) as requests,
        sum(billed_audio_milliseconds) as billed_audio_milliseconds
    from usage_record
    group by
        local_day,
        context,
        account_id,
        usage_type,
        provider,
        model,
        variant,
        price_id
)

select
    coalesce(daily.local_day, record.local_day) as local_day,
    coalesce(daily.account_id, record.account_id) as account_id,
    coalesce(daily.model, record.model) as model,
    daily.record_count as rolled_up,
    record.record_count as recorded
from usage_daily as daily
full outer join from_records as record
    on
        daily.local_day = record.local_day
        and daily.context = record.context
        and daily.account_id is not distinct from record.account_id
        and daily.usage_type = record.usage_type
        and daily.provider is not distinct from record.provider
        and daily.model = record.model
        and daily.variant = record.variant
        and daily.price_id is not distinct from record.price_id
where
    daily.record_count is distinct from record.record_count
    or daily.input_tokens is distinct from record.input_tokens
    or daily.cache_read_tokens is distinct from record.cache_read_tokens
    or daily.cache_write_tokens is distinct from record.cache_write_tokens
    or daily.cache_write_1h_tokens is distinct from record.cache_write_1h_tokens
    or daily.input_audio_tokens is distinct from record.input_audio_tokens
    or daily.cache_audio_read_tokens is distinct from record.cache_audio_read_tokens
    or daily.input_image_tokens is distinct from record.input_image_tokens
    or daily.cache_image_read_tokens is distinct from record.cache_image_read_tokens
    or daily.input_video_tokens is distinct from record.input_video_tokens
    or daily.output_tokens is distinct from record.output_tokens
    or daily.output_reasoning_tokens is distinct from record.output_reasoning_tokens
    or daily.output_audio_tokens is distinct from record.output_audio_tokens
    or daily.output_image_tokens is distinct from record.output_image_tokens
    or daily.output_video_tokens is distinct from record.output_video_tokens
    or daily.output_citation_tokens is distinct from record.output_citation_tokens
    or daily.audio_milliseconds is distinct from record.audio_milliseconds
    or daily.input_characters is distinct from record.input_characters
    or daily.input_text_messages is distinct from record.input_text_messages
    or daily.web_searches is distinct from record.web_searches
    or daily.storage_searches is distinct from record.storage_searches
    or daily.document_pages is distinct from record.document_pages
    or daily.annotated_document_pages is distinct from record.annotated_document_pages
    or daily.requests is distinct from record.requests
    or daily.billed_audio_milliseconds is distinct from record.billed_audio_milliseconds
