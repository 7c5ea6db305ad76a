-- One row per line of native JSONL: the columns of a usage record as text, checked no further than
-- JSON goes. Counts keep their JSON text, so that "12" (a string) and 12.5 can be told from 12.
-- Keys are snake_case or camelCase. Keys that nothing knows become tags if they are short scalars:
-- prompts do not belong in a book.
with line as (
    select
        path,
        line_number,
        id_scope,
        excerpt,
        line,
        case
            when problem is not null then problem
            when not json_valid(line) then 'bad_json'
            when json_type(line) <> 'OBJECT' then 'not_an_object'
        end as problem
    from raw
),

parsed as (
    select
        path,
        line_number,
        id_scope,
        excerpt,
        line,
        problem,
        from_json(
            case when problem is null then line end,
            '{
                "id": "JSON",
                "occurred_at": "JSON",
                "occurredAt": "JSON",
                "context": "JSON",
                "account_id": "JSON",
                "accountId": "JSON",
                "external_id": "JSON",
                "externalId": "JSON",
                "transaction_id": "JSON",
                "transactionId": "JSON",
                "provider": "JSON",
                "model": "JSON",
                "usage_type": "JSON",
                "usageType": "JSON",
                "variant": "JSON",
                "description": "JSON",
                "model_id": "JSON",
                "modelId": "JSON",
                "tags": "JSON",
                "other_meters": "JSON",
                "otherMeters": "JSON",
                "cached_tokens": "JSON",
                "cachedTokens": "JSON",
                "cache_write_5m_tokens": "JSON",
                "cacheWrite5mTokens": "JSON",
                "audio_duration_seconds": "JSON",
                "audioDurationSeconds": "JSON",
                "input_tokens": "JSON",
                "inputTokens": "JSON",
                "cache_read_tokens": "JSON",
                "cacheReadTokens": "JSON",
                "cache_write_tokens": "JSON",
                "cacheWriteTokens": "JSON",
                "cache_write_1h_tokens": "JSON",
                "cacheWrite1hTokens": "JSON",
                "input_audio_tokens": "JSON",
                "inputAudioTokens": "JSON",
                "cache_audio_read_tokens": "JSON",
                "cacheAudioReadTokens": "JSON",
                "input_image_tokens": "JSON",
                "inputImageTokens": "JSON",
                "cache_image_read_tokens": "JSON",
                "cacheImageReadTokens": "JSON",
                "input_video_tokens": "JSON",
                "inputVideoTokens": "JSON",
                "output_tokens": "JSON",
                "outputTokens": "JSON",
                "output_reasoning_tokens": "JSON",
                "outputReasoningTokens": "JSON",
                "output_audio_tokens": "JSON",
                "outputAudioTokens": "JSON",
                "output_image_tokens": "JSON",
                "outputImageTokens": "JSON",
                "output_video_tokens": "JSON",
                "outputVideoTokens": "JSON",
                "output_citation_tokens": "JSON",
                "outputCitationTokens": "JSON",
                "audio_milliseconds": "JSON",
                "audioMilliseconds": "JSON",
                "input_characters": "JSON",
                "inputCharacters": "JSON",
                "input_text_messages": "JSON",
                "inputTextMessages": "JSON",
                "web_searches": "JSON",
                "webSearches": "JSON",
                "storage_searches": "JSON",
                "storageSearches": "JSON",
                "document_pages": "JSON",
                "documentPages": "JSON",
                "annotated_document_pages": "JSON",
                "annotatedDocumentPages": "JSON",
                "requests": "JSON"
            }'
        ) as object,
        coalesce(json_keys(case when problem is null then line end), []) as keys
    from line
),

sorted as (
    select
        *,
        list_filter(
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
        ) as unknown_keys
    from parsed
),

surplus as (
    select
        *,
        case
            when len(unknown_keys) > 0 and len(unknown_keys) = list_unique(unknown_keys)
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
            and length(cast(pair.value as varchar)) <= 256
        ) as tag_pairs
    from surplus
),

counted as (
    select
        *,
        (
            (object.id is not null)::int
            + (object.occurred_at is not null)::int
            + (object."occurredAt" is not null)::int
            + (object.context is not null)::int
            + (object.account_id is not null)::int
            + (object."accountId" is not null)::int
            + (object.external_id is not null)::int
            + (object."externalId" is not null)::int
            + (object.transaction_id is not null)::int
            + (object."transactionId" is not null)::int
            + (object.provider is not null)::int
            + (object.model is not null)::int
            + (object.usage_type is not null)::int
            + (object."usageType" is not null)::int
            + (object.variant is not null)::int
            + (object.description is not null)::int
            + (object.model_id is not null)::int
            + (object."modelId" is not null)::int
            + (object.tags is not null)::int
            + (object.other_meters is not null)::int
            + (object."otherMeters" is not null)::int
            + (object.cached_tokens is not null)::int
            + (object."cachedTokens" is not null)::int
            + (object.cache_write_5m_tokens is not null)::int
            + (object."cacheWrite5mTokens" is not null)::int
            + (object.audio_duration_seconds is not null)::int
            + (object."audioDurationSeconds" is not null)::int
            + (object.input_tokens is not null)::int
            + (object."inputTokens" is not null)::int
            + (object.cache_read_tokens is not null)::int
            + (object."cacheReadTokens" is not null)::int
            + (object.cache_write_tokens is not null)::int
            + (object."cacheWriteTokens" is not null)::int
            + (object.cache_write_1h_tokens is not null)::int
            + (object."cacheWrite1hTokens" is not null)::int
            + (object.input_audio_tokens is not null)::int
            + (object."inputAudioTokens" is not null)::int
            + (object.cache_audio_read_tokens is not null)::int
            + (object."cacheAudioReadTokens" is not null)::int
            + (object.input_image_tokens is not null)::int
            + (object."inputImageTokens" is not null)::int
            + (object.cache_image_read_tokens is not null)::int
            + (object."cacheImageReadTokens" is not null)::int
            + (object.input_video_tokens is not null)::int
            + (object."inputVideoTokens" is not null)::int
            + (object.output_tokens is not null)::int
            + (object."outputTokens" is not null)::int
            + (object.output_reasoning_tokens is not null)::int
            + (object."outputReasoningTokens" is not null)::int
            + (object.output_audio_tokens is not null)::int
            + (object."outputAudioTokens" is not null)::int
            + (object.output_image_tokens is not null)::int
            + (object."outputImageTokens" is not null)::int
            + (object.output_video_tokens is not null)::int
            + (object."outputVideoTokens" is not null)::int
            + (object.output_citation_tokens is not null)::int
            + (object."outputCitationTokens" is not null)::int
            + (object.audio_milliseconds is not null)::int
            + (object."audioMilliseconds" is not null)::int
            + (object.input_characters is not null)::int
            + (object."inputCharacters" is not null)::int
            + (object.input_text_messages is not null)::int
            + (object."inputTextMessages" is not null)::int
            + (object.web_searches is not null)::int
            + (object."webSearches" is not null)::int
            + (object.storage_searches is not null)::int
            + (object."storageSearches" is not null)::int
            + (object.document_pages is not null)::int
            + (object."documentPages" is not null)::int
            + (object.annotated_document_pages is not null)::int
            + (object."annotatedDocumentPages" is not null)::int
            + (object.requests is not null)::int
        ) as known_keys,
        (
            (object.id is not null)::int
            + (object.occurred_at is not null or object."occurredAt" is not null)::int
            + (object.context is not null)::int
            + (object.account_id is not null or object."accountId" is not null)::int
            + (object.external_id is not null or object."externalId" is not null)::int
            + (object.transaction_id is not null or object."transactionId" is not null)::int
            + (object.provider is not null)::int
            + (object.model is not null)::int
            + (object.usage_type is not null or object."usageType" is not null)::int
            + (object.variant is not null)::int
            + (object.description is not null)::int
            + (object.model_id is not null or object."modelId" is not null)::int
            + (object.tags is not null)::int
            + (object.other_meters is not null or object."otherMeters" is not null)::int
            + (object.cached_tokens is not null or object."cachedTokens" is not null)::int
            + (
                object.cache_write_5m_tokens is not null or object."cacheWrite5mTokens" is not null
            )::int
            + (
                object.audio_duration_seconds is not null
                or object."audioDurationSeconds" is not null
            )::int
            + (object.input_tokens is not null or object."inputTokens" is not null)::int
            + (object.cache_read_tokens is not null or object."cacheReadTokens" is not null)::int
            + (object.cache_write_tokens is not null or object."cacheWriteTokens" is not null)::int
            + (
                object.cache_write_1h_tokens is not null or object."cacheWrite1hTokens" is not null
            )::int
            + (object.input_audio_tokens is not null or object."inputAudioTokens" is not null)::int
            + (
                object.cache_audio_read_tokens is not null
                or object."cacheAudioReadTokens" is not null
            )::int
            + (object.input_image_tokens is not null or object."inputImageTokens" is not null)::int
            + (
                object.cache_image_read_tokens is not null
                or object."cacheImageReadTokens" is not null
            )::int
            + (object.input_video_tokens is not null or object."inputVideoTokens" is not null)::int
            + (object.output_tokens is not null or object."outputTokens" is not null)::int
            + (
                object.output_reasoning_tokens is not null
                or object."outputReasoningTokens" is not null
            )::int
            + (
                object.output_audio_tokens is not null or object."outputAudioTokens" is not null
            )::int
            + (
                object.output_image_tokens is not null or object."outputImageTokens" is not null
            )::int
            + (
                object.output_video_tokens is not null or object."outputVideoTokens" is not null
            )::int
            + (
                object.output_citation_tokens is not null
                or object."outputCitationTokens" is not null
            )::int
            + (object.audio_milliseconds is not null or object."audioMilliseconds" is not null)::int
            + (object.input_characters is not null or object."inputCharacters" is not null)::int
            + (
                object.input_text_messages is not null or object."inputTextMessages" is not null
            )::int
            + (object.web_searches is not null or object."webSearches" is not null)::int
            + (object.storage_searches is not null or object."storageSearches" is not null)::int
            + (object.document_pages is not null or object."documentPages" is not null)::int
            + (
                object.annotated_document_pages is not null
                or object."annotatedDocumentPages" is not null
            )::int
            + (object.requests is not null)::int
        ) as known_columns
    from surplus_split
)

select
    path,
    line_number,
    id_scope,
    excerpt,
    case
        when problem is not null then problem
        when known_columns <> known_keys then 'repeated_key'
        -- Only where keys do not add up (one is null, or stands twice) is the costly look worth it.
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
            coalesce(object.cached_tokens, object."cachedTokens") is not null
            and coalesce(object.cache_read_tokens, object."cacheReadTokens") is not null
            or coalesce(object.cache_write_5m_tokens, object."cacheWrite5mTokens") is not null
            and coalesce(object.cache_write_tokens, object."cacheWriteTokens") is not null
            or object.model is not null and coalesce(object.model_id, object."modelId") is not null
            or coalesce(object.audio_milliseconds, object."audioMilliseconds") is not null
            and coalesce(object.audio_duration_seconds, object."audioDurationSeconds") is not null
            then 'repeated_key'
        when
            regexp_matches(
                concat(
                    left(cast(object.id as varchar), 1),
                    left(cast(object.occurred_at as varchar), 1),
                    left(cast(object."occurredAt" as varchar), 1),
                    left(cast(object.context as varchar), 1),
                    left(cast(object.account_id as varchar), 1),
                    left(cast(object."accountId" as varchar), 1),
                    left(cast(object.external_id as varchar), 1),
                    left(cast(object."externalId" as varchar), 1),
                    left(cast(object.transaction_id as varchar), 1),
                    left(cast(object."transactionId" as varchar), 1),
                    left(cast(object.provider as varchar), 1),
                    left(cast(object.model as varchar), 1),
                    left(cast(object.model_id as varchar), 1),
                    left(cast(object."modelId" as varchar), 1),
                    left(cast(object.usage_type as varchar), 1),
                    left(cast(object."usageType" as varchar), 1),
                    left(cast(object.description as varchar), 1),
                    replace(left(cast(object.variant as varchar), 1), '{', '')
                ),
                '[{\[]'
            )
            then 'bad_text'
    end as problem,
    json_extract_string(object.id, '$') as id,
    json_extract_string(coalesce(object.occurred_at, object."occurredAt"), '$') as occurred_at,
    json_extract_string(object.context, '$') as context,
    json_extract_string(coalesce(object.account_id, object."accountId"), '$') as account_id,
    json_extract_string(coalesce(object.external_id, object."externalId"), '$') as external_id,
    json_extract_string(
        coalesce(object.transaction_id, object."transactionId"), '$'
    ) as transaction_id,
    json_extract_string(object.provider, '$') as provider,
    json_extract_string(
        coalesce(object.model, coalesce(object.model_id, object."modelId")), '$'
    ) as model,
    json_extract_string(coalesce(object.usage_type, object."usageType"), '$') as usage_type,
    case
        when json_type(object.variant) = 'OBJECT'
            then cast(object.variant as varchar)
        else json_extract_string(object.variant, '$')
    end as variant,
    json_extract_string(object.description, '$') as description,
    cast(
        coalesce(object.audio_duration_seconds, object."audioDurationSeconds") as varchar
    ) as audio_duration_seconds,
    cast(coalesce(object.input_tokens, object."inputTokens") as varchar) as input_tokens,
    cast(
        coalesce(
            object.cache_read_tokens,
            object."cacheReadTokens",
            object.cached_tokens,
            object."cachedTokens"
        ) as varchar
    ) as cache_read_tokens,
    cast(
        coalesce(
            object.cache_write_tokens,
            object."cacheWriteTokens",
            object.cache_write_5m_tokens,
            object."cacheWrite5mTokens"
        ) as varchar
    ) as cache_write_tokens,
    cast(
        coalesce(object.cache_write_1h_tokens, object."cacheWrite1hTokens") as varchar
    ) as cache_write_1h_tokens,
    cast(
        coalesce(object.input_audio_tokens, object."inputAudioTokens") as varchar
    ) as input_audio_tokens,
    cast(
        coalesce(object.cache_audio_read_tokens, object."cacheAudioReadTokens") as varchar
    ) as cache_audio_read_tokens,
    cast(
        coalesce(object.input_image_tokens, object."inputImageTokens") as varchar
    ) as input_image_tokens,
    cast(
        coalesce(object.cache_image_read_tokens, object."cacheImageReadTokens") as varchar
    ) as cache_image_read_tokens,
    cast(
        coalesce(object.input_video_tokens, object."inputVideoTokens") as varchar
    ) as input_video_tokens,
    cast(coalesce(object.output_tokens, object."outputTokens") as varchar) as output_tokens,
    cast(
        coalesce(object.output_reasoning_tokens, object."outputReasoningTokens") as varchar
    ) as output_reasoning_tokens,
    cast(
        coalesce(object.output_audio_tokens, object."outputAudioTokens") as varchar
    ) as output_audio_tokens,
    cast(
        coalesce(object.output_image_tokens, object."outputImageTokens") as varchar
    ) as output_image_tokens,
    cast(
        coalesce(object.output_video_tokens, object."outputVideoTokens") as varchar
    ) as output_video_tokens,
    cast(
        coalesce(object.output_citation_tokens, object."outputCitationTokens") as varchar
    ) as output_citation_tokens,
    cast(
        coalesce(object.audio_milliseconds, object."audioMilliseconds") as varchar
    ) as audio_milliseconds,
    cast(
        coalesce(object.input_characters, object."inputCharacters") as varchar
    ) as input_characters,
    cast(
        coalesce(object.input_text_messages, object."inputTextMessages") as varchar
    ) as input_text_messages,
    cast(coalesce(object.web_searches, object."webSearches") as varchar) as web_searches,
    cast(
        coalesce(object.storage_searches, object."storageSearches") as varchar
    ) as storage_searches,
    cast(coalesce(object.document_pages, object."documentPages") as varchar) as document_pages,
    cast(
        coalesce(object.annotated_document_pages, object."annotatedDocumentPages") as varchar
    ) as annotated_document_pages,
    cast(object.requests as varchar) as requests,
    case
        when
            len(meter_pairs) > 0
            and coalesce(
                left(cast(coalesce(object.other_meters, object."otherMeters") as varchar), 1), '{'
            ) = '{'
            then cast(
                json_merge_patch(
                    coalesce(coalesce(object.other_meters, object."otherMeters"), '{}'),
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
        else cast(coalesce(object.other_meters, object."otherMeters") as varchar)
    end as other_meters,
    case
        when len(tag_pairs) > 0
            then cast(
                json_merge_patch(to_json(map_from_entries(tag_pairs)), coalesce(object.tags, '{}'))
                as varchar
            )
        else cast(object.tags as varchar)
    end as tags
from counted
