-- One row per usage record whose parts exceed their totals, or with a negative quantity.
select record_id
from usage_record
where
    cache_read_tokens + cache_write_tokens + cache_write_1h_tokens > input_tokens
    or input_audio_tokens + input_image_tokens + input_video_tokens > input_tokens
    or cache_audio_read_tokens + cache_image_read_tokens > cache_read_tokens
    or cache_audio_read_tokens > input_audio_tokens
    or cache_image_read_tokens > input_image_tokens
    or output_reasoning_tokens + output_citation_tokens > output_tokens
    or output_audio_tokens + output_image_tokens + output_video_tokens > output_tokens
    or annotated_document_pages > document_pages
    or billed_audio_milliseconds < audio_milliseconds
    or least(
        input_tokens,
        cache_read_tokens,
        cache_write_tokens,
        cache_write_1h_tokens,
        input_audio_tokens,
        cache_audio_read_tokens,
        input_image_tokens,
        cache_image_read_tokens,
        input_video_tokens,
        output_tokens,
        output_reasoning_tokens,
        output_audio_tokens,
        output_image_tokens,
        output_video_tokens,
        output_citation_tokens,
        audio_milliseconds,
        input_characters,
        input_text_messages,
        web_searches,
        storage_searches,
        document_pages,
        annotated_document_pages,
        requests
    ) < 0
