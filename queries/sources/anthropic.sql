-- One row per message that Anthropic's Messages API answered, as it came, in a log's envelope, or
-- as a line of a batch's results. The cache's tokens stand beside `input_tokens`, so the three are
-- added up; of the writes those that are not for an hour are for five minutes.
-- Title: Anthropic messages
-- Example: {"timestamp": "2026-10-05T12:00:00Z", "response": {"id": "msg_01", "type": "message",
-- "model": "claude-sonnet-4-5-20250929", "stop_reason": "end_turn", "usage": {"input_tokens": 5,
-- "cache_read_input_tokens": 128955, "cache_creation_input_tokens": 1253, "output_tokens": 310,
-- "service_tier": "standard"}}}
with unwrapped as (
    select
        *,
        from_json(
            line,
            '{"timestamp":"VARCHAR","time":"VARCHAR","created_at":"VARCHAR","logged_at":"VARCHAR",
            "custom_id":"VARCHAR","metadata":"JSON","result":{"type":"VARCHAR"}}'
        ) as envelope,
        coalesce(
            list_filter(
                json_extract(line, ['/result/message', '/response/body', '/response', '/body']),
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
            '{"id":"VARCHAR","type":"VARCHAR","model":"VARCHAR","stop_reason":"VARCHAR",
            "error":"JSON","usage":{"input_tokens":"VARCHAR","output_tokens":"VARCHAR",
            "cache_read_input_tokens":"VARCHAR","cache_creation_input_tokens":"VARCHAR",
            "cache_creation":{"ephemeral_5m_input_tokens":"VARCHAR",
            "ephemeral_1h_input_tokens":"VARCHAR"},
            "output_tokens_details":{"thinking_tokens":"VARCHAR"},
            "server_tool_use":{"web_search_requests":"VARCHAR"},
            "service_tier":"VARCHAR","speed":"VARCHAR","inference_geo":"VARCHAR"}}'
        ) as message,
        json_type(
            body,
            [
                '/usage',
                '/usage/cache_creation',
                '/usage/output_tokens_details',
                '/usage/server_tool_use'
            ]
        ) as kinds
    from unwrapped
),

counted as (
    select
        *,
        message.usage.input_tokens as fresh_tokens,
        message.usage.cache_read_input_tokens as read_tokens,
        message.usage.cache_creation.ephemeral_1h_input_tokens as hour_tokens,
        coalesce(
            message.usage.cache_creation_input_tokens,
            message.usage.cache_creation.ephemeral_5m_input_tokens
        ) as write_tokens,
        message.usage.cache_creation_input_tokens is not null as is_write_total
    from parsed
),

checked as (
    select
        *,
        concat_ws('|', fresh_tokens, read_tokens, hour_tokens, write_tokens) as counts,
        case
            when is_write_total then cast(coalesce(try_cast(hour_tokens as bigint), 0) as hugeint)
            else cast(0 as hugeint)
        end as hour_within
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
        when message.usage is null then 'missing_usage'
        when list_has_any(kinds, ['ARRAY', 'VARCHAR', 'UBIGINT', 'BIGINT', 'DOUBLE', 'BOOLEAN'])
            then 'bad_usage'
        when fresh_tokens is null or message.usage.output_tokens is null then 'missing_usage'
    end as problem,
    message.id as id,
    coalesce(
        envelope.timestamp, envelope.time, envelope.created_at, envelope.logged_at
    ) as occurred_at,
    'anthropic' as provider,
    message.model as model,
    concat_ws(
        ',',
        case
            when message.usage.service_tier = 'batch' or envelope.result.type is not null
                then 'processing=batch'
            else 'service_tier=' || nullif(message.usage.service_tier, 'standard')
        end,
        'speed=' || nullif(message.usage.speed, 'standard'),
        'inference_geo=' || nullif(nullif(message.usage.inference_geo, 'not_available'), 'global')
    ) as variant,
    case
        when regexp_full_match(counts, '[0-9]{1,15}([|][0-9]{1,15})*')
            then cast(
                cast(fresh_tokens as hugeint)
                + coalesce(try_cast(read_tokens as hugeint), 0)
                + coalesce(try_cast(write_tokens as hugeint), 0)
                + coalesce(try_cast(hour_tokens as hugeint), 0)
                - hour_within as varchar
            )
        else replace(counts, '|', ' + ')
    end as input_tokens,
    read_tokens as cache_read_tokens,
    case
        when regexp_full_match(counts, '[0-9]{1,15}([|][0-9]{1,15})*')
            then cast(try_cast(write_tokens as hugeint) - hour_within as varchar)
        else write_tokens
    end as cache_write_tokens,
    hour_tokens as cache_write_1h_tokens,
    message.usage.output_tokens as output_tokens,
    message.usage.output_tokens_details.thinking_tokens as output_reasoning_tokens,
    message.usage.server_tool_use.web_search_requests as web_searches,
    cast(
        json_merge_patch(
            case json_type(envelope.metadata) when 'OBJECT' then envelope.metadata else '{}' end,
            json_object('stop_reason', message.stop_reason, 'custom_id', envelope.custom_id)
        ) as varchar
    ) as tags
from checked
where
    -- As a text and back, which could fail: DuckDB moves no such condition to before what it reads,
    -- where it would be computed a second time.
    cast(
        cast(
            problem is not null
            or message.usage is not null
            or message.type is distinct from 'error'
            and coalesce(envelope.result.type, '') not in ('errored', 'canceled', 'expired')
            as varchar
        ) as boolean
    )
