"""Anthropic: messages and their streams.

Its numbers exclude one another: `input_tokens` is without what was read from or written to the
cache, so the total is the sum of the three. Thinking is part of the output. The tokens of a
compaction are not in the totals, those of an advisor are another model's. Sources: the types of the
package anthropic, and its documentation of prompt caching.
"""

from typing import Any

from analytics.spool.responses.reading import Call, count, get, meters, no_usage, text

_USAGE = (
    *("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens"),
    *("cache_creation", "output_tokens_details", "server_tool_use", "iterations"),
    *("service_tier", "speed", "inference_geo"),
)


def read(response: object) -> list[Call]:
    """The call of a message, and those of advisors that it asked.

    Raises:
        InvalidUsage: it has no usage, or a count is none.
    """
    usage = get(response, "usage")
    if usage is None:
        raise no_usage(response, "give the Message, or the stream to Recorder.stream")
    call = describe(response)
    advisors = []
    call.meters = _meters(usage)
    for iteration in get(usage, "iterations") or ():
        kind = text(iteration, "type")
        if kind == "compaction":
            for name, number in _meters(iteration).items():
                call.meters[name] = call.meters.get(name, 0) + number
        elif kind == "advisor_message":
            advisor = Call(text(iteration, "model"), provider="anthropic", tags=dict(call.tags))
            advisor.meters = _meters(iteration)
            advisors.append(advisor)
    return [call, *advisors]


def describe(response: object) -> Call:
    """What is known of a call beside its counts."""
    usage = get(response, "usage")
    call = Call(text(response, "model"), provider="anthropic")
    tier = text(usage, "service_tier")
    if tier == "batch":
        call.variant["processing"] = "batch"
    elif tier and tier != "standard":
        call.variant["service_tier"] = tier
    speed = text(usage, "speed")
    if speed and speed != "standard":
        call.variant["speed"] = speed
    if place := text(usage, "inference_geo"):
        call.tags["inference_geo"] = place
    if identity := text(response, "id"):
        call.tags["response_id"] = identity
    return call


def gather(chunk: object, known: dict[str, Any]) -> None:
    """Keeps what an event says: the first names the model, each later count is the sum so far."""
    message = get(chunk, "message")
    last = known.setdefault("last", {"usage": None})
    for name in ("id", "model"):
        last[name] = text(message, name) or last.get(name)
    usage = get(message, "usage") or get(chunk, "usage")
    if usage is not None:
        last["usage"] = last["usage"] or {}
        given = {name: get(usage, name) for name in _USAGE}
        last["usage"].update({name: value for name, value in given.items() if value is not None})


def _meters(usage: object) -> dict[str, int]:
    read_tokens = count(usage, "cache_read_input_tokens")
    long_writes = count(get(usage, "cache_creation"), "ephemeral_1h_input_tokens")
    short_writes = count(get(usage, "cache_creation"), "ephemeral_5m_input_tokens")
    # A stream's later events have the sum of the writes without its parts, and that sum counts.
    writes = max(count(usage, "cache_creation_input_tokens"), long_writes + short_writes)
    return meters(
        input_tokens=count(usage, "input_tokens") + read_tokens + writes,
        cache_read_tokens=read_tokens,
        cache_write_tokens=writes - long_writes,
        cache_write_1h_tokens=long_writes,
        output_tokens=count(usage, "output_tokens"),
        output_reasoning_tokens=count(get(usage, "output_tokens_details"), "thinking_tokens"),
        web_searches=count(get(usage, "server_tool_use"), "web_search_requests"),
    )
