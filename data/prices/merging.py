"""Merges the facts into the rows that genai-prices has, model by model.

A fact never changes a rate of the catalogue in silence. Where it is to override one, it states the
value that it was reviewed against (`replaces`), and another value there stops the generator. Where
it states none and the catalogue has another value, the catalogue's stands and the two are listed.

The variants of a model are made in the order in which they depend on one another: the standard
price first, then what is a multiple of it.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from data.prices.facts import MAKES_ROWS, SETS_RATES, Fact, FactError
from data.prices.rows import (
    BEGINNING,
    END,
    SECONDS_A_DAY,
    PriceRow,
    Rate,
    Region,
    carved,
    in_order,
    overlap,
    region_of,
    split,
    tidied,
    without,
)

DEFAULT_TIER = "service_tier=default"
"""What OpenAI calls the standard: a variant of that name has the rows of the one without it."""

WHOLE = Region(BEGINNING, END)
"""Always, for every request."""

RESOLUTION = timedelta(microseconds=1)
EXACT_DIGITS = 28
"""What a product of decimals may have before the default context rounds it."""

TEXT_OF = {
    "input_audio_tokens": "input_tokens",
    "cache_audio_read_tokens": "cache_read_tokens",
    "input_image_tokens": "input_tokens",
    "input_video_tokens": "input_tokens",
    "output_audio_tokens": "output_tokens",
    "output_image_tokens": "output_tokens",
    "output_video_tokens": "output_tokens",
}


@dataclass(slots=True)
class Merge:
    """The rows of all models, and what a reviewer has to see.

    Args:
        rows: the merged rows.
        disagreements: facts that the catalogue contradicts: the catalogue's value stands.
        used: the ids of the facts that decided something.
    """

    rows: list[PriceRow] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)


def merged(
    catalogue: Iterable[PriceRow], facts: Sequence[Fact], models: Sequence[tuple[str, str]]
) -> Merge:
    """Return the rows of every model with the facts about it."""
    groups: dict[tuple[str, str], list[PriceRow]] = {model: [] for model in models}
    for row in catalogue:
        groups[row.provider, row.model].append(row)
    result = Merge()
    for (provider, model), rows in groups.items():
        about = [fact for fact in facts if fact.provider == provider and fact.names(model)]
        merger = ModelMerge(provider, model, about, result)
        result.rows += merger.merged(rows) if about else rows
    if pair := overlap(result.rows):
        raise FactError(f"two rows price the same request: {pair[0]} and {pair[1]}")
    result.used |= {fact for row in result.rows for fact in row.facts}
    return result


class ModelMerge:
    """The merging of one model's rows."""

    def __init__(self, provider: str, model: str, facts: list[Fact], result: Merge) -> None:
        self.name = f"{provider}/{model}"
        self.facts = facts
        self.kind_of = {fact.id: fact.kind for fact in facts}
        self.result = result
        self.empty = PriceRow(provider, model, "", 0, None, 0, SECONDS_A_DAY, BEGINNING, END, ())
        self.variants: dict[str, list[PriceRow]] = {}

    def merged(self, catalogue: list[PriceRow]) -> list[PriceRow]:
        """Return the model's rows: its standard first, then each variant, then what copies them."""
        names = {row.variant for row in catalogue}
        names |= {fact.variant for fact in self.facts if fact.kind in MAKES_ROWS | SETS_RATES}
        for variant in sorted(names | {""}, key=lambda name: (self.depth(name), name)):
            rows = [row for row in catalogue if row.variant == variant]
            self.variants[variant] = self.variant_rows(variant, rows)
        self.copy_default_tier()
        rows = [row for variant in self.variants.values() for row in variant]
        for fact in self.of_kind("same_as_text"):
            inside, outside = split(rows, fact.region)
            rows = outside + [as_text(row, fact) for row in inside]
        return tidied(rows)

    def of_kind(self, *kinds: str, variant: str | None = None) -> list[Fact]:
        """Return the facts of some kinds, about one variant or about any."""
        return [
            fact for fact in self.facts if fact.kind in kinds and variant in {None, fact.variant}
        ]

    def depth(self, variant: str) -> int:
        """Return how many variants a variant builds on; the standard builds on none."""
        bases = {fact.target for fact in self.of_kind("factor", variant=variant)}
        if variant in bases:
            raise FactError(f"{self.name}: {variant} is a multiple of itself")
        return 1 + max(map(self.depth, bases), default=0) if variant else 0

    def variant_rows(self, variant: str, rows: list[PriceRow]) -> list[PriceRow]:
        """Return the rows of one variant: what makes rows, then single rates, then what ends."""
        for fact in () if variant else self.window_facts():
            rows = self.windowed(rows, fact)
        for fact in self.of_kind("start", variant=variant):
            rows = rows + self.started(rows, fact)
        for fact in self.of_kind("factor", variant=variant):
            rows = rows + self.multiplied(rows, fact)
        rates = self.of_kind(*SETS_RATES, variant=variant)
        rows = rows + self.made_by_rates(variant, rows, rates)
        for fact in rates:
            inside, outside = split(rows, fact.region)
            rows = outside + [self.with_rates(row, fact) for row in inside]
        self.check_parts(rows)
        for fact in self.of_kind("not_offered", variant=variant):
            inside, rows = split(rows, fact.region)
            if inside:
                self.result.used.add(fact.id)
        return rows

    def window_facts(self) -> list[Fact]:
        """Return one fact of each daily window; windowed() asks for the others of the window."""
        windows = {fact.region.seconds(): fact for fact in self.of_kind("window")}
        return list(windows.values())

    def windowed(self, rows: list[PriceRow], fact: Fact) -> list[PriceRow]:
        """Return rows whose daily window holds only when the facts about it say so.

        At other times the window has the price of another second of the day, the fact's target.
        """
        start, end = fact.region.seconds()
        second = int(fact.target)
        whole = dataclasses.replace(WHOLE, second_from=start, second_to=end)
        window, others = split(rows, whole)
        base = [row for row in others if row.second_from <= second < row.second_to]
        if not window or not base:
            raise FactError(f"{fact.id}: {self.name} has no window to say more of")
        about = [f for f in self.of_kind("window") if f.region.seconds() == fact.region.seconds()]
        about.sort(key=lambda each: each.region.time_from)
        held = [noted(row, each) for each in about for row in split(window, each.region)[0]]
        moved = [dataclasses.replace(row, second_from=start, second_to=end) for row in base]
        instead = [
            # Decided by the fact that excludes it, or by the one that begins after it.
            noted(row, next((f for f in about if f.region.time_to > row.time_from), about[-1]))
            for row in without(moved, held)
        ]
        return others + held + instead

    def started(self, rows: list[PriceRow], fact: Fact) -> list[PriceRow]:
        """Return the rows that a variant has before the day on which the catalogue learnt it."""
        begin = min((row.time_from for row in rows), default=None)
        if begin is None or begin <= fact.region.time_from:
            raise FactError(f"{fact.id}: {self.name} has no later first day of {fact.variant}")
        first = sorted(
            (row for row in rows if row.time_from == begin), key=lambda row: row.tokens_from
        )
        if (found := rates_text(first[0])) != fact.replaces:
            raise FactError(f"{fact.id}: the catalogue has {found}, not {fact.replaces}")
        span = dataclasses.replace(fact.region, time_to=min(begin, fact.region.time_to))
        steady = dataclasses.replace(span, time_to=begin + RESOLUTION)
        standard = {
            (row.tokens_from, tuple(pair for pair in row.rates if is_token(pair[0])))
            for row in split(self.variants[""], steady)[0]
        }
        if len(standard) != len({tokens_from for tokens_from, _ in standard}):
            raise FactError(f"{fact.id}: the standard price of {self.name} changed in the meantime")
        bounds: dict[str, Any] = {"time_from": span.time_from, "time_to": span.time_to}
        return [noted(dataclasses.replace(row, **bounds), fact) for row in first]

    def multiplied(self, rows: list[PriceRow], fact: Fact) -> list[PriceRow]:
        """Return the rows of a multiple of another variant, where there are none yet."""
        base = split(self.variants.get(fact.target, []), fact.region)[0]
        made = [scaled(row, fact) for row in base]
        for row in made:
            for other in rows:
                if region_of(row).meets(other) and in_scope(row, fact) != in_scope(other, fact):
                    self.disagree(fact, f"{rates_text(other)}, not {rates_text(row)}")
        return without(made, rows)

    def made_by_rates(
        self, variant: str, rows: list[PriceRow], rates: list[Fact]
    ) -> list[PriceRow]:
        """Return rows, still without the rates themselves, where only rates are known.

        Tool fees are the standard's: they do not depend on how tokens are processed.
        """
        made: list[PriceRow] = []
        for fact in rates:
            box, _ = carved(self.empty, fact.region)
            assert box is not None
            holes = without([dataclasses.replace(box, variant=variant)], rows + made)
            for hole in holes:
                standard = split(self.variants[""], region_of(hole))[0] if variant else []
                for row in standard:
                    fees = tuple(pair for pair in row.rates if not is_token(pair[0]))
                    made.append(dataclasses.replace(row, variant=variant, rates=fees, facts=()))
                made += without([hole], standard)
        return made

    def check_parts(self, rows: list[PriceRow]) -> None:
        """Raise if a row of facts lacks tokens that the standard has a rate for.

        They would cost what their whole costs: cached input the price of all input.
        """
        for row in rows:
            if not row.facts or not row.variant:
                continue
            has = {meter for meter, _ in row.rates}
            for standard in split(self.variants[""], region_of(row))[0]:
                if left := {meter for meter, _ in standard.rates if is_token(meter)} - has:
                    name = f"{self.name} {row.variant}"
                    raise FactError(f"{row.facts[-1]}: {name} lacks {min(left)}")

    def with_rates(self, row: PriceRow, fact: Fact) -> PriceRow:
        """Return a row with the rates of a fact, unless the catalogue contradicts it."""
        rates = dict(row.rates)
        derived = any(self.kind_of[each] == "factor" for each in row.facts)
        for meter in fact.meters:
            found, rate = rates.get(meter), fact.rate_of(meter)
            if found == rate:
                continue
            if found is not None and not derived and not fact.replaces:
                self.disagree(fact, f"{meter}={found}, not {rate}")
                continue
            if fact.replaces and not derived and str(found) not in fact.replaces.split(" "):
                raise FactError(
                    f"{fact.id}: {self.name} has {meter}={found}, reviewed against {fact.replaces}"
                )
            rates[meter] = rate
        if rates == dict(row.rates):
            return row
        return noted(dataclasses.replace(row, rates=in_order(rates)), fact)

    def copy_default_tier(self) -> None:
        """Give each variant whose tier is called default the rows of the one without a tier."""
        if not any(DEFAULT_TIER in variant for variant in self.variants):
            return
        for variant, rows in list(self.variants.items()):
            if "service_tier=" not in variant:
                name = ",".join(sorted([*filter(None, variant.split(",")), DEFAULT_TIER]))
                self.variants[name] = [dataclasses.replace(row, variant=name) for row in rows]

    def disagree(self, fact: Fact, what: str) -> None:
        """List that the catalogue has another value than a fact."""
        text = f"{fact.id}: {self.name} {fact.variant}".rstrip() + f" has {what}"
        if text not in self.result.disagreements:
            self.result.disagreements.append(text)


def noted(row: PriceRow, fact: Fact) -> PriceRow:
    """Return a row that a fact decided something in."""
    facts = row.facts if fact.id in row.facts else (*row.facts, fact.id)
    return dataclasses.replace(row, facts=facts)


def is_token(meter: str) -> bool:
    """Return whether a meter counts tokens, and not calls, pages or time."""
    return meter.endswith("_tokens")


def in_scope(row: PriceRow, fact: Fact) -> dict[str, Rate]:
    """Return the rates of a row that a fact speaks of: of the meters it names, or of all tokens."""
    return {m: rate for m, rate in row.rates if (m in fact.meters if fact.meters else is_token(m))}


def scaled(row: PriceRow, fact: Fact) -> PriceRow:
    """Return a row of the fact's variant: the meters it names, or all tokens, times its factor."""
    assert fact.factor is not None
    scope = in_scope(row, fact)
    rates = tuple(
        (meter, times(rate, fact.factor) if meter in scope else rate) for meter, rate in row.rates
    )
    return noted(dataclasses.replace(row, variant=fact.variant, rates=rates), fact)


def times(rate: Rate, factor: Decimal) -> Rate:
    """Return a rate times a factor, exactly."""
    digits = len(rate.amount.as_tuple().digits) + len(factor.as_tuple().digits)
    assert digits <= EXACT_DIGITS
    return Rate(rate.amount * factor, rate.per)


def as_text(row: PriceRow, fact: Fact) -> PriceRow:
    """Return a row in which some meters cost what the same tokens of text cost."""
    rates = dict(row.rates)
    text = {meter: rates[TEXT_OF[meter]] for meter in fact.meters if TEXT_OF[meter] in rates}
    if text.keys() <= rates.keys():
        return row
    return noted(dataclasses.replace(row, rates=in_order(text | rates)), fact)


def rates_text(row: PriceRow) -> str:
    """Return the rates of a row as prices.csv has them."""
    return " ".join(f"{meter}={rate}" for meter, rate in row.rates)
