-- One row per unrated record with its model, its price or the reason why it has none, and what is
-- billed of it. An ordinary range join: price rows never overlap, so a record finds one row at
-- most.
with rate_summary as (
    select
        price_id,
        provider,
        model,
        variant,
        effective_from,
        effective_to,
        input_tokens_from,
        input_tokens_to,
        window_start_second,
        window_end_second,
        minimum_audio_milliseconds,
        is_free,
{% for meter in meters %}
        {{ meter.name }}_rate is not null as has_{{ meter.name }}_rate,
{% endfor %}
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
            coalesce(audio_milliseconds_rate, 0),
            coalesce(input_characters_rate, 0),
            coalesce(input_text_messages_rate, 0),
            coalesce(web_searches_rate, 0),
            coalesce(storage_searches_rate, 0),
            coalesce(document_pages_rate, 0),
            coalesce(annotated_document_pages_rate, 0),
            coalesce(requests_rate, 0)
        ) as highest_other_rate
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
        price.highest_other_rate,
{% for meter in meters %}
        price.has_{{ meter.name }}_rate{{ "," if not loop.last }}
{% endfor %}
    from named
    left join rate_summary as price
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
                        + (
                            audio_milliseconds
                            + input_characters
                            + input_text_messages
                            + web_searches
                            + storage_searches
                            + document_pages
                            + requests
                        ) * highest_other_rate
                        > 1000000000
                end
                then 'too_large'
            when regexp_matches(other_meters, '"[^"]+":[1-9]')
                then 'other_meters: '
                || array_to_string(regexp_extract_all(other_meters, '"([^"]+)":[1-9]', 1), ', ')
            when input_tokens > 0 and not has_input_tokens_rate
                then 'no_rate: input_tokens'
            when output_tokens > 0 and not has_output_tokens_rate
                then 'no_rate: output_tokens'
            when audio_milliseconds > 0 and not has_audio_milliseconds_rate
                then 'no_rate: audio_milliseconds'
            when input_characters > 0 and not has_input_characters_rate
                then 'no_rate: input_characters'
            when input_text_messages > 0 and not has_input_text_messages_rate
                then 'no_rate: input_text_messages'
            when web_searches > 0 and not has_web_searches_rate
                then 'no_rate: web_searches'
            when storage_searches > 0 and not has_storage_searches_rate
                then 'no_rate: storage_searches'
            when document_pages > 0 and not has_document_pages_rate
                then 'no_rate: document_pages'
            when
                annotated_document_pages > 0
                and not has_annotated_document_pages_rate
                and not has_document_pages_rate
                then 'no_rate: annotated_document_pages'
            when
                cache_audio_read_tokens > 0
                and not has_cache_audio_read_tokens_rate
                and has_cache_read_tokens_rate
                and has_input_audio_tokens_rate
                then 'no_rate: cache_audio_read_tokens'
            when
                cache_image_read_tokens > 0
                and not has_cache_image_read_tokens_rate
                and has_cache_read_tokens_rate
                and has_input_image_tokens_rate
                then 'no_rate: cache_image_read_tokens'
            when
                input_tokens
                - if(has_cache_read_tokens_rate, cache_read_tokens, 0)
                - if(has_cache_write_tokens_rate, cache_write_tokens, 0)
                - if(
                    not (has_cache_write_1h_tokens_rate or has_cache_write_tokens_rate),
                    0,
                    cache_write_1h_tokens
                )
                - if(has_input_audio_tokens_rate, input_audio_tokens, 0)
                - if(has_input_image_tokens_rate, input_image_tokens, 0)
                - if(has_input_video_tokens_rate, input_video_tokens, 0)
                + if(has_cache_audio_read_tokens_rate, cache_audio_read_tokens, 0)
                + if(has_cache_image_read_tokens_rate, cache_image_read_tokens, 0) < 0
                or output_tokens
                - if(has_output_reasoning_tokens_rate, output_reasoning_tokens, 0)
                - if(has_output_audio_tokens_rate, output_audio_tokens, 0)
                - if(has_output_image_tokens_rate, output_image_tokens, 0)
                - if(has_output_video_tokens_rate, output_video_tokens, 0)
                - if(has_output_citation_tokens_rate, output_citation_tokens, 0) < 0
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
        highest_other_rate,
        price_provider,
        price_model,
        price_variant,
        how,
{% for meter in meters %}
        has_{{ meter.name }}_rate{{ "," if not loop.last }}
{% endfor %}
    ),
    case when unpriced_reason is null then found_price_id end as price_id,
    case
        when unpriced_reason is null and audio_milliseconds > 0
            then greatest(audio_milliseconds, minimum_audio_milliseconds)
        else audio_milliseconds
    end as billed_audio_milliseconds
from judged
