"""Anthropic: messages, their streams, and batches; of the API, of Vertex and of Bedrock.

Its numbers exclude one another: `input_tokens` is without what was read from or written to the
cache, so the three are added. Thinking is inside the output. Of `usage.iterations` the messages are
inside the totals, a fallback's too; a compaction and an advisor are not: each is a record of its
own, with its own size, and an advisor with its own model. Sources: the types of the package
anthropic (`BetaUsage`, `BetaIterationsUsage`), Anthropic's documentation of prompt caching.
"""

from typing import Any

from analytics.rules import blocks, variants
from analytics.rules.forms import BESIDE, KEPT, Counts, Form, keep_all, take_apart
from analytics.rules.reading import MissingUsage, Reading
from analytics.rules.totals import settle

_INSIDE = (None, "message", "fallback_message")
_APART = ("compaction", "advisor_message")


def _iterations(value: Any, path: str, counts: Counts) -> None:
    """What an iteration of a kind that nobody knows used is kept under its name."""
    for each in value if isinstance(value, list | tuple) else ():
        kind = blocks.text(each, "type")
        if kind not in _INSIDE and kind not in _APART:
            keep_all(each, f"{path}.{kind}", counts)


ANTHROPIC = Form.of(
    {
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "cache_read_input_tokens": "cache_read_tokens",
        "cache_creation_input_tokens": "cache_writes",
        "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
        "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h_tokens",
        "output_tokens_details.thinking_tokens": "output_reasoning_tokens",
        "server_tool_use.web_search_requests": "web_searches",
        "server_tool_use.code_execution_requests": "code_executions",
        "server_tool_use.tool_search_requests": KEPT,
    },
    handlers={"iterations": _iterations},
    cache=BESIDE,
)


def read(response: object, form: Form = ANTHROPIC) -> list[Reading]:
    """The call of a message, and what it asked besides: compactions and advisors.

    Raises:
        UnreadableUsage: it has no usage, or one that cannot be right.
    """
    usage = blocks.get(response, "usage")
    if usage is None:
        raise MissingUsage("it has no usage")
    reading = describe(response)
    counts = take_apart(usage, form)
    if "input_tokens" not in counts.known or "output_tokens" not in counts.known:
        given = ", ".join(sorted(counts.known)) or "nothing that is known"
        raise MissingUsage(f"its usage has {given}")
    settle(reading, counts, form)
    return [reading, *_apart(usage, reading, form)]


def describe(response: object) -> Reading:
    """What a message says besides its counts."""
    usage = blocks.get(response, "usage")
    reading = Reading(model=blocks.text(response, "model"), id=blocks.text(response, "id"))
    for key in ("service_tier", "speed", "inference_geo"):
        variants.add(reading.variant, key, blocks.get(usage, key))
    return reading


def gather(chunk: object, known: dict[str, Any]) -> None:
    """Keeps what an event says: the first names the model, each later count is the sum so far."""
    message = blocks.get(chunk, "message")
    last = known.setdefault("last", {"usage": None})
    for name in ("id", "model"):
        last[name] = blocks.text(message, name) or last.get(name)
    usage = blocks.get(message, "usage") or blocks.get(chunk, "usage")
    if blocks.is_object(usage):
        merged = last["usage"] = last["usage"] or {}
        for key, value in blocks.members(usage):
            if value is not None:
                merged[blocks.snake(key)] = value
    # What a message begins with is a guess; its last delta has the sums.
    known["is_final"] = known.get("is_final", False) or blocks.get(chunk, "usage") is not None


def _apart(usage: object, call: Reading, form: Form) -> list[Reading]:
    found = []
    for iteration in blocks.listed(usage, "iterations"):
        kind = blocks.text(iteration, "type")
        if kind in _APART:
            reading = Reading(
                model=blocks.text(iteration, "model") or call.model,
                variant=dict(call.variant),
                tags=dict(call.tags),
                part=kind,
            )
            settle(reading, take_apart(iteration, form), form)
            found.append(reading)
    return found
