-- One row per price whose records of a month are not the same in its new files and in the table: in
-- number, in the sum of a meter (and so in cost, for the price is one) or in any other column.
with compared as (
    select
        1 as sign,
        record_id,
        load_id,
        occurred_at,
        recorded_at,
        local_day,
        context,
        account_id,
        transaction_id,
        provider,
        model,
        provider_as_sent,
        model_as_sent,
        usage_type,
        variant,
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
        billed_audio_milliseconds,
        other_meters,
        price_id,
        unpriced_reason,
        description,
        tags
    from usage_open
    where local_day >= cast($start_day as date) and local_day < cast($end_day as date)
    union all
    select
        -1 as sign,
        record_id,
        load_id,
        occurred_at,
        recorded_at,
        local_day,
        context,
        account_id,
        transaction_id,
        provider,
        model,
        provider_as_sent,
        model_as_sent,
        usage_type,
        variant,
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
        billed_audio_milliseconds,
        other_meters,
        price_id,
        unpriced_reason,
        description,
        tags
    from read_parquet($paths, hive_partitioning = false)
),

hashed as (
    select
        price_id,
        sign,
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
        billed_audio_milliseconds,
        cast(
            hash(
                record_id,
                load_id,
                occurred_at,
                recorded_at,
                local_day,
                context,
                account_id,
                transaction_id,
                provider,
                model,
                provider_as_sent,
                model_as_sent,
                usage_type,
                variant,
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
                billed_audio_milliseconds,
                other_meters,
                price_id,
                unpriced_reason,
                description,
                tags
            ) as hugeint
        ) as content
    from compared
)

select
    price_id,
    sum(sign) as row_count,
    sum(sign * input_tokens) as input_tokens,
    sum(sign * cache_read_tokens) as cache_read_tokens,
    sum(sign * cache_write_tokens) as cache_write_tokens,
    sum(sign * cache_write_1h_tokens) as cache_write_1h_tokens,
    sum(sign * input_audio_tokens) as input_audio_tokens,
    sum(sign * cache_audio_read_tokens) as cache_audio_read_tokens,
    sum(sign * input_image_tokens) as input_image_tokens,
    sum(sign * cache_image_read_tokens) as cache_image_read_tokens,
    sum(sign * input_video_tokens) as input_video_tokens,
    sum(sign * output_tokens) as output_tokens,
    sum(sign * output_reasoning_tokens) as output_reasoning_tokens,
    sum(sign * output_audio_tokens) as output_audio_tokens,
    sum(sign * output_image_tokens) as output_image_tokens,
    sum(sign * output_video_tokens) as output_video_tokens,
    sum(sign * output_citation_tokens) as output_citation_tokens,
    sum(sign * audio_milliseconds) as audio_milliseconds,
    sum(sign * input_characters) as input_characters,
    sum(sign * input_text_messages) as input_text_messages,
    sum(sign * web_searches) as web_searches,
    sum(sign * storage_searches) as storage_searches,
    sum(sign * document_pages) as document_pages,
    sum(sign * annotated_document_pages) as annotated_document_pages,
    sum(sign * requests) as requests,
    sum(sign * billed_audio_milliseconds) as billed_audio_milliseconds,
    sum(sign * content) as content
from hashed
group by price_id
having
    sum(sign) <> 0
    or sum(sign * input_tokens) <> 0
    or sum(sign * cache_read_tokens) <> 0
    or sum(sign * cache_write_tokens) <> 0
    or sum(sign * cache_write_1h_tokens) <> 0
    or sum(sign * input_audio_tokens) <> 0
    or sum(sign * cache_audio_read_tokens) <> 0
    or sum(sign * input_image_tokens) <> 0
    or sum(sign * cache_image_read_tokens) <> 0
    or sum(sign * input_video_tokens) <> 0
    or sum(sign * output_tokens) <> 0
    or sum(sign * output_reasoning_tokens) <> 0
    or sum(sign * output_audio_tokens) <> 0
    or sum(sign * output_image_tokens) <> 0
    or sum(sign * output_video_tokens) <> 0
    or sum(sign * output_citation_tokens) <> 0
    or sum(sign * audio_milliseconds) <> 0
    or sum(sign * input_characters) <> 0
    or sum(sign * input_text_messages) <> 0
    or sum(sign * web_searches) <> 0
    or sum(sign * storage_searches) <> 0
    or sum(sign * document_pages) <> 0
    or sum(sign * annotated_document_pages) <> 0
    or sum(sign * requests) <> 0
    or sum(sign * billed_audio_milliseconds) <> 0
    or sum(sign * content) <> 0
