"""LiteLLM's `cost_per_token` beside ours, for every name that both know.

It runs where LiteLLM is installed, as in `.ci/run`. Each difference is in a class with its reason;
one that is in none fails.
"""

import importlib
import os
import re
import warnings
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from analytics import Book
from tests.conftest import new_book

SELLERS = {
    **dict.fromkeys(("openai", "text-completion-openai"), "openai"),
    **dict.fromkeys(("gemini", "vertex_ai-language-models"), "google"),
    **dict.fromkeys(("bedrock", "bedrock_converse"), "aws"),
    **dict.fromkeys(("cohere", "cohere_chat"), "cohere"),
    **{name: name for name in ("anthropic", "azure", "groq", "mistral", "deepseek", "perplexity")},
    **{name: name for name in ("openrouter", "cerebras", "novita")},
    "vertex_ai-anthropic_models": "google",
    "xai": "x-ai",
    "moonshot": "moonshotai",
    "fireworks_ai": "fireworks",
    "together_ai": "together",
}
"""What LiteLLM calls a provider -> what the catalogue calls it."""

SEEN = datetime(2026, 11, 30, 3, tzinfo=UTC)
"""When LiteLLM's list was looked at, within peak hours; it asks the clock for these."""

MODES = {"chat", "completion", "responses", "embedding"}
ROUTES = re.compile(r"^(azure|bedrock|vertex_ai)/")

NAMED = {
    "eu.amazon.nova-2-lite-v1:0": "the catalogue has one price for all geographies",
    "apac.amazon.nova-2-lite-v1:0": "the catalogue has one price for all geographies",
    "jp.amazon.nova-2-lite-v1:0": "the catalogue has one price for all geographies",
    "deepseek/deepseek-v3.2": "the catalogue has a seller's price",
    "mistral/open-mistral-nemo": "LiteLLM has the price before it was halved in September 2024",
    "novita/mistralai/mistral-nemo": "two prices of a seller",
    "xai/grok-code-fast": "retired; LiteLLM has the price of what answers in its place",
    "xai/grok-code-fast-1-0825": "retired; LiteLLM has the price of what answers in its place",
    "together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo": "two prices of a seller",
}
"""Single names, and why they differ."""

PER_NAME = {"fireworks": "the catalogue prices it by its size"}


def classified(
    provider: str, name: str, retired: str | None, ours: Decimal, theirs: Decimal
) -> str:
    """Why the two differ; "" where nothing explains it."""
    tenth = theirs / 10
    reasons = {
        "AWS: a regional endpoint costs a tenth more": provider == "aws" and ours == theirs + tenth,
        "Azure: a data zone costs a tenth more": provider == "azure" and theirs == ours + ours / 10,
        "Perplexity: LiteLLM leaves the request's fee out": provider == "perplexity",
        "retired": retired is not None and retired <= SEEN.date().isoformat(),
        NAMED.get(name, ""): name in NAMED,
        PER_NAME.get(provider, ""): provider in PER_NAME,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def known(litellm: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Provider, name and what LiteLLM knows of it."""
    return [
        (SELLERS[info["litellm_provider"]], name, info)
        for name, info in litellm.model_cost.items()
        if info.get("litellm_provider") in SELLERS and info.get("mode") in MODES
    ]


def test_litellm_and_we_differ_for_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        litellm = pytest.importorskip("litellm", exc_type=ImportError)
        clock = importlib.import_module("litellm.litellm_core_utils.llm_cost_calc.utils")
        is_off_peak = clock._is_off_peak
        monkeypatch.setattr(
            clock, "_is_off_peak", lambda found, _now=None: is_off_peak(found, SEEN)
        )
        with new_book(tmp_path / "book") as book:
            found = compared(book, litellm)
    assert [name for name, reason in found if not reason] == []
    classes = Counter(reason for _, reason in found)
    assert classes["equal"] > 800
    assert classes.total() - classes["equal"] < 150


def compared(book: Book, litellm: Any) -> list[tuple[str, str]]:
    """Each name that both price, with "equal" or why it is not."""
    found = []
    for provider, name, info in known(litellm):
        model = ROUTES.sub("", name).removeprefix(f"{info['litellm_provider']}/")
        output = 0 if info["mode"] == "embedding" else 200
        route = info["litellm_provider"]
        parts = litellm.cost_per_token(
            model=name,
            custom_llm_provider="vertex_ai" if route.startswith("vertex") else route,
            prompt_tokens=1000,
            completion_tokens=output,
        )
        theirs = sum((Decimal(repr(part)) for part in parts), Decimal()).quantize(Decimal("1e-12"))
        estimate = book.calculate_cost(
            model, provider=provider, at=SEEN, input_tokens=1000, output_tokens=output
        )
        ours = estimate.estimated_cost_usd
        if ours is None or not theirs:
            continue
        retired = info.get("deprecation_date")
        is_equal = ours == theirs
        why = "equal" if is_equal else classified(provider, name, retired, ours, theirs)
        found.append((name, why))
    return found
