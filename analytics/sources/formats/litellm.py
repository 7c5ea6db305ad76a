"""Calls of LiteLLM's spend log, and of its standard logging payload.

What LiteLLM took for the cost is kept as the tag `source_cost_usd`. An answer of its own cache was
billed by nobody, and a call that failed without tokens neither: they are left out. The usage object
in the metadata says the parts; its total is evidence where it holds the counts, the row's where
the row does.
"""

import re
from collections.abc import Iterator
from typing import Any

from analytics.rules import blocks, litellm, openai
from analytics.rules.exact_json import decoded
from analytics.rules.fields import COST_TAG
from analytics.rules.forms import take_apart
from analytics.rules.reading import BadUsage, MissingUsage, Reading, SkippedUsage, UnreadableUsage
from analytics.rules.totals import settle
from analytics.sources.formats.envelopes import part
from analytics.sources.formats.lines import Line
from analytics.sources.formats.reading import Format, each
from analytics.sources.formats.rows import Row, first_text, refused, rows_of, tags_of, text

_NO_CALL = re.compile(
    "list|retrieve|delete|cancel|file|health|assistant|thread|vector_store|mcp|get_"
    "|moderation|count_tokens|token_count"
)
"""Types of calls that use no model, or nothing that is billed."""

_TYPES = (
    ("embedding", "embedding"),
    ("transcription", "audio_stt"),
    ("speech", "audio_tts"),
    ("image", "image"),
    ("rerank", "rerank"),
    ("ocr", "document"),
    ("video", "video"),
)
_COUNTS = ("prompt_tokens", "completion_tokens")


def _rows(line: Line) -> Iterator[Row]:
    row = line.row or {}
    metadata = _object(row.get("metadata"))
    status = first_text(part(metadata, "status"), row.get("status")) or "success"
    kind = text(row.get("call_type")) or ""
    has_no_tokens = all(text(row.get(name)) in {None, "0"} for name in _COUNTS)
    if (text(row.get("cache_hit")) or "").lower() == "true":
        raise SkippedUsage("an answer of LiteLLM's cache")
    if has_no_tokens and (status == "failure" or _NO_CALL.search(kind)):
        raise SkippedUsage("a call that failed, or that uses no model")
    said = _said(row, metadata, kind, status)
    try:
        reading = _reading(row, metadata, has_no_tokens=has_no_tokens)
    except UnreadableUsage as error:
        yield refused(error, said)
        return
    yield from rows_of([reading], said)


def _reading(row: dict[str, Any], metadata: object, *, has_no_tokens: bool) -> Reading:
    usage = _usage(metadata)
    response = _object(row.get("response"))
    if any(row.get(name) is None for name in _COUNTS):
        raise MissingUsage("the row has no counts")
    tier = part(usage, "service_tier")
    described = {"usage": usage, "service_tier": tier or part(response, "service_tier")}
    reading = openai.describe(described)
    reading.provider = reading.cost_usd = None
    form = litellm.form_of(usage)
    counts = take_apart(_block(row, usage), form)
    for name, role in zip(_COUNTS, ("input_tokens", "output_tokens"), strict=True):
        number = blocks.count(row[name], name, role)
        found = counts.known.get(role, 0)
        if number and found != number:
            # The row is what LiteLLM billed by; what contradicts it is named.
            counts.known[role] = number
            counts.keep(f"usage_object.{name}", found)
    seconds = counts.known.pop("audio_milliseconds", 0)
    heard = part(response, "duration")
    if has_no_tokens and not seconds and heard is not None:
        seconds = blocks.milliseconds(heard, "duration")
    settle(reading, counts, form)
    if has_no_tokens and seconds:
        reading.meters["audio_milliseconds"] = seconds
    if has_no_tokens and not (reading.meters or reading.other_meters):
        raise MissingUsage("all counts are 0")
    return reading


def _block(row: dict[str, Any], usage: dict[str, Any]) -> dict[str, Any]:
    """The object that holds the counts: the usage object, or the row."""
    if all(usage.get(name) is not None for name in _COUNTS):
        return usage
    return {**{name: row.get(name) for name in (*_COUNTS, "total_tokens")}, **usage}


def _usage(metadata: object) -> dict[str, Any]:
    usage = part(metadata, "usage_object")
    more = part(metadata, "additional_usage_values")
    for found in (usage, more):
        if not isinstance(found, dict | None):
            raise BadUsage(f"the usage is no object: {found!r:.80}")
    return usage or more or {}


def _said(row: dict[str, Any], metadata: object, kind: str, status: str) -> dict[str, Any]:
    return {
        "id": first_text(row.get("request_id"), row.get("id")),
        "occurred_at": text(row.get("startTime")),
        "provider": text(row.get("custom_llm_provider")),
        "model": text(row.get("model")),
        "usage_type": next((name for word, name in _TYPES if word in kind), None),
        "variant": {"processing": "batch"} if "batch" in kind else None,
        "tags": tags_of(
            **{COST_TAG: first_text(row.get("spend"), row.get("response_cost"))},
            call_type=row.get("call_type"),
            model_group=row.get("model_group"),
            user=row.get("user"),
            end_user=row.get("end_user"),
            team_id=row.get("team_id"),
            key_alias=part(metadata, "user_api_key_alias"),
            team_alias=part(metadata, "user_api_key_team_alias"),
            session_id=row.get("session_id"),
            status=status if status != "success" else None,
        ),
    }


def _object(value: object) -> object:
    """An object that the log keeps as JSON text, as exports of its table do."""
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return value
    try:
        return decoded(value)
    except (ValueError, RecursionError):
        return value


FORMAT = Format(
    title=(
        "LiteLLM proxy spend logs (table export as CSV or JSON lines) and standard logging payloads"
    ),
    example=(
        '{"request_id": "chatcmpl-1", "call_type": "acompletion", "spend": 0.0085, '
        '"prompt_tokens": 1500, "completion_tokens": 500, "total_tokens": 2000, "startTime": '
        '"2026-10-05T12:00:00.123Z", "endTime": "2026-10-05T12:00:02.456Z", "model": "gpt-4o", '
        '"custom_llm_provider": "openai", "cache_hit": "False", "end_user": "acme", "status": '
        '"success", "metadata": {"usage_object": {"prompt_tokens_details": '
        '{"cached_tokens": 200}}}}'
    ),
    read=each(_rows),
)
