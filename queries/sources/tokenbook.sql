-- One row per record of an export of a book's usage (`export usage`, in any of its forms), so that
-- a book can be made again. An account is found by its external id; where it has none, by its id. A
-- cell that a spreadsheet would run has a quote before it, which is taken away.
-- Title: this program's own export of usage
-- Example: {"id": "call-7", "occurred_at": "2026-10-05T12:00:00.000000Z", "context": "system",
-- "provider": "openai", "model": "gpt-4o", "model_as_sent": "gpt-4o-2024-08-06",
-- "provider_as_sent": null, "usage_type": "text", "variant": "", "input_tokens": 1500,
-- "output_tokens": 500, "price_id": "price_1"}
with parsed as (
    select
        *,
        from_json(
            line,
            '{"id":"VARCHAR","occurred_at":"VARCHAR","context":"VARCHAR",
            "account_id":"VARCHAR","external_id":"VARCHAR","provider_as_sent":"VARCHAR",
            "model_as_sent":"VARCHAR","usage_type":"VARCHAR","variant":"VARCHAR",
            "description":"VARCHAR","tags":"VARCHAR","other_meters":"VARCHAR",
            "input_tokens":"VARCHAR","cache_read_tokens":"VARCHAR",
            "cache_write_tokens":"VARCHAR","cache_write_1h_tokens":"VARCHAR",
            "input_audio_tokens":"VARCHAR","cache_audio_read_tokens":"VARCHAR",
            "input_image_tokens":"VARCHAR","cache_image_read_tokens":"VARCHAR",
            "input_video_tokens":"VARCHAR","output_tokens":"VARCHAR",
            "output_reasoning_tokens":"VARCHAR","output_audio_tokens":"VARCHAR",
            "output_image_tokens":"VARCHAR","output_video_tokens":"VARCHAR",
            "output_citation_tokens":"VARCHAR","audio_milliseconds":"VARCHAR",
            "input_characters":"VARCHAR","input_text_messages":"VARCHAR",
            "web_searches":"VARCHAR","storage_searches":"VARCHAR",
            "document_pages":"VARCHAR","annotated_document_pages":"VARCHAR",
            "requests":"VARCHAR"}'
        ) as record
    from log_line
)

select
    path,
    line_number,
    id_scope,
    excerpt,
    line,
    problem,
    regexp_replace(record.id, '^''([=+@\t\r-])', '\1') as id,
    record.occurred_at as occurred_at,
    record.context as context,
    case when record.external_id is null then record.account_id end as account_id,
    regexp_replace(record.external_id, '^''([=+@\t\r-])', '\1') as external_id,
    record.provider_as_sent as provider,
    regexp_replace(record.model_as_sent, '^''([=+@\t\r-])', '\1') as model,
    record.usage_type as usage_type,
    record.variant as variant,
    regexp_replace(record.description, '^''([=+@\t\r-])', '\1') as description,
    record.input_tokens as input_tokens,
    record.cache_read_tokens as cache_read_tokens,
    record.cache_write_tokens as cache_write_tokens,
    record.cache_write_1h_tokens as cache_write_1h_tokens,
    record.input_audio_tokens as input_audio_tokens,
    record.cache_audio_read_tokens as cache_audio_read_tokens,
    record.input_image_tokens as input_image_tokens,
    record.cache_image_read_tokens as cache_image_read_tokens,
    record.input_video_tokens as input_video_tokens,
    record.output_tokens as output_tokens,
    record.output_reasoning_tokens as output_reasoning_tokens,
    record.output_audio_tokens as output_audio_tokens,
    record.output_image_tokens as output_image_tokens,
    record.output_video_tokens as output_video_tokens,
    record.output_citation_tokens as output_citation_tokens,
    record.audio_milliseconds as audio_milliseconds,
    record.input_characters as input_characters,
    record.input_text_messages as input_text_messages,
    record.web_searches as web_searches,
    record.storage_searches as storage_searches,
    record.document_pages as document_pages,
    record.annotated_document_pages as annotated_document_pages,
    record.requests as requests,
    record.other_meters as other_meters,
    record.tags as own_tags
from parsed
