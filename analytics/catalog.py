"""Whose price a model name means: pure Python over the list of models, no database, no prices.

Logs spell one model in many ways (`azure/gpt-4o`, `us.anthropic.claude-...-v1:0`, `FT:GPT-4o:...`).
A name is resolved once per distinct (provider, name), in this order, and the first answer wins:

1. floating: a name that its provider gives to another model from time to time means the one of
   the time of the call, where neither a model nor an alias of the book has that name.
   exact: the model's id within the provider; a model of the book hides a built-in one.
2. alias: what the book says the name means, for this provider or for any.
3. match: the provider's match clauses in their order, then those of the providers whose models it
   resells, as genai-prices does it (the price is then the owner's standard one; a variant is
   ``sold_by`` the reseller, and has a price only if the book gives it one).
4. stripped: 1 to 3 again without a route (`openai/`, `models/`) or a region (`eu.`, `us-east-1/`),
   one at a time. A prefix that names a provider counts as the provider if none was given. Where
   a region of Bedrock or a data zone of Azure has other prices it is a variant, ``region``.

A fine-tuned model (`ft:base:org::id`) costs more than its base: only an entry that says `ft:` is
about it. A variant is what was served, without what is the standard by another name; whether it has
a price is for the price rows to say.

Where no provider is given, it is the model's own one: the provider whose clause claims the name,
else the one provider that lists it, where the maker of a model comes before those that resell it.

A wrong price is worse than none, so what is left is `unknown` or `ambiguous` and has no price: a
provider nobody knows finds only what the book says of it, and a name that several resellers list
belongs to none of them.
"""

import copy
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal

from analytics.rules import places
from analytics.rules.places import data_zone, priced_place
from analytics.rules.variants import canonical_variant, pairs_of, standard_left_out

Origin = Literal["builtin", "book"]
How = Literal["exact", "floating", "alias", "match", "stripped", "unknown", "ambiguous"]
Span = tuple[datetime, datetime]

# fmt: off
MAKERS = frozenset({
    "anthropic", "cohere", "deepseek", "elevenlabs", "google", "meta", "minimax", "mistral",
    "moonshotai", "openai", "perplexity", "typesafe", "voyageai", "x-ai", "zai", "zhipuai",
})
# fmt: on
"""Providers that make the models they sell; everyone else resells or hosts them."""

PROVIDER_SPELLINGS = {
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "azure-openai": "azure",
    "azure_ai": "azure",
    "azure_openai": "azure",
    "fireworks-ai": "fireworks",
    "fireworks_ai": "fireworks",
    "x_ai": "x-ai",
}
"""What LiteLLM and OpenTelemetry call providers that no match clause finds, or a wrong one does:
genai-prices takes `azure_openai` for OpenAI itself, whose prices and variants are not Azure's."""

NO_PROVIDER = frozenset({"", "litellm"})
"""Provider texts that say nothing of who served the call; LiteLLM is a router."""

_ROUTES = frozenset({"converse", "invoke", "models", "responses"})
_GEOGRAPHY = rf"{places.GEOGRAPHY}\."
_VENDORS = (
    "ai21|amazon|anthropic|cohere|deepseek|google|luma|meta|minimax|mistral|moonshot|moonshotai"
    "|nvidia|openai|qwen|stability|twelvelabs|writer|zai"
)
_REGION = f"{places.REGION}/"
_BEDROCK_ARN = r"arn:aws[^/]*:bedrock:[^/]*/"
_VERTEX_PATH = r"(?:projects/[^/]+/locations/[^/]+/)?publishers/[^/]+/models/"
_BEDROCK = re.compile(rf"{_BEDROCK_ARN}|{_REGION}|(?:{_GEOGRAPHY})?(?:{_VENDORS})\.")
_VERTEX = re.compile(_VERTEX_PATH)
_REMOVABLE = re.compile(
    rf"{_BEDROCK_ARN}|{_VERTEX_PATH}|{_REGION}|{places.ZONE}|{_GEOGRAPHY}(?=[a-z0-9-]+\.)"
)
_FINE_TUNED = re.compile(r"ft:([^:]+)")
_COMPACT_DATE = re.compile(r"-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)")


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """A provider; match clauses are JSON text, parsed when first needed."""

    provider: str
    name: str
    model_match: str | None = None
    provider_match: str | None = None
    fallback: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model of a provider; `match` and `variants` are JSON text, parsed when first needed.

    `variants` is an object of variant key -> values that some price is stated for.
    """

    provider: str
    model: str
    name: str | None = None
    context_window: int | None = None
    match: str | None = None
    variants: str = "{}"
    deprecated: bool = False
    origin: Origin = "builtin"


@dataclass(frozen=True, slots=True)
class AliasEntry:
    """What the book says a name means; without a provider it holds for every provider."""

    provider: str | None
    name: str
    target_provider: str
    target_model: str


@dataclass(frozen=True, slots=True)
class FloatingName:
    """What a name of a provider means in a span of time; without a zone, as prices store it."""

    provider: str
    name: str
    target_provider: str
    target_model: str
    valid_from: datetime
    valid_to: datetime


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a (provider, name) means, and whose price holds for it, if any."""

    provider: str | None
    model: str
    price_provider: str | None
    price_model: str | None
    price_variant: str
    how: How


@dataclass(frozen=True, slots=True)
class _Answer:
    """An end of the search: a model found for a provider, or the reason why there is none."""

    how: How
    provider: str | None = None
    entry: ModelEntry | None = None
    resold: bool = False


class Catalog:
    """Resolves model names; cheap to build, and never changed once built."""

    def __init__(
        self,
        providers: Iterable[ProviderEntry],
        models: Iterable[ModelEntry],
        aliases: Iterable[AliasEntry] = (),
        floating: Iterable[FloatingName] = (),
    ) -> None:
        self._providers = {entry.provider: entry for entry in providers}
        self._aliases = {
            (alias.provider and alias.provider.lower(), alias.name.lower()): alias
            for alias in aliases
        }
        self._floating: dict[str, list[FloatingName]] = {}
        for each in floating:
            self._floating.setdefault(each.name.lower(), []).append(each)
        self._at: datetime | None = None
        self._by_id: dict[tuple[str, str], ModelEntry] = {}
        self._by_name: dict[str, list[ModelEntry]] = {}
        self._by_provider: dict[str, list[ModelEntry]] = {}
        # The sort is stable: the book's models come first, the others keep the order they match in.
        for entry in sorted(models, key=lambda each: each.origin != "book"):
            provider, model = entry.provider.lower(), entry.model.lower()
            self._by_id.setdefault((provider, model), entry)
            self._by_name.setdefault(model, []).append(entry)
            self._by_provider.setdefault(provider, []).append(entry)
        self._named = {provider for provider, _ in self._aliases} | self._by_provider.keys()

    def spans(
        self, provider: str | None, name: str, variant: str, bounds: Span
    ) -> list[tuple[Span, Resolution]]:
        """Return what a name means in each span of time between two bounds.

        Raises:
            ValueError: if the variant is not a list of `key=value` pairs.
        """
        told = {
            moment
            for _, spelling in self._spellings(name)
            for entry in self._floating.get(spelling.lower(), ())
            for moment in (entry.valid_from, entry.valid_to)
        }
        cuts = sorted({*bounds, *(moment for moment in told if bounds[0] < moment < bounds[1])})
        return [
            ((start, end), self.resolve(provider, name, variant, at=start))
            for start, end in pairwise(cuts)
        ]

    def resolve(
        self, provider: str | None, name: str, variant: str = "", *, at: datetime | None = None
    ) -> Resolution:
        """Return what a name means at a provider, or wherever it belongs if none is given.

        Args:
            provider: who served the call, as it was sent.
            name: of the model, as it was sent.
            variant: what else decides the price.
            at: when, in UTC without a zone; without it no name floats.

        Raises:
            ValueError: if the variant is not a list of `key=value` pairs.
        """
        if at != self._at:
            then = copy.copy(self)
            then._at = at  # noqa: SLF001 - a catalog of its own
            return then.resolve(provider, name, variant, at=at)
        wanted = standard_left_out(canonical_variant(variant))
        given = (provider or "").strip().lower()
        if given in NO_PROVIDER:
            answer = self._without_provider(name)
        else:
            answer = self._within(self._keys(given) or [given], name)
        if answer is None or answer.entry is None:
            how = answer.how if answer else "unknown"
            return Resolution(given or None, name, None, None, "", how)
        entry = answer.entry
        if answer.how in {"match", "stripped"}:
            place = data_zone(name) or (priced_place(name) if answer.provider == "aws" else "")
            is_known = entry.model.startswith("regional.") and "gov" not in place
            if place and not is_known and "region" not in pairs_of(wanted):
                wanted = canonical_variant({**pairs_of(wanted), "region": place})
        if answer.resold and wanted and answer.provider:
            wanted = canonical_variant({**pairs_of(wanted), "sold_by": answer.provider})
        return Resolution(
            answer.provider, entry.model, entry.provider, entry.model, wanted, answer.how
        )

    def _keys(self, provider: str) -> list[str]:
        """Return the ids a provider text stands for: as the book has it, and the built-in one."""
        ids = [provider] if provider in self._named else []
        known = self._provider_id(provider)
        return [*ids, known] if known and known not in ids else ids

    def _provider_id(self, text: str) -> str | None:
        if text in self._providers:
            return text
        if text in PROVIDER_SPELLINGS:
            return PROVIDER_SPELLINGS[text]
        matching = (
            entry.provider
            for entry in self._providers.values()
            if entry.provider_match and _clause(entry.provider_match)(text)
        )
        return next(matching, None)

    def _without_provider(self, name: str) -> _Answer | None:
        if hinted := self._hint(name):
            # The prefix says who served the call, so nobody else's clauses are asked.
            return self._stated(name) or self._within(hinted, name) or self._anywhere(name)
        for how, spelling in self._spellings(name):
            answer = self._stated(spelling) or self._owned(spelling) or self._anywhere(spelling)
            if answer:
                return _as(answer, how)
        return None

    def _hint(self, name: str) -> list[str]:
        """Return the ids of the provider that a name's own spelling tells."""
        text = name.lower()
        if _VERTEX.match(text):
            return ["google"]
        if _BEDROCK.match(text):
            return ["aws"]
        prefix, slash, _ = text.partition("/")
        return self._keys(prefix) if slash else []

    def _stated(self, name: str) -> _Answer | None:
        """Return what the book says of a name that comes without a provider."""
        entries = [e for e in self._by_name.get(name.lower(), ()) if e.origin == "book"]
        return _only(entries) or self._alias([], name)

    def _owned(self, name: str) -> _Answer | None:
        """Return a model of the provider whose clause claims the name, fine-tuned or not."""
        base = _base_model(name).lower()
        for entry in self._providers.values():
            if entry.model_match and _clause(entry.model_match)(base):
                return self._find([entry.provider], name)
        return None

    def _anywhere(self, name: str) -> _Answer | None:
        """Return the model of that id, its maker's before anyone else's."""
        entries = self._by_name.get(name.lower(), [])
        return _only([entry for entry in entries if entry.provider in MAKERS] or entries)

    def _within(self, keys: list[str], name: str) -> _Answer | None:
        for how, spelling in self._spellings(name):
            if answer := self._find(keys, spelling):
                return _as(answer, how)
        return None

    def _spellings(self, name: str) -> Iterator[tuple[How | None, str]]:
        """Yield the name as sent, then shorter and shorter ones, marked as stripped."""
        yield None, name
        while (shorter := self._shorter(name)) != name:
            yield "stripped", shorter
            name = shorter

    def _shorter(self, name: str) -> str:
        if removable := _REMOVABLE.match(name.lower()):
            return name[removable.end() :]
        prefix, slash, rest = name.partition("/")
        is_route = slash and (prefix.lower() in _ROUTES or self._keys(prefix.lower()))
        return rest if is_route else name

    def _find(self, keys: list[str], name: str) -> _Answer | None:
        return (
            self._floated(keys, name)
            or self._exact(keys, name)
            or self._alias(keys, name)
            or self._match(keys, name)
        )

    def _floated(self, keys: list[str], name: str) -> _Answer | None:
        """Return the model that a floating name meant, unless the book says what it means."""
        found = self._floating.get(name.lower(), ()) if self._at else ()
        for entry in found:
            is_then = self._at is not None and entry.valid_from <= self._at < entry.valid_to
            own = self._by_id.get((entry.provider, name.lower()))
            if not is_then or entry.provider not in keys or (own and own.origin == "book"):
                continue
            if any((key, name.lower()) in self._aliases for key in (*keys, None)):
                continue
            target = self._by_id.get((entry.target_provider, entry.target_model.lower()))
            return _Answer("floating", entry.provider, target) if target else _Answer("unknown")
        return None

    def _exact(self, keys: list[str], name: str) -> _Answer | None:
        for key in keys:
            if entry := self._by_id.get((key, name.lower())):
                return _Answer("exact", key, entry)
        return None

    def _alias(self, keys: list[str], name: str) -> _Answer | None:
        """Return the target of the book's alias: a model, or another name of one, but no alias."""
        for key in (*keys, None):
            if alias := self._aliases.get((key, name.lower())):
                targets = self._keys(alias.target_provider.lower())
                target = self._exact(targets, alias.target_model)
                target = target or self._match(targets, alias.target_model)
                if target is None:
                    # Going on would find a price that the book says is not the right one.
                    return _Answer("unknown")
                served_by = key or (keys[-1] if keys else target.provider)
                return replace(target, how="alias", provider=served_by)
        return None

    def _match(self, keys: list[str], name: str) -> _Answer | None:
        """Return the first model that claims the name: the provider's own, then a resold one."""
        text = name.lower()
        for spelling in dict.fromkeys((text, _with_dashed_date(text))):
            for key in keys:
                fallback = self._providers[key].fallback if key in self._providers else ()
                for owner in (key, *fallback):
                    if owner != key and (floated := self._floated([owner], spelling)):
                        return replace(floated, provider=key, resold=floated.entry is not None)
                    if entry := self._claimed(owner, spelling):
                        return _Answer("match", key, entry, resold=owner != key)
        return None

    def _claimed(self, owner: str, text: str) -> ModelEntry | None:
        """Return the first model of a provider that claims a name, or the book's that hides it."""
        claiming = (entry for entry in self._by_provider.get(owner, ()) if _claims(entry, text))
        entry = next(claiming, None)
        return entry and self._by_id[owner, entry.model.lower()]


def _only(entries: list[ModelEntry]) -> _Answer | None:
    """Return the one model of a list, or say that several might be meant."""
    if len(entries) > 1:
        return _Answer("ambiguous")
    return next((_Answer("exact", entry.provider, entry) for entry in entries), None)


def _as(answer: _Answer, how: How | None) -> _Answer:
    return replace(answer, how=how) if how and answer.entry else answer


def _base_model(name: str) -> str:
    """Return the base model of a fine-tuned one (`ft:base:org::id`), any other name as it is."""
    fine_tuned = _FINE_TUNED.match(name.lower())
    return name[fine_tuned.start(1) : fine_tuned.end(1)] if fine_tuned else name


def _with_dashed_date(name: str) -> str:
    """Return `-20250807` as `-2025-08-07`, the form of most match clauses, where that is a day."""

    def dashed(found: re.Match[str]) -> str:
        try:
            return f"-{date(*map(int, found.groups())).isoformat()}"
        except ValueError:
            return found.group()

    return _COMPACT_DATE.sub(dashed, name)


def _claims(entry: ModelEntry, text: str) -> bool:
    """Return whether a model's clause, or its id if it has none, is about a lower-case name.

    Only an entry of fine-tuned models is about one: others cost less.
    """
    if text.startswith("ft:") and not entry.model.lower().startswith("ft:"):
        return False
    return _clause(entry.match)(text) if entry.match else entry.model.lower() == text


_Predicate = Callable[[str], bool]
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": str.__contains__,
    "ends_with": str.endswith,
    "equals": str.__eq__,
    "starts_with": str.startswith,
}


@lru_cache(maxsize=8192)
def _clause(text: str) -> _Predicate:
    """Return a match clause, as JSON text, as a test of lower-case text."""
    return _predicate(json.loads(text))


def _predicate(clause: dict[str, Any]) -> _Predicate:
    ((key, value),) = clause.items()
    match key:
        case "or" | "and":
            parts = [_predicate(part) for part in value]
            combined = any if key == "or" else all
            return lambda text: combined(part(text) for part in parts)
        case "regex":
            return lambda text: re.search(value, text) is not None
        case _:
            test, lowered = _TESTS[key], value.lower()
            return lambda text: test(text, lowered)
