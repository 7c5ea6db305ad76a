"""Answers of any other provider, as they came or in a log's envelope.

Whose one is, the row says (`provider`), or the form that it is written in.
"""

from collections.abc import Iterator
from typing import Any

from analytics.rules.answers import form_of, provider_named, read_any
from analytics.rules.reading import Reading, SkippedUsage, UnreadableUsage
from analytics.sources.formats.envelopes import TIMES, body_of, part
from analytics.sources.formats.lines import Line
from analytics.sources.formats.reading import Format, each
from analytics.sources.formats.rows import Row, first_text, refused, rows_of, tags_of, text


def _rows(line: Line) -> Iterator[Row]:
    row = line.row or {}
    answer = body_of(row)
    if isinstance(answer.get("error"), dict | str) or isinstance(row.get("error"), dict):
        raise SkippedUsage("a call that failed")
    provider = text(row.get("provider"))
    said = {
        "id": first_text(
            answer.get("id"),
            answer.get("request_id"),
            answer.get("generation_id"),
            row.get("request_id"),
            row.get("id"),
        ),
        "occurred_at": first_text(
            answer.get("created"),
            answer.get("created_at"),
            *(row.get(name) for name in TIMES),
        ),
        "model": first_text(answer.get("model"), row.get("model"), part(row, "request", "model")),
        "tags": tags_of(row.get("metadata")),
    }
    try:
        readings = _readings(answer, provider)
    except UnreadableUsage as error:
        yield refused(error, {**said, "provider": provider})
        return
    yield from rows_of(readings, said)


def _readings(answer: dict[str, Any], provider: str | None) -> list[Reading]:
    if provider is not None:
        return provider_named(provider).readings(answer)
    readings = read_any(answer)
    if form_of(answer) == "openai":
        for reading in readings:
            reading.tags["usage_form"] = "openai"
    return readings


FORMAT = Format(
    title="Answers of other providers: Cohere, Mistral's OCR, Bedrock's Converse, Ollama, and more",
    example=(
        '{"timestamp": "2026-10-05T12:00:00Z", "request": {"model": "command-r-08-2024"}, '
        '"response": {"id": "co-1", "finish_reason": "COMPLETE", "usage": {"billed_units": '
        '{"input_tokens": 1500, "output_tokens": 500}, "tokens": {"input_tokens": 1570, '
        '"output_tokens": 502}}}}'
    ),
    read=each(_rows),
)
