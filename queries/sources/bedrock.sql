-- One row per call in Amazon Bedrock's model invocation log. The cache's tokens stand beside
-- `inputTokenCount`, so the three are added up.
-- Title: Amazon Bedrock model invocation logs
-- Example: {"schemaType": "ModelInvocationLog", "schemaVersion": "1.0",
-- "timestamp": "2026-10-05T12:00:00Z", "accountId": "123456789012", "region": "us-east-1",
-- "requestId": "a1b2", "operation": "Converse",
-- "modelId": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
-- "input": {"inputTokenCount": 5, "cacheReadInputTokenCount": 1000}, "output":
-- {"outputTokenCount": 310}}
with parsed as (
    select
        *,
        from_json(
            line,
            '{"timestamp":"VARCHAR","requestId":"VARCHAR","operation":"VARCHAR",
            "modelId":"VARCHAR","region":"VARCHAR","inferenceRegion":"VARCHAR",
            "errorCode":"VARCHAR","requestMetadata":"JSON","identity":{"arn":"VARCHAR"},
            "input":{"inputTokenCount":"VARCHAR","cacheReadInputTokenCount":"VARCHAR",
            "cacheWriteInputTokenCount":"VARCHAR"},
            "output":{"outputTokenCount":"VARCHAR","outputBodyJson":{
            "serviceTier":{"type":"VARCHAR"},
            "usage":{"cacheDetails":[{"ttl":"VARCHAR","inputTokens":"VARCHAR"}],
            "cache_creation":{"ephemeral_1h_input_tokens":"VARCHAR"}}}}}'
        ) as call,
        json_type(line, ['/input', '/output']) as kinds
    from raw
),

counted as (
    select
        *,
        call.input."inputTokenCount" as fresh_tokens,
        call.input."cacheReadInputTokenCount" as read_tokens,
        call.input."cacheWriteInputTokenCount" as write_tokens,
        coalesce(
            call.output."outputBodyJson".usage.cache_creation.ephemeral_1h_input_tokens,
            list_filter(
                call.output."outputBodyJson".usage."cacheDetails", lambda detail: detail.ttl = '1h'
            )[1]."inputTokens"
        ) as hour_tokens,
        regexp_matches(lower(call."modelId"), 'embed|rerank') as has_no_output
    from parsed
),

checked as (
    select
        *,
        concat_ws('|', fresh_tokens, read_tokens, write_tokens) as counts
    from counted
)

select
    path,
    line_number,
    id_scope,
    excerpt,
    line,
    case
        when problem is not null then problem
        when list_has_any(kinds, ['ARRAY', 'VARCHAR', 'UBIGINT', 'BIGINT', 'DOUBLE', 'BOOLEAN'])
            then 'bad_usage'
        when fresh_tokens is null then 'missing_usage'
        when call.output."outputTokenCount" is null and not coalesce(has_no_output, false)
            then 'missing_usage'
    end as problem,
    call."requestId" as id,
    call.timestamp as occurred_at,
    'aws' as provider,
    split_part(call."modelId", '/', -1) as model,
    case when lower(call."modelId") like '%embed%' then 'embedding' end as usage_type,
    'service_tier=' || nullif(lower(call.output."outputBodyJson"."serviceTier".type), 'default')
        as variant,
    case
        when regexp_full_match(counts, '[0-9]{1,15}([|][0-9]{1,15})*')
            then cast(
                list_sum(
                    list_transform(
                        string_split(counts, '|'), lambda count: cast(count as hugeint)
                    )
                ) as varchar
            )
        else replace(counts, '|', ' + ')
    end as input_tokens,
    read_tokens as cache_read_tokens,
    case
        when
            regexp_full_match(
                concat_ws('|', write_tokens, hour_tokens), '[0-9]{1,15}[|][0-9]{1,15}'
            )
            then cast(cast(write_tokens as bigint) - cast(hour_tokens as bigint) as varchar)
        else write_tokens
    end as cache_write_tokens,
    hour_tokens as cache_write_1h_tokens,
    call.output."outputTokenCount" as output_tokens,
    cast(
        json_merge_patch(
            case json_type(call."requestMetadata")
                when 'OBJECT' then call."requestMetadata"
                else '{}'
            end,
            json_object(
                'operation', call.operation,
                'region', coalesce(call."inferenceRegion", call.region),
                'error', call."errorCode"
            )
        ) as varchar
    ) as tags
from checked
where
    -- As a text and back, which could fail: DuckDB moves no such condition to before what it reads,
    -- where it would be computed a second time.
    cast(
        cast(
            problem is not null
            or call."errorCode" is null
            or coalesce(call.output."outputTokenCount", '0') <> '0'
            as varchar
        ) as boolean
    )
