-- One row per line of native JSONL: the columns of a usage record as text, checked no further than
-- JSON goes. Counts keep their JSON text, so that "12" (a string) and 12.5 can be told from 12.
-- `raw` has a column for each key; those in `absent_keys` were not looked for, since a sample of
-- the lines did not have them, so a line that has one is in `other_shape` and is read once more.
-- Keys are snake_case or camelCase. Keys that nothing knows become tags if they are short scalars:
-- prompts do not belong in a book.
with counted as (
    select
        *,
        (
            (id is not null)::int
            + (occurred_at is not null)::int
            + ("occurredAt" is not null)::int
            + (context is not null)::int
            + (account_id is not null)::int
            + ("accountId" is not null)::int
            + (external_id is not null)::int
            + ("externalId" is not null)::int
            + (transaction_id is not null)::int
            + ("transactionId" is not null)::int
            + (provider is not null)::int
            + (model is not null)::int
            + (usage_type is not null)::int
            + ("usageType" is not null)::int
            + (variant is not null)::int
            + (description is not null)::int
            + (model_id is not null)::int
            + ("modelId" is not null)::int
            + (tags is not null)::int
            + (other_meters is not null)::int
            + ("otherMeters" is not null)::int
            + (cached_tokens is not null)::int
            + ("cachedTokens" is not null)::int
            + (cache_write_5m_tokens is not null)::int
            + ("cacheWrite5mTokens" is not null)::int
            + (audio_duration_seconds is not null)::int
            + ("audioDurationSeconds" is not null)::int
            + (input_tokens is not null)::int
            + ("inputTokens" is not null)::int
            + (cache_read_tokens is not null)::int
            + ("cacheReadTokens" is not null)::int
            + (cache_write_tokens is not null)::int
            + ("cacheWriteTokens" is not null)::int
            + (cache_write_1h_tokens is not null)::int
            + ("cacheWrite1hTokens" is not null)::int
            + (input_audio_tokens is not null)::int
            + ("inputAudioTokens" is not null)::int
            + (cache_audio_read_tokens is not null)::int
            + ("cacheAudioReadTokens" is not null)::int
            + (input_image_tokens is not null)::int
            + ("inputImageTokens" is not null)::int
            + (cache_image_read_tokens is not null)::int
            + ("cacheImageReadTokens" is not null)::int
            + (input_video_tokens is not null)::int
            + ("inputVideoTokens" is not null)::int
            + (output_tokens is not null)::int
            + ("outputTokens" is not null)::int
            + (output_reasoning_tokens is not null)::int
            + ("outputReasoningTokens" is not null)::int
            + (output_audio_tokens is not null)::int
            + ("outputAudioTokens" is not null)::int
            + (output_image_tokens is not null)::int
            + ("outputImageTokens" is not null)::int
            + (output_video_tokens is not null)::int
            + ("outputVideoTokens" is not null)::int
            + (output_citation_tokens is not null)::int
            + ("outputCitationTokens" is not null)::int
            + (audio_milliseconds is not null)::int
            + ("audioMilliseconds" is not null)::int
            + (input_characters is not null)::int
            + ("inputCharacters" is not null)::int
            + (input_text_messages is not null)::int
            + ("inputTextMessages" is not null)::int
            + (web_searches is not null)::int
            + ("webSearches" is not null)::int
            + (storage_searches is not null)::int
            + ("storageSearches" is not null)::int
            + (document_pages is not null)::int
            + ("documentPages" is not null)::int
            + (annotated_document_pages is not null)::int
            + ("annotatedDocumentPages" is not null)::int
            + (requests is not null)::int
        ) as known_keys,
        (
            (id is not null)::int
            + (occurred_at is not null or "occurredAt" is not null)::int
            + (context is not null)::int
            + (account_id is not null or "accountId" is not null)::int
            + (external_id is not null or "externalId" is not null)::int
            + (transaction_id is not null or "transactionId" is not null)::int
            + (provider is not null)::int
            + (model is not null)::int
            + (usage_type is not null or "usageType" is not null)::int
            + (variant is not null)::int
            + (description is not null)::int
            + (model_id is not null or "modelId" is not null)::int
            + (tags is not null)::int
            + (other_meters is not null or "otherMeters" is not null)::int
            + (cached_tokens is not null or "cachedTokens" is not null)::int
            + (
                cache_write_5m_tokens is not null or "cacheWrite5mTokens" is not null
            )::int
            + (
                audio_duration_seconds is not null
                or "audioDurationSeconds" is not null
            )::int
            + (input_tokens is not null or "inputTokens" is not null)::int
            + (cache_read_tokens is not null or "cacheReadTokens" is not null)::int
            + (cache_write_tokens is not null or "cacheWriteTokens" is not null)::int
            + (
                cache_write_1h_tokens is not null or "cacheWrite1hTokens" is not null
            )::int
            + (input_audio_tokens is not null or "inputAudioTokens" is not null)::int
            + (
                cache_audio_read_tokens is not null
                or "cacheAudioReadTokens" is not null
            )::int
            + (input_image_tokens is not null or "inputImageTokens" is not null)::int
            + (
                cache_image_read_tokens is not null
                or "cacheImageReadTokens" is not null
            )::int
            + (input_video_tokens is not null or "inputVideoTokens" is not null)::int
            + (output_tokens is not null or "outputTokens" is not null)::int
            + (
                output_reasoning_tokens is not null
                or "outputReasoningTokens" is not null
            )::int
            + (
                output_audio_tokens is not null or "outputAudioTokens" is not null
            )::int
            + (
                output_image_tokens is not null or "outputImageTokens" is not null
            )::int
            + (
                output_video_tokens is not null or "outputVideoTokens" is not null
            )::int
            + (
                output_citation_tokens is not null
                or "outputCitationTokens" is not null
            )::int
            + (audio_milliseconds is not null or "audioMilliseconds" is not null)::int
            + (input_characters is not null or "inputCharacters" is not null)::int
            + (
                input_text_messages is not null or "inputTextMessages" is not null
            )::int
            + (web_searches is not null or "webSearches" is not null)::int
            + (storage_searches is not null or "storageSearches" is not null)::int
            + (document_pages is not null or "documentPages" is not null)::int
            + (
                annotated_document_pages is not null
                or "annotatedDocumentPages" is not null
            )::int
            + (requests is not null)::int
        ) as known_columns
    from raw
),

sorted as (
    select
        *,
        -- Where as many keys are there as columns have a value, none is unknown, null or twice.
        case when len(keys) <> known_keys then list_filter(
            keys,
            lambda key: key not in (
                'id',
                'occurred_at',
                'occurredAt',
                'context',
                'account_id',
                'accountId',
                'external_id',
                'externalId',
                'transaction_id',
                'transactionId',
                'provider',
                'model',
                'usage_type',
                'usageType',
                'variant',
                'description',
                'model_id',
                'modelId',
                'tags',
                'other_meters',
                'otherMeters',
                'cached_tokens',
                'cachedTokens',
                'cache_write_5m_tokens',
                'cacheWrite5mTokens',
                'audio_duration_seconds',
                'audioDurationSeconds',
                'input_tokens',
                'inputTokens',
                'cache_read_tokens',
                'cacheReadTokens',
                'cache_write_tokens',
                'cacheWriteTokens',
                'cache_write_1h_tokens',
                'cacheWrite1hTokens',
                'input_audio_tokens',
                'inputAudioTokens',
                'cache_audio_read_tokens',
                'cacheAudioReadTokens',
                'input_image_tokens',
                'inputImageTokens',
                'cache_image_read_tokens',
                'cacheImageReadTokens',
                'input_video_tokens',
                'inputVideoTokens',
                'output_tokens',
                'outputTokens',
                'output_reasoning_tokens',
                'outputReasoningTokens',
                'output_audio_tokens',
                'outputAudioTokens',
                'output_image_tokens',
                'outputImageTokens',
                'output_video_tokens',
                'outputVideoTokens',
                'output_citation_tokens',
                'outputCitationTokens',
                'audio_milliseconds',
                'audioMilliseconds',
                'input_characters',
                'inputCharacters',
                'input_text_messages',
                'inputTextMessages',
                'web_searches',
                'webSearches',
                'storage_searches',
                'storageSearches',
                'document_pages',
                'documentPages',
                'annotated_document_pages',
                'annotatedDocumentPages',
                'requests'
            )
        ) end as unknown_keys
    from counted
),

surplus as (
    select
        *,
        case
            when
                len(unknown_keys) between 1 and 256
                and len(unknown_keys) = list_unique(unknown_keys)
                then list_transform(
                    unknown_keys,
                    lambda key: {
                        'key': key,
                        'value': json_extract(
                            line, '/' || replace(replace(key, '~', '~0'), '/', '~1')
                        )
                    }
                )
        end as pairs
    from sorted
),

surplus_split as (
    select
        *,
        list_filter(
            pairs,
            lambda pair: pair.key in (
                'cache_audio_write_tokens',
                'cacheAudioWriteTokens',
                'cache_image_write_tokens',
                'cacheImageWriteTokens',
                'cache_video_read_tokens',
                'cacheVideoReadTokens',
                'cache_video_write_tokens',
                'cacheVideoWriteTokens',
                'code_executions',
                'codeExecutions',
                'input_audio_tool_tokens',
                'inputAudioToolTokens',
                'input_image_tool_tokens',
                'inputImageToolTokens',
                'input_pixels',
                'inputPixels',
                'input_tool_tokens',
                'inputToolTokens',
                'input_video_tool_tokens',
                'inputVideoToolTokens',
                'rerank_searches',
                'rerankSearches',
                'social_searches',
                'socialSearches'
            )
            and json_type(pair.value) <> 'NULL'
        ) as meter_pairs,
        list_filter(
            pairs,
            lambda pair: pair.key not in (
                'cache_audio_write_tokens',
                'cacheAudioWriteTokens',
                'cache_image_write_tokens',
                'cacheImageWriteTokens',
                'cache_video_read_tokens',
                'cacheVideoReadTokens',
                'cache_video_write_tokens',
                'cacheVideoWriteTokens',
                'code_executions',
                'codeExecutions',
                'input_audio_tool_tokens',
                'inputAudioToolTokens',
                'input_image_tool_tokens',
                'inputImageToolTokens',
                'input_pixels',
                'inputPixels',
                'input_tool_tokens',
                'inputToolTokens',
                'input_video_tool_tokens',
                'inputVideoToolTokens',
                'rerank_searches',
                'rerankSearches',
                'social_searches',
                'socialSearches'
            )
            and json_type(pair.value) not in ('OBJECT', 'ARRAY', 'NULL')
            and length(json_extract_string(pair.value, '$')) <= 256
        ) as tag_pairs
    from surplus
)

select
    path,
    line_number,
    id_scope,
    excerpt,
    case
        when problem is not null then problem
        when is_object is null then 'bad_json'
        when not is_object then 'not_an_object'
        -- DuckDB takes NaN, Infinity and a comma before a closing bracket for JSON. They are looked
        -- for only where they could stand: at the end, in nested values, in keys nobody knows and
        -- for a text.
        when
            case
                when
                    regexp_matches(line, '[,\s]\}\s*$')
                    or len(unknown_keys) > 0
                    or coalesce(tags, variant, coalesce(other_meters, "otherMeters")) is not null
                    or (
                        regexp_matches(
                            concat(
                                left(id, 1),
                                left(account_id, 1),
                                left("accountId", 1),
                                left(external_id, 1),
                                left("externalId", 1),
                                left(transaction_id, 1),
                                left("transactionId", 1),
                                left(provider, 1),
                                left(model, 1),
                                left(model_id, 1),
                                left("modelId", 1),
                                left(description, 1)
                            ),
                            '[iInN-]'
                        )
                        and regexp_matches(line, '(?i:[:\s-](nan|inf|infinity)\s*[,}])')
                    )
                    then regexp_matches(
                        line, '^([^"]|"([^"\\]|\\.)*")*(,\s*[}\]]|(?i:nan|inf))'
                    )
                else false
            end
            then 'bad_json'
        when
            case
                when known_keys + len(unknown_keys) <> len(keys)
                    then list_has_any(keys, absent_keys)
                else false
            end
            then 'other_shape'
        when known_columns <> known_keys then 'repeated_key'
        when len(unknown_keys) > 256 then 'too_many_keys'
        -- Only where keys do not add up (one is null, or stands twice) is the costly look worth it.
        when
            case
                when len(meter_pairs) > 0
                    then list_has_any(
                        try(json_keys(coalesce(other_meters, "otherMeters"))),
                        list_transform(
                            meter_pairs,
                            lambda pair: lower(regexp_replace(pair.key, '([A-Z])', '_\1', 'g'))
                        )
                    )
                else false
            end
            then 'repeated_key'
        when
            len(meter_pairs) > 1
            and len(meter_pairs)
            <> list_unique(
                list_transform(
                    meter_pairs,
                    lambda pair: lower(regexp_replace(pair.key, '([A-Z])', '_\1', 'g'))
                )
            )
            then 'repeated_key'
        when
            case
                when known_keys + len(unknown_keys) <> len(keys) or len(unknown_keys) > 1
                    then len(keys) <> list_unique(keys)
                else false
            end
            then 'repeated_key'
        when
            coalesce(cached_tokens, "cachedTokens") is not null
            and coalesce(cache_read_tokens, "cacheReadTokens") is not null
            or coalesce(cache_write_5m_tokens, "cacheWrite5mTokens") is not null
            and coalesce(cache_write_tokens, "cacheWriteTokens") is not null
            or model is not null and coalesce(model_id, "modelId") is not null
            or coalesce(audio_milliseconds, "audioMilliseconds") is not null
            and coalesce(audio_duration_seconds, "audioDurationSeconds") is not null
            then 'repeated_key'
        when
            case
                when
                    regexp_matches(
                        concat(
                            left(id, 1),
                            left(occurred_at, 1),
                            left("occurredAt", 1),
                            left(context, 1),
                            left(account_id, 1),
                            left("accountId", 1),
                            left(external_id, 1),
                            left("externalId", 1),
                            left(transaction_id, 1),
                            left("transactionId", 1),
                            left(provider, 1),
                            left(model, 1),
                            left(model_id, 1),
                            left("modelId", 1),
                            left(usage_type, 1),
                            left("usageType", 1),
                            left(description, 1),
                            left(cast(variant as varchar), 1)
                        ),
                        '[{\[]'
                    )
                    then list_has_any(
                        json_type(
                            line,
                            [
                                '/id',
                                '/occurred_at',
                                '/occurredAt',
                                '/context',
                                '/account_id',
                                '/accountId',
                                '/external_id',
                                '/externalId',
                                '/transaction_id',
                                '/transactionId',
                                '/provider',
                                '/model',
                                '/model_id',
                                '/modelId',
                                '/usage_type',
                                '/usageType',
                                '/description'
                            ]
                        ),
                        ['OBJECT', 'ARRAY']
                    )
                    or json_type(line, '/variant') = 'ARRAY'
                else false
            end
            then 'bad_text'
    end as problem,
    id,
    coalesce(occurred_at, "occurredAt") as occurred_at,
    context,
    coalesce(account_id, "accountId") as account_id,
    coalesce(external_id, "externalId") as external_id,
    coalesce(transaction_id, "transactionId") as transaction_id,
    provider,
    coalesce(model, coalesce(model_id, "modelId")) as model,
    coalesce(usage_type, "usageType") as usage_type,
    case
        when json_type(variant) = 'OBJECT'
            then cast(variant as varchar)
        else json_extract_string(variant, '$')
    end as variant,
    description,
    cast(
        coalesce(audio_duration_seconds, "audioDurationSeconds") as varchar
    ) as audio_duration_seconds,
    cast(coalesce(input_tokens, "inputTokens") as varchar) as input_tokens,
    cast(
        coalesce(
            cache_read_tokens,
            "cacheReadTokens",
            cached_tokens,
            "cachedTokens"
        ) as varchar
    ) as cache_read_tokens,
    cast(
        coalesce(
            cache_write_tokens,
            "cacheWriteTokens",
            cache_write_5m_tokens,
            "cacheWrite5mTokens"
        ) as varchar
    ) as cache_write_tokens,
    cast(
        coalesce(cache_write_1h_tokens, "cacheWrite1hTokens") as varchar
    ) as cache_write_1h_tokens,
    cast(
        coalesce(input_audio_tokens, "inputAudioTokens") as varchar
    ) as input_audio_tokens,
    cast(
        coalesce(cache_audio_read_tokens, "cacheAudioReadTokens") as varchar
    ) as cache_audio_read_tokens,
    cast(
        coalesce(input_image_tokens, "inputImageTokens") as varchar
    ) as input_image_tokens,
    cast(
        coalesce(cache_image_read_tokens, "cacheImageReadTokens") as varchar
    ) as cache_image_read_tokens,
    cast(
        coalesce(input_video_tokens, "inputVideoTokens") as varchar
    ) as input_video_tokens,
    cast(coalesce(output_tokens, "outputTokens") as varchar) as output_tokens,
    cast(
        coalesce(output_reasoning_tokens, "outputReasoningTokens") as varchar
    ) as output_reasoning_tokens,
    cast(
        coalesce(output_audio_tokens, "outputAudioTokens") as varchar
    ) as output_audio_tokens,
    cast(
        coalesce(output_image_tokens, "outputImageTokens") as varchar
    ) as output_image_tokens,
    cast(
        coalesce(output_video_tokens, "outputVideoTokens") as varchar
    ) as output_video_tokens,
    cast(
        coalesce(output_citation_tokens, "outputCitationTokens") as varchar
    ) as output_citation_tokens,
    cast(
        coalesce(audio_milliseconds, "audioMilliseconds") as varchar
    ) as audio_milliseconds,
    cast(
        coalesce(input_characters, "inputCharacters") as varchar
    ) as input_characters,
    cast(
        coalesce(input_text_messages, "inputTextMessages") as varchar
    ) as input_text_messages,
    cast(coalesce(web_searches, "webSearches") as varchar) as web_searches,
    cast(
        coalesce(storage_searches, "storageSearches") as varchar
    ) as storage_searches,
    cast(coalesce(document_pages, "documentPages") as varchar) as document_pages,
    cast(
        coalesce(annotated_document_pages, "annotatedDocumentPages") as varchar
    ) as annotated_document_pages,
    cast(requests as varchar) as requests,
    case
        when
            len(meter_pairs) > 0
            and coalesce(
                left(cast(coalesce(other_meters, "otherMeters") as varchar), 1), '{'
            ) = '{'
            then cast(
                json_merge_patch(
                    coalesce(coalesce(other_meters, "otherMeters"), '{}'),
                    to_json(
                        try(
                            map_from_entries(
                                list_transform(
                                    meter_pairs,
                                    lambda pair: {
                                        'key': lower(
                                            regexp_replace(pair.key, '([A-Z])', '_\1', 'g')
                                        ),
                                        'value': pair.value
                                    }
                                )
                            )
                        )
                    )
                ) as varchar
            )
        else cast(coalesce(other_meters, "otherMeters") as varchar)
    end as other_meters,
    -- What is in the tags wins. A patch would drop what is null there.
    case
        when len(tag_pairs) > 0 and coalesce(left(cast(tags as varchar), 1), '{') = '{'
            then coalesce(
                cast(
                    to_json(
                        try(
                            map_from_entries(
                                list_concat(
                                    list_filter(
                                        tag_pairs,
                                        lambda pair: not coalesce(
                                            list_contains(try(json_keys(tags)), pair.key), false
                                        )
                                    ),
                                    map_entries(
                                        try(from_json(tags, '"MAP(VARCHAR,JSON)"'))
                                    )
                                )
                            )
                        )
                    ) as varchar
                ),
                cast(tags as varchar)
            )
        else cast(tags as varchar)
    end as tags
from surplus_split
