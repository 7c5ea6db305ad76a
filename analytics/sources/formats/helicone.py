"""Requests in an export of Helicone.

Cached prompt tokens and reasoning stand beside `prompt_tokens` and `completion_tokens`, so they are
added; its total leaves them out. A request that Helicone answered from its own cache, and one that
failed without tokens, was billed by nobody. In CSV the export doubles the quotation marks of the
properties once too often.
"""

from collections.abc import Iterator
from typing import Any

from analytics.rules.exact_json import decoded
from analytics.rules.fields import COST_TAG
from analytics.rules.forms import BESIDE, Form, take_apart
from analytics.rules.reading import MissingUsage, Reading, SkippedUsage, UnreadableUsage
from analytics.rules.totals import TOTAL, settle
from analytics.sources.formats.lines import Line
from analytics.sources.formats.reading import Format, each
from analytics.sources.formats.rows import Row, first_text, refused, rows_of, tags_of, text

_FORM = Form.of(
    {
        "prompt_tokens": "input_tokens",
        "prompt_cache_read_tokens": "cache_read_tokens",
        "prompt_cache_write_tokens": "cache_writes",
        "prompt_cache_write_5m": "cache_write_5m",
        "prompt_cache_write_1h": "cache_write_1h_tokens",
        "prompt_audio_tokens": "input_audio_tokens",
        "completion_tokens": "output_tokens",
        "completion_audio_tokens": "output_audio_tokens",
        "reasoning_tokens": "output_reasoning_tokens",
        "total_tokens": "total_tokens",
    },
    cache=BESIDE,
    reasoning=BESIDE,
)
"""docs.helicone.ai, the columns of `request_response_rmt`."""

_EMPTY_ID = "00000000-0000-0000-0000-000000000000"
_PROVIDERS = {
    "BEDROCK": "aws",
    "AWS": "aws",
    "VERTEX": "google",
    "GOOGLE-AI-STUDIO": "google",
    "X": "x-ai",
    "XAI": "x-ai",
    "CUSTOM": None,
}
_COUNTS = (
    *("prompt_tokens", "completion_tokens", "prompt_cache_read_tokens"),
    *("prompt_cache_write_tokens", "reasoning_tokens"),
)


def _rows(line: Line) -> Iterator[Row]:
    row = line.row or {}
    if (text(row.get("cache_reference_id")) or _EMPTY_ID) != _EMPTY_ID:
        raise SkippedUsage("an answer of Helicone's cache")
    is_empty = not "".join(text(row.get(name)) or "" for name in _COUNTS).strip("0")
    if is_empty and text(row.get("response_status")) != "200":
        raise SkippedUsage("a call that failed")
    provider = (text(row.get("provider")) or "").upper()
    is_embedding = any(
        "embed" in (text(row.get(name)) or "").lower()
        for name in ("request_path", "response_model", "model")
    )
    said = {
        "id": _present(row, "response_id", "request_id"),
        "occurred_at": first_text(row.get("request_created_at"), row.get("response_created_at")),
        "provider": _PROVIDERS.get(provider, provider.lower() or None),
        "model": _present(row, "response_model", "model", "model_override", "request_model"),
        "usage_type": "embedding" if is_embedding else None,
        "tags": tags_of(
            _properties(row), **{COST_TAG: first_text(row.get("costUSD"), row.get("cost"))}
        ),
    }
    try:
        yield from rows_of([_reading(row, is_embedding=is_embedding)], said)
    except UnreadableUsage as error:
        yield refused(error, said)


def _reading(row: dict[str, Any], *, is_embedding: bool) -> Reading:
    if row.get("prompt_tokens") is None:
        raise MissingUsage("it has no prompt_tokens")
    if row.get("completion_tokens") is None and not is_embedding:
        raise MissingUsage("it has no completion_tokens")
    reading = Reading()
    counts = take_apart(
        {
            name: value
            for name, value in row.items()
            if name in _FORM.roles or name.endswith("_tokens")
        },
        _FORM,
    )
    known = counts.known
    if known.get(TOTAL) == known["input_tokens"] + known.get("output_tokens", 0):
        del known[TOTAL]  # it agrees, and says nothing of what stands beside
    settle(reading, counts, _FORM)
    return reading


def _present(row: dict[str, Any], *names: str) -> str | None:
    return next((found for name in names if (found := text(row.get(name)))), None)


def _properties(row: dict[str, Any]) -> object:
    found = row.get("request_properties")
    found = row.get("properties") if found is None else found
    if not isinstance(found, str):
        return found
    try:
        return decoded(found.replace('""', '"'))
    except (ValueError, RecursionError):
        return None


FORMAT = Format(
    title="Helicone requests export",
    example=(
        '{"request_id": "rq-1", "response_id": "rs-1", "request_created_at": '
        '"2026-10-05T12:00:00.000Z", "response_status": 200, "provider": "OPENAI", '
        '"response_model": "gpt-4o-2024-08-06", "prompt_tokens": 1300, '
        '"prompt_cache_read_tokens": 200, "completion_tokens": 500, "request_user_id": "acme", '
        '"costUSD": 0.0085}'
    ),
    read=each(_rows),
)
