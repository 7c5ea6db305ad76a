-- One row per row of a CSV or Parquet file whose columns are named as ours and text; empty cells
-- are absent.
select
    path,
    line_number,
    id_scope,
    excerpt,
    problem,
    nullif(id, '') as id,
    nullif(occurred_at, '') as occurred_at,
    nullif(context, '') as context,
    nullif(account_id, '') as account_id,
    nullif(external_id, '') as external_id,
    nullif(transaction_id, '') as transaction_id,
    nullif(provider, '') as provider,
    nullif(usage_type, '') as usage_type,
    nullif(variant, '') as variant,
    nullif(description, '') as description,
    nullif(audio_duration_seconds, '') as audio_duration_seconds,
    nullif(input_tokens, '') as input_tokens,
    nullif(cache_write_1h_tokens, '') as cache_write_1h_tokens,
    nullif(input_audio_tokens, '') as input_audio_tokens,
    nullif(cache_audio_read_tokens, '') as cache_audio_read_tokens,
    nullif(input_image_tokens, '') as input_image_tokens,
    nullif(cache_image_read_tokens, '') as cache_image_read_tokens,
    nullif(input_video_tokens, '') as input_video_tokens,
    nullif(output_tokens, '') as output_tokens,
    nullif(output_reasoning_tokens, '') as output_reasoning_tokens,
    nullif(output_audio_tokens, '') as output_audio_tokens,
    nullif(output_image_tokens, '') as output_image_tokens,
    nullif(output_video_tokens, '') as output_video_tokens,
    nullif(output_citation_tokens, '') as output_citation_tokens,
    nullif(audio_milliseconds, '') as audio_milliseconds,
    nullif(input_characters, '') as input_characters,
    nullif(input_text_messages, '') as input_text_messages,
    nullif(web_searches, '') as web_searches,
    nullif(storage_searches, '') as storage_searches,
    nullif(document_pages, '') as document_pages,
    nullif(annotated_document_pages, '') as annotated_document_pages,
    nullif(requests, '') as requests,
    nullif(other_meters, '') as other_meters,
    coalesce(nullif(model, ''), nullif(model_id, '')) as model,
    coalesce(nullif(cache_read_tokens, ''), nullif(cached_tokens, '')) as cache_read_tokens,
    coalesce(
        nullif(cache_write_tokens, ''), nullif(cache_write_5m_tokens, '')
    ) as cache_write_tokens,
    case
        when nullif(tags, '') is null then nullif(surplus, '{}')
        when nullif(surplus, '{}') is null then tags
        when not json_valid(tags) then tags
        when json_type(tags) <> 'OBJECT' then tags
        else cast(json_merge_patch(surplus, tags) as varchar)
    end as tags
from raw
