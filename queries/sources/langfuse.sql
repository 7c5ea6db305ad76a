-- One row per generation or embedding in an export of Langfuse's observations: from the UI
-- (camelCase) or from blob storage (snake_case). Other observations add up what those below them
-- used. The usage types stand beside each other, so all with "input" in their name make up the
-- input; where the stated total says that `input` or `output` has its parts, nothing is added.
-- Title: Langfuse observations export
-- Example: {"id": "obs-1", "type": "GENERATION", "startTime": "2026-10-05T12:00:00.000Z",
-- "traceId": "tr-1", "userId": "acme", "model": "gpt-4o", "usageDetails": {"input": 1300,
-- "input_cached_tokens": 200, "output": 500, "total": 2000}, "totalCost": 0.0085}
with parsed as (
    select
        *,
        from_json(
            line,
            '{"id":"VARCHAR","type":"VARCHAR","startTime":"VARCHAR","start_time":"VARCHAR",
            "level":"VARCHAR","traceId":"VARCHAR","trace_id":"VARCHAR","sessionId":"VARCHAR",
            "session_id":"VARCHAR","environment":"VARCHAR","name":"VARCHAR",
            "providedModelName":"VARCHAR","provided_model_name":"VARCHAR","model":"VARCHAR",
            "usageDetails":"JSON","usage_details":"JSON","totalCost":"VARCHAR",
            "total_cost":"VARCHAR"}'
        ) as observation
    from raw
),

used as (
    select
        *,
        coalesce(observation.usagedetails, observation.usage_details) as usage,
        json_type(usage) as usage_kind,
        try(from_json(usage, '"MAP(VARCHAR,VARCHAR)"')) as details
    from parsed
),

counted as (
    select
        *,
        case
            when usage_kind = 'OBJECT'
                then list_filter(map_entries(details), lambda detail: detail.value is not null)
        end as entries,
        list_filter(
            list_transform(
                entries,
                lambda detail: {
                    'key': detail.key,
                    'count': case
                        when regexp_full_match(detail.value, '[0-9]{1,15}')
                            then try_cast(detail.value as bigint)
                    end
                }
            ),
            lambda detail: detail.count is not null
        ) as counts,
        map_from_entries(
            list_transform(counts, lambda detail: {'key': detail.key, 'value': detail.count})
        ) as meter,
        list_filter(
            entries, lambda detail: not regexp_full_match(detail.value, '[0-9]{1,15}')
        ) as refused
    from used
),

summed as (
    select
        *,
        coalesce(meter['input'], 0) as input_count,
        coalesce(meter['output'], 0) as output_count,
        meter['total'] as total_count,
        cast(
            coalesce(
                list_sum(
                    list_transform(
                        list_filter(
                            counts,
                            lambda detail: detail.key <> 'input'
                            and (contains(detail.key, 'input') or contains(detail.key, 'cache'))
                        ),
                        lambda detail: detail.count
                    )
                ),
                0
            ) as bigint
        ) as input_parts,
        cast(
            coalesce(
                list_sum(
                    list_transform(
                        list_filter(
                            counts,
                            lambda detail: detail.key <> 'output'
                            and not contains(detail.key, 'input')
                            and not contains(detail.key, 'cache')
                            and regexp_matches(detail.key, 'output|reasoning')
                        ),
                        lambda detail: detail.count
                    )
                ),
                0
            ) as bigint
        ) as output_parts,
        list_filter(
            counts,
            lambda detail: detail.count > 0
            and detail.key not in ('total', 'unit')
            and not regexp_matches(detail.key, 'input|output|cache|reasoning')
        ) as others
    from counted
),

weighed as (
    select
        *,
        coalesce(
            total_count in (input_count + output_count, input_count + output_count + output_parts),
            false
        )
        and input_parts > 0 as is_input_whole,
        coalesce(
            total_count in (input_count + output_count, input_count + output_count + input_parts),
            false
        )
        and output_parts > 0 as is_output_whole
    from summed
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
        when usage_kind <> 'OBJECT' or details is null then 'bad_usage'
        when len(entries) = 0 then 'missing_usage'
    end as problem,
    observation.id as id,
    coalesce(observation.starttime, observation.start_time) as occurred_at,
    coalesce(
        observation.providedmodelname, observation.provided_model_name, observation.model
    ) as model,
    case when observation.type = 'EMBEDDING' then 'embedding' end as usage_type,
    case
        when len(refused) > 0 then refused[1].key || ' ' || refused[1].value
        else cast(input_count + case when is_input_whole then 0 else input_parts end as varchar)
    end as input_tokens,
    cast(
        coalesce(meter['input_cached_tokens'], 0)
        + coalesce(meter['cache_read_input_tokens'], 0)
        + coalesce(meter['input_cache_read'], 0)
        + coalesce(meter['input_cache_read_tokens'], 0)
        + coalesce(meter['cached_tokens'], 0) as varchar
    ) as cache_read_tokens,
    cast(
        coalesce(meter['input_cache_creation'], 0)
        + coalesce(meter['input_cache_creation_5m'], 0)
        + coalesce(meter['input_cache_write'], 0)
        + coalesce(meter['cache_creation_input_tokens'], 0) as varchar
    ) as cache_write_tokens,
    cast(meter['input_cache_creation_1h'] as varchar) as cache_write_1h_tokens,
    cast(
        coalesce(meter['input_audio_tokens'], meter['input_audio']) as varchar
    ) as input_audio_tokens,
    cast(
        output_count + case when is_output_whole then 0 else output_parts end as varchar
    ) as output_tokens,
    cast(
        coalesce(meter['output_reasoning_tokens'], meter['output_reasoning'], meter['reasoning'])
        as varchar
    ) as output_reasoning_tokens,
    cast(
        coalesce(meter['output_audio_tokens'], meter['output_audio']) as varchar
    ) as output_audio_tokens,
    case
        when len(others) > 0
            then cast(
                to_json(
                    map_from_entries(
                        list_transform(
                            others, lambda detail: {'key': detail.key, 'value': detail.count}
                        )
                    )
                ) as varchar
            )
    end as other_meters,
    cast(
        json_merge_patch(
            '{}',
            json_object(
                'source_cost_usd', coalesce(observation.totalcost, observation.total_cost),
                'trace', coalesce(observation.traceid, observation.trace_id),
                'session', coalesce(observation.sessionid, observation.session_id),
                'environment', observation.environment,
                'name', observation.name
            )
        ) as varchar
    ) as tags
from weighed
where
    problem is not null
    or (
        observation.type in ('GENERATION', 'EMBEDDING')
        and (observation.level is distinct from 'ERROR' or len(entries) > 0)
    )
