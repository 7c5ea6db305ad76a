"""A model name is resolved to the model it means, to a reseller's terms, or honestly to nothing."""

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given
from hypothesis import strategies as st

from analytics.catalog import (
    AliasEntry,
    Catalog,
    FloatingName,
    ModelEntry,
    ProviderEntry,
    Resolution,
)
from analytics.rules.variants import canonical_variant

PRICES = Path(__file__).resolve().parents[1] / "data" / "prices"


@cache
def records(name: str) -> list[dict[str, Any]]:
    """Return the objects of a file of built-in data."""
    return list(map(json.loads, (PRICES / name).read_text("utf-8").splitlines()))


def json_text(clause: dict[str, Any] | None) -> str | None:
    """Return a clause as text, if there is one."""
    return json.dumps(clause) if clause else None


@cache
def builtin() -> tuple[list[ProviderEntry], list[ModelEntry]]:
    """Return the built-in providers and models; the catalog takes clauses as JSON text."""
    providers, models = [], []
    for record in records("providers.jsonl"):
        clauses = {key: json_text(record[key]) for key in ("model_match", "provider_match")}
        providers.append(
            ProviderEntry(**record | clauses | {"fallback": tuple(record["fallback"])})
        )
    for record in records("models.jsonl"):
        texts = {key: json.dumps(record[key]) for key in ("match", "variants")}
        own = {key: value for key, value in record.items() if key != "fact"}
        models.append(ModelEntry(**own | texts))
    return providers, models


@cache
def catalog() -> Catalog:
    """Return the catalog of a book that adds nothing of its own."""
    return Catalog(*builtin())


def book(*entries: ModelEntry | AliasEntry) -> Catalog:
    """Return the catalog of a book with models and aliases of its own."""
    providers, models = builtin()
    aliases = [entry for entry in entries if isinstance(entry, AliasEntry)]
    own = [entry for entry in entries if isinstance(entry, ModelEntry)]
    return Catalog(providers, [*models, *own], aliases)


def own_model(provider: str, model: str, variants: str = "{}") -> ModelEntry:
    """Return a model of the book."""
    return ModelEntry(provider, model, variants=variants, origin="book")


def shown(found: Resolution) -> str:
    """Return a resolution as the tables below write it: how, provider, model with its owner."""
    resold = found.price_provider != found.provider
    owned = f"{found.price_provider}:{found.price_model}" if resold else found.price_model
    return f"{found.how} {found.provider or '-'} {owned if found.price_model else '-'}"


# given provider, name sent, how, provider, model, with its owner where that is someone else.
# "-" is none; an indented line goes on with the one above.
SPELLINGS = """
# The plain ones, with and without their provider.
openai      gpt-4o                              exact     openai      gpt-4o
-           gpt-4o-mini                         exact     openai      gpt-4o-mini
openai      gpt-4o-2024-08-06                   match     openai      gpt-4o
OpenAI      GPT-4O                              exact     openai      gpt-4o
openai      gpt-5-20250807                      match     openai      gpt-5
-           gpt-5.2-20251211                    match     openai      gpt-5.2
-           gpt-5.2-20250231                    unknown   -           -
openai      whisper-1                           exact     openai      whisper-1
-           Whisper-1                           exact     openai      whisper-1
openai      text-embedding-3-small              exact     openai      text-embedding-3-small
-           text-embedding-3-small              exact     openai      text-embedding-3-small
-           claude-opus-4-5-20251101            match     anthropic   claude-opus-4-5
anthropic   claude-sonnet-4-20250514            match     anthropic   claude-sonnet-4-0
-           deepseek-chat                       exact     deepseek    deepseek-chat
-           mistral-small-latest                exact     mistral     mistral-small-latest
-           grok-4                              match     x-ai        grok-4-0709
-           gpt-oss-120b                        exact     openai      gpt-oss-120b
# A route before the name; without a provider it tells the provider.
-           openai/gpt-4o-mini                  stripped  openai      gpt-4o-mini
openai      openai/gpt-4o-mini                  stripped  openai      gpt-4o-mini
-           OPENAI/GPT-4o-mini                  stripped  openai      gpt-4o-mini
-           openai/responses/gpt-4o             stripped  openai      gpt-4o
litellm     groq/llama-3.1-8b-instant           stripped  groq        llama-3.1-8b-instant
litellm     gpt-4o                              exact     openai      gpt-4o
-           xai/grok-4                          stripped  x-ai        grok-4-0709
-           perplexity/sonar-pro                stripped  perplexity  sonar-pro
-           perplexity/sonar                    exact     perplexity  perplexity/sonar
-           fireworks_ai/glm-5p1                stripped  fireworks   glm-5p1
-           @cf/meta/llama-3.1-8b-instruct      exact     cloudflare  @cf/meta/llama-3.1-8b-instruct
# Azure resells OpenAI, Anthropic and others, and has prices of its own for some.
azure       gpt-4o                              match     azure       openai:gpt-4o
-           azure/gpt-4o                        stripped  azure       openai:gpt-4o
azure       azure/gpt-4o                        stripped  azure       openai:gpt-4o
azure       o3                                  match     azure       o3-2025-04-16
azure       gpt-35-turbo-16k                    match     azure       openai:gpt-3.5-turbo-16k
azure_ai    claude-sonnet-4-5                   match     azure       anthropic:claude-sonnet-4-5
azure.ai.openai gpt-4o                          match     azure       openai:gpt-4o
# Google, with Anthropic's models on Vertex.
-           gemini/gemini-2.5-pro               stripped  google      gemini-2.5-pro
-           models/gemini-2.5-pro               stripped  google      gemini-2.5-pro
google      models/gemini-2.5-pro               stripped  google      gemini-2.5-pro
vertex_ai   gemini-2.5-pro                      exact     google      gemini-2.5-pro
-           vertex_ai/claude-sonnet-4-5@20250929 match    google      claude-sonnet-4-5
vertex_ai   publishers/anthropic/models/claude-opus-4-1 match     google      claude-4-opus
-           projects/p/locations/us-central1/publishers/google/models/gemini-2.5-pro
                  stripped  google      gemini-2.5-pro
# Bedrock: global endpoints are cheaper, so the region counts where the data tells them apart.
-           us.anthropic.claude-sonnet-4-5-20250929-v1:0
                  match     aws         regional.anthropic.claude-sonnet-4-5-20250929-v1:0
bedrock     us.anthropic.claude-sonnet-4-5-20250929-v1:0
                  match     aws         regional.anthropic.claude-sonnet-4-5-20250929-v1:0
bedrock     global.anthropic.claude-sonnet-4-5-20250929-v1:0
                  exact     aws         global.anthropic.claude-sonnet-4-5-20250929-v1:0
-           anthropic.claude-3-5-sonnet-20241022-v2:0
                  match     aws         regional.anthropic.claude-3-5-sonnet-20241022-v2:0
-           bedrock/us-east-1/anthropic.claude-3-haiku-20240307-v1:0
                  match     aws         regional.anthropic.claude-3-haiku-20240307-v1:0
-           us-west-2/openai.gpt-6-sol          stripped  aws         regional.openai.gpt-6-sol
-           bedrock/converse/eu.openai.gpt-6-sol stripped aws         regional.openai.gpt-6-sol
-           arn:aws:bedrock:us-east-1:1:inference-profile/ca.openai.gpt-6-sol
                  stripped  aws         regional.openai.gpt-6-sol
-           eu.amazon.nova-lite-v1:0            match     aws         amazon.nova-lite-v1:0
# Fine-tuned: their own price where there is one, else the base model's.
openai      ft:gpt-4o-mini-2024-07-18:org::id   match     openai      ft:gpt-4o-mini
-           ft:gpt-4o-mini-2024-07-18:org::id   match     openai      ft:gpt-4o-mini
-           ft:gpt-3.5-turbo:org::id            match     openai      ft:gpt-3.5-turbo-
-           ft:gpt-4.1-2025-04-14:org::id       match    openai      ft:gpt-4.1
# Ids with a slash are ids where they are sold under it.
openrouter  anthropic/claude-sonnet-4.5         exact     openrouter  anthropic/claude-sonnet-4.5
-           openrouter/anthropic/claude-sonnet-4.5 stripped  openrouter  anthropic/claude-sonnet-4.5
openrouter  openai/gpt-4o                       exact     openrouter  openai/gpt-4o
groq        openai/gpt-oss-20b                  exact     groq        openai/gpt-oss-20b
# A name that only one provider lists is that provider's; one that many list is nobody's.
-           llama-3.1-8b-instant                exact     groq        llama-3.1-8b-instant
-           meta-llama/Llama-3.3-70B-Instruct   ambiguous -           -
-           qwen/qwen3-32b                      ambiguous -           -
# No price is better than a wrong one.
-           my-own-model                        unknown   -           -
-           openai/my-own-model                 unknown   -           -
openai      my-own-model                        unknown   openai      -
Vertex_AI   my-own-model                        unknown   vertex_ai   -
acme-proxy  gpt-4o                              unknown   acme-proxy  -
acme-proxy  openai/gpt-4o                       unknown   acme-proxy  -
openai      claude-sonnet-4-5                   unknown   openai      -
-           openrouter/google/gemini-999        unknown   -           -
# Azure's data zones cost more than what genai-prices states: they are a variant.
-           azure/eu/gpt-4o-2024-08-06          stripped  azure       openai:gpt-4o
"""


PLACES = {
    "amazon.nova-lite-v1:0": "",
    "us.amazon.nova-lite-v1:0": "",
    "us-west-2/amazon.nova-lite-v1:0": "",
    "eu.amazon.nova-lite-v1:0": "region=eu",
    "bedrock/sa-east-1/meta.llama3-70b-instruct-v1:0": "region=sa-east-1",
    "arn:aws:bedrock:eu-west-2::foundation-model/amazon.nova-pro-v1:0": "region=eu-west-2",
    "eu.anthropic.claude-sonnet-4-5-20250929-v1:0": "",
    "bedrock/eu-west-1/anthropic.claude-3-haiku-20240307-v1:0": "",
    "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0": "region=us-gov",
    "bedrock/us-gov-west-1/anthropic.claude-3-haiku-20240307-v1:0": "region=us-gov-west-1",
    "bedrock/converse/eu.openai.gpt-6-sol": "",
    "azure/eu/gpt-4o": "region=eu,sold_by=azure",
    "azure/us/o4-mini": "region=us",
    "azure/global/gpt-4o": "",
}
"""Names and the variants that they are: the catalogue has prices of some places."""


@pytest.mark.parametrize(("name", "variant"), PLACES.items())
def test_a_region_with_other_prices_is_a_variant(name: str, variant: str) -> None:
    """LiteLLM has sa-east-1 at 1.2 to 1.7 times, GovCloud at 1.2 times and more."""
    provider = "azure" if name.startswith("azure") else "bedrock"
    assert catalog().resolve(provider, name).price_variant == variant
    if "sold_by" not in variant and "/global/" not in name:
        with_tier = catalog().resolve(provider, name, "service_tier=flex").price_variant
        assert with_tier == ",".join(filter(None, (variant, "service_tier=flex")))
        assert catalog().resolve(provider, name, "region=mine").price_variant == "region=mine"


def table(text: str) -> list[list[str]]:
    """Return the rows of a table as words."""
    lines = text.strip().replace("\n ", " ").splitlines()
    return [line.split() for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("row", table(SPELLINGS), ids=lambda row: f"{row[0]} {row[1]}")
def test_real_spellings(row: list[str]) -> None:
    provider, name, *expected = row
    resolution = catalog().resolve(None if provider == "-" else provider, name)
    assert shown(resolution) == " ".join(expected)
    assert resolution.model == (resolution.price_model or name)


def test_every_model_id_resolves_to_itself() -> None:
    for entry in builtin()[1]:
        resolution = catalog().resolve(entry.provider, entry.model)
        assert resolution == Resolution(
            entry.provider, entry.model, entry.provider, entry.model, "", "exact"
        )


def test_a_name_that_no_clause_claims_is_unknown_everywhere() -> None:
    for provider in builtin()[0]:
        resolution = catalog().resolve(provider.provider, "nobody's")
        assert shown(resolution) == f"unknown {provider.provider} -"


def equals_values(clause: dict[str, Any]) -> Iterator[str]:
    """Yield every name that a clause states in full."""
    if "equals" in clause:
        yield clause["equals"]
    for part in (*clause.get("or", ()), *clause.get("and", ())):
        yield from equals_values(part)


@cache
def added_models() -> frozenset[tuple[str, str]]:
    """Return the models that facts add to those of the library."""
    found = (record for record in records("models.jsonl") if "fact" in record)
    return frozenset((record["provider"], record["model"]) for record in found)


def stated_names() -> Iterator[tuple[str, str]]:
    """Yield every (provider, name) that the library's data states in full."""
    for record in records("models.jsonl"):
        if "fact" in record:
            continue
        for name in (record["model"], *equals_values(record["match"])):
            yield record["provider"], name


def library_answer(provider: str | None, name: str) -> tuple[str, str] | None:
    """Return whose model genai-prices finds, and which."""
    owners = {id(model): each.id for each in get_snapshot().providers for model in each.models}
    try:
        _, model = get_snapshot().find_provider_model(name, None, provider, None)
    except LookupError:
        return None
    return owners[id(model)], model.id


def our_answer(provider: str | None, name: str) -> tuple[str, str] | None:
    """Return whose model the catalog finds, and which."""
    found = catalog().resolve(provider, name)
    if found.price_provider is None or found.price_model is None:
        return None
    return found.price_provider, found.price_model


def test_every_stated_name_is_resolved_as_by_the_library() -> None:
    only_ours = Counter[str]()
    by_facts = 0
    for provider, name in stated_names():
        theirs, ours = library_answer(provider, name), our_answer(provider, name)
        if ours in added_models():
            by_facts += 1
        elif theirs is None:
            # No clause of the library claims these ids; we take an id for what it is.
            assert ours == (provider, name)
            only_ours[provider] += 1
        else:
            assert ours == theirs, (provider, name)
    assert only_ours == {"aws": 31, "fireworks": 48, "mistral": 4, "openai": 2}
    assert by_facts < 10


@pytest.mark.slow
@pytest.mark.parametrize(("provider", "only_ours"), [("azure", 253), ("google", 96)])
def test_resellers_are_resolved_as_by_the_library(provider: str, only_ours: int) -> None:
    found_by_us = 0
    for name in dict.fromkeys(name for _, name in stated_names()):
        theirs, ours = library_answer(provider, name), our_answer(provider, name)
        if ours in added_models():
            continue
        if theirs is None and ours is not None:
            # The library does not take a route like `openai/` off a name.
            assert catalog().resolve(provider, name).how == "stripped"
            found_by_us += 1
        else:
            assert ours == theirs, name
    assert found_by_us == only_ours


def test_without_a_provider_no_answer_differs_from_the_librarys() -> None:
    for name in dict.fromkeys(name for _, name in stated_names()):
        theirs = library_answer(None, name)
        ours = our_answer(None, name)
        assert theirs is None or ours in added_models() or ours == theirs, name


@pytest.mark.parametrize(
    ("provider", "name", "sent", "priced"),
    [
        ("openai", "gpt-5", "service_tier=flex", "service_tier=flex"),
        # What nobody has a price for is not the standard.
        (
            "openai",
            "gpt-4.1",
            "service_tier=odd,processing=batch",
            "processing=batch,service_tier=odd",
        ),
        ("openai", "gpt-4.1", "route=eu", "route=eu"),
        ("openai", "whisper-1", "processing=batch", "processing=batch"),
        # The standard by another name.
        ("openai", "gpt-4.1", "service_tier=default", ""),
        ("openai", "gpt-4.1", "service_tier=auto", ""),
        ("groq", "llama-3.1-8b-instant", "service_tier=on_demand", ""),
        ("google", "gemini-2.5-pro", "service_tier=ON_DEMAND", ""),
        ("anthropic", "claude-opus-4-5", "inference_geo=not_available,speed=standard", ""),
        ("anthropic", "claude-opus-4-5", "inference_geo=us", "inference_geo=us"),
        ("anthropic", "claude-opus-4-5", "service_tier=batch", "processing=batch"),
        # A reseller's variant is none of the owner's.
        ("azure", "gpt-4.1", "", ""),
        ("azure", "gpt-4.1", "processing=batch", "processing=batch,sold_by=azure"),
        ("azure", "azure/gpt-4.1", "processing=batch", "processing=batch,sold_by=azure"),
    ],
)
def test_the_variant_is_what_was_served_without_what_is_the_standard(
    provider: str, name: str, sent: str, priced: str
) -> None:
    assert catalog().resolve(provider, name, sent).price_variant == priced


BOOK = book(
    own_model("acme", "acme-1"),
    own_model("acme", "acme-2", '{"processing": ["batch"]}'),
    own_model("other", "acme-2"),
    own_model("openai", "gpt-4o-mini"),
    own_model("openai", "gpt-99"),
    own_model("mistral", "Qwen/Qwen3-32B"),
    AliasEntry("azure", "prod", "openai", "gpt-4o"),
    AliasEntry("azure", "prod-azure", "azure", "gpt-4o"),
    AliasEntry(None, "chat", "openai", "gpt-4o"),
    AliasEntry("groq", "chat", "groq", "llama-3.1-8b-instant"),
    AliasEntry(None, "dated", "openai", "gpt-4o-2024-08-06"),
    AliasEntry("openai", "o3", "acme", "acme-2"),
    AliasEntry("openai", "gpt-4.1-2025-04-14", "openai", "misspelt"),
    AliasEntry(None, "chain", "groq", "chat"),
    AliasEntry("house", "Model-A", "acme", "acme-1"),
)

BOOK_SPELLINGS = """
# Models of the book: new ones, a provider of its own, and one that hides a built-in one.
acme    acme-1              exact     acme     acme-1
ACME    Acme-1              exact     acme     acme-1
-       acme-1              exact     acme     acme-1
-       acme/acme-2         stripped  acme     acme-2
acme    acme/acme-2         stripped  acme     acme-2
-       acme-2              ambiguous -        -
acme    gpt-4o              unknown   acme     -
openai  gpt-99              exact     openai   gpt-99
azure   gpt-99              match     azure    openai:gpt-99
-       Qwen/Qwen3-32B      exact     mistral  Qwen/Qwen3-32B
# Aliases: for one provider before any, for a provider nobody knows too; never one after another.
azure   prod                alias     azure    openai:gpt-4o
azure   azure/prod          stripped  azure    openai:gpt-4o
-       azure/prod          stripped  azure    openai:gpt-4o
openai  prod                unknown   openai   -
azure   prod-azure          alias     azure    openai:gpt-4o
-       chat                alias     openai   gpt-4o
groq    chat                alias     groq     llama-3.1-8b-instant
proxy   chat                alias     proxy    openai:gpt-4o
-       dated               alias     openai   gpt-4o
openai  o3                  exact     openai   o3
azure   o3                  match     azure    o3-2025-04-16
-       chain               unknown   -        -
House   model-a             alias     house    acme:acme-1
# An alias that leads nowhere is not passed over: what comes after it may be the wrong price.
openai  gpt-4.1-2025-04-14  unknown   openai   -
-       gpt-4.1-2025-04-14  unknown   -        -
azure   gpt-4.1-2025-04-14  match     azure    openai:gpt-4.1
"""


@pytest.mark.parametrize("row", table(BOOK_SPELLINGS), ids=lambda row: f"{row[0]} {row[1]}")
def test_what_the_book_says(row: list[str]) -> None:
    provider, name, *expected = row
    assert shown(BOOK.resolve(None if provider == "-" else provider, name)) == " ".join(expected)


def test_variants_are_those_of_the_model_that_is_meant() -> None:
    hiding = book(own_model("openai", "gpt-4.1", '{"processing": ["express"]}'))
    assert hiding.resolve("openai", "gpt-4.1", "processing=batch").price_variant != ""
    assert BOOK.resolve("azure", "prod", "processing=batch").price_variant == "processing=batch"
    resold = BOOK.resolve("azure", "prod-azure", "processing=batch")
    assert resold.price_variant == "processing=batch,sold_by=azure"


FLOATING = Catalog(
    *builtin(),
    [AliasEntry("mistral", "own-latest", "mistral", "mistral-medium-3-1")],
    [
        FloatingName("mistral", name, "mistral", target, *map(datetime.fromisoformat, span))
        for name, target, *span in (
            ("mistral-large-latest", "mistral-large", "2024-11-18", "2025-08-27"),
            ("mistral-large-latest", "mistral-medium-3-1", "2025-08-27", "2025-12-02"),
            ("mistral-large-latest", "no-such-model", "2025-12-02", "2026-01-01"),
            ("own-latest", "mistral-large", "2024-01-01", "2027-01-01"),
        )
    ],
)


@pytest.mark.parametrize(
    ("name", "at", "model"),
    [
        ("mistral-large-latest", "2025-08-26T23:59:59", "mistral-large"),
        ("mistral-large-latest", "2025-08-27", "mistral-medium-3-1"),
        ("mistral/Mistral-Large-Latest", "2025-09-01", "mistral-medium-3-1"),
        ("mistral-large-latest", "2025-12-05", None),
        ("own-latest", "2025-12-05", "mistral-medium-3-1"),
    ],
)
@pytest.mark.parametrize("provider", ["mistral", None])
def test_a_floating_name_means_another_model_at_another_time(
    provider: str | None, name: str, at: str, model: str | None
) -> None:
    if provider is None and name == "own-latest":
        pytest.skip("nobody claims the name")
    found = FLOATING.resolve(provider, name, at=datetime.fromisoformat(at))
    assert found.price_model == model


def test_a_floating_name_has_a_meaning_for_each_span() -> None:
    bounds = (datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2027-01-01"))
    found = FLOATING.spans("mistral", "mistral-large-latest", "", bounds)
    assert [start.year for (start, _), _ in found] == [2024, 2024, 2025, 2025, 2026]
    assert found[0][0][0] == bounds[0]
    assert found[-1][0][1] == bounds[1]
    assert all(one[0][1] == next_[0][0] for one, next_ in itertools.pairwise(found))
    ((span, meaning),) = FLOATING.spans("openai", "gpt-4o", "", bounds)
    assert (span, meaning.price_model) == (bounds, "gpt-4o")


def test_a_fine_tuned_model_is_never_its_base() -> None:
    assert catalog().resolve("openai", "ft:gpt-4-0613:acme::abc").price_model is None
    assert catalog().resolve(None, "ft:o3:acme::abc").price_model is None


parts = st.text(
    st.characters(exclude_characters=',="\\\x7f', exclude_categories=["Cs", "Cc"]), min_size=1
)
variants = st.dictionaries(
    parts.map(str.strip).filter(bool), parts.map(str.strip).filter(bool), max_size=5
)


@given(variants, st.randoms())
def test_canonical_variant_does_not_depend_on_order_or_form(
    pairs: dict[str, str], random: Random
) -> None:
    canonical = canonical_variant(pairs)
    shuffled = list(pairs.items())
    random.shuffle(shuffled)
    assert canonical_variant(dict(shuffled)) == canonical
    assert canonical_variant(", ".join(f"{key} = {value}" for key, value in shuffled)) == canonical
    assert canonical_variant(canonical) == canonical
    assert canonical == ",".join(f"{key}={pairs[key]}" for key in sorted(pairs))


@given(st.text(st.sampled_from("ab=, "), max_size=12))
def test_canonical_variant_refuses_or_is_stable(text: str) -> None:
    try:
        canonical = canonical_variant(text)
    except ValueError:
        return
    assert canonical_variant(canonical) == canonical
    assert canonical.count("=") == (canonical.count(",") + 1 if canonical else 0)


@pytest.mark.parametrize(
    "malformed",
    [
        *(
            "batch",
            "=batch",
            "processing=",
            "a=1,",
            "a=1,,b=2",
            "a=1,a=1",
            "a=1,a=2",
            "a=b=c",
            'a="1"',
        ),
        *({"": "x"}, {"a": ""}, {"a,b": "x"}, {"a": "x=y"}, {"a": "1", " a": "2"}),
    ],
)
def test_malformed_variants_are_refused(malformed: str | dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"key=value|twice"):
        canonical_variant(malformed)
