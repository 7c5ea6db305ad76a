-- One row per call of LiteLLM's spend log (a row of the table `LiteLLM_SpendLogs`) or of its
-- standard logging payload. Cached tokens are inside the prompt's, reasoning is inside the
-- completion's. What LiteLLM took for the cost is kept as the tag `source_cost_usd`. An answer of
-- its own cache was not billed, and a call that failed without tokens neither: they are left out.
-- Title: LiteLLM proxy spend logs (table export as CSV or JSON lines) and standard logging payloads
-- Example: {"request_id": "chatcmpl-1", "call_type": "acompletion", "spend": 0.0085,
-- "prompt_tokens": 1500, "completion_tokens": 500, "total_tokens": 2000,
-- "startTime": "2026-10-05T12:00:00.123Z", "endTime": "2026-10-05T12:00:02.456Z",
-- "model": "gpt-4o", "custom_llm_provider": "openai", "cache_hit": "False", "end_user": "acme",
-- "status": "success", "metadata": {"usage_object": {"prompt_tokens_details":
-- {"cached_tokens": 200}}}}
with parsed as (
    select
        *,
        from_json(
            line,
            '{"request_id":"VARCHAR","id":"VARCHAR","call_type":"VARCHAR","spend":"VARCHAR",
            "response_cost":"VARCHAR","prompt_tokens":"VARCHAR","completion_tokens":"VARCHAR",
            "startTime":"VARCHAR","model":"VARCHAR","model_group":"VARCHAR",
            "custom_llm_provider":"VARCHAR","cache_hit":"VARCHAR","user":"VARCHAR",
            "end_user":"VARCHAR","team_id":"VARCHAR","session_id":"VARCHAR","status":"VARCHAR",
            "response":{"duration":"VARCHAR","service_tier":"VARCHAR"},
            "metadata":{"status":"VARCHAR","user_api_key_alias":"VARCHAR",
            "user_api_key_team_alias":"VARCHAR","usage_object":"JSON",
            "additional_usage_values":"JSON"}}'
        ) as call
    from raw
),

typed as (
    select
        *,
        json_type(call.metadata.usage_object) as usage_kind,
        json_type(call.metadata.additional_usage_values) as additional_kind
    from parsed
),

detailed as (
    select
        *,
        from_json(
            coalesce(
                case when usage_kind = 'OBJECT' then call.metadata.usage_object end,
                call.metadata.additional_usage_values
            ),
            '{"cache_read_input_tokens":"VARCHAR","cache_creation_input_tokens":"VARCHAR",
            "cache_creation":{"ephemeral_1h_input_tokens":"VARCHAR"},
            "service_tier":"VARCHAR","seconds":"VARCHAR",
            "server_tool_use":{"web_search_requests":"VARCHAR"},
            "prompt_tokens_details":{"cached_tokens":"VARCHAR","audio_tokens":"VARCHAR",
            "image_tokens":"VARCHAR","cache_creation_tokens":"VARCHAR",
            "web_search_requests":"VARCHAR",
            "cache_creation_token_details":{"ephemeral_1h_input_tokens":"VARCHAR"}},
            "completion_tokens_details":{"reasoning_tokens":"VARCHAR","audio_tokens":"VARCHAR",
            "image_tokens":"VARCHAR"}}'
        ) as usage,
        coalesce(call.metadata.status, call.status, 'success') as status,
        coalesce(call.prompt_tokens, '0') = '0'
        and coalesce(call.completion_tokens, '0') = '0' as has_no_tokens
    from typed
),

found as (
    select
        *,
        coalesce(
            usage.cache_read_input_tokens, usage.prompt_tokens_details.cached_tokens
        ) as read_tokens,
        coalesce(
            usage.cache_creation_input_tokens, usage.prompt_tokens_details.cache_creation_tokens
        ) as write_tokens,
        coalesce(
            usage.cache_creation.ephemeral_1h_input_tokens,
            usage.prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens
        ) as hour_tokens,
        coalesce(usage.seconds, call.response.duration) as seconds
    from detailed
)

select
    path,
    line_number,
    id_scope,
    excerpt,
    line,
    case
        when problem is not null then problem
        when usage_kind <> 'OBJECT' or additional_kind <> 'OBJECT' then 'bad_usage'
        when call.prompt_tokens is null or call.completion_tokens is null then 'missing_usage'
        when has_no_tokens and seconds is null then 'missing_usage'
    end as problem,
    coalesce(call.request_id, call.id) as id,
    call."startTime" as occurred_at,
    call.custom_llm_provider as provider,
    call.model as model,
    case
        when call.call_type like '%embedding%' then 'embedding'
        when call.call_type like '%transcription%' then 'audio_stt'
        when call.call_type like '%speech%' then 'audio_tts'
        when call.call_type like '%image%' then 'image'
    end as usage_type,
    concat_ws(
        ',',
        case when call.call_type like '%batch%' then 'processing=batch' end,
        'service_tier='
        || nullif(
            nullif(coalesce(usage.service_tier, call.response.service_tier), 'default'), 'standard'
        )
    ) as variant,
    case when has_no_tokens then seconds end as audio_duration_seconds,
    call.prompt_tokens as input_tokens,
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
    usage.prompt_tokens_details.audio_tokens as input_audio_tokens,
    usage.prompt_tokens_details.image_tokens as input_image_tokens,
    call.completion_tokens as output_tokens,
    usage.completion_tokens_details.reasoning_tokens as output_reasoning_tokens,
    usage.completion_tokens_details.audio_tokens as output_audio_tokens,
    usage.completion_tokens_details.image_tokens as output_image_tokens,
    coalesce(
        usage.server_tool_use.web_search_requests, usage.prompt_tokens_details.web_search_requests
    ) as web_searches,
    '{'
    || concat_ws(
        ',',
        '"source_cost_usd":' || to_json(coalesce(call.spend, call.response_cost)),
        '"call_type":' || to_json(call.call_type),
        '"model_group":' || to_json(call.model_group),
        '"user":' || to_json(nullif(call.user, '')),
        '"end_user":' || to_json(nullif(call.end_user, '')),
        '"team_id":' || to_json(nullif(call.team_id, '')),
        '"key_alias":' || to_json(call.metadata.user_api_key_alias),
        '"team_alias":' || to_json(call.metadata.user_api_key_team_alias),
        '"session_id":' || to_json(call.session_id),
        '"status":' || to_json(nullif(status, 'success'))
    )
    || '}' as tags
from found
where
    problem is not null
    or lower(coalesce(call.cache_hit, '')) <> 'true'
    and not (has_no_tokens and status = 'failure')
    and not (
        has_no_tokens
        and regexp_matches(
            coalesce(call.call_type, ''),
            '(list|retrieve|delete|cancel|file|health|assistant|thread|vector_store|mcp|get_)'
        )
    )
