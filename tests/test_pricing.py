"""The differential proof: every built-in model costs in a book what genai-prices says it costs.

One file of calls, made with a fixed seed, is loaded as any log is. It covers every model, every
combination of its variants, both sides of every start date, daily window and tier, and every meter
that its price has a rate for. Whatever the library answers with a silent zero is a named class with
a count; there the cost must be null.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Context, Decimal, localcontext
from fnmatch import fnmatchcase
from functools import cache
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest
import simplejson
from genai_prices.data_snapshot import get_snapshot
from genai_prices.data_units import unit_data
from genai_prices.types import (
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
    Usage,
)

from analytics import Book
from analytics.records import METER, METER_NAMES, METERS, UNSTORED_METERS, CostEstimate
from tests.conftest import assert_sound, examples, new_book, write_lines

WIDE = Context(prec=80)
"""The library multiplies and divides in the caller's context: wide enough to lose nothing."""

HALF_A_DIGIT = Decimal("5e-19")
"""What rounding a rate to 18 decimals can move the cost of one unit."""

EVERY = examples(7, 1)
"""Of so many models `make test` calls one; `make slow` calls all of them."""

LATEST = datetime(2026, 11, 10, tzinfo=UTC)
"""Usage of the future is refused: prices that start later are compared as estimates."""

UNDATED = (datetime(2016, 2, 29, 12, tzinfo=UTC), datetime(2026, 11, 9, 23, 59, 59, tzinfo=UTC))
INDIA = timezone(timedelta(hours=5, minutes=30))
MARKUPS = {"on the book's terms": Decimal(20), "on its own terms": Decimal("12.5")}
INDEPENDENT = tuple(
    meter.name for meter in METERS if not meter.part_of and meter.name != "requests"
)
NEED_RATES = {meter.name for meter in METERS if meter.needs_rate}
UNITS = {unit["price_key"]: (name, unit["per"]) for name, unit in unit_data.items()}

STORED = {
    "audio_seconds": ("audio_milliseconds", 1000),
    "input_audio_seconds": ("audio_milliseconds", 1000),
    "input_document_pages": ("document_pages", 1),
    "input_annotated_document_pages": ("annotated_document_pages", 1),
}
"""Unit of the library -> the meter that holds it, and how many of the meter one unit is."""

SILENT_ZEROS = {
    "no_price": 22,  # of 179 models without any; facts speak of the others
    "no_rate: input_tokens": 26,
    "no_rate: output_tokens": 107,
    "no_rate: input_audio_tokens": 2_099,
    "no_rate: output_audio_tokens": 2_023,
    "no_rate: output_image_tokens": 2_031,
    "no_rate: output_video_tokens": 2_042,
    "no_rate: audio_milliseconds": 2_132,
    "no_rate: input_characters": 2_147,
    "no_rate: input_pixels": 2_151,
    "no_rate: input_text_messages": 2_148,
    "no_rate: web_searches": 2_032,
    "no_rate: social_searches": 2_134,
    "no_rate: storage_searches": 2_104,
    "no_rate: rerank_searches": 2_151,
    "no_rate: code_executions": 2_134,
    "no_rate: document_pages": 2_145,
    "overlapping_parts": 17,  # the library refuses these
}
"""Reason -> calls that have it; each model is asked once for each meter that it has no rate for."""

EXCEPTED = {
    "the library takes the standard price for the variant": 15_962,
    "a fact decided the price": 1_736,
    "a fact ends the price, or says that there is none": 20,
}
"""Class of exceptions -> calls of it."""

FLOATING = {
    f"mistral/{name}-latest"
    for name in ("ministral-8b", "mistral-medium", "mistral-ocr", "mistral-small")
}
"""Names that facts give to another model at other times; to the library they are models."""

Meters = dict[str, int]


@dataclass(frozen=True, slots=True)
class Request:
    """What decides the price of a call, besides its usage."""

    provider: Provider = field(repr=False)
    model: ModelInfo = field(repr=False)
    context: Mapping[str, str]
    at: datetime

    def __str__(self) -> str:
        return f"{self.provider.id}/{self.model.id} {dict(self.context)} at {self.at}"

    @property
    def price(self) -> ModelPrice:
        """The library's price."""
        return self.model.get_prices(self.at, self.context)

    def cost(self, meters: Meters) -> Decimal:
        """What the library says the call costs."""
        with localcontext(WIDE):
            return self.model.calc_price(
                Usage(**library_usage(meters)),
                self.provider,
                genai_request_timestamp=self.at,
                price_context=dict(self.context),
            ).total_price


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it is recorded, and what must come out: a cost, or the reason for none."""

    request: Request
    meters: Meters
    cost: Decimal | None
    slack: Decimal = Decimal(0)
    reason: str | None = None
    other_meters: Mapping[str, int] = field(default_factory=dict)

    @property
    def model(self) -> str:
        """The model as ``provider/model``."""
        return f"{self.request.provider.id}/{self.request.model.id}"

    def __str__(self) -> str:
        used = {name: count for name, count in self.meters.items() if count}
        return f"{self.request} with {used} costs {self.cost} ({self.reason})"


@dataclass(frozen=True, slots=True)
class Loaded:
    """The book, the calls in the order of the file, and what the book says of each."""

    book: Book
    calls: list[Call]
    rows: list[dict[str, Any]]
    facts: dict[str | None, str]
    """Price -> the facts that decided it."""
    dated: frozenset[str]
    """Models that a fact speaks of, as ``provider/model``."""

    def is_dated(self, call: Call) -> bool:
        """Whether a fact speaks of the model of a call."""
        return call.model in self.dated

    def pairs(self) -> Iterator[tuple[Call, dict[str, Any]]]:
        """Each call with the row of `rated_usage` that it became."""
        return zip(self.calls, self.rows, strict=True)


def library_usage(meters: Meters) -> dict[str, int | Decimal]:
    """Usage in the library's own units."""
    seconds = Decimal(meters["audio_milliseconds"]).scaleb(-3)
    return {
        **{name: meters[name] for name in METER_NAMES if name in unit_data and name != "requests"},
        # The library's cache writes are the sum over both times to live.
        "cache_write_tokens": meters["cache_write_tokens"] + meters["cache_write_1h_tokens"],
        "audio_seconds": seconds,
        "input_audio_seconds": seconds,
        "input_document_pages": meters["document_pages"],
        "input_annotated_document_pages": meters["annotated_document_pages"],
    }


def stated(price: ModelPrice) -> Iterator[tuple[str, int, int, Decimal | TieredPrices]]:
    """Each rate of a price: its meter, what it is quoted per, the meter's scale, the rate."""
    for key, value in vars(price).items():
        if value is not None:
            unit, per = UNITS[key]
            meter, scale = STORED.get(unit, (unit, 1))
            yield meter, per, scale, value


def priced_meters(price: ModelPrice) -> set[str]:
    """The meters that a price has a rate for."""
    return {meter for meter, _, _, _ in stated(price)}


def tier_starts(price: ModelPrice) -> list[int]:
    """The input token counts above which another rate of the price applies."""
    tiered = [value for *_, value in stated(price) if isinstance(value, TieredPrices)]
    return sorted({tier.start for value in tiered for tier in value.tiers})


@cache
def is_exact(listed: Decimal, per: int) -> bool:
    """Whether a rate per stored unit has at most 18 decimals."""
    rate = WIDE.divide(listed, Decimal(per))
    return rate == rate.quantize(Decimal(1).scaleb(-18), context=WIDE)


def slack_of(price: ModelPrice, meters: Meters) -> Decimal:
    """How far the cost may be off: half a digit for each unit whose rate was rounded."""
    units = 0
    for meter, per, scale, value in stated(price):
        listed = value
        if isinstance(value, TieredPrices):
            applying = [tier for tier in value.tiers if meters["input_tokens"] > tier.start]
            listed = applying[-1].price if applying else value.base
        assert isinstance(listed, Decimal)
        if not is_exact(listed, per * scale):
            units += meters[meter]
            if meter == "cache_write_tokens" and "cache_write_1h_tokens" not in priced_meters(
                price
            ):
                units += meters["cache_write_1h_tokens"]
    return units * HALF_A_DIGIT


def models() -> Iterator[tuple[Provider, ModelInfo]]:
    """Every model of the library, with its provider."""
    for provider in get_snapshot().providers:
        for model in provider.models:
            yield provider, model


def contexts(model: ModelInfo) -> Iterator[dict[str, str]]:
    """Every combination of a model's variants, and two that no price is stated for."""
    variants = model.price_variants or ()
    keys = sorted({key for variant in variants for key in variant.when})
    values = [[None, *sorted({v.when[k] for v in variants if k in v.when})] for k in keys]
    for chosen in product(*values):
        yield {key: value for key, value in zip(keys, chosen, strict=True) if value is not None}
    yield {"colour": "blue"}
    if variants:
        yield {**variants[0].when, "colour": "blue"}
        yield dict.fromkeys(keys, "unheard-of")


def constraints(model: ModelInfo) -> list[StartDateConstraint | TimeOfDateConstraint]:
    """Everything that makes a model's price depend on the time."""
    conditional = [] if isinstance(model.prices, ModelPrice) else model.prices
    found = [each.constraint for each in (*conditional, *(model.price_variants or ()))]
    return [constraint for constraint in found if constraint is not None]


def start_days(model: ModelInfo) -> list[date]:
    """The days on which a model's price may change."""
    return sorted({c.start_date for c in constraints(model) if isinstance(c, StartDateConstraint)})


def instants(model: ModelInfo) -> list[datetime]:
    """Instants on both sides of all that changes a model's price; two where nothing does."""
    step = timedelta(microseconds=1)
    edges = [datetime.combine(day, time(), UTC) for day in start_days(model)]
    windows = [c for c in constraints(model) if isinstance(c, TimeOfDateConstraint)]
    if not edges and not windows:
        return list(UNDATED)
    found = {edge + shift for edge in edges for shift in (-step, timedelta(0))}
    found |= {UNDATED[0], *(edge + timedelta(hours=17, minutes=4, seconds=5) for edge in edges)}
    for window in windows:
        for day in {each.date() for each in found}:
            for moment in (window.start_time, window.end_time):
                at = datetime.combine(day, moment, UTC)
                found |= {at - step, at, at + step}
    return sorted(found)


def shares(rng: random.Random, total: int, parts: int) -> list[int]:
    """A total cut at random into parts, some of them often zero."""
    cuts = sorted(rng.randint(0, total) for _ in range(parts - 1))
    return [end - start for start, end in zip([0, *cuts], [*cuts, total], strict=True)]


def random_meters(rng: random.Random, priced: set[str], input_tokens: int) -> Meters:
    """Random usage of all that is priced, parts without a rate of their own included.

    Each input token is text, audio, image or video, and plain, cached or written to the cache, so
    that the parts are consistent. No meter stands for written audio. Parts that need a rate of
    their own are left out where they have none.
    """
    meters = dict.fromkeys(METER_NAMES, 0) | {"requests": 1}
    if "input_tokens" in priced:
        _, audio, image, video, audio_read, image_read, text_read, write, write_1h = shares(
            rng, input_tokens, 9
        )
        meters |= {
            "input_tokens": input_tokens,
            "cache_read_tokens": text_read + audio_read + image_read,
            "cache_write_tokens": write,
            "cache_write_1h_tokens": write_1h,
            "input_audio_tokens": audio + audio_read,
            "cache_audio_read_tokens": audio_read,
            "input_image_tokens": image + image_read,
            "cache_image_read_tokens": image_read,
            "input_video_tokens": video,
        }
    if "output_tokens" in priced:
        total = rng.randint(0, 200_000)
        _, reasoning, citation, audio, image, video = shares(rng, total, 6)
        meters |= {
            "output_tokens": total,
            "output_reasoning_tokens": reasoning,
            "output_citation_tokens": citation,
            "output_audio_tokens": audio,
            "output_image_tokens": image,
            "output_video_tokens": video,
        }
    for name in NEED_RATES - priced:
        meters[name] = 0
    if not meters["input_audio_tokens"]:
        meters["cache_read_tokens"] -= meters["cache_audio_read_tokens"]
        meters["cache_audio_read_tokens"] = 0
    for name in priced & set(INDEPENDENT) - {"input_tokens", "output_tokens"}:
        meters[name] = rng.randint(0, 10_000_000)
    if meters["document_pages"]:
        meters["annotated_document_pages"] = rng.randint(0, meters["document_pages"])
    return meters


def sizes(rng: random.Random, price: ModelPrice) -> list[int]:
    """Input token counts: small, at and above the start of every tier, and far above all."""
    starts = tier_starts(price)
    edges = [size for start in starts for size in (start, start + 1)]
    return [rng.randint(0, min([20_000, *starts])), *edges, rng.randint(10**7, 10**11)]


def priced_calls(rng: random.Random, request: Request) -> Iterator[Call]:
    """Calls whose every meter is priced, itself or by its total."""
    price = request.price
    priced = priced_meters(price)
    for size in sizes(rng, price) if "input_tokens" in priced else [0]:
        meters = random_meters(rng, priced, size)
        yield Call(request, meters, request.cost(meters), slack_of(price, meters))


def unpriced_calls(rng: random.Random, request: Request) -> Iterator[Call]:
    """Calls that the library answers with a zero for something that it has no price for."""
    price = request.price
    priced = priced_meters(price)
    meters = random_meters(rng, priced, rng.randint(1, 200_000))
    cost = request.cost(meters)
    if not priced:
        assert cost == 0
        meters |= {"input_tokens": 1_000, "output_tokens": 10}
        assert request.cost(meters) == 0
        reason = "no_price_for_variant" if request.context else "no_price"
        yield Call(request, meters, None, reason=reason)
        return
    for name in sorted(NEED_RATES - priced):
        total = METER[name].total
        if total in priced and not request.context:
            more = dict.fromkeys(METER_NAMES, 0) | {"requests": 1, total: 100, name: 40}
            assert request.cost(more) is not None, "the library takes the part for text"
            yield Call(request, more, None, reason=f"no_rate: {name}")
    for name in INDEPENDENT:
        if name not in priced:
            more = meters | {name: rng.randint(1, 1_000)}
            assert request.cost(more) == cost, "the library takes the meter for free"
            yield Call(request, more, None, reason=f"no_rate: {name}")
    other = rng.choice(UNSTORED_METERS)
    yield Call(request, meters, None, reason=f"other_meters: {other}", other_meters={other: 3})


def overlapping_call(request: Request) -> Call | None:
    """A call whose cached and audio (or image) parts need more tokens than the input has."""
    priced = priced_meters(request.price)
    for kind in ("audio", "image"):
        if {"cache_read_tokens", f"input_{kind}_tokens"} <= priced:
            meters = dict.fromkeys(METER_NAMES, 0) | {
                "input_tokens": 100,
                "cache_read_tokens": 70,
                f"input_{kind}_tokens": 60,
                f"cache_{kind}_read_tokens": 20,
                "requests": 1,
            }
            with pytest.raises(ValueError, match="which exceeds input_tokens"):
                request.cost(meters)
            return Call(request, meters, None, reason="overlapping_parts")
    return None


def all_calls() -> Iterator[Call]:
    """Every call of the proof, always the same ones."""
    for provider, model in islice(models(), None, None, EVERY):
        rng = random.Random(f"{provider.id}/{model.id}")
        times = [at for at in instants(model) if at < LATEST]
        if not priced_meters(Request(provider, model, {}, times[-1]).price):
            for context in contexts(model):
                yield from unpriced_calls(rng, Request(provider, model, context, times[-1]))
            continue
        for context, at in product(contexts(model), times):
            yield from priced_calls(rng, Request(provider, model, context, at))
        yield from unpriced_calls(rng, Request(provider, model, {}, times[-1]))
        if overlapping := overlapping_call(Request(provider, model, {}, times[-1])):
            yield overlapping


def line(number: int, call: Call) -> str:
    """A call as a line of a log. Neighbours spell the same things in different ways."""
    request, is_odd = call.request, number % 2
    at = request.at.astimezone(INDIA) if is_odd else request.at
    pairs = sorted(request.context.items(), reverse=True)
    fields: dict[str, Any] = {
        "id": f"call-{number:06}",
        "occurred_at": at.isoformat(),
        "provider": request.provider.id,
        "model": request.model.id,
        "variant": dict(pairs) if is_odd else ",".join("=".join(pair) for pair in pairs),
    }
    fields |= {name: count for name, count in call.meters.items() if count}
    if is_odd and (milliseconds := fields.pop("audio_milliseconds", None)):
        fields["audio_duration_seconds"] = Decimal(milliseconds).scaleb(-3)
    if call.other_meters:
        fields["other_meters"] = call.other_meters
    owners = [{"context": "system"}, *({"external_id": name} for name in MARKUPS)]
    return simplejson.dumps(fields | owners[number % 3])


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """All calls, loaded from one file into a book whose checks pass."""
    folder = tmp_path_factory.mktemp("pricing")
    calls = list(all_calls())
    log = folder / "calls.jsonl"
    with log.open("w", encoding="utf-8") as file:
        file.writelines(f"{line(number, call)}\n" for number, call in enumerate(calls))
    with new_book(folder / "book", markup_percent=20) as book:
        book.create_account("on the book's terms")
        book.create_account("on its own terms", markup_percent="12.5")
        result = book.ingest(log)
        assert (result.rows, result.appended, result.rejected) == (len(calls), len(calls), 0)
        assert_sound(book)
        prices = book.query("select price_id, provider, model, facts from price").rows()
        facts = book.query("select provider, model from price_fact").rows()
        patterns = [(f["provider"], each) for f in facts for each in f["model"].split("|")]
        dated = {
            f"{p.id}/{m.id}"
            for p, m in models()
            if any(p.id == owner and fnmatchcase(m.id, each) for owner, each in patterns)
        }
        yield Loaded(
            book,
            calls,
            book.query("from rated_usage order by record_id").rows(),
            {row["price_id"]: row["facts"] for row in prices},
            frozenset(dated),
        )
        assert_sound(book)


@pytest.mark.slow
def test_every_model_of_the_library_is_called(loaded: Loaded) -> None:
    called = {call.model for call in loaded.calls}
    assert called == {f"{provider.id}/{model.id}" for provider, model in models()}
    assert len(called) == 2_330
    assert 40_000 < len(loaded.calls) < 65_000


@pytest.mark.examples
def test_every_call_keeps_its_provider_model_and_usage(loaded: Loaded) -> None:
    for call, row in loaded.pairs():
        if call.model not in FLOATING:
            assert f"{row['provider']}/{row['model']}" == call.model
        assert {name: row[name] for name in METER_NAMES} == call.meters
        assert row["occurred_at"].replace(tzinfo=UTC) == call.request.at


def is_the_standard(request: Request) -> bool:
    """Whether the library takes the standard price, or a part of the variant, for a variant."""
    given = dict(request.context)
    price = request.model.get_prices(request.at, given)
    for key in given:
        fewer = {name: value for name, value in given.items() if name != key}
        if same(price, request.model.get_prices(request.at, fewer)):
            return True
    return False


def same(one: ModelPrice, other: ModelPrice) -> bool:
    """Whether two prices state the same rates."""
    return dict(vars(one)) == dict(vars(other))


def exception_of(loaded: Loaded, call: Call, row: dict[str, Any]) -> str | None:
    """The named class of a call whose cost is not the library's."""
    if loaded.facts.get(row["price_id"]):
        return "a fact decided the price"
    if row["unpriced_reason"] == "no_price_for_variant" and is_the_standard(call.request):
        return "the library takes the standard price for the variant"
    if row["unpriced_reason"] in {"no_price_for_variant", "no_price"} and loaded.is_dated(call):
        return "a fact ends the price, or says that there is none"
    return None


@pytest.mark.examples
def test_every_cost_is_the_librarys(loaded: Loaded) -> None:
    """To the last digit where the rates are exact, within their rounding where they are not."""
    exact = rounded = 0
    excepted: Counter[str] = Counter()
    for call, row in loaded.pairs():
        if call.cost is None:
            continue
        if (found := exception_of(loaded, call, row)) is not None:
            excepted[found] += 1
            continue
        assert row["unpriced_reason"] is None, f"{call}, but {row}"
        with localcontext(WIDE):
            difference = abs(row["cost_usd"] - call.cost)
        if call.slack:
            rounded += 1
            assert difference <= call.slack, f"{call}, but {row}"
        else:
            exact += 1
            assert difference == 0, f"{call}, but {row}"
    assert rounded > 50 // EVERY
    assert exact > 12_000 // EVERY
    assert excepted == EXCEPTED or EVERY > 1


@pytest.mark.examples
def test_what_the_library_answers_with_a_silent_zero_has_no_cost(loaded: Loaded) -> None:
    """Each call of these classes has no cost and the reason why; there is no other."""
    for call, row in loaded.pairs():
        if exception_of(loaded, call, row) is not None:
            continue
        assert (row["price_id"] is None) == (call.cost is None), f"{call}, but {row}"
        assert (row["cost_usd"] is None) == (call.cost is None), f"{call}, but {row}"
        assert (row["charge_usd"] is None) == (call.cost is None), f"{call}, but {row}"
        assert row["unpriced_reason"] == call.reason, f"{call}, but {row}"
    if EVERY > 1:
        return
    counts = Counter(
        row["unpriced_reason"]
        for call, row in loaded.pairs()
        if row["unpriced_reason"] and exception_of(loaded, call, row) is None
    )
    for name in UNSTORED_METERS:
        counts.pop(f"other_meters: {name}", None)
    assert counts == SILENT_ZEROS


@pytest.mark.slow
def test_the_models_without_any_price_are_179(loaded: Loaded) -> None:
    unpriced = {call.model for call in loaded.calls if call.reason == "no_price"}
    assert len(unpriced) == 179
    assert unpriced.isdisjoint(call.model for call in loaded.calls if call.cost is not None)


@pytest.mark.examples
def test_every_charge_is_the_cost_with_the_accounts_markup(loaded: Loaded) -> None:
    for row in loaded.rows:
        if row["cost_usd"] is None:
            continue
        percent = MARKUPS.get(row["external_id"])
        factor = Decimal(0) if percent is None else 1 + percent.scaleb(-2)
        with localcontext(WIDE):
            assert row["charge_usd"] == row["cost_usd"] * factor


@pytest.mark.slow
def test_every_builtin_price_is_used(loaded: Loaded) -> None:
    """No row of the price dimension that holds before the latest call is left out of the proof.

    But for 124 pieces into which the days of facts cut the rows of models that they speak of.
    """
    prices = loaded.book.query(
        "select price_id, provider, model, effective_from from price where facts is null"
    ).rows()
    due = {
        each["price_id"]: f"{each['provider']}/{each['model']}"
        for each in prices
        if each["effective_from"].replace(tzinfo=UTC) < LATEST
    }
    assert len(prices) > 2_500
    unused = due.keys() - {row["price_id"] for row in loaded.rows}
    assert {due[price] for price in unused} <= loaded.dated
    assert len(unused) == 124


@pytest.mark.slow
def test_every_rate_is_multiplied_with_something(loaded: Loaded) -> None:
    """For every rate of every price used there is a call with more than zero of its meter."""
    largest: dict[str, Counter[str]] = {}
    for row in loaded.rows:
        if row["price_id"]:
            used = {name: row[name] for name in METER_NAMES}
            largest[row["price_id"]] = largest.setdefault(row["price_id"], Counter()) | Counter(
                used
            )
    rates = 0
    for rate in loaded.book.query("from price_rate").rows():
        if rate["price_id"] in largest and not loaded.facts[rate["price_id"]]:
            rates += 1
            assert largest[rate["price_id"]][rate["meter"]] > 0, rate
    assert rates > 8_500


@pytest.mark.examples
def test_the_roll_up_costs_what_its_records_cost(loaded: Loaded) -> None:
    cell = ("local_day", "context", "account_id", "usage_type", "provider", "model", "variant")
    key: Callable[[Mapping[str, Any]], tuple[Any, ...]] = lambda row: (  # noqa: E731
        *(row[name] for name in cell),
        row["price_id"],
    )
    records: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in loaded.rows:
        records.setdefault(key(row), []).append(row)
    days = loaded.book.query("from rated_daily").rows()
    assert len(days) == len(records)
    with localcontext(WIDE):
        for day in days:
            of_day = records[key(day)]
            assert day["record_count"] == len(of_day)
            assert day["unpriced_count"] == sum(row["price_id"] is None for row in of_day)
            for money in ("cost_usd", "charge_usd"):
                parts = [row[money] for row in of_day if row[money] is not None]
                assert day[money] == (sum(parts) if parts else None)


@pytest.mark.examples
def test_the_summary_is_the_sum_of_all_records(loaded: Loaded) -> None:
    summary = loaded.book.get_usage_summary()
    with localcontext(WIDE):
        assert summary.total_cost_usd == sum(row["cost_usd"] or 0 for row in loaded.rows)
    assert summary.record_count == len(loaded.rows)
    assert summary.unpriced_count == sum(row["cost_usd"] is None for row in loaded.rows)


@pytest.mark.examples
def test_the_summarys_charge_is_the_exact_sum_of_all_records(loaded: Loaded) -> None:
    summary = loaded.book.get_usage_summary()
    with localcontext(WIDE):
        assert summary.total_charge_usd == sum(row["charge_usd"] or 0 for row in loaded.rows)


@pytest.mark.examples
def test_an_estimate_is_what_the_record_costs(loaded: Loaded) -> None:
    """A sample of priced and unpriced calls; the lines of an estimate add up to it."""
    sample = list(loaded.pairs())[::797]
    assert len(sample) > 50 // EVERY
    for call, row in sample:
        if call.other_meters:
            continue
        estimate = estimated(loaded.book, call.request, call.meters)
        assert estimate.estimated_cost_usd == row["cost_usd"]
        assert (estimate.reason, estimate.price_id) == (row["unpriced_reason"], row["price_id"])
        with localcontext(WIDE):
            lines = [each.quantity * each.rate_usd / each.per for each in estimate.lines]
            assert round(sum(lines, Decimal(0)), 18) == (row["cost_usd"] or 0)
            assert sum(each.cost_usd for each in estimate.lines) == (row["cost_usd"] or 0)


@pytest.mark.slow
def test_prices_of_the_future_are_the_librarys(loaded: Loaded) -> None:
    """At and just before each start date that lies ahead, by estimate."""
    compared = 0
    rng = random.Random("future")
    for provider, model in models():
        for at in instants(model) if any(day >= LATEST.date() for day in start_days(model)) else ():
            if at < LATEST:
                continue
            for call in priced_calls(rng, Request(provider, model, {}, at)):
                estimate = estimated(loaded.book, call.request, call.meters)
                assert call.cost is not None
                assert estimate.estimated_cost_usd is not None
                assert abs(estimate.estimated_cost_usd - call.cost) <= call.slack
                compared += 1
    assert compared > 10


def estimated(book: Book, request: Request, meters: Meters) -> CostEstimate:
    """The book's estimate of a call."""
    return book.calculate_cost(
        request.model.id,
        provider=request.provider.id,
        at=request.at,
        variant=request.context,
        **{name: count for name, count in meters.items() if count},
    )


@pytest.mark.parametrize("model_id", ["whisper-large-v3", "whisper-large-v3-turbo"])
def test_groq_bills_at_least_ten_seconds_of_audio(
    book: Book, tmp_path: Path, model_id: str
) -> None:
    """Ten seconds are billed, what was sent is kept beside it, and nothing stays nothing."""
    found = (pair for pair in models() if (pair[0].id, pair[1].id) == ("groq", model_id))
    request = Request(*next(found), {}, UNDATED[1])
    billed = {0: 0, 1: 10_000, 9_999: 10_000, 10_000: 10_000, 10_001: 10_001, 60_500: 60_500}
    calls = []
    for milliseconds in billed:
        meters = dict.fromkeys(METER_NAMES, 0) | {"audio_milliseconds": milliseconds, "requests": 1}
        calls.append(Call(request, meters, request.cost(meters)))
    lines = [line(number, call) for number, call in enumerate(calls)]
    book.ingest(write_lines(tmp_path / "calls.jsonl", *lines), create_accounts=True)
    rows = book.query("from rated_usage order by record_id").rows()
    assert {row["audio_milliseconds"]: row["billed_audio_milliseconds"] for row in rows} == billed
    for call, row in zip(calls, rows, strict=True):
        assert call.cost is not None
        assert abs(row["cost_usd"] - call.cost) <= row["billed_audio_milliseconds"] * HALF_A_DIGIT
        estimate = estimated(book, request, call.meters)
        assert estimate.estimated_cost_usd == row["cost_usd"]
