"""Slow, obvious readers of what observability tools export: OTLP spans, Langfuse, Helicone."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.plain_readers import Json, Row, lines, plus, text, within

CALLS = {"chat", "text_completion", "generate_content", "embeddings"}
AGGREGATES = {"invoke_agent", "create_agent", "execute_tool", "invoke_workflow", "retrieval"}
USAGE = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.prompt_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.usage.prompt_tokens",
    "llm.usage.completion_tokens",
    "llm.token_count.prompt",
    "llm.token_count.completion",
)
MODELS = (
    "gen_ai.response.model",
    "llm.response.model",
    "gen_ai.request.model",
    "llm.model_name",
    "llm.request.model",
)
READS = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.cache_read_tokens",
    "llm.token_count.prompt_details.cache_read",
)
WRITES = (
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write_tokens",
    "llm.token_count.prompt_details.cache_write",
)
REASONING = (
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "llm.usage.reasoning_tokens",
    "llm.token_count.completion_details.reasoning",
)


def otlp(paths: Sequence[Path]) -> Iterator[Row]:
    """Spans of model calls, those of agents and tools left out."""
    for _, _, line in lines(paths):
        resources = within(line, "resourceSpans")
        if line is None or ("resourceSpans" in line and not isinstance(resources, list)):
            yield Row(is_refused=True)
            continue
        for resource in resources or []:
            for scope in _list(within(resource, "scopeSpans")):
                for span in _list(within(scope, "spans")):
                    yield from _span(span)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _span(span: Json) -> Iterator[Row]:
    pairs = [pair for pair in _list(within(span, "attributes")) if text(within(pair, "key"))]
    said: dict[str, str] = {}
    for pair in pairs:
        value = next(
            (
                text(within(pair, "value", f"{kind}Value"))
                for kind in ("string", "int", "double", "bool")
                if within(pair, "value", f"{kind}Value") is not None
            ),
            None,
        )
        if value is not None and len(value) <= 256:
            said.setdefault(text(pair["key"]) or "", value)
    if not _is_call(said):
        return
    prompt, output = (_first(said, USAGE[start::2]) for start in (0, 1))
    status = text(within(span, "status", "code"))
    is_failed = "error.type" in said or status in ("2", "STATUS_CODE_ERROR")
    if is_failed and prompt is None and output is None:
        return
    operation = said.get("gen_ai.operation.name")
    kind = said.get("openinference.span.kind", "").upper()
    is_embedding = operation == "embeddings" if operation else kind == "EMBEDDING"
    if prompt is None or (output is None and not is_embedding):
        yield Row(is_refused=True)
        return
    read, write, reasoning = (_first(said, names) for names in (READS, WRITES, REASONING))
    counts = {
        "input_tokens": prompt,
        "cache_read_tokens": read,
        "cache_write_tokens": write,
        "output_tokens": output,
        "output_reasoning_tokens": reasoning,
    }
    counts |= _beside(counts)
    keys = [text(within(span, key)) for key in ("traceId", "spanId")]
    key = said.get("gen_ai.response.id") or ":".join(each for each in keys if each)
    yield Row(
        key or None,
        _nanoseconds(text(_either(span, "startTimeUnixNano", "endTimeUnixNano"))),
        _first(said, MODELS),
        counts,
    )


def _ok(count: str | None) -> bool:
    return count is not None and plus(count) != "no count"


def _is_call(said: Mapping[str, str]) -> bool:
    operation = said.get("gen_ai.operation.name")
    if operation in CALLS:
        return True
    if operation in AGGREGATES:
        return False
    if "openinference.span.kind" in said:
        return said["openinference.span.kind"].upper() in ("LLM", "EMBEDDING")
    if "traceloop.span.kind" in said:
        return False
    if said.get("llm.request.type") in ("chat", "completion", "embedding"):
        return True
    return any(name in said for name in USAGE) and any(name in said for name in MODELS)


def _beside(counts: Mapping[str, str | None]) -> dict[str, str]:
    """The totals with their parts, where the parts are more than the total."""
    if any(each is not None and not _ok(each) for each in counts.values()):
        return {}
    number = {name: int(each or 0) for name, each in counts.items()}
    cached = number["cache_read_tokens"] + number["cache_write_tokens"]
    found = {}
    if cached > number["input_tokens"]:
        found["input_tokens"] = str(number["input_tokens"] + cached)
    if number["output_reasoning_tokens"] > number["output_tokens"]:
        total = number["output_tokens"] + number["output_reasoning_tokens"]
        found["output_tokens"] = str(total)
    return found


def _either(value: Json, one: str, other: str) -> Json:
    found = within(value, one)
    return within(value, other) if found is None else found


def _first(said: Mapping[str, str], names: Sequence[str]) -> str | None:
    return next((said[name] for name in names if name in said), None)


def _nanoseconds(time: str | None) -> str | None:
    if time is None or not time.isdigit() or len(time) not in (18, 19):
        return None
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(time) // 1000)
    return at.isoformat()


def langfuse(paths: Sequence[Path]) -> Iterator[Row]:
    """Generations and embeddings; what has "input" in its name makes up the input."""
    for _, _, line in lines(paths):
        if line is None:
            yield Row(is_refused=True)
            continue
        usage = line.get("usageDetails")
        given = (
            {name: count for name, count in usage.items() if count is not None}
            if isinstance(usage, dict)
            else {}
        )
        if text(line.get("type")) not in ("GENERATION", "EMBEDDING"):
            continue
        if line.get("level") == "ERROR" and not given:
            continue
        if not given or any(not _ok(text(count)) for count in given.values()):
            yield Row(is_refused=True)
            continue
        number = {name: int(count) for name, count in given.items()}
        yield Row(
            text(line.get("id")), line.get("startTime"), line.get("model"), _langfuse_counts(number)
        )


def _langfuse_counts(number: Mapping[str, int]) -> dict[str, str | None]:
    prompt, output, total = (number.get(name, 0) for name in ("input", "output", "total"))
    parts = sum(
        count
        for name, count in number.items()
        if ("input" in name or "cache" in name) and name != "input"
    )
    details = sum(
        count
        for name, count in number.items()
        if ("output" in name or "reasoning" in name)
        and name != "output"
        and "input" not in name
        and "cache" not in name
    )
    is_total = "total" in number
    if not (is_total and total in (prompt + output, prompt + output + details)):
        whole_prompt = prompt + parts
    else:
        whole_prompt = prompt
    if not (is_total and total in (prompt + output, prompt + output + parts)):
        output += details
    return {
        "input_tokens": str(whole_prompt),
        "cache_read_tokens": str(
            number.get("input_cached_tokens", 0) + number.get("cache_read_input_tokens", 0)
        ),
        "cache_write_tokens": str(
            number.get("input_cache_creation", 0) + number.get("cache_creation_input_tokens", 0)
        ),
        "output_tokens": str(output),
        "output_reasoning_tokens": str(number.get("output_reasoning_tokens", 0)),
    }


def helicone(paths: Sequence[Path]) -> Iterator[Row]:
    """Requests; cached prompt tokens and reasoning stand beside the rest."""
    for _, _, line in lines(paths):
        if line is None:
            yield Row(is_refused=True)
            continue
        prompt, output, read, write, reasoning = (
            text(line.get(name))
            for name in (
                "prompt_tokens",
                "completion_tokens",
                "prompt_cache_read_tokens",
                "prompt_cache_write_tokens",
                "reasoning_tokens",
            )
        )
        if line.get("cache_reference_id"):
            continue
        given = "".join(each or "" for each in (prompt, output, read, write, reasoning))
        if not given.strip("0") and text(line.get("response_status")) != "200":
            continue
        if prompt is None or output is None:
            yield Row(is_refused=True)
            continue
        yield Row(
            text(line.get("response_id")) or text(line.get("request_id")),
            _either(line, "request_created_at", "response_created_at"),
            text(line.get("response_model")) or text(line.get("model")),
            {
                "input_tokens": plus(prompt, read, write),
                "cache_read_tokens": read,
                "cache_write_tokens": write,
                "output_tokens": plus(output, reasoning),
                "output_reasoning_tokens": reasoning,
            },
        )
