-- One row per roll-up cell whose sums are not those of its records: what one side has more is left.
with entry as (
    select
        local_day,
        context,
        account_id,
        usage_type,
        provider,
        model,
        variant,
        price_id,
        record_count as rolled_up,
        0 as recorded,
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
    from usage_delta
    union all
    select
        local_day,
        context,
        account_id,
        usage_type,
        provider,
        model,
        variant,
        price_id,
        0 as rolled_up,
        1 as recorded,
        -input_tokens as input_tokens,
        -cache_read_tokens as cache_read_tokens,
        -cache_write_tokens as cache_write_tokens,
        -cache_write_1h_tokens as cache_write_1h_tokens,
        -input_audio_tokens as input_audio_tokens,
        -cache_audio_read_tokens as cache_audio_read_tokens,
        -input_image_tokens as input_image_tokens,
        -cache_image_read_tokens as cache_image_read_tokens,
        -input_video_tokens as input_video_tokens,
        -output_tokens as output_tokens,
        -output_reasoning_tokens as output_reasoning_tokens,
        -output_audio_tokens as output_audio_tokens,
        -output_image_tokens as output_image_tokens,
        -output_video_tokens as output_video_tokens,
        -output_citation_tokens as output_citation_tokens,
        -audio_milliseconds as audio_milliseconds,
        -input_characters as input_characters,
        -input_text_messages as input_text_messages,
        -web_searches as web_searches,
        -storage_searches as storage_searches,
        -document_pages as document_pages,
        -annotated_document_pages as annotated_document_pages,
        -requests as requests,
        -billed_audio_milliseconds as billed_audio_milliseconds
    from usage_record
)

select
    local_day,
    account_id,
    model,
    cast(sum(rolled_up) as bigint) as rolled_up,
    cast(sum(recorded) as bigint) as recorded
from entry
group by
    local_day,
    context,
    account_id,
    usage_type,
    provider,
    model,
    variant,
    price_id
having
    sum(rolled_up) <> sum(recorded)
    or sum(input_tokens) <> 0
    or sum(cache_read_tokens) <> 0
    or sum(cache_write_tokens) <> 0
    or sum(cache_write_1h_tokens) <> 0
    or sum(input_audio_tokens) <> 0
    or sum(cache_audio_read_tokens) <> 0
    or sum(input_image_tokens) <> 0
    or sum(cache_image_read_tokens) <> 0
    or sum(input_video_tokens) <> 0
    or sum(output_tokens) <> 0
    or sum(output_reasoning_tokens) <> 0
    or sum(output_audio_tokens) <> 0
    or sum(output_image_tokens) <> 0
    or sum(output_video_tokens) <> 0
    or sum(output_citation_tokens) <> 0
    or sum(audio_milliseconds) <> 0
    or sum(input_characters) <> 0
    or sum(input_text_messages) <> 0
    or sum(web_searches) <> 0
    or sum(storage_searches) <> 0
    or sum(document_pages) <> 0
    or sum(annotated_document_pages) <> 0
    or sum(requests) <> 0
    or sum(billed_audio_milliseconds) <> 0
