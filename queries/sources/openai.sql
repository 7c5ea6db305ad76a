-- One row per answer of OpenAI's API, or of one that answers like it, as it came, in a log's
-- envelope, or as a line of a batch's output. Cached, reasoning and audio tokens are inside the
-- totals. Who served it is known of Azure by what only Azure adds; else the model's name says it.
-- Title: OpenAI and Azure answers: chat, responses, embeddings, audio, batch output
-- Example: {"id": "chatcmpl-1", "object": "chat.completion", "created": 1791201600,
-- "model": "gpt-4o-2024-08-06", "service_tier": "default", "usage": {"prompt_tokens": 1500,
-- "completion_tokens": 500, "total_tokens": 2000, "prompt_tokens_details": {"cached_tokens": 200},
-- "completion_tokens_details": {"reasoning_tokens": 0}}}
with unwrapped as (
    select
        *,
        from_json(
            line,
            '{"id":"VARCHAR","custom_id":"VARCHAR","request_id":"VARCHAR","model":"VARCHAR",
            "timestamp":"VARCHAR","time":"VARCHAR","created_at":"VARCHAR","logged_at":"VARCHAR",
            "url":"VARCHAR","api_base":"VARCHAR","provider":"VARCHAR","metadata":"JSON",
            "error":"JSON","request":{"model":"VARCHAR","input":"VARCHAR","voice":"VARCHAR",
            "response_format":"JSON","body":{"model":"VARCHAR"}},
            "response":{"status_code":"VARCHAR","request_id":"VARCHAR"}}'
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
            '{"id":"VARCHAR","object":"VARCHAR","type":"VARCHAR","created":"VARCHAR",
            "created_at":"VARCHAR","model":"VARCHAR","service_tier":"VARCHAR","status":"VARCHAR",
            "duration":"VARCHAR","text":"VARCHAR","metadata":"JSON","error":"JSON",
            "prompt_filter_results":"JSON","output":[{"type":"VARCHAR",
            "action":{"type":"VARCHAR"}}],
            "usage":{"type":"VARCHAR","seconds":"VARCHAR",
            "prompt_tokens":"VARCHAR","completion_tokens":"VARCHAR","input_tokens":"VARCHAR",
            "output_tokens":"VARCHAR","prompt_cache_hit_tokens":"VARCHAR",
            "prompt_tokens_details":{"cached_tokens":"VARCHAR","audio_tokens":"VARCHAR",
            "cache_write_tokens":"VARCHAR"},
            "completion_tokens_details":{"reasoning_tokens":"VARCHAR","audio_tokens":"VARCHAR"},
            "input_tokens_details":{"cached_tokens":"VARCHAR","cache_write_tokens":"VARCHAR",
            "image_tokens":"VARCHAR"},
            "output_tokens_details":{"reasoning_tokens":"VARCHAR"},
            "input_token_details":{"cached_tokens":"VARCHAR","audio_tokens":"VARCHAR",
            "image_tokens":"VARCHAR","cached_tokens_details":{"audio_tokens":"VARCHAR",
            "image_tokens":"VARCHAR"}},
            "output_token_details":{"audio_tokens":"VARCHAR"}}}'
        ) as answer,
        json_type(
            body,
            [
                '/usage',
                '/usage/prompt_tokens_details',
                '/usage/completion_tokens_details',
                '/usage/input_tokens_details',
                '/usage/output_tokens_details',
                '/usage/input_token_details',
                '/usage/input_token_details/cached_tokens_details',
                '/usage/output_token_details'
            ]
        ) as kinds
    from unwrapped
),

counted as (
    select
        *,
        coalesce(answer.usage.prompt_tokens, answer.usage.input_tokens) as input_count,
        coalesce(answer.usage.completion_tokens, answer.usage.output_tokens) as output_count,
        answer.object = 'list' as is_embedding,
        answer.text is not null
        or coalesce(answer.type, '') like 'transcript.text%'
        or answer.usage.seconds is not null as is_transcript,
        envelope.request.voice is not null
        or coalesce(answer.type, '') like 'speech.audio%' as is_speech,
        coalesce(
            answer.usage.seconds, case when answer.usage is null then answer.duration end
        ) as seconds,
        envelope.custom_id is not null and envelope.response.status_code is not null as is_batch,
        coalesce(answer.status, '') in ('queued', 'in_progress')
        or coalesce(answer.object, '') = 'chat.completion.chunk'
        or coalesce(answer.type, '') like 'response.%'
        or coalesce(answer.type, '') like 'transcript.text.%'
        or coalesce(answer.type, '') like 'speech.audio.%'
        or coalesce(json_type(answer.error), '') = 'OBJECT'
        or coalesce(json_type(envelope.error), '') = 'OBJECT' as may_have_none
    from parsed
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
            list_has_any(kinds, ['ARRAY', 'VARCHAR', 'UBIGINT', 'BIGINT', 'DOUBLE', 'BOOLEAN'])
            then 'bad_usage'
        when is_speech and answer.usage is null and envelope.request.input is not null then null
        when seconds is not null and input_count is null then null
        when input_count is null then 'missing_usage'
        when output_count is null and not coalesce(is_embedding, false) then 'missing_usage'
    end as problem,
    coalesce(
        answer.id, envelope.response.request_id, envelope.request_id, envelope.id
    ) as id,
    coalesce(
        nullif(answer.created, '0'),
        answer.created_at,
        envelope.timestamp,
        envelope.time,
        envelope.created_at,
        envelope.logged_at
    ) as occurred_at,
    case
        when
            answer.prompt_filter_results is not null
            or coalesce(envelope.url, envelope.api_base) like '%.azure.com%'
            then 'azure'
        else envelope.provider
    end as provider,
    coalesce(
        answer.model, envelope.model, envelope.request.model, envelope.request.body.model
    ) as model,
    case
        when is_embedding then 'embedding'
        when is_transcript then 'audio_stt'
        when is_speech then 'audio_tts'
    end as usage_type,
    concat_ws(
        ',',
        case when is_batch then 'processing=batch' end,
        'service_tier=' || nullif(answer.service_tier, 'default')
    ) as variant,
    seconds as audio_duration_seconds,
    input_count as input_tokens,
    coalesce(
        answer.usage.prompt_tokens_details.cached_tokens,
        answer.usage.input_tokens_details.cached_tokens,
        answer.usage.input_token_details.cached_tokens,
        answer.usage.prompt_cache_hit_tokens
    ) as cache_read_tokens,
    coalesce(
        answer.usage.prompt_tokens_details.cache_write_tokens,
        answer.usage.input_tokens_details.cache_write_tokens
    ) as cache_write_tokens,
    coalesce(
        answer.usage.prompt_tokens_details.audio_tokens,
        answer.usage.input_token_details.audio_tokens
    ) as input_audio_tokens,
    answer.usage.input_token_details.cached_tokens_details.audio_tokens
    as cache_audio_read_tokens,
    coalesce(
        answer.usage.input_tokens_details.image_tokens,
        answer.usage.input_token_details.image_tokens
    ) as input_image_tokens,
    answer.usage.input_token_details.cached_tokens_details.image_tokens
    as cache_image_read_tokens,
    output_count as output_tokens,
    coalesce(
        answer.usage.completion_tokens_details.reasoning_tokens,
        answer.usage.output_tokens_details.reasoning_tokens
    ) as output_reasoning_tokens,
    coalesce(
        answer.usage.completion_tokens_details.audio_tokens,
        answer.usage.output_token_details.audio_tokens
    ) as output_audio_tokens,
    case
        when is_speech and answer.usage is null
            then cast(length(envelope.request.input) as varchar)
    end as input_characters,
    cast(
        nullif(
            len(
                list_filter(
                    answer.output,
                    lambda item: item.type = 'web_search_call'
                    and coalesce(item.action.type, 'search') = 'search'
                )
            ),
            0
        ) as varchar
    ) as web_searches,
    cast(
        nullif(
            len(list_filter(answer.output, lambda item: item.type = 'file_search_call')), 0
        ) as varchar
    ) as storage_searches,
    cast(
        json_merge_patch(
            case json_type(envelope.metadata) when 'OBJECT' then envelope.metadata else '{}' end,
            case json_type(answer.metadata) when 'OBJECT' then answer.metadata else '{}' end,
            json_object(
                'custom_id', envelope.custom_id,
                'status', nullif(answer.status, 'completed')
            )
        ) as varchar
    ) as tags
from counted
where
    problem is not null
    or input_count is not null
    or not may_have_none
    or seconds is not null
    or json_type(body, '/usage') not in ('OBJECT', 'NULL')
