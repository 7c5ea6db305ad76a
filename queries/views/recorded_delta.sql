-- One row per single record that is not rolled up yet: what it changes of its roll-up cell.
select
    usage.local_day,
    usage.context,
    usage.account_id,
    usage.usage_type,
    usage.provider,
    usage.model,
    usage.variant,
    usage.price_id,
    1 as record_count,
    usage.input_tokens,
    usage.cache_read_tokens,
    usage.cache_write_tokens,
    usage.cache_write_1h_tokens,
    usage.input_audio_tokens,
    usage.cache_audio_read_tokens,
    usage.input_image_tokens,
    usage.cache_image_read_tokens,
    usage.input_video_tokens,
    usage.output_tokens,
    usage.output_reasoning_tokens,
    usage.output_audio_tokens,
    usage.output_image_tokens,
    usage.output_video_tokens,
    usage.output_citation_tokens,
    usage.audio_milliseconds,
    usage.input_characters,
    usage.input_text_messages,
    usage.web_searches,
    usage.storage_searches,
    usage.document_pages,
    usage.annotated_document_pages,
    usage.requests,
    usage.billed_audio_milliseconds,
    cast(
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
        as decimal(38, 18)
    ) as cost_usd
from usage_open as usage
inner join recording on usage.load_id = recording.load_id
left join marginal_rate as rate on usage.price_id = rate.price_id
