-- One row, or none: the billed quantities of a usage record that has a price, as `lines` reads
-- them.
select
    record_id as line_key,
    price_id,
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
    requests,
    billed_audio_milliseconds
from usage_record
where
    record_id = $record_id
    and price_id is not null
    and ($start_day is null or local_day >= cast($start_day as date))
    and ($end_day is null or local_day < cast($end_day as date))
