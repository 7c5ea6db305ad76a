-- One row per result of a bucket of OpenAI's usage API, or per equal part of one. The time is the
-- bucket's start. `input_tokens` includes the cached ones.
-- Title: OpenAI's organisation usage API, a page or a bucket a line
-- Example: {"object": "page", "data": [{"object": "bucket", "start_time": 1791158400,
-- "end_time": 1791244800, "results": [{"object": "organization.usage.completions.result",
-- "input_tokens": 1000, "input_cached_tokens": 800, "output_tokens": 500, "num_model_requests": 5,
-- "project_id": "proj_1", "user_id": null, "api_key_id": null, "model": "gpt-4o-2024-08-06",
-- "batch": false}]}], "has_more": false, "next_page": null}
with parsed as (
    select
        *,
        from_json(
            line,
            '{"start_time":"VARCHAR","end_time":"VARCHAR","part":"BIGINT","parts":"BIGINT",
            "result":{"object":"VARCHAR","model":"VARCHAR","input_tokens":"VARCHAR",
            "input_cached_tokens":"VARCHAR","output_tokens":"VARCHAR",
            "input_audio_tokens":"VARCHAR","output_audio_tokens":"VARCHAR",
            "num_model_requests":"VARCHAR","characters":"VARCHAR","seconds":"VARCHAR",
            "project_id":"VARCHAR","user_id":"VARCHAR","api_key_id":"VARCHAR",
            "batch":"VARCHAR","service_tier":"VARCHAR"}}'
        ) as found
    from raw
),

kept as (
    select
        * exclude (found),
        found.result as result,
        found.start_time as start_time,
        found.end_time as end_time,
        found.part as part,
        found.parts as parts,
        case
            when
                regexp_full_match(
                    concat_ws('|', found.result.input_tokens, found.result.input_cached_tokens),
                    '[0-9]{1,15}([|][0-9]{1,15})*'
                )
                then cast(found.result.input_tokens as bigint)
                - coalesce(cast(found.result.input_cached_tokens as bigint), 0)
        end as fresh
    from parsed
),

divided as (
    select
        *,
        list_transform(
            [
                result.input_cached_tokens,
                result.output_tokens,
                result.input_audio_tokens,
                result.output_audio_tokens,
                result.num_model_requests
            ],
            lambda total: case
                when parts = 1 or not regexp_full_match(total, '[0-9]{1,15}') then total
                else cast(
                    cast(total as bigint) // parts
                    + (part < cast(total as bigint) % parts)::bigint as varchar
                )
            end
        ) as shares
    from kept
)

select
    path,
    line_number,
    id_scope,
    excerpt,
    line,
    case
        when problem is not null then problem
        when result.object not like 'organization.usage.%' or result.object is null
            then 'missing_usage'
        when
            coalesce(result.input_tokens, result.characters, result.seconds) is null
            then 'missing_usage'
    end as problem,
    concat_ws(
        '/',
        'openai-usage',
        split_part(result.object, '.', 3),
        start_time,
        end_time,
        md5(
            cast(
                json_array(
                    result.project_id,
                    result.user_id,
                    result.api_key_id,
                    result.model,
                    result.batch,
                    result.service_tier
                ) as varchar
            )
        ),
        case when parts > 1 then part end
    ) as id,
    start_time as occurred_at,
    'openai' as provider,
    result.model as model,
    case split_part(result.object, '.', 3)
        when 'embeddings' then 'embedding'
        when 'audio_speeches' then 'audio_tts'
        when 'audio_transcriptions' then 'audio_stt'
    end as usage_type,
    concat_ws(
        ',',
        case when result.batch = 'true' then 'processing=batch' end,
        'service_tier=' || nullif(result.service_tier, 'default')
    ) as variant,
    result.seconds as audio_duration_seconds,
    case
        when fresh < 0 or fresh is null or parts = 1 then result.input_tokens
        else cast(
            fresh // parts + (part < fresh % parts)::bigint + coalesce(cast(shares[1] as bigint), 0)
            as varchar
        )
    end as input_tokens,
    shares[1] as cache_read_tokens,
    shares[3] as input_audio_tokens,
    shares[2] as output_tokens,
    shares[4] as output_audio_tokens,
    result.characters as input_characters,
    shares[5] as requests,
    cast(
        json_object(
            'project_id', result.project_id,
            'user_id', result.user_id,
            'api_key_id', result.api_key_id
        ) as varchar
    ) as tags
from divided
