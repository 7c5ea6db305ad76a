"""The reviewed facts that correct and complete the price catalogue: facts.csv, read and checked.

A fact says one thing about some models: a rate in a span, the first day of a variant, what a name
means. docs/prices.md explains the kinds; merging.py applies them to the rows of the catalogue.
"""

import csv
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path

from analytics.records.meters import METER_NAMES, METERS
from data.prices.rows import BEGINNING, END, EVERY_DAY, SECONDS_A_DAY, Rate, Region

FACT_COLUMNS = (
    *("id", "kind", "provider", "model", "variant", "meter", "amount", "per", "factor", "target"),
    *("input_tokens_from", "input_tokens_to", "valid_from", "valid_to"),
    *("window_days", "window_start_second", "window_end_second", "window_zone"),
    *("replaces", "source", "found", "confidence", "note"),
)
ALWAYS = {"id", "kind", "provider", "model", "source", "found", "confidence", "note"}
SPAN = {"valid_from", "valid_to"}
TIER = {"input_tokens_from", "input_tokens_to"}
WINDOW = {"window_days", "window_start_second", "window_end_second", "window_zone"}

KINDS: Mapping[str, tuple[set[str], set[str]]] = {
    "rate": ({"meter", "amount", "per"}, {"variant", "replaces"} | SPAN | TIER | WINDOW),
    "free": ({"meter"}, {"variant", "replaces"} | SPAN),
    "same_as_text": ({"meter"}, SPAN),
    "start": ({"variant", "valid_from", "replaces"}, {"valid_to"}),
    "factor": ({"variant", "factor"}, {"meter", "target"} | SPAN | TIER),
    "not_offered": (set(), {"variant"} | SPAN | TIER),
    "window": ({"target"} | WINDOW, SPAN),
    "alias": ({"target"}, SPAN),
    "model": ({"target"}, set()),
}
"""The columns that a fact of each kind needs and those that it may have besides."""

SETS_RATES = {"rate", "free"}
MAKES_ROWS = {"start", "factor"}
NAMES = {"alias", "model"}
CUSTOMARY = {meter.name: meter.per for meter in METERS}
"""How many of each meter a price is quoted for."""

IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9.-]*")
PLAIN_DECIMAL = re.compile(r"(0|[1-9]\d*)(\.\d*[1-9])?")
VARIANT = re.compile(r"[a-z_]+=[^=, ]+(,[a-z_]+=[^=, ]+)*")


@dataclass(frozen=True, slots=True)
class Fact:
    """One reviewed statement about the prices of some models."""

    id: str
    kind: str
    provider: str
    model: str
    variant: str
    meters: tuple[str, ...]
    rate: Rate | None
    factor: Decimal | None
    target: str
    region: Region
    replaces: str

    def names(self, model: str) -> bool:
        """Return whether the fact is about a model: exact ids or globs, joined by `|`."""
        return any(fnmatchcase(model, pattern) for pattern in self.patterns())

    def rate_of(self, meter: str) -> Rate:
        """Return the rate that the fact states for one of its meters: what is free costs 0."""
        return self.rate or Rate(Decimal(0), CUSTOMARY[meter])

    def patterns(self) -> list[str]:
        """Return the ids and globs that the fact names."""
        return self.model.split("|")


class FactError(ValueError):
    """A fact that cannot be right, or that the catalogue no longer agrees with."""


def read_facts(path: Path) -> list[Fact]:
    """Return the facts of a file, each checked by itself."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        if tuple(reader.fieldnames or ()) != FACT_COLUMNS:
            raise FactError(f"{path.name}: the columns must be {','.join(FACT_COLUMNS)}")
        facts = [parsed(fields) for fields in reader]
    ids = sorted(fact.id for fact in facts)
    twice = {one for one, other in itertools.pairwise(ids) if one == other}
    if twice:
        raise FactError(f"two facts have the id {min(twice)}")
    return facts


def parsed(fields: Mapping[str, str]) -> Fact:
    """Return one line as a fact; the message of an error begins with its id."""
    try:
        check_complete(fields)
        return Fact(
            id=fields["id"],
            kind=fields["kind"],
            provider=fields["provider"],
            model=fields["model"],
            variant=canonical_variant(fields["variant"]),
            meters=known_meters(fields["meter"]),
            rate=read_rate(fields),
            factor=plain_decimal(fields["factor"]) if fields["factor"] else None,
            target=fields["target"],
            region=read_region(fields),
            replaces=fields["replaces"],
        )
    except (ValueError, KeyError) as error:
        raise FactError(f"{fields['id'] or 'a fact without an id'}: {error}") from error


def check_complete(fields: Mapping[str, str]) -> None:
    """Raise unless exactly the columns of the fact's kind are filled, and its review is stated."""
    if not IDENTIFIER.fullmatch(fields["id"]):
        raise ValueError("an id is made of a-z, 0-9, '.' and '-'")
    needed, possible = KINDS[fields["kind"]]
    filled = {column for column, text in fields.items() if text}
    if missing := (ALWAYS | needed) - filled:
        raise ValueError(f"{', '.join(sorted(missing))} missing")
    if surplus := filled - ALWAYS - needed - possible:
        raise ValueError(f"{', '.join(sorted(surplus))} must be empty for {fields['kind']}")
    if fields["confidence"] not in {"high", "medium"}:
        raise ValueError("confidence is high or medium: nothing weaker is taken")
    date.fromisoformat(fields["found"])


def known_meters(text: str) -> tuple[str, ...]:
    """Return the meters that a fact names, joined by `|`."""
    meters = tuple(text.split("|")) if text else ()
    if unknown := set(meters) - set(METER_NAMES):
        raise ValueError(f"no meter: {', '.join(sorted(unknown))}")
    return meters


def canonical_variant(text: str) -> str:
    """Return a variant as it is, if it is in the one form that rows have."""
    if text and not VARIANT.fullmatch(text):
        raise ValueError(f"{text!r} is not a variant")
    if text != ",".join(sorted(text.split(","))):
        raise ValueError(f"the keys of {text!r} must be sorted")
    return text


def plain_decimal(text: str) -> Decimal:
    """Return a decimal that is written in the one plain way."""
    if not PLAIN_DECIMAL.fullmatch(text):
        raise ValueError(f"{text!r} is not a plain decimal without trailing zeros")
    return Decimal(text)


def read_rate(fields: Mapping[str, str]) -> Rate | None:
    """Return the rate of a fact; other kinds than `rate` state none."""
    if fields["kind"] != "rate":
        return None
    if "|" in fields["meter"]:
        raise ValueError("a rate is of one meter")
    per = int(fields["per"])
    if per <= 0:
        raise ValueError("per is a count of units, above zero")
    return Rate(plain_decimal(fields["amount"]), per)


def read_instant(text: str, otherwise: datetime) -> datetime:
    """Return an instant of UTC, written as one or as a day."""
    if not text:
        return otherwise
    moment = datetime.fromisoformat(text)
    if moment.tzinfo or moment.microsecond:
        raise ValueError(f"{text!r} is not a whole second of UTC without a zone")
    return moment.replace(tzinfo=UTC)


def read_region(fields: Mapping[str, str]) -> Region:
    """Return when and for which requests a fact holds: half-open spans, none of them empty."""
    if fields["window_zone"] not in {"", "UTC"}:
        raise ValueError("windows are of the UTC day: the catalogue has no others to split")
    to = fields["input_tokens_to"]
    region = Region(
        read_instant(fields["valid_from"], BEGINNING),
        read_instant(fields["valid_to"], END),
        int(fields["input_tokens_from"] or 0),
        int(to) if to else None,
        int(fields["window_start_second"] or 0),
        int(fields["window_end_second"] or SECONDS_A_DAY),
        fields["window_days"] or EVERY_DAY,
    )
    if region.is_empty():
        raise ValueError("a span is empty")
    if "".join(sorted(set(region.days) & set(EVERY_DAY))) != region.days:
        raise ValueError(f"{region.days!r} are not weekdays from 1 to 7 in their order")
    return region


def check_together(facts: Sequence[Fact], models: Mapping[str, Iterable[str]]) -> None:
    """Raise if facts name what is not there or say two things of the same.

    Args:
        facts: all facts.
        models: the models of each provider, those included that facts declare.
    """
    named: dict[str, set[str]] = {}
    for fact in facts:
        if fact.provider not in models:
            raise FactError(f"{fact.id}: no provider {fact.provider}")
        named[fact.id] = {name for name in models[fact.provider] if fact.names(name)}
        if fact.kind in NAMES:
            named[fact.id] = set(fact.patterns())
            continue
        for pattern in fact.patterns():
            if not any(fnmatchcase(name, pattern) for name in named[fact.id]):
                raise FactError(f"{fact.id}: no model of {fact.provider} is {pattern}")
    for one, other in itertools.combinations(facts, 2):
        shared = one.provider == other.provider and named[one.id] & named[other.id]
        if shared and collide(one, other) and one.region.meets(other.region):
            raise FactError(f"{one.id} and {other.id} both decide {min(shared)}")


def collide(one: Fact, other: Fact) -> bool:
    """Return whether two facts about the same model and span cannot both hold."""
    if one.kind in NAMES or other.kind in NAMES:
        return one.kind == other.kind
    if one.variant != other.variant:
        return False
    kinds = {one.kind, other.kind}
    if kinds <= SETS_RATES or kinds == {"same_as_text"}:
        return bool(set(one.meters) & set(other.meters))
    if kinds == {"window"}:
        return one.region.seconds() == other.region.seconds()
    return kinds <= MAKES_ROWS or ("not_offered" in kinds and kinds <= SETS_RATES | {"not_offered"})


def alias_target(fact: Fact) -> tuple[str, str]:
    """Return the provider and model that a name means: `provider:model`, or one's own provider."""
    provider, colon, model = fact.target.partition(":")
    return (provider, model) if colon else (fact.provider, fact.target)


def alias_rows(facts: Iterable[Fact]) -> Iterator[list[str]]:
    """Yield the lines of aliases.csv, in the order of names and spans."""
    yield [
        *("provider", "name", "target_provider", "target_model"),
        *("valid_from", "valid_to", "fact"),
    ]
    aliases = [fact for fact in facts if fact.kind == "alias"]
    lines = [
        (fact.provider, name, *alias_target(fact), *fact.region.time_texts(), fact.id)
        for fact in aliases
        for name in fact.patterns()
    ]
    yield from map(list, sorted(lines))


def match_clause(fact: Fact) -> dict[str, object]:
    """Return what names a declared model has, as a match clause: `equals=A starts_with=B`."""
    clauses = [dict([part.split("=", 1)]) for part in fact.target.split(" ")]
    for clause in clauses:
        if clause.keys() - {"equals", "starts_with"}:
            raise FactError(f"{fact.id}: a model is matched by equals= or starts_with=")
    return dict(clauses[0]) if len(clauses) == 1 else {"or": clauses}
