"""Calls in Amazon Bedrock's model invocation log, streamed or not.

The log counts; the body of the answer has what it leaves out: how long cache writes are kept, the
tier, what a model asked besides. Where the two contradict each other, both are kept.
"""

from collections.abc import Iterator
from typing import Any

from analytics.rules import bedrock, blocks, variants
from analytics.rules.forms import take_apart
from analytics.rules.places import priced_place
from analytics.rules.reading import BadUsage, Reading, SkippedUsage, UnreadableUsage
from analytics.sources.formats.envelopes import part
from analytics.sources.formats.lines import Line
from analytics.sources.formats.reading import Format, each
from analytics.sources.formats.rows import Row, first_text, refused, rows_of, tags_of, text


def _rows(line: Line) -> Iterator[Row]:
    row = line.row or {}
    made = part(row, "output", "outputTokenCount")
    if row.get("errorCode") is not None and text(made) in {None, "0"}:
        raise SkippedUsage("a call that failed")
    if row.get("operation") == "CountTokens":
        raise SkippedUsage("counting tokens is free")
    model = text(row.get("modelId"))
    region = row.get("inferenceRegion")
    said = {
        "id": text(row.get("requestId")),
        "occurred_at": text(row.get("timestamp")),
        "provider": "aws",
        "model": model.rpartition("/")[2] if model else None,
        "tags": tags_of(
            row.get("requestMetadata"),
            operation=row.get("operation"),
            region=row.get("region") if region is None else region,
            error=row.get("errorCode"),
        ),
    }
    name = first_text(said["model"]) or ""
    # A place in the name is for the catalogue, which has some regional models.
    place = "" if priced_place(name) else priced_place(name, text(row.get("region")) or "")
    try:
        readings = _readings(row, said["model"])
    except UnreadableUsage as error:
        yield refused(error, said)
        return
    for reading in readings if place else ():
        variants.add(reading.variant, "region", place)
    yield from rows_of(readings, said)


def _readings(row: dict[str, Any], model: object) -> list[Reading]:
    for name in ("input", "output"):
        if not isinstance(row.get(name), dict | None):
            raise BadUsage(f"{name} is no object")
    body = part(row, "output", "outputBodyJson")
    answer = bedrock.merged(body) if isinstance(body, list) else body
    answer = answer if isinstance(answer, dict) else {}
    usage = answer.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    named = first_text(model)
    if "prompt_tokens" in usage or "iterations" in usage:
        return bedrock.read(answer, named)
    reading = bedrock.describe(answer, named)
    block = {**_counts(row.get("input")), **_counts(row.get("output")), **usage}
    bedrock.settle_counts(reading, take_apart(block, bedrock.form_of(reading.model)))
    return [reading]


def _counts(side: object) -> dict[str, Any]:
    """What the log counts: never what stands in a body, which may be anybody's words."""
    found = blocks.members(side) if isinstance(side, dict) else ()
    return {key: value for key, value in found if key.endswith("Count")}


FORMAT = Format(
    title="Amazon Bedrock model invocation logs",
    example=(
        '{"schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": '
        '"2026-10-05T12:00:00Z", "accountId": "123456789012", "region": "us-east-1", '
        '"requestId": "a1b2", "operation": "Converse", "modelId": '
        '"us.anthropic.claude-sonnet-4-5-20250929-v1:0", "input": {"inputTokenCount": 5, '
        '"cacheReadInputTokenCount": 1000}, "output": {"outputTokenCount": 310}}'
    ),
    read=each(_rows),
)
