-- One row per model response in Codex's session files (rollouts). An event says what the session
-- used so far and what the last response did; events that repeat the same sum are no responses. A
-- forked or spawned session begins with a copy of its parent's events, told by turn ids of an older
-- time; copies that are not are duplicates, in the parent's session.
-- Title: Codex session files
-- Example: {"timestamp": "2026-10-05T12:00:00.000Z", "type": "event_msg", "payload":
-- {"type": "token_count", "info": {"model": "gpt-5-codex", "last_token_usage": {
-- "input_tokens": 117231, "cached_input_tokens": 115584, "output_tokens": 402,
-- "reasoning_output_tokens": 64}}}}
with parsed as (
    select
        *,
        from_json(
            line,
            '{"timestamp":"VARCHAR","type":"VARCHAR","payload":{"type":"VARCHAR","id":"VARCHAR",
            "timestamp":"VARCHAR","cwd":"VARCHAR","model":"VARCHAR","model_provider":"VARCHAR",
            "forked_from_id":"VARCHAR","parent_thread_id":"VARCHAR","source":"JSON",
            "turn_id":"VARCHAR","response_id":"VARCHAR","info":"JSON","usage":"JSON"}}'
        ) as entry
    from raw
    where
        problem is not null
        or regexp_matches(
            line, '"(session_meta|turn_context|task_started|token_count|token_usage_record)"'
        )
),

told as (
    select
        path,
        line_number,
        id_scope,
        excerpt,
        line,
        problem,
        entry.timestamp as occurred_at,
        entry.payload as payload,
        case
            when entry.type = 'event_msg' then entry.payload.type
            else entry.type
        end as kind,
        from_json(
            entry.payload.info,
            '{"model":"VARCHAR","total_token_usage":"JSON","last_token_usage":"JSON"}'
        ) as info,
        json_type(entry.payload.info) as info_kind
    from parsed
),

-- A rollout of a fork has the parent's `session_meta` too; the first one is its own.
session as (
    select
        path,
        arg_min(payload.id, line_number) as session_id,
        arg_min(payload.model_provider, line_number) as provider,
        arg_min(payload.cwd, line_number) as folder,
        try_cast(
            arg_min(coalesce(payload.timestamp, occurred_at), line_number) as timestamptz
        ) as began_at,
        arg_min(
            coalesce(
                payload.forked_from_id,
                payload.parent_thread_id,
                json_extract_string(payload.source, '$.subagent.thread_spawn.parent_thread_id')
            ) is not null,
            line_number
        ) as is_fork
    from told
    where kind = 'session_meta'
    group by path
),

-- A UUID of version 7 begins with its time in milliseconds.
turn as (
    select
        path,
        line_number,
        make_timestamp(
            try_cast('0x' || left(replace(payload.turn_id, '-', ''), 12) as bigint) * 1000
        ) at time zone 'UTC' as minted_at
    from told
    where
        kind in ('turn_context', 'task_started')
        and regexp_full_match(payload.turn_id, '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{22}')
),

own_turn as (
    select
        turn.path,
        min(turn.line_number) filter (
            where turn.minted_at >= session.began_at
        ) as first_line
    from turn
    inner join session on turn.path = session.path
    group by turn.path
),

noted as (
    select
        *,
        coalesce(
            info.model,
            last_value(
                case when kind = 'turn_context' then payload.model end ignore nulls
            ) over so_far
        ) as model,
        last_value(
            case when kind = 'turn_context' then payload.cwd end ignore nulls
        ) over so_far as folder,
        min(line_number) filter (where kind = 'token_usage_record') over (
            partition by path
        ) as first_record_line,
        kind = 'token_count'
        and coalesce(json_type(info.total_token_usage) = 'OBJECT', false) as has_total
    from told
    window so_far as (
        partition by path
        order by line_number
        rows between unbounded preceding and current row
    )
),

spoken as (
    select
        *,
        case
            when kind = 'token_usage_record' then payload.usage
            else info.last_token_usage
        end as last_text,
        lag(case when has_total then info.total_token_usage end) over (
            partition by path, has_total
            order by line_number
        ) as previous_text
    from noted
    where
        problem is not null
        or kind = 'token_usage_record'
        or (kind = 'token_count' and info_kind is distinct from 'NULL' and info_kind is not null)
),

read as (
    select
        *,
        from_json(
            last_text,
            '{"input_tokens":"VARCHAR","cached_input_tokens":"VARCHAR",
            "cache_write_input_tokens":"VARCHAR","output_tokens":"VARCHAR",
            "reasoning_output_tokens":"VARCHAR"}'
        ) as last_usage,
        from_json(
            info.total_token_usage,
            '{"input_tokens":"VARCHAR","cached_input_tokens":"VARCHAR",
            "cache_write_input_tokens":"VARCHAR","output_tokens":"VARCHAR",
            "reasoning_output_tokens":"VARCHAR"}'
        ) as total,
        from_json(
            previous_text,
            '{"input_tokens":"VARCHAR","cached_input_tokens":"VARCHAR",
            "cache_write_input_tokens":"VARCHAR","output_tokens":"VARCHAR",
            "reasoning_output_tokens":"VARCHAR"}'
        ) as previous,
        json_type(coalesce(last_text, info.total_token_usage)) as usage_kind
    from spoken
),

-- Without `last_token_usage` a response is what the sum grew by; a sum that fell began anew.
counted as (
    select
        *,
        last_text is null
        and regexp_full_match(
            concat_ws(
                '|',
                total.input_tokens,
                total.cached_input_tokens,
                total.cache_write_input_tokens,
                total.output_tokens,
                total.reasoning_output_tokens,
                previous.input_tokens,
                previous.cached_input_tokens,
                previous.cache_write_input_tokens,
                previous.output_tokens,
                previous.reasoning_output_tokens
            ),
            '[0-9]{1,15}([|][0-9]{1,15})*'
        )
        and coalesce(
            try_cast(total.input_tokens as bigint) >= try_cast(previous.input_tokens as bigint)
            and try_cast(total.output_tokens as bigint)
            >= try_cast(previous.output_tokens as bigint),
            false
        ) as is_growth,
        case when last_text is null then total else last_usage end as said
    from read
    where
        problem is not null
        or not has_total
        or previous_text is null
        or total is distinct from previous
),

measured as (
    select
        *,
        case
            when is_growth
                then cast(
                    try_cast(total.input_tokens as bigint)
                    - try_cast(previous.input_tokens as bigint) as varchar
                )
            else said.input_tokens
        end as input_tokens,
        case
            when is_growth
                then cast(
                    try_cast(total.cached_input_tokens as bigint)
                    - coalesce(try_cast(previous.cached_input_tokens as bigint), 0) as varchar
                )
            else said.cached_input_tokens
        end as cached_tokens,
        case
            when is_growth
                then cast(
                    try_cast(total.cache_write_input_tokens as bigint)
                    - coalesce(try_cast(previous.cache_write_input_tokens as bigint), 0) as varchar
                )
            else said.cache_write_input_tokens
        end as written_tokens,
        case
            when is_growth
                then cast(
                    try_cast(total.output_tokens as bigint)
                    - try_cast(previous.output_tokens as bigint) as varchar
                )
            else said.output_tokens
        end as output_tokens,
        case
            when is_growth
                then cast(
                    try_cast(total.reasoning_output_tokens as bigint)
                    - coalesce(try_cast(previous.reasoning_output_tokens as bigint), 0) as varchar
                )
            else said.reasoning_output_tokens
        end as reasoning_tokens
    from counted
),

placed as (
    select
        measured.* exclude (folder),
        session.session_id,
        session.provider,
        session.began_at,
        coalesce(session.is_fork, false) as is_fork,
        coalesce(measured.folder, session.folder) as folder,
        case
            when not coalesce(session.is_fork, false) then false
            when own_turn.path is not null
                then measured.line_number < coalesce(own_turn.first_line, measured.line_number + 1)
            else try_cast(measured.occurred_at as timestamptz)
                < session.began_at + interval 1 second
        end as is_copied,
        case
            when measured.kind = 'token_usage_record' and payload.response_id <> ''
                then payload.response_id
            else 'codex_' || md5(
                concat_ws(
                    '|',
                    measured.occurred_at,
                    measured.model,
                    measured.last_text,
                    measured.info.total_token_usage
                )
            )
        end as id
    from measured
    left join session on measured.path = session.path
    left join own_turn on measured.path = own_turn.path
),

ranked as (
    select
        *,
        first_value({'session': session_id, 'project': folder}) over (
            partition by id, input_tokens, cached_tokens, output_tokens
            order by is_fork, began_at, session_id, path, line_number
        ) as told
    from placed
    where
        problem is not null
        or (
            not coalesce(is_copied, false)
            and (
                kind = 'token_usage_record'
                or first_record_line is null
                or line_number < first_record_line
            )
            and not regexp_full_match(
                concat(
                    input_tokens, cached_tokens, written_tokens, output_tokens, reasoning_tokens
                ),
                '0+'
            )
        )
)

select
    path,
    line_number,
    id_scope,
    excerpt,
    line,
    case
        when problem is not null then problem
        when usage_kind is null or usage_kind = 'NULL' then 'missing_usage'
        when usage_kind <> 'OBJECT' or info_kind not in ('OBJECT', 'NULL') then 'bad_usage'
        when input_tokens is null or output_tokens is null then 'missing_usage'
    end as problem,
    id,
    occurred_at,
    provider,
    model,
    input_tokens,
    cached_tokens as cache_read_tokens,
    written_tokens as cache_write_tokens,
    output_tokens,
    reasoning_tokens as output_reasoning_tokens,
    cast(
        json_merge_patch(
            '{}', json_object('session', told.session, 'project', told.project)
        ) as varchar
    ) as tags
from ranked
