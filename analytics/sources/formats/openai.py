"""Answers of OpenAI's API, or of one that answers like it.

They come as they were, in a log's envelope, or as lines of a batch's output.
"""

from collections.abc import Iterator
from typing import Any

from analytics.rules import openai
from analytics.rules.answers import seller_named
from analytics.rules.reading import (
    Reading,
    SkippedUsage,
    UnreadableUsage,
)
from analytics.sources.formats.envelopes import body_of, part
from analytics.sources.formats.lines import Line
from analytics.sources.formats.reading import Format, each
from analytics.sources.formats.rows import Row, first_text, refused, rows_of, tags_of, text

_WAITING = ("queued", "in_progress")
_EVENTS = ("response.", "transcript.text.", "speech.audio.")


def _rows(line: Line) -> Iterator[Row]:
    row = line.row or {}
    answer = body_of(row)
    said = _said(row, answer)
    try:
        readings = _readings(row, answer)
    except SkippedUsage:
        raise
    except UnreadableUsage as error:
        yield refused(error, {**said, "provider": _seller(row)})
        return
    said["usage_type"] = said["usage_type"] or readings[0].usage_type
    said["provider"] = readings[0].provider or _seller(row)
    yield from rows_of(readings, said)


def _readings(row: dict[str, Any], answer: dict[str, Any]) -> list[Reading]:
    usage = answer.get("usage")
    spoken = part(row, "request", "input")
    if usage is None and _is_speech(row, answer) and isinstance(spoken, str):
        counted = openai.describe(answer)
        counted.meters = {"input_characters": len(spoken)} if spoken else {}
        return [counted]
    is_timed = answer.get("text") is not None and answer.get("duration") is not None
    if not usage and not is_timed and _may_have_none(row, answer):
        raise SkippedUsage("a chunk, an event, or a call that failed")
    return openai.read(answer, seller=_seller(row))


def _said(row: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    created, status, custom_id = answer.get("created"), answer.get("status"), row.get("custom_id")
    response, request = row.get("response"), row.get("request")
    is_batch = custom_id is not None and part(response, "status_code") is not None
    return {
        "id": first_text(
            answer.get("id"),
            part(response, "request_id"),
            row.get("request_id"),
            row.get("id"),
        ),
        "occurred_at": first_text(
            None if created in (0, "0") else created,
            answer.get("created_at"),
            row.get("timestamp"),
            row.get("time"),
            row.get("created_at"),
            row.get("logged_at"),
        ),
        "provider": None,
        "model": first_text(
            answer.get("model"),
            row.get("model"),
            part(request, "model"),
            part(request, "body", "model"),
        ),
        "usage_type": _usage_type(row, answer),
        "variant": {"processing": "batch"} if is_batch else None,
        "tags": tags_of(
            row.get("metadata"),
            answer.get("metadata"),
            custom_id=custom_id,
            status=status if status != "completed" else None,
        ),
    }


def _seller(row: dict[str, Any]) -> str | None:
    """Who sold it: by the host of the request, or as the log says."""
    host = first_text(row.get("url"), row.get("api_base")) or ""
    said = text(row.get("provider"))
    if ".azure.com" in host:
        return "azure"
    return None if said is None else seller_named(said)


def _usage_type(row: dict[str, Any], answer: dict[str, Any]) -> str | None:
    kind = text(answer.get("type")) or ""
    if answer.get("object") == "list":
        return None  # an embedding, or a rerank: the reader tells
    is_timed = part(answer, "usage", "seconds") is not None
    if answer.get("text") is not None or kind.startswith("transcript.text") or is_timed:
        return "audio_stt"
    return "audio_tts" if _is_speech(row, answer) else None


def _is_speech(row: dict[str, Any], answer: dict[str, Any]) -> bool:
    kind = text(answer.get("type")) or ""
    return part(row, "request", "voice") is not None or kind.startswith("speech.audio")


def _may_have_none(row: dict[str, Any], answer: dict[str, Any]) -> bool:
    kind = text(answer.get("type")) or ""
    return (
        answer.get("status") in _WAITING
        or answer.get("object") == "chat.completion.chunk"
        or kind.startswith(_EVENTS)
        or isinstance(answer.get("error"), dict)
        or isinstance(row.get("error"), dict)
        or _is_no_call(answer)
    )


def _is_no_call(answer: dict[str, Any]) -> bool:
    """Moderation and token counting are free."""
    results = answer.get("results")
    first = results[0] if isinstance(results, list) and results else None
    return answer.get("object") == "response.input_tokens" or part(first, "flagged") is not None


FORMAT = Format(
    title="OpenAI and Azure answers: chat, responses, embeddings, audio, batch output",
    example=(
        '{"id": "chatcmpl-1", "object": "chat.completion", "created": 1791201600, '
        '"model": "gpt-4o-2024-08-06", "service_tier": "default", "usage": {"prompt_tokens": 1500, '
        '"completion_tokens": 500, "total_tokens": 2000, "prompt_tokens_details": '
        '{"cached_tokens": 200}, "completion_tokens_details": {"reasoning_tokens": 0}}}'
    ),
    read=each(_rows),
)
