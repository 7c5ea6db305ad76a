"""Generations and embeddings in an export of Langfuse's observations.

From the UI (camelCase) or from blob storage (snake_case). Other observations add up what those
below them used. The usage types stand beside each other, so all with "input" in their name make up
the input; where the stated total says that `input` or `output` has its parts, nothing is added.
"""

from collections.abc import Iterator
from typing import Any

from analytics.rules import blocks
from analytics.rules.counting import meter_name
from analytics.rules.fields import COST_TAG
from analytics.rules.reading import (
    TOTAL_MISMATCH,
    BadUsage,
    Doubt,
    MissingUsage,
    Reading,
    SkippedUsage,
    UnreadableUsage,
)
from analytics.sources.formats.lines import Line
from analytics.sources.formats.reading import Format, each
from analytics.sources.formats.rows import Row, first_text, refused, rows_of, tags_of, text

_METERS = {
    **dict.fromkeys(
        (
            *("input_cached_tokens", "cache_read_input_tokens", "input_cache_read"),
            *("input_cache_read_tokens", "cached_tokens"),
        ),
        "cache_read_tokens",
    ),
    **dict.fromkeys(
        (
            *("input_cache_creation", "input_cache_creation_5m", "input_cache_write"),
            "cache_creation_input_tokens",
        ),
        "cache_write_tokens",
    ),
    "input_cache_creation_1h": "cache_write_1h_tokens",
    **{
        f"input_{kind}{end}": f"input_{kind}_tokens"
        for kind in ("audio", "image", "video")
        for end in ("", "_tokens")
    },
    **{
        f"output_{kind}{end}": f"output_{kind}_tokens"
        for kind in ("audio", "image", "video")
        for end in ("", "_tokens")
    },
    **dict.fromkeys(
        ("output_reasoning_tokens", "output_reasoning", "reasoning", "reasoning_tokens"),
        "output_reasoning_tokens",
    ),
}
"""Usage types that Langfuse's own integrations send -> meters. Source: langfuse.com, token and cost
tracking, and the integrations' mappings."""

_WHOLES = ("input", "output", "total", "unit")
_TEXTS = ("input_text", "input_text_tokens", "output_text", "output_text_tokens")


def _rows(line: Line) -> Iterator[Row]:
    row = line.row or {}
    kind = row.get("type")
    usage = row.get("usageDetails")
    usage = row.get("usage_details") if usage is None else usage
    if kind not in ("GENERATION", "EMBEDDING"):
        raise SkippedUsage("no model call")
    given = isinstance(usage, dict) and any(value is not None for value in usage.values())
    if row.get("level") == "ERROR" and not given:
        raise SkippedUsage("a call that failed")
    said = {
        "id": text(row.get("id")),
        "occurred_at": first_text(row.get("startTime"), row.get("start_time")),
        "model": first_text(
            row.get("providedModelName"), row.get("provided_model_name"), row.get("model")
        ),
        "usage_type": "embedding" if kind == "EMBEDDING" else None,
        "tags": tags_of(
            **{COST_TAG: first_text(row.get("totalCost"), row.get("total_cost"))},
            trace=first_text(row.get("traceId"), row.get("trace_id")),
            session=first_text(row.get("sessionId"), row.get("session_id")),
            environment=row.get("environment"),
            name=row.get("name"),
        ),
    }
    try:
        yield from rows_of([_reading(usage)], said)
    except UnreadableUsage as error:
        yield refused(error, said)


def _reading(usage: object) -> Reading:
    if usage is None:
        raise MissingUsage("it has no usage")
    if not isinstance(usage, dict):
        raise BadUsage(f"the usage is no object: {usage!r:.80}")
    found = {
        name: blocks.count(value, name, _METERS.get(name, "input_tokens"))
        for name, value in usage.items()
        if value is not None
    }
    if not found:
        raise MissingUsage("its usage has nothing")
    reading = Reading()
    meters: dict[str, int] = {}
    for name, number in found.items():
        if (meter := _METERS.get(name)) is not None:
            meters[meter] = meters.get(meter, 0) + number
        elif number and name not in _WHOLES and name not in _TEXTS:
            reading.other_meters[meter_name(name)] = number
    _add_up(reading, meters, found)
    reading.meters = {name: number for name, number in meters.items() if number}
    return reading


def _add_up(reading: Reading, meters: dict[str, int], found: dict[str, Any]) -> None:
    """The input and the output, with their parts unless the total says that they have them."""
    taken, made, total = (found.get(name, 0) for name in ("input", "output", "total"))
    input_parts = sum(
        number for name, number in found.items() if name != "input" and _is_input(name)
    )
    output_parts = sum(
        number
        for name, number in found.items()
        if name != "output" and not _is_input(name) and ("output" in name or "reasoning" in name)
    )
    whole = taken + made
    is_stated = "total" in found
    has_input = is_stated and total in {whole, whole + output_parts}
    has_output = is_stated and total in {whole, whole + input_parts}
    meters["input_tokens"] = taken + (0 if has_input else input_parts)
    meters["output_tokens"] = made + (0 if has_output else output_parts)
    reading.stated_total = total or None
    read = meters["input_tokens"] + meters["output_tokens"]
    others = sum(
        number
        for name, number in reading.other_meters.items()
        if not _is_input(name) and "output" not in name and "reasoning" not in name
    )
    unit = found.get("unit", 0)
    if unit not in {0, total, read, read + others}:
        reading.other_meters["unit"] = unit  # of what, the export does not say
        others += unit
    if total and total not in {read, read + others}:
        reading.doubt = Doubt(TOTAL_MISMATCH, abs(total - read))


def _is_input(name: str) -> bool:
    return "input" in name or "cache" in name


FORMAT = Format(
    title="Langfuse observations export",
    example=(
        '{"id": "obs-1", "type": "GENERATION", "startTime": "2026-10-05T12:00:00.000Z", "traceId": '
        '"tr-1", "userId": "acme", "model": "gpt-4o", "usageDetails": {"input": 1300, '
        '"input_cached_tokens": 200, "output": 500, "total": 2000}, "totalCost": 0.0085}'
    ),
    read=each(_rows),
)
