"""Messages that Anthropic's API answered, in a log's envelope, or as lines of a batch's results."""

from collections.abc import Iterator

from analytics.rules import anthropic
from analytics.rules.reading import SkippedUsage, UnreadableUsage
from analytics.sources.formats.envelopes import TIMES, body_of, part
from analytics.sources.formats.lines import Line
from analytics.sources.formats.reading import Format, each
from analytics.sources.formats.rows import Row, first_text, refused, rows_of, tags_of, text

_BODIES = (("result", "message"), ("response", "body"), ("response",), ("body",))
_FAILED = ("errored", "canceled", "expired")


def _rows(line: Line) -> Iterator[Row]:
    row = line.row or {}
    message = body_of(row, _BODIES)
    result = part(row, "result", "type")
    if message.get("usage") is None and (message.get("type") == "error" or result in _FAILED):
        raise SkippedUsage("a call that failed")
    if message.get("usage") is None and set(message) == {"input_tokens"}:
        raise SkippedUsage("counting tokens is free")
    said = {
        "id": text(message.get("id")),
        "occurred_at": first_text(*(row.get(name) for name in TIMES)),
        "provider": "anthropic",
        "model": text(message.get("model")),
        "tags": tags_of(
            row.get("metadata"),
            stop_reason=message.get("stop_reason"),
            custom_id=row.get("custom_id"),
        ),
    }
    try:
        readings = anthropic.read(message)
    except UnreadableUsage as error:
        yield refused(error, said)
        return
    if result is not None:
        for reading in readings:
            reading.variant.pop("service_tier", None)
            reading.variant["processing"] = "batch"
    yield from rows_of(readings, said)


FORMAT = Format(
    title="Anthropic messages",
    example=(
        '{"timestamp": "2026-10-05T12:00:00Z", "response": {"id": "msg_01", "type": "message", '
        '"model": "claude-sonnet-4-5-20250929", "stop_reason": "end_turn", "usage": '
        '{"input_tokens": 5, "cache_read_input_tokens": 128955, "cache_creation_input_tokens": '
        '1253, "output_tokens": 310, "service_tier": "standard"}}}'
    ),
    read=each(_rows),
)
