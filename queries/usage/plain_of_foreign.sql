-- One row per row of another program's log: the columns that a plain row may have. It is clean
-- where it has no other.
select
    path,
    line_number,
    problem is null
    and coalesce(variant, '') = ''
    and transaction_id is null
    and other_meters is null
    and coalesce(requests, '1') = '1'
    and coalesce(
        nullif(cache_write_1h_tokens, '0'),
        nullif(input_audio_tokens, '0'),
        nullif(cache_audio_read_tokens, '0'),
        nullif(input_image_tokens, '0'),
        nullif(cache_image_read_tokens, '0'),
        nullif(input_video_tokens, '0'),
        nullif(output_audio_tokens, '0'),
        nullif(output_image_tokens, '0'),
        nullif(output_video_tokens, '0'),
        nullif(output_citation_tokens, '0'),
        nullif(audio_milliseconds, '0'),
        nullif(audio_duration_seconds, '0'),
        nullif(input_characters, '0'),
        nullif(input_text_messages, '0'),
        nullif(web_searches, '0'),
        nullif(storage_searches, '0'),
        nullif(document_pages, '0'),
        nullif(annotated_document_pages, '0')
    ) is null as is_clean,
    id,
    occurred_at,
    context,
    account_id,
    external_id,
    provider,
    model,
    usage_type,
    description,
    tags,
    input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    output_tokens,
    output_reasoning_tokens
from foreign_row
