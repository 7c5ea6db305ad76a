"""Amazon Bedrock: Converse, InvokeModel, their streams, and what its invocation log counts.

Cached tokens stand beside `inputTokens`, so the three are added; OpenAI's models are told from the
others by their name: there they are inside, and the stated total counts them twice. A stream's
answer is a list of events. Sources: Amazon's API reference (`TokenUsage`, `CacheDetail`), its
documentation of the model invocation log, and of each family's InvokeModel body.
"""

from collections.abc import Iterable
from typing import Any

from analytics.rules import anthropic, blocks, openai, variants
from analytics.rules.forms import BESIDE, INSIDE, Counts, Form, take_apart
from analytics.rules.reading import BadUsage, MissingUsage, Reading
from analytics.rules.totals import settle

_TTL = {"1h": "cache_write_1h_tokens", "5m": "cache_write_5m"}


def _cache_details(value: Any, path: str, counts: Counts) -> None:
    """The cache writes by how long they are kept."""
    if not isinstance(value, list | tuple):
        raise BadUsage(f"{path} is no list: {value!r:.80}")
    for detail in value:
        number = blocks.get(detail, "input_tokens")
        if number is None:
            continue
        kept = blocks.text(detail, "ttl") or "5m"
        role = _TTL.get(kept)
        if role is None:
            counts.keep(f"{path}.{kept}", blocks.count(number, path))
        else:
            so_far = counts.known.get(role, 0)
            counts.known[role] = so_far + blocks.count(number, path, role)


CONVERSE = Form.of(
    {
        # Of the invocation log, and of the metrics at the end of an InvokeModel stream.
        "input_token_count": "input_tokens",
        "output_token_count": "output_tokens",
        "cache_read_input_token_count": "cache_read_tokens",
        "cache_write_input_token_count": "cache_writes",
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "total_tokens": "total_tokens",
        "cache_read_input_tokens": "cache_read_tokens",
        "cache_write_input_tokens": "cache_writes",
        "cache_creation_input_tokens": "cache_writes",
        "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
        "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h_tokens",
        # Titan, and Llama.
        "input_text_token_count": "input_tokens",
        "prompt_token_count": "input_tokens",
        "generation_token_count": "output_tokens",
        "server_tool_usage.web_search_requests": "web_searches",
    },
    handlers={"cache_details": _cache_details},
    cache=BESIDE,
)
_OPENAI = CONVERSE.but(cache=INSIDE, repeats_cache=True)
_METRICS = "amazon-bedrock-invocationMetrics"
_NO_OUTPUT = ("embed", "rerank")


def read(response: object, model: str | None = None) -> list[Reading]:
    """The call of a Converse answer, of an InvokeModel body, or of the events of either's stream.

    Args:
        response: the answer; of a stream the list of its events.
        model: the model that was asked, since most answers name none.

    Raises:
        UnreadableUsage: it has no usage, or one that cannot be right.
    """
    answer = merged(response) if isinstance(response, list | tuple) else response
    usage = blocks.get(answer, "usage")
    if blocks.get(usage, "prompt_tokens") is not None:
        return [_sold(each, model) for each in openai.read(answer)]
    if blocks.get(usage, "iterations") is not None:
        return [_sold(each, model) for each in anthropic.read(answer)]
    reading = describe(answer, model)
    block = usage if usage is not None else _of_body(answer)
    if block is None:
        raise MissingUsage("it has no usage")
    _settle(reading, take_apart(block, form_of(reading.model)), form_of(reading.model))
    return [reading]


def describe(answer: object, model: str | None = None) -> Reading:
    """What an answer says besides its counts."""
    named = model or blocks.text(answer, "model_id") or blocks.text(answer, "model")
    reading = Reading(model=named.rpartition("/")[2] if named else None, provider="aws")
    metadata = blocks.get(answer, "response_metadata") or blocks.get(answer, "ResponseMetadata")
    reading.id = blocks.text(metadata, "RequestId") or blocks.text(answer, "id")
    tier = blocks.within(answer, "service_tier", "type") or blocks.text(answer, "service_tier")
    variants.add(reading.variant, "service_tier", tier and str(tier).lower())
    latency = blocks.text(blocks.get(answer, "performance_config"), "latency")
    variants.add(reading.variant, "speed", latency)
    if reading.model and "embed" in reading.model.lower():
        reading.usage_type = "embedding"
    elif reading.model and "rerank" in reading.model.lower():
        reading.usage_type = "rerank"
    return reading


def form_of(model: str | None) -> Form:
    """How the usage of a model is written."""
    name = (model or "").lower()
    return _OPENAI if name.startswith("openai.") or ".openai." in name else CONVERSE


def merged(events: Iterable[Any]) -> dict[str, Any]:
    """One answer of the events of a stream: of each count the last one."""
    answer: dict[str, Any] = {}
    usage: dict[str, Any] = {}
    for event in events:
        message = blocks.get(event, "message")
        metadata = blocks.get(event, "metadata")
        for source in (message, metadata, event):
            if not blocks.is_object(source):
                continue
            found = blocks.get(source, "usage")
            if blocks.is_object(found):
                usage |= {blocks.snake(k): v for k, v in blocks.members(found) if v is not None}
            for name in ("id", "model", "service_tier", "performance_config"):
                if (value := blocks.get(source, name)) is not None:
                    answer[name] = value
        metrics = blocks.get(event, _METRICS)
        if blocks.is_object(metrics):
            for key, value in blocks.members(metrics):
                if "token" in blocks.snake(key):
                    usage.setdefault(blocks.snake(key), value)
    return {**answer, "usage": usage} if usage else answer


def gather(chunk: object, known: dict[str, Any]) -> None:
    """Keeps what an event of a stream says."""
    events = known.setdefault("events", [])
    if any(blocks.get(chunk, name) is not None for name in ("metadata", "usage", "message")) or (
        blocks.get(chunk, _METRICS) is not None
    ):
        events.append(chunk)
        known["last"] = merged(events)
        is_end = (
            blocks.get(chunk, "metadata") is not None or blocks.get(chunk, _METRICS) is not None
        )
        known["is_final"] = is_end or known.get("is_final", False)
    else:
        known.setdefault("last", chunk)


def _sold(reading: Reading, model: str | None) -> Reading:
    reading.provider = "aws"
    if model and reading.part is None:
        reading.model = model.rpartition("/")[2]
    return reading


def _of_body(answer: object) -> object | None:
    """The counts of bodies that have no usage: Titan, Llama, and a stream's metrics."""
    if (metrics := blocks.get(answer, _METRICS)) is not None:
        return blocks.required_object(metrics, _METRICS)
    names = ("input_text_token_count", "prompt_token_count", "generation_token_count")
    found = {name: blocks.get(answer, name) for name in names}
    results = list(blocks.listed(answer, "results"))
    if results:
        made = [blocks.get(each, "token_count") for each in results]
        found["output_token_count"] = sum(blocks.count(each or 0, "token_count") for each in made)
    given = {name: value for name, value in found.items() if value is not None}
    return given or None


def _settle(reading: Reading, counts: Counts, form: Form) -> None:
    known = counts.known
    has_no_output = any(word in (reading.model or "").lower() for word in _NO_OUTPUT)
    if "input_tokens" not in known or not ("output_tokens" in known or has_no_output):
        given = ", ".join(sorted(known)) or "nothing that is known"
        raise MissingUsage(f"its usage has {given}")
    settle(reading, counts, form)


def settle_counts(reading: Reading, counts: Counts) -> None:
    """The counts of the invocation log, for its reader in `sources`.

    Raises:
        MissingUsage: input or output is not said.
    """
    _settle(reading, counts, form_of(reading.model))
