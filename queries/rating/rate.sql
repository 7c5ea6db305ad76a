-- One row per unrated record with its model, its price or the reason why it has none, and what is
-- billed of it. An ordinary range join: price rows never overlap, so a record finds one row at
-- most.
with current_price as (
    select
        *,
        greatest(
            coalesce(input_tokens_rate, 0),
            coalesce(cache_read_tokens_rate, 0),
            coalesce(cache_write_tokens_rate, 0),
            coalesce(cache_write_1h_tokens_rate, 0),
            coalesce(input_audio_tokens_rate, 0),
            coalesce(cache_audio_read_tokens_rate, 0),
            coalesce(input_image_tokens_rate, 0),
            coalesce(cache_image_read_tokens_rate, 0),
            coalesce(input_video_tokens_rate, 0)
        ) as highest_input_rate,
        greatest(
            coalesce(output_tokens_rate, 0),
            coalesce(output_reasoning_tokens_rate, 0),
            coalesce(output_audio_tokens_rate, 0),
            coalesce(output_image_tokens_rate, 0),
            coalesce(output_video_tokens_rate, 0),
            coalesce(output_citation_tokens_rate, 0)
        ) as highest_output_rate,
        greatest(
            coalesce(document_pages_rate, 0),
            coalesce(annotated_document_pages_rate, 0)
        ) as highest_page_rate
    from price
    where known_to = timestamp '9999-12-31'
),

named as (
    select
        unrated.*,
        name.provider,
        coalesce(name.model, unrated.model_as_sent) as model,
        name.price_provider,
        name.price_model,
        name.price_variant,
        coalesce(name.how, 'unknown') as how
    from unrated
    left join resolved_name as name
        on
            coalesce(unrated.provider_as_sent, '') = name.provider_as_sent
            and unrated.model_as_sent = name.model_as_sent
            and unrated.variant = name.variant
),

matched as (
    select
        named.*,
        price.price_id as found_price_id,
        price.is_free,
        price.minimum_audio_milliseconds,
        price.highest_input_rate,
        price.highest_output_rate,
        price.highest_page_rate,
        price.input_tokens_rate,
        price.cache_read_tokens_rate,
        price.cache_write_tokens_rate,
        price.cache_write_1h_tokens_rate,
        price.input_audio_tokens_rate,
        price.cache_audio_read_tokens_rate,
        price.input_image_tokens_rate,
        price.cache_image_read_tokens_rate,
        price.input_video_tokens_rate,
        price.output_tokens_rate,
        price.output_reasoning_tokens_rate,
        price.output_audio_tokens_rate,
        price.output_image_tokens_rate,
        price.output_video_tokens_rate,
        price.output_citation_tokens_rate,
        price.audio_milliseconds_rate,
        price.input_characters_rate,
        price.input_text_messages_rate,
        price.web_searches_rate,
        price.storage_searches_rate,
        price.document_pages_rate,
        price.annotated_document_pages_rate,
        price.requests_rate
    from named
    left join current_price as price
        on
            named.price_provider = price.provider
            and named.price_model = price.model
            and named.price_variant = price.variant
            and named.occurred_at >= price.effective_from
            and named.occurred_at < price.effective_to
            and named.input_tokens >= price.input_tokens_from
            and named.input_tokens < price.input_tokens_to
            and date_diff('second', date_trunc('day', named.occurred_at), named.occurred_at)
            >= price.window_start_second
            and date_diff('second', date_trunc('day', named.occurred_at), named.occurred_at)
            < price.window_end_second
),

judged as (
    select
        *,
        case
            when how = 'ambiguous' then 'ambiguous_model'
            when how = 'unknown' then 'unknown_model'
            when found_price_id is null then 'no_price'
            when is_free then null
            when
                case
                    when
                        input_tokens
                        + output_tokens
                        + audio_milliseconds
                        + input_characters
                        + input_text_messages
                        + web_searches
                        + storage_searches
                        + document_pages
                        + requests <= 1000000
                        then false
                    else
                        input_tokens * highest_input_rate
                        + output_tokens * highest_output_rate
                        + document_pages * highest_page_rate
                        + audio_milliseconds * coalesce(audio_milliseconds_rate, 0)
                        + input_characters * coalesce(input_characters_rate, 0)
                        + input_text_messages * coalesce(input_text_messages_rate, 0)
                        + web_searches * coalesce(web_searches_rate, 0)
                        + storage_searches * coalesce(storage_searches_rate, 0)
                        + requests * coalesce(requests_rate, 0)
                        > 1000000000
                end
                then 'too_large'
            when regexp_matches(other_meters, '"[^"]+":[1-9]')
                then 'other_meters: '
                || array_to_string(regexp_extract_all(other_meters, '"([^"]+)":[1-9]', 1), ', ')
            when input_tokens > 0 and input_tokens_rate is null
                then 'no_rate: input_tokens'
            when output_tokens > 0 and output_tokens_rate is null
                then 'no_rate: output_tokens'
            when audio_milliseconds > 0 and audio_milliseconds_rate is null
                then 'no_rate: audio_milliseconds'
            when input_characters > 0 and input_characters_rate is null
                then 'no_rate: input_characters'
            when input_text_messages > 0 and input_text_messages_rate is null
                then 'no_rate: input_text_messages'
            when web_searches > 0 and web_searches_rate is null
                then 'no_rate: web_searches'
            when storage_searches > 0 and storage_searches_rate is null
                then 'no_rate: storage_searches'
            when document_pages > 0 and document_pages_rate is null
                then 'no_rate: document_pages'
            when
                annotated_document_pages > 0
                and annotated_document_pages_rate is null
                and document_pages_rate is null
                then 'no_rate: annotated_document_pages'
            when
                cache_audio_read_tokens > 0
                and cache_audio_read_tokens_rate is null
                and cache_read_tokens_rate is not null
                and input_audio_tokens_rate is not null
                then 'no_rate: cache_audio_read_tokens'
            when
                cache_image_read_tokens > 0
                and cache_image_read_tokens_rate is null
                and cache_read_tokens_rate is not null
                and input_image_tokens_rate is not null
                then 'no_rate: cache_image_read_tokens'
            when
                input_tokens
                - if(cache_read_tokens_rate is null, 0, cache_read_tokens)
                - if(cache_write_tokens_rate is null, 0, cache_write_tokens)
                - if(
                    coalesce(cache_write_1h_tokens_rate, cache_write_tokens_rate) is null,
                    0,
                    cache_write_1h_tokens
                )
                - if(input_audio_tokens_rate is null, 0, input_audio_tokens)
                - if(input_image_tokens_rate is null, 0, input_image_tokens)
                - if(input_video_tokens_rate is null, 0, input_video_tokens)
                + if(cache_audio_read_tokens_rate is null, 0, cache_audio_read_tokens)
                + if(cache_image_read_tokens_rate is null, 0, cache_image_read_tokens) < 0
                or output_tokens
                - if(output_reasoning_tokens_rate is null, 0, output_reasoning_tokens)
                - if(output_audio_tokens_rate is null, 0, output_audio_tokens)
                - if(output_image_tokens_rate is null, 0, output_image_tokens)
                - if(output_video_tokens_rate is null, 0, output_video_tokens)
                - if(output_citation_tokens_rate is null, 0, output_citation_tokens) < 0
                then 'overlapping_parts'
        end as unpriced_reason
    from matched
)

select
    * exclude (
        found_price_id,
        is_free,
        minimum_audio_milliseconds,
        highest_input_rate,
        highest_output_rate,
        highest_page_rate,
        price_provider,
        price_model,
        price_variant,
        how,
        input_tokens_rate,
        cache_read_tokens_rate,
        cache_write_tokens_rate,
        cache_write_1h_tokens_rate,
        input_audio_tokens_rate,
        cache_audio_read_tokens_rate,
        input_image_tokens_rate,
        cache_image_read_tokens_rate,
        input_video_tokens_rate,
        output_tokens_rate,
        output_reasoning_tokens_rate,
        output_audio_tokens_rate,
        output_image_tokens_rate,
        output_video_tokens_rate,
        output_citation_tokens_rate,
        audio_milliseconds_rate,
        input_characters_rate,
        input_text_messages_rate,
        web_searches_rate,
        storage_searches_rate,
        document_pages_rate,
        annotated_document_pages_rate,
        requests_rate
    ),
    case when unpriced_reason is null then found_price_id end as price_id,
    case
        when unpriced_reason is null and audio_milliseconds > 0
            then greatest(audio_milliseconds, minimum_audio_milliseconds)
        else audio_milliseconds
    end as billed_audio_milliseconds
from judged
