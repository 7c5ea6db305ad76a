-- One row per request in an export of Helicone. Cached prompt tokens and reasoning stand beside
-- `prompt_tokens` and `completion_tokens`, so they are added. A request that Helicone answered from
-- its own cache, and one that failed without tokens, was billed by nobody. In CSV the export
-- doubles the quotation marks of the properties once too often.
-- Title: Helicone requests export
-- Example: {"request_id": "rq-1", "response_id": "rs-1",
-- "request_created_at": "2026-10-05T12:00:00.000Z", "response_status": 200, "provider": "OPENAI",
-- "response_model": "gpt-4o-2024-08-06", "prompt_tokens": 1300, "prompt_cache_read_tokens": 200,
-- "completion_tokens": 500, "request_user_id": "acme", "costUSD": 0.0085}
with parsed as (
    select
        *,
        from_json(
            line,
            '{"request_id":"VARCHAR","response_id":"VARCHAR","request_created_at":"VARCHAR",
            "response_created_at":"VARCHAR","response_status":"VARCHAR","provider":"VARCHAR",
            "response_model":"VARCHAR","request_model":"VARCHAR","model":"VARCHAR",
            "model_override":"VARCHAR","prompt_tokens":"VARCHAR","completion_tokens":"VARCHAR",
            "prompt_cache_read_tokens":"VARCHAR","prompt_cache_write_tokens":"VARCHAR",
            "prompt_audio_tokens":"VARCHAR","completion_audio_tokens":"VARCHAR",
            "reasoning_tokens":"VARCHAR","cache_reference_id":"VARCHAR",
            "request_path":"VARCHAR","request_properties":"JSON","properties":"JSON",
            "costUSD":"VARCHAR","cost":"VARCHAR"}'
        ) as request
    from raw
),

counted as (
    select
        *,
        concat_ws(
            '|',
            request.prompt_tokens,
            request.prompt_cache_read_tokens,
            request.prompt_cache_write_tokens
        ) as prompt_counts,
        concat_ws('|', request.completion_tokens, request.reasoning_tokens) as completion_counts,
        coalesce(
            request.cache_reference_id not in ('', '00000000-0000-0000-0000-000000000000'), false
        ) as is_cache_hit,
        coalesce(
            contains(
                lower(concat(request.request_path, request.response_model, request.model)), 'embed'
            ),
            false
        ) as is_embedding,
        coalesce(request.request_properties, request.properties) as properties,
        replace(json_extract_string(properties, '$'), '""', '"') as properties_text,
        regexp_full_match(
            concat(
                request.prompt_tokens,
                request.completion_tokens,
                request.prompt_cache_read_tokens,
                request.prompt_cache_write_tokens,
                request.reasoning_tokens
            ),
            '0*'
        ) as is_empty
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
        when request.prompt_tokens is null then 'missing_usage'
        when request.completion_tokens is null and not is_embedding then 'missing_usage'
    end as problem,
    coalesce(nullif(request.response_id, ''), nullif(request.request_id, '')) as id,
    coalesce(request.request_created_at, request.response_created_at) as occurred_at,
    case upper(request.provider)
        when 'CUSTOM' then null
        when 'BEDROCK' then 'aws'
        when 'AWS' then 'aws'
        when 'VERTEX' then 'google'
        when 'GOOGLE-AI-STUDIO' then 'google'
        when 'X' then 'x-ai'
        when 'XAI' then 'x-ai'
        else lower(nullif(request.provider, ''))
    end as provider,
    coalesce(
        nullif(request.response_model, ''),
        nullif(request.model, ''),
        nullif(request.model_override, ''),
        nullif(request.request_model, '')
    ) as model,
    case when is_embedding then 'embedding' end as usage_type,
    case
        when regexp_full_match(prompt_counts, '[0-9]{1,15}([|][0-9]{1,15})*')
            then cast(
                try_cast(request.prompt_tokens as bigint)
                + coalesce(try_cast(request.prompt_cache_read_tokens as bigint), 0)
                + coalesce(try_cast(request.prompt_cache_write_tokens as bigint), 0) as varchar
            )
        else replace(prompt_counts, '|', ' + ')
    end as input_tokens,
    request.prompt_cache_read_tokens as cache_read_tokens,
    request.prompt_cache_write_tokens as cache_write_tokens,
    request.prompt_audio_tokens as input_audio_tokens,
    case
        when regexp_full_match(completion_counts, '[0-9]{1,15}([|][0-9]{1,15})*')
            then cast(
                coalesce(try_cast(request.completion_tokens as bigint), 0)
                + coalesce(try_cast(request.reasoning_tokens as bigint), 0) as varchar
            )
        else nullif(replace(completion_counts, '|', ' + '), '')
    end as output_tokens,
    request.reasoning_tokens as output_reasoning_tokens,
    request.completion_audio_tokens as output_audio_tokens,
    cast(
        json_merge_patch(
            case
                when json_type(properties) = 'OBJECT' then properties
                when
                    json_valid(properties_text) and json_type(properties_text) = 'OBJECT'
                    then properties_text
                else '{}'
            end,
            json_object('source_cost_usd', coalesce(request.costusd, request.cost))
        ) as varchar
    ) as tags
from counted
where
    problem is not null
    or (
        not is_cache_hit
        and not (is_empty and coalesce(request.response_status, '') <> '200')
    )
