-- One row per model call that an OpenTelemetry span tells of, in the names of the GenAI semantic
-- conventions and in older ones (OpenLLMetry, OpenInference). The conventions put cached tokens
-- inside the input and reasoning inside the output. Some instrumentations leave them out: there the
-- parts exceed the total, or the stated sum needs them; then they are added. A failed call without
-- usage was not billed.
-- Title: OpenTelemetry GenAI spans, OTLP JSON of the collector's file exporter
-- Example: {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "5b8e", "spanId": "eee1",
-- "startTimeUnixNano": "1791201600000000000", "attributes": [
-- {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
-- {"key": "gen_ai.provider.name", "value": {"stringValue": "openai"}},
-- {"key": "gen_ai.response.model", "value": {"stringValue": "gpt-4o-2024-08-06"}},
-- {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "1500"}},
-- {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "500"}}]}]}]}]}
with parsed as (
    select
        *,
        from_json(
            line,
            '{"traceId":"VARCHAR","spanId":"VARCHAR","startTimeUnixNano":"VARCHAR",
            "endTimeUnixNano":"VARCHAR","status":"VARCHAR","resource":{"service.name":"VARCHAR"},
            "attributes":{
            "gen_ai.operation.name":"VARCHAR","openinference.span.kind":"VARCHAR",
            "llm.request.type":"VARCHAR","error.type":"VARCHAR",
            "gen_ai.provider.name":"VARCHAR","gen_ai.system":"VARCHAR","llm.provider":"VARCHAR",
            "llm.system":"VARCHAR","llm.vendor":"VARCHAR",
            "gen_ai.response.model":"VARCHAR","gen_ai.request.model":"VARCHAR",
            "llm.response.model_name":"VARCHAR","llm.model_name":"VARCHAR",
            "llm.request.model_name":"VARCHAR","llm.response.model":"VARCHAR",
            "llm.request.model":"VARCHAR","embedding.model_name":"VARCHAR",
            "gen_ai.response.id":"VARCHAR","gen_ai.conversation.id":"VARCHAR",
            "session.id":"VARCHAR","gen_ai.agent.name":"VARCHAR",
            "openai.response.service_tier":"VARCHAR",
            "gen_ai.openai.response.service_tier":"VARCHAR",
            "gen_ai.usage.cost":"VARCHAR","llm.cost.total":"VARCHAR",
            "gen_ai.usage.input_tokens":"VARCHAR","gen_ai.usage.prompt_tokens":"VARCHAR",
            "llm.usage.prompt_tokens":"VARCHAR","llm.token_count.prompt":"VARCHAR",
            "gen_ai.usage.output_tokens":"VARCHAR","gen_ai.usage.completion_tokens":"VARCHAR",
            "llm.usage.completion_tokens":"VARCHAR","llm.token_count.completion":"VARCHAR",
            "gen_ai.usage.total_tokens":"VARCHAR","llm.usage.total_tokens":"VARCHAR",
            "llm.token_count.total":"VARCHAR",
            "gen_ai.usage.cache_read.input_tokens":"VARCHAR",
            "gen_ai.usage.cache_read_input_tokens":"VARCHAR",
            "gen_ai.usage.cache_read_tokens":"VARCHAR",
            "gen_ai.usage.details.cache_read_tokens":"VARCHAR",
            "gen_ai.usage.details.cache_read_input_tokens":"VARCHAR",
            "gen_ai.usage.details.cached_tokens":"VARCHAR",
            "gen_ai.usage.input_tokens.cached":"VARCHAR",
            "llm.token_count.prompt_details.cache_read":"VARCHAR",
            "gen_ai.usage.cache_creation.input_tokens":"VARCHAR",
            "gen_ai.usage.cache_write.input_tokens":"VARCHAR",
            "gen_ai.usage.cache_creation_input_tokens":"VARCHAR",
            "gen_ai.usage.cache_write_tokens":"VARCHAR",
            "gen_ai.usage.details.cache_write_tokens":"VARCHAR",
            "gen_ai.usage.details.cache_creation_input_tokens":"VARCHAR",
            "llm.token_count.prompt_details.cache_write":"VARCHAR",
            "gen_ai.usage.reasoning.output_tokens":"VARCHAR",
            "gen_ai.usage.reasoning_tokens":"VARCHAR","llm.usage.reasoning_tokens":"VARCHAR",
            "gen_ai.usage.details.reasoning_tokens":"VARCHAR",
            "gen_ai.usage.output_tokens.reasoning":"VARCHAR",
            "llm.token_count.completion_details.reasoning":"VARCHAR",
            "gen_ai.usage.details.input_audio_tokens":"VARCHAR",
            "llm.token_count.prompt_details.audio":"VARCHAR",
            "gen_ai.usage.details.output_audio_tokens":"VARCHAR",
            "llm.token_count.completion_details.audio":"VARCHAR"}}'
        ) as span
    from raw
),

named as (
    select
        *,
        span.attributes."error.type" is not null
        or coalesce(span.status in ('2', 'STATUS_CODE_ERROR'), false) as is_failed,
        coalesce(
            span.attributes."gen_ai.provider.name",
            span.attributes."llm.provider",
            span.attributes."gen_ai.system",
            span.attributes."llm.system",
            span.attributes."llm.vendor"
        ) as provider_said,
        coalesce(
            span.attributes."gen_ai.operation.name" = 'embeddings',
            upper(span.attributes."openinference.span.kind") = 'EMBEDDING',
            span.attributes."llm.request.type" = 'embedding',
            false
        ) as is_embedding,
        coalesce(
            span.attributes."gen_ai.usage.input_tokens",
            span.attributes."gen_ai.usage.prompt_tokens",
            span.attributes."llm.usage.prompt_tokens",
            span.attributes."llm.token_count.prompt"
        ) as input_said,
        coalesce(
            span.attributes."gen_ai.usage.output_tokens",
            span.attributes."gen_ai.usage.completion_tokens",
            span.attributes."llm.usage.completion_tokens",
            span.attributes."llm.token_count.completion"
        ) as output_said,
        coalesce(
            span.attributes."gen_ai.usage.total_tokens",
            span.attributes."llm.usage.total_tokens",
            span.attributes."llm.token_count.total"
        ) as total_said,
        coalesce(
            span.attributes."gen_ai.usage.cache_read.input_tokens",
            span.attributes."gen_ai.usage.cache_read_input_tokens",
            span.attributes."gen_ai.usage.cache_read_tokens",
            span.attributes."gen_ai.usage.details.cache_read_tokens",
            span.attributes."gen_ai.usage.details.cache_read_input_tokens",
            span.attributes."gen_ai.usage.details.cached_tokens",
            span.attributes."gen_ai.usage.input_tokens.cached",
            span.attributes."llm.token_count.prompt_details.cache_read"
        ) as read_said,
        coalesce(
            span.attributes."gen_ai.usage.cache_creation.input_tokens",
            span.attributes."gen_ai.usage.cache_write.input_tokens",
            span.attributes."gen_ai.usage.cache_creation_input_tokens",
            span.attributes."gen_ai.usage.cache_write_tokens",
            span.attributes."gen_ai.usage.details.cache_write_tokens",
            span.attributes."gen_ai.usage.details.cache_creation_input_tokens",
            span.attributes."llm.token_count.prompt_details.cache_write"
        ) as write_said,
        coalesce(
            span.attributes."gen_ai.usage.reasoning.output_tokens",
            span.attributes."gen_ai.usage.reasoning_tokens",
            span.attributes."llm.usage.reasoning_tokens",
            span.attributes."gen_ai.usage.details.reasoning_tokens",
            span.attributes."gen_ai.usage.output_tokens.reasoning",
            span.attributes."llm.token_count.completion_details.reasoning"
        ) as reasoning_said,
        coalesce(
            span.attributes."gen_ai.usage.details.input_audio_tokens",
            span.attributes."llm.token_count.prompt_details.audio"
        ) as input_audio_said,
        coalesce(
            span.attributes."gen_ai.usage.details.output_audio_tokens",
            span.attributes."llm.token_count.completion_details.audio"
        ) as output_audio_said
    from parsed
),

-- Numbers only where all of them are counts; else the texts go on and are refused.
counted as (
    select
        *,
        regexp_full_match(
            concat_ws(
                '|', input_said, coalesce(output_said, '0'), read_said, write_said, reasoning_said
            ),
            '[0-9]{1,15}([|][0-9]{1,15})+'
        ) as is_counted,
        try_cast(input_said as bigint) as input_count,
        coalesce(try_cast(output_said as bigint), 0) as output_count,
        coalesce(try_cast(read_said as bigint), 0) + coalesce(try_cast(write_said as bigint), 0)
            as cached_count,
        coalesce(try_cast(reasoning_said as bigint), 0) as reasoning_count,
        try_cast(total_said as bigint) as total_count
    from named
),

weighed as (
    select
        *,
        is_counted
        and cached_count > 0
        and (
            cached_count > input_count
            or coalesce(
                total_count in (
                    input_count + output_count + cached_count,
                    input_count + output_count + cached_count + reasoning_count
                ),
                false
            )
        ) as is_cache_beside,
        is_counted
        and reasoning_count > 0
        and (
            reasoning_count > output_count
            or coalesce(
                total_count in (
                    input_count + output_count + reasoning_count,
                    input_count + output_count + cached_count + reasoning_count
                )
                and reasoning_count <> cached_count,
                false
            )
        ) as is_reasoning_beside
    from counted
)

select
    path,
    line_number,
    id_scope,
    excerpt,
    line,
    case
        when problem is not null then problem
        when input_said is null or (output_said is null and not is_embedding) then 'missing_usage'
    end as problem,
    coalesce(
        nullif(span.attributes."gen_ai.response.id", ''),
        nullif(concat_ws(':', nullif(span.traceid, ''), nullif(span.spanid, '')), '')
    ) as id,
    coalesce(nullif(span.starttimeunixnano, '0'), span.endtimeunixnano) as occurred_at,
    case
        when lower(provider_said) in ('langchain', 'crewai', 'llamaindex', 'haystack') then null
        when lower(provider_said) in ('gemini', 'vertexai', 'gcp.gen_ai') then 'google'
        when lower(provider_said) = 'az.ai.openai' then 'azure'
        when lower(provider_said) = 'az.ai.inference' then 'azure'
        when lower(provider_said) in ('mistral_ai', 'mistralai') then 'mistral'
        when lower(provider_said) = 'together_ai' then 'together'
        when lower(provider_said) = 'xai' then 'x-ai'
        else provider_said
    end as provider,
    coalesce(
        span.attributes."gen_ai.response.model",
        span.attributes."llm.response.model_name",
        span.attributes."llm.response.model",
        span.attributes."gen_ai.request.model",
        span.attributes."llm.model_name",
        span.attributes."llm.request.model_name",
        span.attributes."llm.request.model",
        span.attributes."embedding.model_name"
    ) as model,
    case when is_embedding then 'embedding' end as usage_type,
    'service_tier=' || nullif(
        nullif(
            coalesce(
                span.attributes."openai.response.service_tier",
                span.attributes."gen_ai.openai.response.service_tier"
            ),
            'default'
        ),
        ''
    ) as variant,
    case
        when is_cache_beside then cast(input_count + cached_count as varchar) else input_said
    end as input_tokens,
    read_said as cache_read_tokens,
    write_said as cache_write_tokens,
    input_audio_said as input_audio_tokens,
    case
        when is_reasoning_beside then cast(output_count + reasoning_count as varchar)
        else output_said
    end as output_tokens,
    reasoning_said as output_reasoning_tokens,
    output_audio_said as output_audio_tokens,
    '{'
    || concat_ws(
        ',',
        '"source_cost_usd":'
        || to_json(
            coalesce(span.attributes."gen_ai.usage.cost", span.attributes."llm.cost.total")
        ),
        '"trace":' || to_json(span.traceid),
        '"session":'
        || to_json(
            coalesce(span.attributes."gen_ai.conversation.id", span.attributes."session.id")
        ),
        '"agent":' || to_json(span.attributes."gen_ai.agent.name"),
        '"service":' || to_json(span.resource."service.name")
    )
    || '}' as tags
from weighed
where
    -- As a text and back, which could fail: DuckDB moves no such condition to before what it reads,
    -- where it would be computed a second time.
    cast(
        cast(
            problem is not null
            or not is_failed
            or input_said is not null
            or output_said is not null
            as varchar
        ) as boolean
    )
