-- One row per answer of a model in Claude Code's session files. A streamed answer stands on several
-- lines, a forked or resumed session repeats the lines of another, and a side chain those of its
-- parent under another request id: of one answer the line with the most tokens counts, the parent's
-- before a side chain's. An answer that is still being written is left for the next load.
-- Title: Claude Code session files
-- Example: {"type": "assistant", "timestamp": "2026-10-05T12:00:00.000Z", "sessionId": "5b1e",
-- "cwd": "/srv/shop", "requestId": "req_01", "message": {"id": "msg_01", "type": "message",
-- "model": "claude-sonnet-4-5-20250929", "stop_reason": "end_turn", "usage": {"input_tokens": 5,
-- "cache_read_input_tokens": 128955, "cache_creation_input_tokens": 1253, "output_tokens": 310}}}
with parsed as (
    select
        *,
        -- No line is left out before: a condition would find out a second time what a line is.
        from_json(
            case when contains(line, '"usage"') or contains(line, '"assistant"') then line end,
            '{"type":"VARCHAR","timestamp":"VARCHAR","sessionId":"VARCHAR","cwd":"VARCHAR",
            "requestId":"VARCHAR","isSidechain":"VARCHAR","forkedFrom":{"sessionId":"VARCHAR"},
            "message":{"id":"VARCHAR","model":"VARCHAR","stop_reason":"VARCHAR","usage":"JSON"},
            "data":{"message":{"timestamp":"VARCHAR","requestId":"VARCHAR","isSidechain":"VARCHAR",
            "message":{"id":"VARCHAR","model":"VARCHAR","stop_reason":"VARCHAR","usage":"JSON"}}}}'
        ) as entry
    from raw
),

-- What a subagent did is also reported as progress of its parent's session.
answered as (
    select
        path,
        line_number,
        id_scope,
        excerpt,
        line,
        problem,
        entry.sessionid as session_id,
        entry.forkedfrom.sessionid as forked_from,
        entry.cwd as folder,
        entry.data.message.message is not null as is_progress,
        case when is_progress then entry.data.message.message else entry.message end as message,
        coalesce(entry.data.message.timestamp, entry.timestamp) as occurred_at,
        nullif(coalesce(entry.data.message.requestid, entry.requestid), '') as request_id,
        coalesce(entry.data.message.issidechain, entry.issidechain) = 'true' as is_sidechain,
        entry.type = 'assistant' as is_answer
    from parsed
),

used as (
    select
        *,
        from_json(
            message.usage,
            '{"input_tokens":"VARCHAR","output_tokens":"VARCHAR",
            "cache_read_input_tokens":"VARCHAR","cache_creation_input_tokens":"VARCHAR",
            "cache_creation":{"ephemeral_5m_input_tokens":"VARCHAR",
            "ephemeral_1h_input_tokens":"VARCHAR"},
            "server_tool_use":{"web_search_requests":"VARCHAR"},
            "service_tier":"VARCHAR","speed":"VARCHAR","inference_geo":"VARCHAR"}'
        ) as usage,
        nullif(message.id, '') as message_id,
        json_type(message.usage) as usage_kind,
        json_type(
            message.usage, ['/cache_creation', '/server_tool_use']
        ) as part_kinds,
        problem is not null
        or coalesce(
            (message.usage is not null or is_answer)
            and message.model is distinct from '<synthetic>',
            false
        ) as is_row
    from answered
),

counted as (
    select
        *,
        usage.input_tokens as fresh_tokens,
        usage.cache_read_input_tokens as read_tokens,
        usage.cache_creation.ephemeral_1h_input_tokens as hour_tokens,
        usage.cache_creation.ephemeral_5m_input_tokens as five_minute_tokens,
        usage.cache_creation_input_tokens as write_tokens,
        case
            when problem is not null then problem
            when usage_kind is null then 'missing_usage'
            when usage_kind <> 'OBJECT' then 'bad_usage'
            when
                list_has_any(
                    part_kinds, ['ARRAY', 'VARCHAR', 'UBIGINT', 'BIGINT', 'DOUBLE', 'BOOLEAN']
                )
                then 'bad_usage'
            when usage.input_tokens is null or usage.output_tokens is null then 'missing_usage'
        end as usage_problem,
        concat_ws(
            '|',
            usage.input_tokens,
            usage.cache_read_input_tokens,
            usage.cache_creation_input_tokens,
            usage.cache_creation.ephemeral_5m_input_tokens,
            usage.cache_creation.ephemeral_1h_input_tokens
        ) as counts
    from used
),

-- Of the cache writes those that are not for an hour are for five minutes.
weighed as (
    select
        *,
        case
            when usage_problem is null and regexp_full_match(counts, '[0-9]{1,15}([|][0-9]{1,15})*')
                then greatest(
                    coalesce(try_cast(write_tokens as bigint), 0)
                    - coalesce(try_cast(hour_tokens as bigint), 0),
                    coalesce(try_cast(five_minute_tokens as bigint), 0)
                )
        end as short_write_count,
        short_write_count
        + try_cast(fresh_tokens as bigint)
        + coalesce(try_cast(read_tokens as bigint), 0)
        + coalesce(try_cast(hour_tokens as bigint), 0) as input_count,
        case
            when regexp_full_match(usage.output_tokens, '[0-9]{1,15}')
                then input_count + try_cast(usage.output_tokens as bigint)
        end as token_count
    from counted
),

judged as materialized (
    select
        *,
        coalesce(is_sidechain, false) as is_side,
        token_count is not null
        and message_id is not null
        and nullif(trim(message.model), '') is not null
        and try_cast(occurred_at as timestamptz) is not null
        and not regexp_matches(concat_ws('|', message_id, message.model), '(^|[|])[{\[]')
            as is_usable,
        {
            'occurred_at': occurred_at,
            'model': message.model,
            'usage': usage,
            'input_count': input_count,
            'short_write_count': short_write_count,
            'session': coalesce(forked_from, session_id),
            'project': coalesce(
                folder, nullif(regexp_extract(path, '/projects/([^/]+)/', 1), '')
            )
        } as said
    from weighed
),

session_file as (
    select
        path,
        arg_max(message_id, line_number) as last_message_id,
        max(try_cast(occurred_at as timestamptz)) as ended_at
    from judged
    where is_row
    group by path
),

-- A copy of an answer in a side chain has a request id of its own; the parent's is taken for both.
parent as (
    select
        message_id,
        coalesce(
            min(request_id) filter (where not is_side and is_usable),
            min(request_id) filter (where is_usable),
            ''
        ) as request_id,
        count(*) filter (where is_usable) as answers
    from judged
    where is_row
    group by message_id
),

copied as not materialized (
    select
        judged.*,
        parent.answers,
        case
            when not judged.is_side and judged.request_id is not null then judged.request_id
            else parent.request_id
        end as request_group,
        session_file.ended_at,
        judged.message_id = session_file.last_message_id
        and judged.message.stop_reason is null
        and try_cast(judged.occurred_at as timestamptz) > now() - interval 1 hour
            as may_be_growing
    from judged
    left join parent on judged.message_id = parent.message_id
    inner join session_file on judged.path = session_file.path
    where judged.is_row
),

-- All lines of one answer get the content of the one that counts: the others are duplicates. A
-- session that was made of another one's lines goes on after it.
answer as (
    select
        message_id,
        request_group,
        bool_and(coalesce(may_be_growing, false)) as is_being_written,
        arg_min(
            said,
            {
                'side': is_side,
                'tokens': -token_count,
                'speed': usage.speed is null,
                'fork': forked_from is not null,
                'occurred_at': occurred_at,
                'ended_at': ended_at,
                'session': coalesce(session_id, ''),
                'path': path,
                'line': line_number
            }
        ) as told
    from copied
    where is_usable and answers > 1
    group by message_id, request_group
),

settled as (
    select
        copied.path,
        copied.line_number,
        copied.id_scope,
        copied.excerpt,
        copied.line,
        copied.usage_problem,
        copied.message_id,
        copied.counts,
        copied.is_usable
        and coalesce(answer.is_being_written, copied.may_be_growing, false) as is_being_written,
        coalesce(answer.told, copied.said) as told
    from copied
    left join answer
        on
            copied.is_usable
            and copied.answers > 1
            and copied.message_id = answer.message_id
            and copied.request_group = answer.request_group
)

select
    path,
    line_number,
    id_scope,
    excerpt,
    line,
    usage_problem as problem,
    message_id as id,
    told.occurred_at as occurred_at,
    told.model as model,
    concat_ws(
        ',',
        case
            when told.usage.service_tier = 'batch' then 'processing=batch'
            else 'service_tier=' || nullif(told.usage.service_tier, 'standard')
        end,
        'speed=' || nullif(told.usage.speed, 'standard'),
        case
            when told.usage.inference_geo not in ('', 'global', 'not_available')
                then 'inference_geo=' || told.usage.inference_geo
        end
    ) as variant,
    coalesce(cast(told.input_count as varchar), replace(counts, '|', ' + ')) as input_tokens,
    told.usage.cache_read_input_tokens as cache_read_tokens,
    cast(told.short_write_count as varchar) as cache_write_tokens,
    told.usage.cache_creation.ephemeral_1h_input_tokens as cache_write_1h_tokens,
    told.usage.output_tokens as output_tokens,
    told.usage.server_tool_use.web_search_requests as web_searches,
    '{'
    || concat_ws(
        ',',
        '"session":' || to_json(told.session),
        '"project":' || to_json(told.project)
    )
    || '}' as tags
from settled
where not is_being_written
