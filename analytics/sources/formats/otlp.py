"""Model calls that OpenTelemetry spans tell of, in OTLP JSON of the collector's file exporter.

A line holds the spans of many calls. Spans of agents, tools, workflows and retrievals add up what
the calls below them used, so only operations that are model calls are records. Long attributes are
prompts. The conventions put cached tokens inside the input and reasoning inside the output; some
instrumentations leave them out: there the parts exceed the total, or the stated sum needs them.
"""

from collections.abc import Iterator
from typing import Any

from analytics.rules import blocks, variants
from analytics.rules.counting import is_count_like
from analytics.rules.exact_json import encoded
from analytics.rules.forms import PART, Counts
from analytics.rules.reading import MissingUsage, Reading, UnreadableUsage
from analytics.rules.totals import settle
from analytics.sources.formats import span_names as names
from analytics.sources.formats.envelopes import part
from analytics.sources.formats.lines import Line
from analytics.sources.formats.reading import Format
from analytics.sources.formats.rows import Row, refused, row_of, tags_of, text

Attributes = dict[str, str]

_LONGEST = 256
_SPAN = ("traceId", "spanId", "parentSpanId", "name", "startTimeUnixNano", "endTimeUnixNano")
_KINDS = ("stringValue", "intValue", "doubleValue", "boolValue")


def _read(lines: Iterator[Line]) -> Iterator[tuple[Line, Row | str]]:
    for line in lines:
        row = line.row
        if row is None:
            yield line, {"problem": line.problem}
            continue
        resources = row.get("resourceSpans")
        if "resourceSpans" in row and not isinstance(resources, list):
            yield line, {"problem": "bad_usage"}
            continue
        for resource in _listed(resources):
            about = _attributes(part(resource, "resource"))
            for key in ("scopeSpans", "instrumentationLibrarySpans"):
                for scope in _listed(part(resource, key)):
                    for span in _listed(part(scope, "spans")):
                        said = _attributes(span)
                        if isinstance(span, dict) and _is_call(said):
                            yield _record(line, span, said, about), _row(span, said, about)
                        elif isinstance(span, dict):
                            yield line, "a span of no model call"


def _row(span: object, said: Attributes, about: Attributes) -> Row | str:
    status = text(part(span, "status", "code"))
    is_failed = "error.type" in said or status in {"2", "STATUS_CODE_ERROR"}
    if is_failed and not _is_counted(said):
        return "a call that failed"
    is_embedding = _is_embedding(said)
    keys = [text(part(span, name)) for name in ("traceId", "spanId")]
    started = text(part(span, "startTimeUnixNano"))
    provider = _first(said, names.PROVIDER)
    row: dict[str, Any] = {
        "id": said.get("gen_ai.response.id") or ":".join(key for key in keys if key) or None,
        "occurred_at": (
            started if started not in {None, "0"} else text(part(span, "endTimeUnixNano"))
        ),
        "provider": _provider(provider) if provider else None,
        "model": _first(said, names.MODEL),
        "usage_type": "embedding" if is_embedding else None,
        "tags": tags_of(
            source_cost_usd=_first(said, names.COST),
            trace=part(span, "traceId"),
            session=_first(said, names.SESSION),
            agent=said.get("gen_ai.agent.name"),
            service=about.get("service.name"),
        ),
    }
    try:
        return row_of(_reading(said, is_embedding=is_embedding), row)
    except UnreadableUsage as error:
        return refused(error, row)


def _reading(said: Attributes, *, is_embedding: bool) -> Reading:
    form, counts = names.FORM, Counts()
    for name, value in said.items():
        path = blocks.snake(name)
        role = form.roles.get(path)
        if role == PART:
            continue
        if role is not None:
            counts.add(role, blocks.count(_whole(value), name, role), path, form)
        elif name.startswith(names.PREFIXES) and _may_count(path) and value.isdecimal():
            counts.keep(path, blocks.count(value, name))
    if "input_tokens" not in counts.known:
        raise MissingUsage("it does not say its input")
    if "output_tokens" not in counts.known and not is_embedding:
        raise MissingUsage("it does not say its output")
    reading = Reading()
    variants.add(reading.variant, "service_tier", _first(said, names.TIER))
    settle(reading, counts, form)
    return reading


def _whole(value: str) -> str:
    """A count that was sent as a double, which some exporters do with all numbers."""
    digits, point, rest = value.partition(".")
    return digits if point and rest.strip("0") == "" else value


def _is_counted(said: Attributes) -> bool:
    roles = {names.FORM.roles.get(blocks.snake(name)) for name in said}
    return not roles.isdisjoint(("input_tokens", "output_tokens"))


def _may_count(path: str) -> bool:
    """Any word of a name may say that it counts: ``gen_ai.usage.input_tokens.cached``."""
    words = path.split(".")
    return path.startswith("llm.token_count.") or any(map(is_count_like, words[2:]))


def _is_call(said: Attributes) -> bool:
    operation = said.get("gen_ai.operation.name")
    if operation is not None:
        return operation in names.CALLS
    inner = said.get("operation.name", "")
    if inner.startswith("ai."):
        return inner.partition(" ")[0].endswith(names.VERCEL_CALLS)
    kind = said.get("openinference.span.kind")
    if kind is not None:
        return kind.upper() in {"LLM", "EMBEDDING"}
    if "traceloop.span.kind" in said:
        return False
    if said.get("llm.request.type") in {"chat", "completion", "embedding"}:
        return True
    has_usage = any(name in said for name in (*names.INPUT, *names.OUTPUT))
    return has_usage and any(name in said for name in names.MODEL)


def _is_embedding(said: Attributes) -> bool:
    if (operation := said.get("gen_ai.operation.name")) is not None:
        return operation == "embeddings"
    if (kind := said.get("openinference.span.kind")) is not None:
        return kind.upper() == "EMBEDDING"
    inner = said.get("operation.name", "").partition(" ")[0]
    return said.get("llm.request.type") == "embedding" or inner.endswith(".doEmbed")


def _provider(name: str) -> str | None:
    """The provider that prices have; the AI SDK writes ``openai.chat``."""
    folded = name.lower()
    first, _, rest = folded.partition(".")
    if rest and set(rest.split(".")) <= names.VERCEL_KINDS:
        folded = first
    return names.PROVIDERS.get(folded, folded if folded != name.lower() else name)


def _record(line: Line, span: dict[str, Any], said: Attributes, about: Attributes) -> Line:
    """A span as a line, for what a load is told to look for in it."""
    found = {name: text(span.get(name)) for name in _SPAN}
    found |= {"status": text(part(span, "status", "code"))}
    written = encoded({**found, "attributes": said, "resource": about})
    return Line(line.path, line.number, line.scope, written, line.index)


def _attributes(holder: object) -> Attributes:
    """The attributes by name; of two of a name the first one counts, and long ones are prompts."""
    found: Attributes = {}
    for pair in _listed(part(holder, "attributes")):
        value = pair.get("value") if isinstance(pair, dict) else None
        key = text(pair["key"]) if value is not None and "key" in pair else None
        if not key or not isinstance(value, dict):
            continue
        said = next((value[kind] for kind in _KINDS if value.get(kind) is not None), None)
        if type(said) is not str:
            said = text(said)
        if said is not None and len(said) <= _LONGEST:
            found.setdefault(key, said)
    return found


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _first(said: Attributes, wanted: tuple[str, ...]) -> str | None:
    for name in wanted:
        if found := said.get(name):
            return found
    return None


FORMAT = Format(
    title="OpenTelemetry GenAI spans, OTLP JSON of the collector's file exporter",
    example=(
        '{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "5b8e", "spanId": "eee1", '
        '"startTimeUnixNano": "1791201600000000000", "attributes": ['
        '{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}, '
        '{"key": "gen_ai.provider.name", "value": {"stringValue": "openai"}}, '
        '{"key": "gen_ai.response.model", "value": {"stringValue": "gpt-4o-2024-08-06"}}, '
        '{"key": "gen_ai.usage.input_tokens", "value": {"intValue": "1500"}}, '
        '{"key": "gen_ai.usage.output_tokens", "value": {"intValue": "500"}}]}]}]}]}'
    ),
    read=_read,
    has_records=True,
)
