-- One row per span of a model call in lines of OTLP JSON, as the collector's file exporter writes
-- them: a line holds the spans of many calls. Spans of agents, tools, workflows and retrievals add
-- up what the calls below them used, so they are no records. Long attributes are prompts.
with document as (
    select
        path,
        line_number,
        id_scope,
        from_json(
            line,
            '{"resourceSpans":[{"resource":{"attributes":"JSON"},"scopeSpans":[{"spans":["JSON"]}],
            "instrumentationLibrarySpans":[{"spans":["JSON"]}]}]}'
        ).resourcespans as parts
    from raw
    where problem is null
),

resource as (
    select
        path,
        line_number,
        id_scope,
        unnest(parts) as part,
        generate_subscripts(parts, 1) as resource_position
    from document
),

spread as (
    select
        path,
        line_number,
        id_scope,
        resource_position,
        part.resource.attributes as resource_pairs,
        flatten(
            list_transform(
                list_concat(part.scopespans, part.instrumentationlibraryspans),
                lambda scope: scope.spans
            )
        ) as spans
    from resource
),

parsed as (
    select
        path,
        line_number,
        id_scope,
        resource_position,
        resource_pairs,
        generate_subscripts(spans, 1) as span_position,
        from_json(
            unnest(spans),
            '{"traceId":"VARCHAR","spanId":"VARCHAR","parentSpanId":"VARCHAR","name":"VARCHAR",
            "startTimeUnixNano":"VARCHAR","endTimeUnixNano":"VARCHAR","status":{"code":"VARCHAR"},
            "attributes":[{"key":"VARCHAR","value":{"stringValue":"VARCHAR","intValue":"VARCHAR",
            "doubleValue":"VARCHAR","boolValue":"VARCHAR"}}]}'
        ) as span
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
        ) as pairs,
        list_filter(
            from_json(
                resource_pairs, '[{"key":"VARCHAR","value":{"stringValue":"VARCHAR"}}]'
            ),
            lambda pair: pair.key is not null and length(pair.value.stringvalue) <= 256
        ) as own_pairs
    from parsed
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
    concat(
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
        array_to_string(
            list_transform(
                own_pairs,
                lambda pair: concat(to_json(pair.key), ':', to_json(pair.value.stringvalue))
            ),
            ','
        ),
        '}}'
    ) as line,
    cast(null as varchar) as problem,
    resource_position * 1000000 + span_position as position
from named
where
    case
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
union all
select
    path,
    line_number,
    id_scope,
    line,
    coalesce(problem, 'bad_usage') as problem,
    0 as position
from raw
where problem is not null or json_type(line, '/resourceSpans') <> 'ARRAY'
