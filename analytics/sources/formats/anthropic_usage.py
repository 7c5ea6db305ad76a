"""Anthropic's usage report for messages, a page or a bucket a line.

Uncached, read and written tokens stand beside each other: they are added up.
"""

from typing import Any

from analytics.rules import variants
from analytics.rules.forms import BESIDE, Counts, Form
from analytics.rules.reading import MissingUsage, Reading
from analytics.sources.formats.envelopes import part
from analytics.sources.formats.reading import Format
from analytics.sources.formats.rows import tags_of, text
from analytics.sources.formats.usage_reports import PART_TOKENS, Report, hashed, whole

_FORM = Form.of(
    {
        "uncached_input_tokens": "input_tokens",
        "cache_read_input_tokens": "cache_read_tokens",
        "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
        "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h_tokens",
        "output_tokens": "output_tokens",
        "server_tool_use.web_search_requests": "web_searches",
    },
    cache=BESIDE,
)
"""docs.anthropic.com, Admin API, usage report of messages."""

_TOLD_APART = (
    *("model", "service_tier", "context_window", "inference_geo", "speed"),
    *("workspace_id", "api_key_id", "account_id"),
)


def _parts(result: dict[str, Any]) -> int:
    """Requests above 200,000 tokens are reported apart: they need not be cut."""
    if (text(result.get("context_window")) or "").startswith("200k"):
        return 1
    split = (
        part(result, "cache_creation", f"ephemeral_{kept}_input_tokens") for kept in ("5m", "1h")
    )
    given = (result.get("uncached_input_tokens"), result.get("cache_read_input_tokens"), *split)
    return (sum(map(whole, given)) + PART_TOKENS - 1) // PART_TOKENS


def _check(_result: dict[str, Any], counts: Counts) -> None:
    if "input_tokens" not in counts.known or "output_tokens" not in counts.known:
        raise MissingUsage("a result has no counts")


def _said(result: dict[str, Any], span: str) -> dict[str, Any]:
    own = hashed(*(result.get(name) for name in _TOLD_APART))
    names = ("workspace_id", "api_key_id", "context_window")
    return {
        "id": "/".join(each for each in ("anthropic-usage", span, own) if each),
        "provider": "anthropic",
        "model": text(result.get("model")),
        "tags": tags_of(**{name: result.get(name) for name in names}),
    }


def _reads(result: dict[str, Any]) -> Reading:
    reading = Reading()
    for key in ("service_tier", "speed", "inference_geo"):
        variants.add(reading.variant, key, text(result.get(key)))
    return reading


FORMAT = Format(
    title="Anthropic's usage report for messages, a page or a bucket a line",
    example=(
        '{"data": [{"starting_at": "2026-10-05T00:00:00Z", "ending_at": "2026-10-06T00:00:00Z", '
        '"results": [{"uncached_input_tokens": 1500, "cache_read_input_tokens": 200, '
        '"cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}, '
        '"output_tokens": 500, "server_tool_use": {"web_search_requests": 0}, "model": '
        '"claude-sonnet-4-5", "service_tier": "standard", "context_window": "0-200k", '
        '"workspace_id": "wrkspc_1", "api_key_id": null}]}], "has_more": false, '
        '"next_page": null}'
    ),
    read=Report(
        form=_FORM,
        span=("starting_at", "ending_at"),
        is_bucket=lambda row: row.get("results") is not None,
        parts=_parts,
        check=_check,
        said=_said,
        reads=_reads,
    ).read,
    has_records=True,
)
