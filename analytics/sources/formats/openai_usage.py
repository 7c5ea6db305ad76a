"""OpenAI's organisation usage API, a page or a bucket a line.

`input_tokens` includes the cached ones.
"""

from typing import Any

from analytics.rules import variants
from analytics.rules.forms import KEPT, PART, Counts, Form
from analytics.rules.reading import MissingUsage, Reading
from analytics.sources.formats.reading import Format
from analytics.sources.formats.rows import tags_of, text
from analytics.sources.formats.usage_reports import PART_TOKENS, Report, hashed, whole

_FORM = Form.of(
    {
        "input_tokens": "input_tokens",
        "input_cached_tokens": "cache_read_tokens",
        "input_cache_write_tokens": "cache_writes",
        "output_tokens": "output_tokens",
        "input_audio_tokens": "input_audio_tokens",
        "output_audio_tokens": "output_audio_tokens",
        "input_image_tokens": "input_image_tokens",
        "output_image_tokens": "output_image_tokens",
        "input_cached_audio_tokens": "cache_audio_read_tokens",
        "input_cached_image_tokens": "cache_image_read_tokens",
        "input_uncached_tokens": PART,
        "input_text_tokens": PART,
        "output_text_tokens": PART,
        "input_cached_text_tokens": PART,
        "num_model_requests": "requests",
        "num_requests": "requests",
        "characters": "input_characters",
        "seconds": "audio_milliseconds",
        "images": KEPT,
        "num_sessions": KEPT,
    }
)
"""openai.types.admin.organization: `UsageCompletionsResponse` and its siblings."""

_TYPES = {
    "embeddings": "embedding",
    "audio_speeches": "audio_tts",
    "audio_transcriptions": "audio_stt",
}


def _kind(result: dict[str, Any]) -> str:
    words = (text(result.get("object")) or "").split(".")
    return words[2] if len(words) > 2 else ""


def _parts(result: dict[str, Any]) -> int:
    requests = result.get("num_model_requests")
    tokens = (whole(result.get("input_tokens")) + PART_TOKENS - 1) // PART_TOKENS
    return min(tokens, 1 if requests is None else whole(requests))


def _check(result: dict[str, Any], counts: Counts) -> None:
    is_usage = (text(result.get("object")) or "").startswith("organization.usage.")
    counted = {"input_tokens", "input_characters", "audio_milliseconds"}
    if not is_usage or counted.isdisjoint(counts.known):
        raise MissingUsage("a result has no counts")


def _said(result: dict[str, Any], span: str) -> dict[str, Any]:
    names = ("project_id", "user_id", "api_key_id", "model", "batch", "service_tier")
    found = ("openai-usage", _kind(result), span, hashed(*(result.get(name) for name in names)))
    return {
        "id": "/".join(found),
        "provider": "openai",
        "model": text(result.get("model")),
        "usage_type": _TYPES.get(_kind(result)),
        "tags": tags_of(**{name: result.get(name) for name in names[:3]}),
    }


def _reads(result: dict[str, Any]) -> Reading:
    reading = Reading()
    if text(result.get("batch")) == "true":
        reading.variant["processing"] = "batch"
    variants.add(reading.variant, "service_tier", text(result.get("service_tier")))
    return reading


FORMAT = Format(
    title="OpenAI's organisation usage API, a page or a bucket a line",
    example=(
        '{"object": "page", "data": [{"object": "bucket", "start_time": 1791158400, "end_time": '
        '1791244800, "results": [{"object": "organization.usage.completions.result", '
        '"input_tokens": 1000, "input_cached_tokens": 800, "output_tokens": 500, '
        '"num_model_requests": 5, "project_id": "proj_1", "user_id": null, "api_key_id": null, '
        '"model": "gpt-4o-2024-08-06", "batch": false}]}], "has_more": false, "next_page": null}'
    ),
    read=Report(
        form=_FORM,
        span=("start_time", "end_time"),
        is_bucket=lambda row: row.get("object") == "bucket",
        parts=_parts,
        check=_check,
        said=_said,
        reads=_reads,
    ).read,
    has_records=True,
)
