-- One row per span of a model call in lines of OTLP JSON, as the collector's file exporter writes
-- them: a line holds the spans of many calls. Spans of agents, tools, workflows and retrievals add
-- up what the calls below them used, so they are no records. Long attributes are prompts. A line
-- that cannot be taken apart is a record by itself.
with document as (
    select
        path,
        line_number,
        id_scope,
        line,
        problem,
        from_json(
            line,
            '{"resourceSpans":[{
            "resource":{"attributes":[{"key":"VARCHAR","value":{"stringValue":"VARCHAR"}}]},
            "scopeSpans":[{"spans":[{"traceId":"VARCHAR","spanId":"VARCHAR",
            "parentSpanId":"VARCHAR","name":"VARCHAR","startTimeUnixNano":"VARCHAR",
            "endTimeUnixNano":"VARCHAR","status":{"code":"VARCHAR"},"attributes":[{"key":"VARCHAR",
            "value":{"stringValue":"VARCHAR","intValue":"VARCHAR","doubleValue":"VARCHAR",
            "boolValue":"VARCHAR"}}]}]}],
            "instrumentationLibrarySpans":[{"spans":[{"traceId":"VARCHAR","spanId":"VARCHAR",
            "parentSpanId":"VARCHAR","name":"VARCHAR","startTimeUnixNano":"VARCHAR",
            "endTimeUnixNano":"VARCHAR","status":{"code":"VARCHAR"},"attributes":[{"key":"VARCHAR",
            "value":{"stringValue":"VARCHAR","intValue":"VARCHAR","doubleValue":"VARCHAR",
            "boolValue":"VARCHAR"}}]}]}]}]}'
        ).resourcespans as parts
    from raw
),

checked as (
    select
        path,
        line_number,
        id_scope,
        case
            when problem is not null then problem
            when parts is null and json_type(line, '/resourceSpans') <> 'ARRAY' then 'bad_usage'
        end as problem,
        line,
        parts
    from document
),

resource as (
    select
        path,
        line_number,
        id_scope,
        problem,
        case when problem is not null then line end as line,
        unnest(case when problem is null then parts else [null] end) as part,
        generate_subscripts(
            case when problem is null then parts else [null] end, 1
        ) as resource_position
    from checked
),

spread as (
    select
        path,
        line_number,
        id_scope,
        problem,
        line,
        resource_position,
        array_to_string(
            list_transform(
                list_filter(
                    part.resource.attributes,
                    lambda pair: pair.key is not null and length(pair.value.stringvalue) <= 256
                ),
                lambda pair: concat(to_json(pair.key), ':', to_json(pair.value.stringvalue))
            ),
            ','
        ) as resource_members,
        unnest(
            case
                when problem is not null then [null]
                when part.instrumentationlibraryspans is null then part.scopespans
                else list_concat(part.scopespans, part.instrumentationlibraryspans)
            end
        ) as scope,
        generate_subscripts(
            case
                when problem is not null then [null]
                when part.instrumentationlibraryspans is null then part.scopespans
                else list_concat(part.scopespans, part.instrumentationlibraryspans)
            end,
            1
        ) as scope_position
    from resource
),

unnested as (
    select
        path,
        line_number,
        id_scope,
        problem,
        line,
        resource_position,
        resource_members,
        scope_position,
        unnest(case when problem is null then scope.spans else [null] end) as span,
        generate_subscripts(
            case when problem is null then scope.spans else [null] end, 1
        ) as span_position
    from spread
),

paired as (
    select
        *,
        list_filter(
            list_transform(
                span.attributes,
                lambda pair: {
                    'key': pair.key,
                    'value': coalesce(
                        pair.value.stringvalue,
                        pair.value.intvalue,
                        pair.value.doublevalue,
                        pair.value.boolvalue
                    )
                }
            ),
            lambda pair: pair.key is not null and length(pair.value) <= 256
        ) as pairs
    from unnested
),

named as (
    select
        *,
        list_transform(pairs, lambda pair: pair.key) as names,
        pairs[list_position(names, 'gen_ai.operation.name')].value as operation,
        upper(pairs[list_position(names, 'openinference.span.kind')].value) as openinference_kind,
        pairs[list_position(names, 'llm.request.type')].value as request_type
    from paired
)

select
    path,
    line_number,
    id_scope,
    case
        when problem is not null then line
        else concat(
            rtrim(
                cast(
                    json_object(
                        'traceId', span.traceid,
                        'spanId', span.spanid,
                        'parentSpanId', span.parentspanid,
                        'name', span.name,
                        'startTimeUnixNano', span.starttimeunixnano,
                        'endTimeUnixNano', span.endtimeunixnano,
                        'status', span.status.code
                    ) as varchar
                ),
                '}'
            ),
            ',"attributes":{',
            array_to_string(
                list_transform(
                    pairs, lambda pair: concat(to_json(pair.key), ':', to_json(pair.value))
                ),
                ','
            ),
            '},"resource":{',
            resource_members,
            '}}'
        )
    end as line,
    problem,
    -- At most 2^18 resources of 2^20 scopes of 2^24 spans.
    (resource_position << 44) + (scope_position << 24) + span_position as position
from named
where
    case
        when problem is not null then true
        when operation in ('chat', 'text_completion', 'generate_content', 'embeddings') then true
        when
            operation in (
                'invoke_agent',
                'create_agent',
                'execute_tool',
                'invoke_workflow',
                'retrieval'
            )
            then false
        when openinference_kind is not null then openinference_kind in ('LLM', 'EMBEDDING')
        when list_contains(names, 'traceloop.span.kind') then false
        when request_type in ('chat', 'completion', 'embedding') then true
        else list_has_any(
            names,
            [
                'gen_ai.usage.input_tokens',
                'gen_ai.usage.output_tokens',
                'gen_ai.usage.prompt_tokens',
                'gen_ai.usage.completion_tokens',
                'llm.usage.prompt_tokens',
                'llm.usage.completion_tokens',
                'llm.token_count.prompt',
                'llm.token_count.completion'
            ]
        )
        and list_has_any(
            names,
            [
                'gen_ai.request.model',
                'gen_ai.response.model',
                'llm.request.model',
                'llm.response.model',
                'llm.model_name'
            ]
        )
    end
