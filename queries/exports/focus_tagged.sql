-- One row per day, account, usage type, model, variant, price and tags of a period: the sums of its
-- meters. Of the tags only those asked for count ('*' is all), in order of their names; a nested
-- value becomes its JSON text, since a tag of FOCUS is a scalar. The key holds what tells the row
-- from others, and the audio as it was reported.
with named as (
    select
        local_day,
        context,
        account_id,
        usage_type,
        provider,
        model,
        variant,
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
        billed_audio_milliseconds,
        tags,
        list_sort(
            list_filter(
                json_keys(tags),
                lambda name: list_contains($tags, name) or list_contains($tags, '*')
            )
        ) as names
    from usage_record
    where
        price_id is not null
        and ($start_day is null or local_day >= cast($start_day as date))
        and ($end_day is null or local_day < cast($end_day as date))
        and ($context is null or context = $context)
        and ($account is null or account_id = $account_id)
        and ($provider is null or provider = lower($provider))
        and ($model is null or lower(model) = lower($model))
        and ($usage_type is null or usage_type = $usage_type)
),

tagged as (
    select
        local_day,
        context,
        account_id,
        usage_type,
        provider,
        model,
        variant,
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
        billed_audio_milliseconds,
        list_transform(
            names,
            lambda name: concat(
                to_json(name),
                ':',
                case
                    when
                        json_type(tags -> ('/' || replace(replace(name, '~', '~0'), '/', '~1')))
                        in ('OBJECT', 'ARRAY')
                        then to_json(
                            cast(
                                tags -> ('/' || replace(replace(name, '~', '~0'), '/', '~1'))
                                as varchar
                            )
                        )
                    else tags -> ('/' || replace(replace(name, '~', '~0'), '/', '~1'))
                end
            )
        ) as members
    from named
),

labelled as (
    select
        local_day,
        context,
        account_id,
        usage_type,
        provider,
        model,
        variant,
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
        billed_audio_milliseconds,
        case
            when len(members) > 0 then concat('{', array_to_string(members, ','), '}')
        end as tags
    from tagged
)

select
    {
        'local_day': local_day,
        'context': context,
        'account_id': account_id,
        'usage_type': usage_type,
        'provider': provider,
        'model': model,
        'variant': variant,
        'price_id': price_id,
        'tags': tags,
        'audio_milliseconds': cast(sum(audio_milliseconds) as bigint)
    } as line_key,
    price_id,
    cast(sum(input_tokens) as bigint) as input_tokens,
    cast(sum(cache_read_tokens) as bigint) as cache_read_tokens,
    cast(sum(cache_write_tokens) as bigint) as cache_write_tokens,
    cast(sum(cache_write_1h_tokens) as bigint) as cache_write_1h_tokens,
    cast(sum(input_audio_tokens) as bigint) as input_audio_tokens,
    cast(sum(cache_audio_read_tokens) as bigint) as cache_audio_read_tokens,
    cast(sum(input_image_tokens) as bigint) as input_image_tokens,
    cast(sum(cache_image_read_tokens) as bigint) as cache_image_read_tokens,
    cast(sum(input_video_tokens) as bigint) as input_video_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    cast(sum(output_reasoning_tokens) as bigint) as output_reasoning_tokens,
    cast(sum(output_audio_tokens) as bigint) as output_audio_tokens,
    cast(sum(output_image_tokens) as bigint) as output_image_tokens,
    cast(sum(output_video_tokens) as bigint) as output_video_tokens,
    cast(sum(output_citation_tokens) as bigint) as output_citation_tokens,
    cast(sum(audio_milliseconds) as bigint) as audio_milliseconds,
    cast(sum(input_characters) as bigint) as input_characters,
    cast(sum(input_text_messages) as bigint) as input_text_messages,
    cast(sum(web_searches) as bigint) as web_searches,
    cast(sum(storage_searches) as bigint) as storage_searches,
    cast(sum(document_pages) as bigint) as document_pages,
    cast(sum(annotated_document_pages) as bigint) as annotated_document_pages,
    cast(sum(requests) as bigint) as requests,
    cast(sum(billed_audio_milliseconds) as bigint) as billed_audio_milliseconds
from labelled
group by
    local_day,
    context,
    account_id,
    usage_type,
    provider,
    model,
    variant,
    price_id,
    tags
