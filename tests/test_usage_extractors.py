"""The readers beside those of genai-prices, on the same answers.

Where the two differ, the table says why: each difference is one that a provider's documentation or
its bill decides.
"""

from typing import Any

import pytest
from genai_prices import extract_usage

from analytics.rules.answers import provider_named
from tests.test_usage_blocks import CASES

FLAVOURS = {
    "openai": [("openai", name) for name in ("chat", "responses", "embeddings")],
    "anthropic": [("anthropic", "default")],
    "gemini": [("google", "default")],
    "xai": [("x-ai", "chat"), ("x-ai", "responses")],
    "deepseek": [("deepseek", "chat")],
    "moonshot": [("moonshotai", "chat")],
    "mistral": [("mistral", "default"), ("mistral", "ocr")],
    "openrouter": [("openrouter", "chat")],
    "perplexity": [("perplexity", "default")],
    "bedrock": [("aws", "default"), ("aws", "anthropic")],
    "cohere": [("cohere", "default")],
}
"""Provider -> theirs, and the forms that are tried."""

METERS = (
    *("input_tokens", "cache_read_tokens", "output_tokens", "output_reasoning_tokens"),
    *("input_audio_tokens", "output_audio_tokens", "web_searches"),
)

_SEARCHES = "it counts no searches of tools"
_CACHED = "it does not know where this provider says cached tokens"
_TOTAL = "it does not look at the stated total"
_SPLIT = "it takes the sum of the cache writes, also where their parts exceed it"
EXPLAINED = {
    "responses: hosted tools": _SEARCHES,
    "responses: searches that the answer sums": _SEARCHES,
    "openrouter states its cost and its upstream": _SEARCHES,
    "gemini 3 bills each query once": _SEARCHES,
    "gemini 2 bills the prompt": _SEARCHES,
    "moonshot says cached tokens at the top": _CACHED,
    "mistral: num_cached_tokens": _CACHED,
    "mistral: prompt_token_details": _CACHED,
    "xai: the total puts reasoning inside": _TOTAL,
    "gemini: the total puts thoughts inside": _TOTAL,
    "messages: a split without its sum": _SPLIT,
    "messages: a split above its sum": _SPLIT,
    "mistral: a transcription is billed by the minute": "it reads the tokens, which are not billed",
}
"""Case -> why the two differ."""


def extracted(case: dict[str, Any]) -> dict[str, int] | None:
    """What genai-prices reads; None where it reads nothing in any form."""
    response = {"model": "some-model", "modelVersion": "some-model", **case["response"]}
    for provider, flavour in FLAVOURS.get(case["of"], []):
        try:
            usage = extract_usage(response, provider_id=provider, api_flavor=flavour).usage
        except (ValueError, LookupError):
            continue
        found = {name: getattr(usage, name, None) or 0 for name in METERS}
        return found | {"cache_write_tokens": usage.cache_write_tokens or 0}
    return None


def read(case: dict[str, Any]) -> dict[str, int]:
    meters = provider_named(case["of"]).readings(case["response"])[0].meters
    found = {name: meters.get(name, 0) for name in METERS}
    writes = ("cache_write_tokens", "cache_write_1h_tokens")
    return found | {"cache_write_tokens": sum(meters.get(name, 0) for name in writes)}


COMPARED = [
    case
    for case in CASES
    if "readings" in case and isinstance(case["response"], dict) and extracted(case) is not None
]


def test_most_blocks_can_be_compared() -> None:
    assert len(COMPARED) > 40
    assert {"openai", "anthropic", "gemini", "xai", "mistral"} <= {c["of"] for c in COMPARED}


@pytest.mark.parametrize("case", COMPARED, ids=lambda case: case["name"])
def test_a_block_is_read_as_genai_prices_reads_it_or_the_table_says_why(
    case: dict[str, Any],
) -> None:
    assert (read(case) != extracted(case)) == (case["name"] in EXPLAINED)
