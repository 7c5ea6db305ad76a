"""Answers of the Gemini API or of Vertex AI, in a log's envelope, or as lines of a batch's results.

Of a stream all chunks have the usage so far: those before the last one are left out. Where none of
them says that nothing follows, the stream was cut off, and what the call used is not known. An
answer that stands alone is taken for whole: its log may not keep what says so.
"""

from collections.abc import Iterator
from typing import Any

from analytics.rules import gemini
from analytics.rules.blocks import get
from analytics.rules.reading import USAGE_UNKNOWN, Doubt, UnreadableUsage
from analytics.sources.formats.envelopes import TIMES, body_of, part
from analytics.sources.formats.lines import Line, forget
from analytics.sources.formats.reading import Format
from analytics.sources.formats.rows import Row, first_text, refused, rows_of, tags_of


def _read(lines: Iterator[Line]) -> Iterator[tuple[Line, Row | str]]:
    """Chunks wait until a later one of the same answer, or the end of the part."""
    waiting: dict[tuple[str, str], tuple[list[tuple[Line, Row]], bool]] = {}
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
        before, has_content = waiting.pop(key, ([], False))
        for earlier, _ in before:
            yield earlier, "a chunk that a later one sums"
        is_finished = gemini.is_finished(answer)
        has_content = has_content or bool(answer.get("candidates"))
        is_cut = bool(before) and has_content and not is_finished
        found = [(line, each) for each in _rows(answer, said, is_cut=is_cut)]
        if said["id"] and usage is not None and not is_finished:
            waiting[key] = found, has_content
            forget(line)
        else:
            yield from found
    for found, _ in waiting.values():
        yield from found


def _rows(answer: dict[str, Any], said: dict[str, Any], *, is_cut: bool) -> Iterator[Row]:
    if get(answer, "model_version") is None and said["model"]:
        answer = {**answer, "model_version": said["model"]}
    try:
        readings = gemini.read(answer)
    except UnreadableUsage as error:
        yield refused(error, said)
        return
    if is_cut:
        readings[0].doubt = Doubt(USAGE_UNKNOWN, 1)
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
