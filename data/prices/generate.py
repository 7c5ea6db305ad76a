"""Write the built-in price dimension from the library genai-prices.

Opening a book must not import genai-prices (it takes about a second), and a new version of it must
not change anyone's cost unseen. So its prices are written to files that are reviewed as a diff:

    python data/prices/generate.py            writes the files beside this one
    python data/prices/generate.py --check    exit code 1 if they are not what would be written

Which price of the catalogue applies is never decided here. Every row is asked of the library:
it resolves each model at a sample instant of every stretch of time in which nothing can change, for
every combination of variants and every tier. Then neighbours with equal rates are joined, so a row
is one linear rate vector and a price that did not change keeps its row. What the catalogue lacks or
has wrong is said by the facts of facts.csv, which merging.py merges in; facts that the catalogue
contradicts and facts that decide nothing are printed and stand in manifest.json.

Nothing is left out in silence. manifest.json counts every price set of the library as represented
(it decides a rate of some row) or as a member of one named exception class. A priced unit that no
meter stands for, two rates for one meter, and a price that the library itself could not evaluate
stop the generator.
"""

import dataclasses
import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

from genai_prices.data_snapshot import get_snapshot
from genai_prices.data_units import unit_data
from genai_prices.types import (
    MatchLogic,
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
    calc_unit_price,
)
from genai_prices.units import UnitRegistry
from genai_prices.validation import validate_priced_units

from analytics.records.meters import METER_NAMES
from data.prices.facts import (
    NAMES,
    Fact,
    FactError,
    alias_rows,
    check_together,
    match_clause,
    read_facts,
)
from data.prices.merging import Merge, merged
from data.prices.rows import (
    BEGINNING,
    END,
    SECONDS_A_DAY,
    PriceRow,
    Rate,
    csv_text,
    in_order,
    joined,
    lines_text,
    row_order,
)

HERE = Path(__file__).resolve().parent

# Units of the library that are stored under another name or scale: the meter, and how many stored
# units one unit is. Input audio is a part of all audio; the meter holds one rate for both.
RENAMED_UNITS = {
    "audio_seconds": ("audio_milliseconds", 1000),
    "input_audio_seconds": ("audio_milliseconds", 1000),
    "input_document_pages": ("document_pages", 1),
    "input_annotated_document_pages": ("annotated_document_pages", 1),
}
_RENAMED_METERS = {meter for meter, _ in RENAMED_UNITS.values()}
STORED_UNITS = RENAMED_UNITS | {
    meter: (meter, 1) for meter in METER_NAMES if meter not in _RENAMED_METERS
}

# The library bills at least ten seconds a request for these: a fact of its code
# (ModelInfo.calc_price), not of its data. Zero seconds stay zero.
MINIMUM_AUDIO_MILLISECONDS = {
    ("groq", "whisper-large-v3"): 10_000,
    ("groq", "whisper-large-v3-turbo"): 10_000,
}

REGISTRY = UnitRegistry(unit_data)


@dataclass(frozen=True, slots=True)
class SourceSet:
    """One set of prices as the library states it: plain, conditional or of a variant."""

    model: str
    kind: str
    prices: ModelPrice


def stated(price: ModelPrice) -> dict[str, Decimal | TieredPrices]:
    """Return the prices that are there, by price key: None is no price, and not zero."""
    return {key: value for key, value in vars(price).items() if value is not None}


def source_sets(provider: Provider, model: ModelInfo) -> list[SourceSet]:
    """Return every price set of a model."""
    name = f"{provider.id}/{model.id}"
    if isinstance(model.prices, ModelPrice):
        standard = [SourceSet(name, "plain", model.prices)]
    else:
        standard = [SourceSet(name, "conditional", price.prices) for price in model.prices]
    variants = model.price_variants or ()
    return standard + [SourceSet(name, "variant", variant.prices) for variant in variants]


def constraints(model: ModelInfo) -> list[StartDateConstraint | TimeOfDateConstraint]:
    """Return everything that makes a model's price depend on the time."""
    prices = [] if isinstance(model.prices, ModelPrice) else model.prices
    found = [each.constraint for each in (*prices, *(model.price_variants or ()))]
    return [constraint for constraint in found if constraint is not None]


def time_spans(model: ModelInfo) -> list[tuple[datetime, datetime]]:
    """Return the spans of time between whose ends a model's price cannot change by its date."""
    starts = {c.start_date for c in constraints(model) if isinstance(c, StartDateConstraint)}
    instants = [datetime.combine(start, time(), UTC) for start in sorted(starts)]
    return list(itertools.pairwise([BEGINNING, *instants, END]))


def daily_windows(model: ModelInfo) -> list[tuple[int, int]]:
    """Return the spans of seconds of the UTC day between which a model's price can change."""
    windows = [c for c in constraints(model) if isinstance(c, TimeOfDateConstraint)]
    times = [moment for window in windows for moment in (window.start_time, window.end_time)]
    return list(itertools.pairwise(sorted({0, SECONDS_A_DAY, *map(second_of_day, times)})))


def second_of_day(moment: time) -> int:
    """Return the UTC second of the day, refusing what a whole second of UTC cannot say."""
    if moment.microsecond or moment.utcoffset():
        raise ValueError(f"{moment!r} is not a whole second of the UTC day")
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def variant_values(model: ModelInfo) -> dict[str, list[str]]:
    """Return each variant key of a model with the values that some price is stated for."""
    values: dict[str, set[str]] = {}
    for variant in model.price_variants or ():
        for key, value in variant.when.items():
            values.setdefault(key, set()).add(value)
    return {key: sorted(values[key]) for key in sorted(values)}


def variant_contexts(model: ModelInfo) -> Iterator[dict[str, str]]:
    """Yield every combination of a model's variants: each key unset or at one of its values."""
    choices = [
        [None, *((key, value) for value in values)] for key, values in variant_values(model).items()
    ]
    for combination in itertools.product(*choices):
        yield dict(pair for pair in combination if pair is not None)


def token_tiers(price: ModelPrice) -> list[tuple[int, int | None]]:
    """Return the spans of total input tokens; a tier of the library starts above its start."""
    starts = {
        tier.start + 1
        for value in stated(price).values()
        if isinstance(value, TieredPrices)
        for tier in value.tiers
    }
    lows = [0, *sorted(starts)]
    return list(zip(lows, [*lows[1:], None], strict=True))


def rates_at(price: ModelPrice, input_tokens: int) -> dict[str, Rate]:
    """Return the rate of every meter that has one, for a request of that size."""
    units = [(REGISTRY.unit_for_price_key(key), value) for key, value in stated(price).items()]
    validate_priced_units([unit for unit, _ in units], REGISTRY)
    rates: dict[str, Rate] = {}
    for unit, value in units:
        if unit.usage_key not in STORED_UNITS:
            raise ValueError(f"no meter stands for the priced unit {unit.usage_key}: {price!r}")
        meter, scale = STORED_UNITS[unit.usage_key]
        # One of the quoted units: the library's amount as it is, without a division.
        rate = Rate(calc_unit_price(value, 1, input_tokens, 1), unit.per * scale)
        if rates.setdefault(meter, rate) != rate:
            raise ValueError(f"two units of {meter} have different rates: {price!r}")
    return rates


def is_verified(model: ModelInfo, context: Mapping[str, str], instant: datetime) -> bool:
    """Return whether the catalogue states a price of each of the variants at that instant.

    The library gives a variant the standard price before the day on which it learnt the variant's
    own. That is no price of the variant: it would bill a batch twice.
    """
    stated_keys = {
        key
        for variant in model.price_variants or ()
        if variant.constraint is None or variant.constraint.active(instant)
        if all(context.get(key) == value for key, value in variant.when.items())
        for key in variant.when
    }
    return context.keys() <= stated_keys


def model_rows(provider: Provider, model: ModelInfo, decided: set[int]) -> list[PriceRow]:
    """Return the joined price rows of a model, noting the ids of the price sets that decide."""
    # The library answers with the very objects it holds, so an object's identity tells its set.
    owners = {
        id(value): id(source.prices)
        for source in source_sets(provider, model)
        for value in stated(source.prices).values()
    }
    minimum = MINIMUM_AUDIO_MILLISECONDS.get((provider.id, model.id), 0)
    rows: list[PriceRow] = []
    for context in variant_contexts(model):
        variant = ",".join(f"{key}={value}" for key, value in context.items())
        for times, seconds in itertools.product(time_spans(model), daily_windows(model)):
            instant = times[0] + timedelta(seconds=seconds[0])
            if not is_verified(model, context, instant):
                continue
            price = model.get_prices(instant, context)
            decided |= {owners[id(value)] for value in stated(price).values()}
            for tier in token_tiers(price) if stated(price) else ():
                rates = in_order(rates_at(price, tier[0]))
                row = PriceRow(provider.id, model.id, variant, *tier, *seconds, *times, rates)
                rows.append(dataclasses.replace(row, minimum=minimum))
    return joined(joined(rows, "second"), "time")


def clause(logic: MatchLogic) -> dict[str, Any]:
    """Return a match clause as nested JSON objects of one key each."""
    ((key, value),) = vars(logic).items()
    parts = [clause(part) for part in value] if isinstance(value, list) else value
    return {key.rstrip("_"): parts}


def provider_entry(provider: Provider) -> dict[str, Any]:
    """Return a provider as one object of providers.jsonl."""
    return {
        "provider": provider.id,
        "name": provider.name,
        "model_match": provider.model_match and clause(provider.model_match),
        "provider_match": provider.provider_match and clause(provider.provider_match),
        "fallback": provider.fallback_model_providers or [],
    }


def model_entry(provider: Provider, model: ModelInfo, rows: list[PriceRow]) -> dict[str, Any]:
    """Return a model as one object of models.jsonl."""
    entry = {
        "provider": provider.id,
        "model": model.id,
        "name": model.name,
        "context_window": model.context_window,
        "match": clause(model.match),
        "variants": with_variants_of(rows, variant_values(model)),
    }
    return entry | ({"deprecated": True} if model.deprecated else {})


def declared_entry(fact: Fact, rows: list[PriceRow]) -> dict[str, Any]:
    """Return a model that only a fact knows as one object of models.jsonl."""
    return {
        "provider": fact.provider,
        "model": fact.model,
        "name": fact.model,
        "context_window": None,
        "match": match_clause(fact),
        "variants": with_variants_of(rows, {}),
        "fact": fact.id,
    }


def with_variants_of(
    rows: list[PriceRow], values: Mapping[str, Iterable[str]]
) -> dict[str, list[str]]:
    """Return variant values by key with those that rows have besides."""
    found = {key: set(each) for key, each in values.items()}
    for row in rows:
        for pair in filter(None, row.variant.split(",")):
            key, _, value = pair.partition("=")
            found.setdefault(key, set()).add(value)
    return {key: sorted(found[key]) for key in sorted(found)}


def exception_class(source: SourceSet, decided: set[int]) -> str | None:
    """Return the name of a price set's exception class, or None if it is represented."""
    if not stated(source.prices):
        return "empty_variant" if source.kind == "variant" else "empty_price"
    return None if id(source.prices) in decided else "shadowed"


def catalogue_counts(providers: list[Provider], decided: set[int]) -> dict[str, Any]:
    """Return the counts that show that no price of the library was skipped in silence."""
    sources = [s for p in providers for model in p.models for s in source_sets(p, model)]
    classes: dict[str, list[str]] = {"empty_price": [], "empty_variant": [], "shadowed": []}
    for source in sources:
        if name := exception_class(source, decided):
            classes[name].append(source.model)
    excepted = sum(map(len, classes.values()))
    return {
        "genai_prices": version("genai-prices"),
        "providers": len(providers),
        "models": sum(len(provider.models) for provider in providers),
        "source_price_sets": len(sources),
        "represented": len(sources) - excepted,
        "exceptions": {
            name: {"count": len(models), "models": models} for name, models in classes.items()
        },
    }


def fact_counts(facts: list[Fact], merge: Merge) -> dict[str, Any]:
    """Return how many facts there are of each kind, and those that need a second look."""
    idle = [fact.id for fact in facts if fact.kind not in NAMES and fact.id not in merge.used]
    kinds = Counter(fact.kind for fact in facts)
    return {
        "count": len(facts),
        "kinds": {kind: kinds[kind] for kind in sorted(kinds)},
        "rows": sum(bool(row.facts) for row in merge.rows),
        "disagreements": {"count": len(merge.disagreements), "facts": merge.disagreements},
        "idle": {"count": len(idle), "facts": idle},
    }


def json_lines(entries: list[dict[str, Any]]) -> str:
    """Return one JSON object a line."""
    return "".join(f"{json.dumps(entry, ensure_ascii=False)}\n" for entry in entries)


def generated_files() -> dict[str, str]:
    """Return the text of every file, by name."""
    providers = get_snapshot().providers
    decided: set[int] = set()
    catalogue = [row for p in providers for m in p.models for row in model_rows(p, m, decided)]
    facts = read_facts(HERE / "facts.csv")
    names = [(f.provider, f.model) for f in facts if f.kind == "model"]
    names += [(p.id, m.id) for p in providers for m in p.models]
    check_together(facts, {p.id: [n for of, n in names if of == p.id] for p in providers})
    merge = merged(catalogue, facts, names)
    rows: dict[tuple[str, str], list[PriceRow]] = {name: [] for name in names}
    for row in merge.rows:
        rows[row.provider, row.model].append(row)
    entries: list[dict[str, Any]] = []
    for p in providers:
        declared = [f for f in facts if f.kind == "model" and f.provider == p.id]
        entries += [declared_entry(fact, rows[p.id, fact.model]) for fact in declared]
        entries += [model_entry(p, model, rows[p.id, model.id]) for model in p.models]
    ordered = [(entry["provider"], entry["model"]) for entry in entries]
    counts = catalogue_counts(providers, decided)
    counts |= {"catalogue_rows": len(catalogue), "rows": len(merge.rows)}
    counts |= {"facts": fact_counts(facts, merge)}
    return {
        "providers.jsonl": json_lines([provider_entry(provider) for provider in providers]),
        "models.jsonl": json_lines(entries),
        "prices.csv": csv_text([r for name in ordered for r in sorted(rows[name], key=row_order)]),
        "aliases.csv": lines_text(alias_rows(facts)),
        "manifest.json": json.dumps(counts, indent=2) + "\n",
    }


def to_review(files: Mapping[str, str]) -> list[str]:
    """Return what a reviewer of the facts has to look at, a line each."""
    facts = json.loads(files["manifest.json"])["facts"]
    disagreements = [f"the catalogue disagrees: {each}" for each in facts["disagreements"]["facts"]]
    return disagreements + [f"decides nothing: {each}" for each in facts["idle"]["facts"]]


def first_difference(files: Mapping[str, str]) -> str | None:
    """Return a sentence that names the first line on disk that is not as generated, or None."""
    for name, text in files.items():
        path = HERE / name
        if not path.exists():
            return f"data/prices/{name} is missing; run data/prices/generate.py."
        pairs = itertools.zip_longest(path.read_text("utf-8").split("\n"), text.split("\n"))
        for number, (found, expected) in enumerate(pairs, start=1):
            if found != expected:
                return f"data/prices/{name}, line {number}: {found!r} should be {expected!r}."
    return None


def main(arguments: list[str]) -> str | None:
    """Write or check the files; a returned sentence is what is wrong."""
    if arguments not in ([], ["--check"]):
        return "usage: python data/prices/generate.py [--check]"
    try:
        files = generated_files()
    except FactError as error:
        return f"data/prices/facts.csv, {error}"
    if arguments:
        return first_difference(files)
    for line in to_review(files):
        print(line, file=sys.stderr)
    for name, text in files.items():
        (HERE / name).write_text(text, "utf-8", newline="\n")
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
