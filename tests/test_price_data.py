"""The built-in price files say what genai-prices says: every rate, every boundary, once each."""

import csv
import itertools
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest
from genai_prices.data_snapshot import get_snapshot
from genai_prices.data_units import unit_data
from genai_prices.types import (
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

from analytics.records.meters import METERS

PRICES = Path(__file__).resolve().parents[1] / "data" / "prices"
RATE = re.compile(r"([a-z_0-9]+)=((?:0|[1-9][0-9]{0,5})(?:\.[0-9]{0,23}[1-9])?)/([1-9][0-9]*)")

SCALED_UNITS = {
    "audio_seconds": ("audio_milliseconds", 1000),
    "input_audio_seconds": ("audio_milliseconds", 1000),
    "input_document_pages": ("document_pages", 1),
    "input_annotated_document_pages": ("annotated_document_pages", 1),
}
UNIT_OF_PRICE_KEY = {unit["price_key"]: (name, unit["per"]) for name, unit in unit_data.items()}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of prices.csv as half-open spans and rates by meter."""

    tokens: tuple[int, int]
    seconds: tuple[int, int]
    days: str
    times: tuple[datetime, datetime]
    minimum: int
    rates: dict[str, Fraction]
    facts: tuple[str, ...]

    def applies(self, instant: datetime, input_tokens: int) -> bool:
        """Return whether the row prices a request of that size at that instant."""
        second = instant.hour * 3600 + instant.minute * 60 + instant.second
        return (
            self.tokens[0] <= input_tokens < self.tokens[1]
            and self.seconds[0] <= second < self.seconds[1]
            and str(instant.isoweekday()) in self.days
            and self.times[0] <= instant < self.times[1]
        )


def read_row(fields: dict[str, str]) -> Row:
    """Read the texts of one line."""
    return Row(
        (int(fields["input_tokens_from"]), int(fields["input_tokens_to"] or 2**63)),
        (int(fields["window_start_second"]), int(fields["window_end_second"])),
        fields["window_days"],
        (
            datetime.fromisoformat(fields["effective_from"] or "0001-01-01").replace(tzinfo=UTC),
            datetime.fromisoformat(fields["effective_to"] or "9999-12-31").replace(tzinfo=UTC),
        ),
        int(fields["minimum_audio_milliseconds"]),
        read_rates(fields["rates"]),
        tuple(fields["facts"].split()),
    )


def read_rates(text: str) -> dict[str, Fraction]:
    """Read `meter=amount/per` by one space as USD for one unit of each meter."""
    rates = {}
    for each in text.split(" "):
        parts = RATE.fullmatch(each)
        assert parts, each
        rates[parts[1]] = Fraction(parts[2]) / int(parts[3])
    return rates


@cache
def price_rows() -> dict[tuple[str, str, str], list[Row]]:
    """Return every row of prices.csv by provider, model and variant."""
    rows: dict[tuple[str, str, str], list[Row]] = {}
    with (PRICES / "prices.csv").open(encoding="utf-8", newline="") as file:
        for fields in csv.DictReader(file):
            key = (fields["provider"], fields["model"], fields["variant"])
            rows.setdefault(key, []).append(read_row(fields))
    return rows


def rows_for(provider: str, model: str, variant: str, instant: datetime, tokens: int) -> list[Row]:
    """Return the rows that price a request, found by plain filtering."""
    rows = price_rows().get((provider, model, variant), [])
    return [row for row in rows if row.applies(instant, tokens)]


def models() -> Iterator[tuple[Provider, ModelInfo]]:
    """Yield every model of genai-prices with its provider."""
    for provider in get_snapshot().providers:
        for model in provider.models:
            yield provider, model


def constraints(model: ModelInfo) -> Iterator[StartDateConstraint | TimeOfDateConstraint]:
    """Yield everything that makes a model's price depend on the time."""
    conditional = [] if isinstance(model.prices, ModelPrice) else model.prices
    for price in (*conditional, *(model.price_variants or ())):
        if price.constraint is not None:
            yield price.constraint


def instants(model: ModelInfo) -> list[datetime]:
    """Return instants before, at and after every boundary, by day and by time of day."""
    days = {date(2020, 2, 29), date(2031, 1, 1)}
    times = {time(0), time(12), time(23, 59, 59, 999_999)}
    for constraint in constraints(model):
        if isinstance(constraint, StartDateConstraint):
            start = constraint.start_date
            days |= {start - timedelta(days=1), start, start + timedelta(days=1)}
        else:
            for moment in (constraint.start_time, constraint.end_time):
                at = datetime.combine(date(2025, 1, 1), moment)
                times |= {(at + timedelta(microseconds=us)).time() for us in (-1, 0, 1)}
    return [datetime.combine(*each, UTC) for each in itertools.product(sorted(days), sorted(times))]


def contexts(model: ModelInfo) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield every combination of variants as the text of prices.csv and as the library takes it."""
    keys = sorted({key for variant in model.price_variants or () for key in variant.when})
    values = [
        [None, *{v.when[key]: None for v in model.price_variants or () if key in v.when}]
        for key in keys
    ]
    for chosen in itertools.product(*values):
        context = {k: v for k, v in zip(keys, chosen, strict=True) if v is not None}
        yield ",".join(f"{key}={value}" for key, value in context.items()), context


def sizes(price: ModelPrice) -> list[int]:
    """Return the token counts on both sides of every tier's start."""
    tiered = [value for value in vars(price).values() if isinstance(value, TieredPrices)]
    starts = {tier.start for value in tiered for tier in value.tiers}
    return sorted({0, 10**9} | starts | {start + 1 for start in starts})


def expected_rates(price: ModelPrice, input_tokens: int) -> dict[str, Fraction]:
    """Return the exact rates of the library's own resolved price, per stored unit."""
    rates: dict[str, Fraction] = {}
    for price_key, value in vars(price).items():
        unit, per = UNIT_OF_PRICE_KEY[price_key]
        meter, scale = SCALED_UNITS.get(unit, (unit, 1))
        listed = value
        if isinstance(value, TieredPrices):
            listed = next(
                (tier.price for tier in reversed(value.tiers) if input_tokens > tier.start),
                value.base,
            )
        rates[meter] = Fraction(listed) / (per * scale)
    return rates


Bound = TypeVar("Bound", int, datetime)


def are_apart(one: tuple[Bound, Bound], other: tuple[Bound, Bound]) -> bool:
    """Return whether two half-open spans share nothing."""
    return one[1] <= other[0] or other[1] <= one[0]


def run_generator(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the generator of a folder."""
    command = [sys.executable, str(folder / "generate.py"), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_the_files_are_what_the_generator_writes() -> None:
    done = run_generator(PRICES, "--check")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_check_names_the_first_difference(tmp_path: Path) -> None:
    for file in PRICES.glob("*.*"):
        shutil.copy(file, tmp_path)
    prices = tmp_path / "prices.csv"
    lines = prices.read_text("utf-8").splitlines(keepends=True)
    lines[6] = lines[6].replace("=", "=9", 1)
    prices.write_text("".join(lines), "utf-8", newline="\n")
    done = run_generator(tmp_path, "--check")
    assert done.returncode == 1
    assert done.stderr.startswith("data/prices/prices.csv, line 7: ")


def test_every_source_price_set_is_accounted_for() -> None:
    manifest = json.loads((PRICES / "manifest.json").read_text("utf-8"))
    exceptions = {name: each["count"] for name, each in manifest["exceptions"].items()}
    sources = sum(
        (1 if isinstance(model.prices, ModelPrice) else len(model.prices))
        + len(model.price_variants or ())
        for _, model in models()
    )
    assert manifest["source_price_sets"] == sources == 2869
    assert manifest["represented"] + sum(exceptions.values()) == sources
    # No price is stated for the first; the second says "the same as standard"; nothing is shadowed.
    assert exceptions == {"empty_price": 179, "empty_variant": 30, "shadowed": 0}
    for each in manifest["exceptions"].values():
        assert each["count"] == len(each["models"])


def test_the_manifest_counts_what_is_in_the_files() -> None:
    manifest = json.loads((PRICES / "manifest.json").read_text("utf-8"))
    entries = list(map(json.loads, (PRICES / "models.jsonl").read_text("utf-8").splitlines()))
    of_the_library = [(e["provider"], e["model"]) for e in entries if "fact" not in e]
    assert of_the_library == [(p.id, m.id) for p, m in models()]
    assert manifest["models"] == len(of_the_library) == 2330
    assert len(entries) - len(of_the_library) == manifest["facts"]["kinds"]["model"]
    assert manifest["providers"] == len((PRICES / "providers.jsonl").read_text().splitlines()) == 47
    rows = [row for rows in price_rows().values() for row in rows]
    assert manifest["rows"] == len(rows)
    assert manifest["facts"]["rows"] == sum(bool(row.facts) for row in rows)
    assert manifest["catalogue_rows"] == 3075


def test_the_models_without_a_row_are_the_empty_prices() -> None:
    manifest = json.loads((PRICES / "manifest.json").read_text("utf-8"))
    priced = {(provider, model) for provider, model, _ in price_rows()}
    unpriced = [f"{p.id}/{m.id}" for p, m in models() if (p.id, m.id) not in priced]
    empty = manifest["exceptions"]["empty_price"]["models"]
    free = {name for name in empty if name.startswith("openrouter/") and name.endswith(":free")}
    free.add("openai/moderation")  # facts say so
    assert sorted({*unpriced, *free}) == sorted(empty)
    assert free.isdisjoint(unpriced)


def test_no_two_rows_price_the_same_request() -> None:
    for key, rows in price_rows().items():
        for one, other in itertools.combinations(rows, 2):
            assert (
                are_apart(one.tokens, other.tokens)
                or are_apart(one.seconds, other.seconds)
                or are_apart(one.times, other.times)
                or not set(one.days) & set(other.days)
            ), (key, one, other)


def test_rates_are_as_published_in_the_order_of_the_meters() -> None:
    per = {meter.name: 3_600_000 if meter.unit == "millisecond" else meter.per for meter in METERS}
    names = list(per)
    with (PRICES / "prices.csv").open(encoding="utf-8", newline="") as file:
        texts = [fields["rates"].split(" ") for fields in csv.DictReader(file)]
    for rates in texts:
        parts = [RATE.fullmatch(rate) for rate in rates]
        meters = [part[1] for part in parts if part]
        assert len(meters) == len(rates)
        assert meters == sorted(set(meters), key=names.index)
        assert all(int(part[3]) == per[part[1]] for part in parts if part)


def is_stated(model: ModelInfo, context: dict[str, str], instant: datetime) -> bool:
    """Return whether the library states a price of its own for each variant at that instant."""
    return all(
        any(
            key in variant.when
            and variant.when.items() <= context.items()
            and (variant.constraint is None or variant.constraint.active(instant))
            for variant in model.price_variants or ()
        )
        for key in context
    )


def test_every_price_without_a_fact_is_the_librarys_at_every_boundary() -> None:
    compared = decided = 0
    not_offered = {"processing=batch,speed=fast"}
    without_request = {key for key, rows in price_rows().items() if any(not r.facts for r in rows)}
    for provider, model in models():
        for variant, context in contexts(model):
            without_request.discard((provider.id, model.id, variant))
            for instant in instants(model):
                price = model.get_prices(instant, context)
                for tokens in sizes(price):
                    request = (provider.id, model.id, variant, instant, tokens)
                    found = rows_for(*request)
                    if any(row.facts for row in found):
                        decided += 1
                        continue
                    expected = expected_rates(price, tokens)
                    if variant in not_offered or not is_stated(model, context, instant):
                        expected = {}
                    ended = model.id in {"deepseek-chat", "deepseek-reasoner"} and not found
                    long = (model.id, tokens > 272_000) in {("gpt-5.4", True), ("gpt-5.5", True)}
                    if not ended and not (long and not found):
                        rates = [row.rates for row in found]
                        assert rates == ([expected] if expected else []), request
                    compared += 1
    assert compared + decided > 50_000
    assert decided > 1_000
    assert not without_request


def test_audio_minimums_are_the_librarys() -> None:
    instant = datetime(2026, 1, 1, tzinfo=UTC)
    with_minimum = set()
    for provider, model in models():
        for row in rows_for(provider.id, model.id, "", instant, 0):
            rate = row.rates.get("audio_milliseconds")
            if rate is None:
                assert row.minimum == 0
                continue
            usage = {"audio_seconds": 1, "input_audio_seconds": 1}
            cost = model.calc_price(usage, provider, genai_request_timestamp=instant).total_price
            # The library rounds to 28 digits: compare to well below that.
            exact = max(1000, row.minimum) * rate
            assert abs(Fraction(cost) - exact) < Fraction(1, 10**20), model.id
            if row.minimum:
                with_minimum.add((provider.id, model.id, row.minimum))
    assert with_minimum == {
        ("groq", "whisper-large-v3", 10_000),
        ("groq", "whisper-large-v3-turbo", 10_000),
    }


# Cases 3, 5, 6, 7 and 9 of those that other tools got wrong.
KNOWN_RATES = """
openai/o3                            2025-06-01T00:00  1000000 input_tokens       0.00001
openai/o3                            2025-07-01T00:00  1000000 input_tokens       0.000002
deepseek/deepseek-chat               2025-03-01T03:00  1000000 input_tokens       0.00000027
deepseek/deepseek-chat               2025-03-01T18:00  1000000 input_tokens       0.000000135
anthropic/claude-sonnet-4-5          2026-01-01T00:00   200000 input_tokens       0.000003
anthropic/claude-sonnet-4-5          2026-01-01T00:00   200001 input_tokens       0.000006
openai/gpt-5-mini                    2026-11-01T00:00     2000 output_tokens      0.000002
openai/gpt-5-mini/service_tier=flex  2026-11-01T00:00     2000 output_tokens      0.000001
openai/whisper-1                     2026-01-01T00:00        0 audio_milliseconds 0.0000001
"""


@pytest.mark.parametrize("line", KNOWN_RATES.strip().splitlines())
def test_the_rates_that_other_tools_got_wrong(line: str) -> None:
    key, instant, tokens, meter, rate = line.split()
    provider, model, variant = [*key.split("/"), ""][:3]
    at = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    (row,) = rows_for(provider, model, variant, at, int(tokens))
    assert row.rates[meter] == Fraction(Decimal(rate))
