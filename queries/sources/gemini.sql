-- One row per answer of the Gemini API or of Vertex AI, as it came, in a log's envelope, or as a
-- line of a batch's results. Thoughts stand beside the candidates, and the prompts that tools make
-- beside the prompt: both are added. Of a stream all chunks have the usage so far: those before the
-- last one are left out.
-- Title: Gemini answers (Gemini API and Vertex AI)
-- Example: {"timestamp": "2026-10-05T12:00:00Z", "response": {"responseId": "r-1",
-- "modelVersion": "gemini-2.5-pro", "usageMetadata": {"promptTokenCount": 262960,
-- "cachedContentTokenCount": 257955, "candidatesTokenCount": 1000, "thoughtsTokenCount": 744,
-- "totalTokenCount": 264704, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 262960}]}}}
with unwrapped as (
    select
        *,
        from_json(
            line,
            '{"key":"VARCHAR","request_id":"VARCHAR","model":"VARCHAR","processed_time":"VARCHAR",
            "timestamp":"VARCHAR","time":"VARCHAR","created_at":"VARCHAR","logged_at":"VARCHAR",
            "metadata":"JSON","error":"JSON","request":{"model":"VARCHAR","labels":"JSON"}}'
        ) as envelope,
        coalesce(
            list_filter(
                json_extract(line, ['/response/body', '/response', '/body']),
                lambda found: starts_with(found, '{')
            )[1],
            line
        ) as body
    from raw
),

parsed as (
    select
        *,
        from_json(
            body,
            '{"responseId":"VARCHAR","response_id":"VARCHAR","modelVersion":"VARCHAR",
            "model_version":"VARCHAR","createTime":"VARCHAR","create_time":"VARCHAR",
            "error":"JSON","usageMetadata":"JSON","usage_metadata":"JSON",
            "candidates":[{"finishReason":"VARCHAR","finish_reason":"VARCHAR",
            "groundingMetadata":{"webSearchQueries":["VARCHAR"]}}]}'
        ) as answer
    from unwrapped
),

spelled as (
    select
        *,
        -- Dumps of the Python library are in snake_case.
        coalesce(
            answer."usageMetadata",
            json(
                replace(
                    replace(
                        replace(
                            replace(
                                replace(
                                    cast(answer.usage_metadata as varchar),
                                    '_token_count',
                                    'TokenCount'
                                ),
                                '_tokens_details',
                                'TokensDetails'
                            ),
                            'token_count',
                            'tokenCount'
                        ),
                        'cached_content',
                        'cachedContent'
                    ),
                    'tool_use_prompt',
                    'toolUsePrompt'
                )
            )
        ) as usage_json
    from parsed
),

typed as (
    select
        *,
        from_json(
            case when json_type(usage_json) = 'OBJECT' then usage_json end,
            '{"promptTokenCount":"VARCHAR","cachedContentTokenCount":"VARCHAR",
            "candidatesTokenCount":"VARCHAR","thoughtsTokenCount":"VARCHAR",
            "toolUsePromptTokenCount":"VARCHAR","totalTokenCount":"VARCHAR",
            "trafficType":"VARCHAR","traffic_type":"VARCHAR","serviceTier":"VARCHAR",
            "promptTokensDetails":[{"modality":"VARCHAR","tokenCount":"VARCHAR"}],
            "toolUsePromptTokensDetails":[{"modality":"VARCHAR","tokenCount":"VARCHAR"}],
            "cacheTokensDetails":[{"modality":"VARCHAR","tokenCount":"VARCHAR"}],
            "candidatesTokensDetails":[{"modality":"VARCHAR","tokenCount":"VARCHAR"}]}'
        ) as usage,
        coalesce(json_type(usage_json), 'NULL') as usage_kind,
        coalesce(
            json_type(
                usage_json,
                [
                    '/promptTokensDetails',
                    '/toolUsePromptTokensDetails',
                    '/cacheTokensDetails',
                    '/candidatesTokensDetails'
                ]
            ),
            []
        ) as kinds,
        coalesce(answer."responseId", answer.response_id, envelope.request_id, envelope.key) as id,
        coalesce(
            len(
                list_filter(
                    answer.candidates,
                    lambda candidate: coalesce(candidate."finishReason", candidate.finish_reason)
                    is not null
                )
            ),
            0
        ) > 0 as is_finished
    from spelled
),

ordered as (
    select
        *,
        id is not null
        and not is_finished
        and usage is not null
        and lead(usage is not null) over (partition by path, id order by line_number) is not null
        as is_followed
    from typed
),

detailed as (
    select
        *,
        -- Most answers have text only.
        case
            when regexp_matches(cast(usage_json as varchar), '(?i)audio|image|video')
                then
                list_transform(
                    [
                        {
                            'parts': list_concat(
                                usage."promptTokensDetails", usage."toolUsePromptTokensDetails"
                            ),
                            'modality': 'AUDIO'
                        },
                        {
                            'parts': list_concat(
                                usage."promptTokensDetails", usage."toolUsePromptTokensDetails"
                            ),
                            'modality': 'IMAGE'
                        },
                        {
                            'parts': list_concat(
                                usage."promptTokensDetails", usage."toolUsePromptTokensDetails"
                            ),
                            'modality': 'VIDEO'
                        },
                        {'parts': usage."cacheTokensDetails", 'modality': 'AUDIO'},
                        {'parts': usage."cacheTokensDetails", 'modality': 'IMAGE'},
                        {'parts': usage."candidatesTokensDetails", 'modality': 'AUDIO'},
                        {'parts': usage."candidatesTokensDetails", 'modality': 'IMAGE'},
                        {'parts': usage."candidatesTokensDetails", 'modality': 'VIDEO'}
                    ],
                    lambda asked: array_to_string(
                        list_transform(
                            list_filter(
                                asked.parts, lambda part: upper(part.modality) = asked.modality
                            ),
                            lambda part: part."tokenCount"
                        ),
                        '|'
                    )
                )
            else []
        end as details,
        [
            concat_ws('|', usage."promptTokenCount", usage."toolUsePromptTokenCount"),
            concat_ws('|', usage."candidatesTokenCount", usage."thoughtsTokenCount")
        ] as totals
    from ordered
),

added as (
    select
        *,
        list_transform(
            list_concat(totals, details),
            lambda counts: case
                when counts = '' or counts is null then null
                when regexp_full_match(counts, '[0-9]{1,15}') then counts
                when not regexp_full_match(counts, '[0-9]{1,15}([|][0-9]{1,15})*')
                    then replace(counts, '|', ' + ')
                else cast(
                    list_sum(
                        list_transform(
                            string_split(counts, '|'), lambda count: cast(count as hugeint)
                        )
                    ) as varchar
                )
            end
        ) as sums
    from detailed
),

searched as (
    select
        *,
        coalesce(
            answer."modelVersion", answer.model_version, envelope.model, envelope.request.model
        ) as model,
        list_sum(
            list_transform(
                answer.candidates,
                lambda found: coalesce(len(found."groundingMetadata"."webSearchQueries"), 0)
            )
        ) as searches
    from added
)

select
    path,
    line_number,
    id_scope,
    excerpt,
    line,
    case
        when problem is not null then problem
        when
            usage_kind not in ('OBJECT', 'NULL')
            or list_has_any(kinds, ['OBJECT', 'VARCHAR', 'UBIGINT', 'BIGINT', 'DOUBLE', 'BOOLEAN'])
            then 'bad_usage'
        when
            '' in (
                usage."promptTokenCount",
                usage."candidatesTokenCount",
                usage."thoughtsTokenCount"
            )
            then 'bad_usage'
        when usage."promptTokenCount" is null then 'missing_usage'
        when sums[2] is null and usage."totalTokenCount" is distinct from sums[1]
            then 'missing_usage'
    end as problem,
    id,
    coalesce(
        answer."createTime",
        answer.create_time,
        envelope.timestamp,
        envelope.time,
        envelope.created_at,
        envelope.logged_at,
        envelope.processed_time
    ) as occurred_at,
    'google' as provider,
    split_part(model, '/', -1) as model,
    concat_ws(
        ',',
        case
            when envelope.key is not null or envelope.processed_time is not null
                then 'processing=batch'
        end,
        'service_tier='
        || coalesce(
            nullif(lower(usage."serviceTier"), 'standard'),
            case coalesce(usage."trafficType", usage.traffic_type)
                when 'ON_DEMAND_PRIORITY' then 'priority'
                when 'ON_DEMAND_FLEX' then 'flex'
                when 'PROVISIONED_THROUGHPUT' then 'provisioned_throughput'
            end
        )
    ) as variant,
    sums[1] as input_tokens,
    usage."cachedContentTokenCount" as cache_read_tokens,
    sums[2] as output_tokens,
    usage."thoughtsTokenCount" as output_reasoning_tokens,
    sums[3] as input_audio_tokens,
    sums[4] as input_image_tokens,
    sums[5] as input_video_tokens,
    sums[6] as cache_audio_read_tokens,
    sums[7] as cache_image_read_tokens,
    sums[8] as output_audio_tokens,
    sums[9] as output_image_tokens,
    sums[10] as output_video_tokens,
    case
        when searches > 0
            then cast(case when model like '%gemini-3%' then searches else 1 end as varchar)
    end as web_searches,
    case
        when
            json_type(envelope.metadata) = 'OBJECT'
            or json_type(envelope.request.labels) = 'OBJECT'
            then cast(
                json_merge_patch(
                    case json_type(envelope.metadata) when 'OBJECT' then envelope.metadata
                    else '{}' end,
                    case json_type(envelope.request.labels)
                        when 'OBJECT' then envelope.request.labels
                        else '{}'
                    end
                ) as varchar
            )
    end as tags
from searched
where
    problem is not null
    or usage_kind <> 'NULL'
    and not coalesce(is_followed, false)
    or usage_kind = 'NULL'
    and coalesce(json_type(answer.error), '') <> 'OBJECT'
    and coalesce(json_type(envelope.error), '') <> 'OBJECT'
