"""Answers of the Gemini API or of Vertex AI, in a log's envelope, or as lines of a batch's results.

Of a stream all chunks have the usage so far: those before the last one are left out.
"""

from collections.abc import Iterator
from typing import Any

from analytics.rules import gemini
from analytics.rules.blocks import get
from analytics.rules.reading import UnreadableUsage
from analytics.sources.formats.envelopes import TIMES, body_of, part
from analytics.sources.formats.lines import Line, forget
from analytics.sources.formats.reading import Format
from analytics.sources.formats.rows import Row, first_text, refused, rows_of, tags_of


def _read(lines: Iterator[Line]) -> Iterator[tuple[Line, Row | str]]:
    """Chunks wait until a later one of the same answer, or the end of the part."""
    waiting: dict[tuple[str, str], list[tuple[Line, Row]]] = {}
    for line in lines:
        row = line.row
        if row is None:
            yield line, {"problem": line.problem}
            continue
        answer = body_of(row)
        usage = get(answer, "usage_metadata")
        if usage is None and _has_failed(row, answer):
            yield line, "a call that failed"
            continue
        if usage is None and "candidates" not in answer and "totalTokens" in answer:
            yield line, "counting tokens is free"
            continue
        said = _said(row, answer)
        key = (line.path, said["id"] or "")
        for before, _ in waiting.pop(key, ()):
            yield before, "a chunk that a later one sums"
        found = [(line, each) for each in _rows(answer, said)]
        if said["id"] and usage is not None and not _is_finished(answer):
            waiting[key] = found
            forget(line)
        else:
            yield from found
    for found in waiting.values():
        yield from found


def _rows(answer: dict[str, Any], said: dict[str, Any]) -> Iterator[Row]:
    if get(answer, "model_version") is None and said["model"]:
        answer = {**answer, "model_version": said["model"]}
    try:
        readings = gemini.read(answer)
    except UnreadableUsage as error:
        yield refused(error, said)
        return
    yield from rows_of(readings, said)


def _said(row: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    model = first_text(
        get(answer, "model_version"), row.get("model"), part(row, "request", "model")
    )
    is_batch = row.get("key") is not None or row.get("processed_time") is not None
    return {
        "id": first_text(get(answer, "response_id"), row.get("request_id"), row.get("key")),
        "occurred_at": first_text(
            get(answer, "create_time"),
            *(row.get(name) for name in TIMES),
            row.get("processed_time"),
        ),
        "provider": "google",
        "model": model.rpartition("/")[2] if model else None,
        "variant": {"processing": "batch"} if is_batch else None,
        "tags": tags_of(row.get("metadata"), part(row, "request", "labels")),
    }


def _has_failed(row: dict[str, Any], answer: dict[str, Any]) -> bool:
    return isinstance(answer.get("error"), dict) or isinstance(row.get("error"), dict)


def _is_finished(answer: dict[str, Any]) -> bool:
    candidates = answer.get("candidates")
    found = candidates if isinstance(candidates, list) else []
    return any(get(each, "finish_reason") is not None for each in found)


FORMAT = Format(
    title="Gemini answers (Gemini API and Vertex AI)",
    example=(
        '{"timestamp": "2026-10-05T12:00:00Z", "response": {"responseId": "r-1", "modelVersion": '
        '"gemini-2.5-pro", "usageMetadata": {"promptTokenCount": 262960, '
        '"cachedContentTokenCount": 257955, "candidatesTokenCount": 1000, "thoughtsTokenCount": '
        '744, "totalTokenCount": 264704, "promptTokensDetails": [{"modality": "TEXT", '
        '"tokenCount": 262960}]}}}'
    ),
    read=_read,
)
