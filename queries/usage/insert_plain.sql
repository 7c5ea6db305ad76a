-- One row per new plain record, in the order of accounts. Only what differs from row to row is
-- sorted; the rest is put beside it afterwards: a name and a price are the numbers of their rows.
insert into usage_open (
{{ usage_columns() }}
)
with sorted as (
    select plain.* exclude (path, line_number, content_hash, id_hash, is_plain, new_external_id)
    from plain
    anti join verdict on plain.path = verdict.path and plain.line_number = verdict.line_number
    order by plain.account_id, plain.occurred_at
)

select
    sorted.record_id,
    $load_id as load_id,
    sorted.occurred_at,
    $recorded_at as recorded_at,
    sorted.local_day,
    sorted.context,
    sorted.account_id,
    null as transaction_id,
    name.provider,
    name.model,
    nullif(name.provider_as_sent, '') as provider_as_sent,
    name.model_as_sent,
    sorted.usage_type,
    '' as variant,
    sorted.input_tokens,
    sorted.cache_read_tokens,
    sorted.cache_write_tokens,
    0 as cache_write_1h_tokens,
    0 as input_audio_tokens,
    0 as cache_audio_read_tokens,
    0 as input_image_tokens,
    0 as cache_image_read_tokens,
    0 as input_video_tokens,
    sorted.output_tokens,
    sorted.output_reasoning_tokens,
    0 as output_audio_tokens,
    0 as output_image_tokens,
    0 as output_video_tokens,
    0 as output_citation_tokens,
    0 as audio_milliseconds,
    0 as input_characters,
    0 as input_text_messages,
    0 as web_searches,
    0 as storage_searches,
    0 as document_pages,
    0 as annotated_document_pages,
    1 as requests,
    0 as billed_audio_milliseconds,
    null as other_meters,
    price.price_id,
    null as unpriced_reason,
    sorted.description,
    sorted.tags
from sorted
left join model_name as name on sorted.name_row = name.rowid
left join price on sorted.price_row = price.rowid
