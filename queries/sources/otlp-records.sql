-- One row per span of a model call in lines of OTLP JSON, as the collector's file exporter writes
-- them: a line holds the spans of many calls. Spans of agents, tools, workflows and retrievals add
-- up what the calls below them used, so they are no records.
with parsed as (
    select
        *,
        json_type(line, '/resourceSpans') as kind,
        from_json(
            line,
            '{"resourceSpans":[{
                "resource":{"attributes":[{"key":"VARCHAR","value":{"stringValue":"VARCHAR",
                    "intValue":"VARCHAR","doubleValue":"VARCHAR","boolValue":"VARCHAR"}}]},
                "scopeSpans":[{"scope":{"name":"VARCHAR"},"spans":["JSON"]}],
                "instrumentationLibrarySpans":[{"instrumentationLibrary":{"name":"VARCHAR"},
                    "spans":["JSON"]}]}]}'
        ) as document
    from raw
),

resource as (
    select
        path,
        line_number,
        id_scope,
        unnest(document.resourcespans) as part,
        generate_subscripts(document.resourcespans, 1) as resource_position
    from parsed
),

scope as (
    select
        path,
        line_number,
        id_scope,
        resource_position,
        part.resource.attributes as resource_pairs,
        list_concat(
            list_transform(
                part.scopespans,
                lambda one: {'name': one.scope.name, 'spans': one.spans}
            ),
            list_transform(
                part.instrumentationlibraryspans,
                lambda one: {'name': one.instrumentationlibrary.name, 'spans': one.spans}
            )
        ) as scopes
    from resource
),

one_scope as (
    select
        * exclude (scopes),
        unnest(scopes) as scope,
        generate_subscripts(scopes, 1) as scope_position
    from scope
),

span as (
    select
        * exclude (scope),
        scope.name as scope_name,
        unnest(scope.spans) as span,
        generate_subscripts(scope.spans, 1) as span_position
    from one_scope
),

described as (
    select
        *,
        from_json(
            span,
            '{"traceId":"VARCHAR","spanId":"VARCHAR","parentSpanId":"VARCHAR","name":"VARCHAR",
            "startTimeUnixNano":"VARCHAR","endTimeUnixNano":"VARCHAR","status":{"code":"VARCHAR"},
            "attributes":[{"key":"VARCHAR","value":{"stringValue":"VARCHAR","intValue":"VARCHAR",
                "doubleValue":"VARCHAR","boolValue":"VARCHAR"}}]}'
        ) as said,
        row_number() over (
            partition by path, line_number
            order by resource_position, scope_position, span_position
        ) as position
    from span
),

-- The first of two attributes of one name counts; long ones are prompts.
paired as (
    select
        *,
        list_transform(
            list_filter(
                said.attributes,
                lambda pair, place: place = list_position(
                    list_transform(said.attributes, lambda other: other.key), pair.key
                )
                and length(
                    coalesce(
                        pair.value.stringvalue,
                        pair.value.intvalue,
                        pair.value.doublevalue,
                        pair.value.boolvalue
                    )
                ) <= 256
            ),
            lambda pair: {
                'key': pair.key,
                'value': coalesce(
                    pair.value.stringvalue,
                    pair.value.intvalue,
                    pair.value.doublevalue,
                    pair.value.boolvalue
                )
            }
        ) as pairs
    from described
),

mapped_span as (
    select
        *,
        map_from_entries(pairs) as attributes,
        map_keys(attributes) as names
    from paired
),

classified as (
    select
        *,
        list_has_any(
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
        ) as has_usage,
        list_has_any(
            names,
            [
                'gen_ai.request.model',
                'gen_ai.response.model',
                'llm.request.model',
                'llm.response.model',
                'llm.model_name'
            ]
        ) as has_model,
        attributes['gen_ai.operation.name'] as operation,
        upper(attributes['openinference.span.kind']) as openinference_kind,
        attributes['traceloop.span.kind'] as traceloop_kind,
        attributes['llm.request.type'] as request_type
    from mapped_span
)

select
    path,
    line_number,
    id_scope,
    cast(
        json_object(
            'traceId', said.traceid,
            'spanId', said.spanid,
            'parentSpanId', said.parentspanid,
            'name', said.name,
            'scope', scope_name,
            'startTimeUnixNano', said.starttimeunixnano,
            'endTimeUnixNano', said.endtimeunixnano,
            'status', said.status.code,
            'attributes', attributes,
            'resource', try(
                map_from_entries(
                    list_transform(
                        list_filter(
                            resource_pairs,
                            lambda pair: length(pair.value.stringvalue) <= 256
                        ),
                        lambda pair: {'key': pair.key, 'value': pair.value.stringvalue}
                    )
                )
            )
        ) as varchar
    ) as line,
    cast(null as varchar) as problem,
    position
from classified
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
        when traceloop_kind is not null then false
        when request_type in ('chat', 'completion', 'embedding') then true
        else has_usage and has_model
    end
union all
select
    path,
    line_number,
    id_scope,
    line,
    coalesce(problem, 'bad_usage') as problem,
    0 as position
from parsed
where problem is not null or kind is distinct from 'ARRAY' and kind is not null
