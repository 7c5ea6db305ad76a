"""The price dimension: what is known of models, missing prices and how they arrive, and history.

A price is never edited. What replaces it closes the time in which it was known, and what still
holds of it is written again; a slow and obvious model in Python says what must be found at any
instant.
"""

import json
import zoneinfo
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import analytics
from analytics import Book, Price
from analytics.errors import InvalidArgument, InvalidPrice, ModelNotFound, TokenbookError
from analytics.money import Rate
from analytics.records import METER_NAMES, METERS
from tests.conftest import assert_sound, examples, new_book, write_lines, zone_file

PARENTS = {meter.name: (*meter.part_of, *filter(None, (meter.priced_like,))) for meter in METERS}
PER = {meter.name: meter.per for meter in METERS}
DAY = datetime(2026, 10, 15, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """A book for tests that only read, or that each use models of their own; checked in the end."""
    with new_book(tmp_path_factory.mktemp("prices") / "book", markup_percent=20) as book:
        book.create_account("acme")
        yield book
        assert_sound(book)


def use(book: Book, model_id: str, at: datetime = DAY, **usage: Any) -> analytics.UsageRecord:
    """Records a system call."""
    return book.record_usage(model_id=model_id, context="system", occurred_at=at, **usage)


def spans(prices: list[Price]) -> list[tuple[datetime | None, datetime | None, int, str]]:
    """When each price holds, from which size of a request, and whose it is."""
    return [
        (each.effective_from, each.effective_to, each.input_tokens_from, each.origin.split()[0])
        for each in prices
    ]


# What is known


def test_the_models_of_a_provider_are_listed(shared: Book) -> None:
    names = {model.model_id for model in shared.list_models("groq")}
    assert {"whisper-large-v3", "whisper-large-v3-turbo"} <= names
    assert {model.provider for model in shared.list_models("groq")} == {"groq"}
    assert shared.list_models("nobody") == []


def test_models_are_searched_by_id_and_name_without_case(shared: Book) -> None:
    by_id = {model.model_id for model in shared.list_models("openai", search="GPT-5-MINI")}
    by_name = {model.model_id for model in shared.list_models("openai", search="gpt-5 mini")}
    assert "gpt-5-mini" in by_id & by_name
    everywhere = {model.provider for model in shared.list_models(search="gpt-5-mini")}
    assert {"openai", "openrouter"} <= everywhere


def test_a_model_shows_its_customary_prices_and_variants(shared: Book) -> None:
    model = shared.get_model("gpt-5-mini")
    assert (model.provider, model.model_id, model.origin) == ("openai", "gpt-5-mini", "builtin")
    assert model.input_per_million == Decimal("0.25")
    assert model.cached_input_per_million == Decimal("0.025")
    assert model.output_per_million == Decimal(2)
    assert {"processing=batch", "service_tier=flex"} <= set(model.variants)


def test_a_model_is_found_by_the_names_that_logs_have(shared: Book) -> None:
    assert shared.get_model("openai/gpt-4o").model_id == "gpt-4o"
    assert shared.get_model("gpt-4o-2024-08-06").model_id == "gpt-4o"
    resold = shared.get_model("gpt-4o", provider="azure")
    assert (resold.provider, resold.model_id) == ("openai", "gpt-4o")
    with pytest.raises(ModelNotFound, match="gpt-nobody"):
        shared.get_model("gpt-nobody")
    with pytest.raises(ModelNotFound, match="nobody/gpt-4o"):
        shared.list_prices("gpt-4o", provider="nobody")


def test_prices_are_listed_by_instant_variant_and_tier(shared: Book) -> None:
    before, after = (shared.list_prices("o3", at=day, variant="") for day in ("2025-06-09", DAY))
    assert [price.rates["input_tokens"] for price in before] == [Rate(Decimal(10), 1_000_000)]
    assert [price.rates["input_tokens"] for price in after] == [Rate(Decimal(2), 1_000_000)]
    assert before[0].effective_to == after[0].effective_from == datetime(2025, 6, 10, tzinfo=UTC)
    tiers = shared.list_prices("claude-sonnet-4-5", at=DAY, variant="")
    assert [(each.input_tokens_from, each.input_tokens_to) for each in tiers] == [
        (0, 200_001),
        (200_001, None),
    ]
    (flex,) = shared.list_prices("gpt-5-mini", at=DAY, variant="service_tier=flex")
    assert flex.rates["output_tokens"] == Rate(Decimal(1), 1_000_000)
    assert {"", "service_tier=flex"} < {each.variant for each in shared.list_prices("gpt-5-mini")}


def test_prices_are_listed_by_variant_in_any_order(shared: Book) -> None:
    """Records and estimates take the pairs of a variant in any order, too."""
    either = "processing=batch,service_tier=flex"
    other = "service_tier=flex,processing=batch"
    assert shared.list_prices("gpt-5-mini", variant=either)
    assert shared.list_prices("gpt-5-mini", variant=other) == shared.list_prices(
        "gpt-5-mini", variant=either
    )


def test_daily_windows_cover_the_day_once(shared: Book) -> None:
    windows = shared.list_prices("deepseek-chat", at="2025-03-01", variant="")
    edges = [(each.window_start_second, each.window_end_second) for each in windows]
    assert edges[0][0] == 0
    assert edges[-1][1] == 86_400
    assert [end for _, end in edges[:-1]] == [start for start, _ in edges[1:]]


# What is missing, and how it arrives


def test_missing_prices_say_who_uses_what_and_why(book: Book, tmp_path: Path) -> None:
    lines = [
        json.dumps(fields | {"occurred_at": at.isoformat(), "external_id": account})
        for at, account, fields in (
            (DAY, "acme", {"model": "nobody-1", "input_tokens": 1}),
            (DAY + timedelta(days=1), "globex", {"model": "nobody-1", "input_tokens": 2}),
            (DAY, "acme", {"model": "nobody-1", "provider": "openai", "input_tokens": 3}),
            (DAY, "acme", {"model": "gpt-4o", "input_characters": 4}),
            (DAY, "acme", {"model": "gpt-4o", "input_tokens": 5}),
        )
    ]
    result = book.ingest(write_lines(tmp_path / "usage.jsonl", *lines), create_accounts=True)
    assert (result.appended, result.unpriced) == (5, 4)
    assert [
        (each.provider, each.model, each.reason, each.count, each.accounts)
        for each in book.missing_prices()
    ] == [
        (None, "nobody-1", "unknown_model", 2, 2),
        (None, "gpt-4o", "no_rate: input_characters", 1, 1),
        ("openai", "nobody-1", "unknown_model", 1, 1),
    ]
    first = book.missing_prices()[0]
    assert (first.first_at, first.last_at) == (DAY, DAY + timedelta(days=1))


def test_an_alias_prices_what_is_there_and_what_comes(book: Book) -> None:
    book.create_account("acme")
    record = book.record_usage(
        model_id="house-model", external_id="acme", occurred_at=DAY, input_tokens=1_000
    )
    assert record.unpriced_reason == "unknown_model"
    assert book.add_alias("House-Model", "gpt-4o") == "openai/gpt-4o"
    (applied,) = book.apply_prices()
    assert (applied.provider, applied.model, applied.count) == ("openai", "gpt-4o", 1)
    assert (applied.cost_usd, applied.charge_usd) == (Decimal("0.0025"), Decimal("0.003"))
    assert_sound(book)
    usage = book.get_usage()
    assert usage.usage_records is not None
    (priced,) = usage.usage_records
    assert (priced.model_id, priced.model_as_sent) == ("gpt-4o", "house-model")
    assert priced.estimated_cost_usd == Decimal("0.0025")
    assert use(book, "house-model", input_tokens=1_000).estimated_cost_usd == Decimal("0.0025")
    summary = book.get_usage_summary()
    assert (summary.unpriced_count, summary.total_cost_usd) == (0, Decimal("0.005"))
    assert {name: each.count for name, each in summary.by_model.items()} == {"gpt-4o": 2}
    assert (book.missing_prices(), book.apply_prices()) == ([], [])


def test_an_alias_of_one_provider_says_nothing_of_others(book: Book) -> None:
    use(book, "house-model", provider="azure", input_tokens=1_000)
    use(book, "house-model", provider="groq", input_tokens=1_000)
    book.add_alias("house-model", "gpt-4o", provider="azure", target_provider="openai")
    assert [each.count for each in book.apply_prices()] == [1]
    assert [each.provider for each in book.missing_prices()] == ["groq"]
    with pytest.raises(ModelNotFound, match="nobody-2"):
        book.add_alias("house-model", "nobody-2")


def closure(meter: str) -> set[str]:
    """A meter with all that includes it."""
    return {meter}.union(*(closure(parent) for parent in PARENTS[meter]))


def slow_cost(rates: Mapping[str, Decimal], usage: Mapping[str, int]) -> Decimal:
    """What rates per customary quantity make of usage, innermost meters first."""
    writes = usage.get("cache_write_tokens", 0) + usage.get("cache_write_1h_tokens", 0)
    totals = {**usage, "cache_write_tokens": writes}
    rest: dict[str, int] = {}
    for meter in sorted(rates, key=lambda name: -len(closure(name))):
        inner = (rest[other] for other in rest if meter in closure(other))
        rest[meter] = totals.get(meter, 0) - sum(inner)
    return sum((rates[meter] * rest[meter] / PER[meter] for meter in rest), Decimal(0))


def test_a_price_of_any_meter_is_applied_exactly(shared: Book, tmp_path: Path) -> None:
    """With a rate for each meter that includes it, and usage of all of them."""
    usages: dict[str, dict[str, Any]] = {}
    prices: dict[str, dict[str, Decimal]] = {}
    for meter in METER_NAMES:
        needed, model = sorted(closure(meter)), f"priced-by-{meter}"
        usages[model] = {name: 60 * 10 ** (4 - len(closure(name))) for name in needed}
        prices[model] = {name: Decimal(7 * n + 6) / 8 * 3 for n, name in enumerate(needed, 1)}
    expected = {
        model: slow_cost(prices[model], {"requests": 1} | usage) for model, usage in usages.items()
    }
    assert min(expected.values()) > 0

    def load(when: str) -> dict[str, tuple[Decimal | None, str | None]]:
        lines = [
            json.dumps(
                {"id": f"{model} {when}", "occurred_at": DAY.isoformat(), "model": model}
                | {"context": "system"}
                | usage
            )
            for model, usage in usages.items()
        ]
        shared.ingest(write_lines(tmp_path / f"{when}.jsonl", *lines))
        found = shared.query(
            "select model, cost_usd, unpriced_reason from rated_usage"  # noqa: S608
            f" where record_id like 'priced-by-% {when}'"
        )
        return {row["model"]: (row["cost_usd"], row["unpriced_reason"]) for row in found.rows()}

    assert load("before") == dict.fromkeys(usages, (None, "unknown_model"))
    for model, rates in prices.items():
        shared.add_price(model, rates)
    applied = {each.model: (each.count, each.cost_usd) for each in shared.apply_prices()}
    assert applied == {model: (1, cost) for model, cost in expected.items()}
    assert load("after") == {model: (cost, None) for model, cost in expected.items()}
    for model, usage in usages.items():
        estimate = shared.calculate_cost(model, **usage)
        assert estimate.estimated_cost_usd == expected[model]
        assert sum(line.cost_usd for line in estimate.lines) == expected[model]


def test_a_price_holds_from_its_first_day_until_before_its_last(book: Book) -> None:
    book.add_price(
        "own", {"input_tokens": 2}, effective_from="2026-03-01", effective_to="2026-04-01"
    )
    step = timedelta(microseconds=1)
    start, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    costs = {
        at: use(book, "own", at, input_tokens=1_000_000).estimated_cost_usd
        for at in (start - step, start, end - step, end)
    }
    assert costs == {start - step: None, start: 2, end - step: 2, end: None}
    assert {each.reason for each in book.missing_prices()} == {"no_price"}
    book.add_price("own", {"input_tokens": 3}, effective_from=end)
    assert [(each.count, each.cost_usd) for each in book.apply_prices()] == [(1, Decimal(3))]


def test_a_price_of_a_variant_is_for_that_variant_only(book: Book) -> None:
    book.add_price("own", {"input_tokens": 8})
    book.add_price("own", {"input_tokens": 2}, variant={"tier": "slow", "region": "eu"})
    both: dict[str, Any] = {"input_tokens": 1_000_000}
    assert use(book, "own", **both).estimated_cost_usd == 8
    slow = use(book, "own", variant="tier=slow,region=eu", **both)
    assert (slow.variant, slow.estimated_cost_usd) == ("region=eu,tier=slow", Decimal(2))
    for other in ("colour=blue", "tier=slow"):
        unknown = use(book, "own", variant=other, **both)
        assert (unknown.estimated_cost_usd, unknown.unpriced_reason) == (
            None,
            "no_price_for_variant",
        )
    assert set(book.get_model("own").variants) == {"region=eu", "tier=slow"}


def test_a_free_price_costs_nothing_whatever_is_counted(book: Book) -> None:
    """Free is a price, unlike none: meters that nothing is known of are free, too."""
    record = use(book, "gratis", input_tokens=5, web_searches=2, other_meters={"frames": 9})
    assert record.estimated_cost_usd is None
    book.add_price("gratis", free=True)
    assert [(each.count, each.cost_usd) for each in book.apply_prices()] == [(1, Decimal(0))]
    assert use(book, "gratis", output_tokens=5).estimated_cost_usd == 0
    (price,) = book.list_prices("gratis")
    assert (price.is_free, price.rates) == (True, {})


def test_short_audio_is_billed_for_the_minimum(book: Book) -> None:
    """Also when the price arrives late; the roll-up follows (`assert_sound`)."""
    costs = {0: Decimal(0), 1: Decimal("0.05"), 5_000: Decimal("0.05"), 6_000: Decimal("0.06")}
    for milliseconds in costs:
        use(book, "own-whisper", audio_milliseconds=milliseconds)
    book.add_price("own-whisper", {"audio_milliseconds": "0.6"}, minimum_audio_milliseconds=5_000)
    assert [each.cost_usd for each in book.apply_prices()] == [sum(costs.values())]
    rows = book.query("select audio_milliseconds, cost_usd from rated_usage").rows()
    assert {row["audio_milliseconds"]: row["cost_usd"] for row in rows} == costs


# History


def test_a_price_for_a_span_splits_the_old_one_in_known_time(book: Book) -> None:
    """Both tiers of the built-in price are closed, and written again before and after the span."""
    book.create_account("acme")
    inside, outside = datetime(2026, 2, 10, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    sizes = (100, 300_000)
    old = [
        use(book, "claude-sonnet-4-5", at, input_tokens=size)
        for at in (inside, outside)
        for size in sizes
    ]
    before = book.list_prices("claude-sonnet-4-5", variant="")
    others = [each for each in book.list_prices("claude-sonnet-4-5") if each.variant]
    start, end = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    book.add_price("claude-sonnet-4-5", {"input_tokens": 1}, effective_from=start, effective_to=end)

    now = book.list_prices("claude-sonnet-4-5", variant="")
    assert spans(now) == [
        (None, start, 0, "genai-prices"),
        (None, start, 200_001, "genai-prices"),
        (start, end, 0, "book"),
        (end, None, 0, "genai-prices"),
        (end, None, 200_001, "genai-prices"),
    ]
    history = book.list_prices("claude-sonnet-4-5", variant="", with_history=True)
    closed = [each for each in history if each.known_to is not None]
    assert [each.price_id for each in closed] == [each.price_id for each in before]
    assert {each.known_from for each in closed} == {None}
    assert {each.known_to for each in closed} == {each.known_from for each in now}
    assert [each for each in book.list_prices("claude-sonnet-4-5") if each.variant] == others
    assert {tuple(each.rates.items()) for each in before} == {
        tuple(each.rates.items()) for each in now if each.origin != "book"
    }

    new = [
        use(book, "claude-sonnet-4-5", at, input_tokens=size).estimated_cost_usd
        for at in (inside, outside)
        for size in sizes
    ]
    assert new == [
        Decimal("0.0001"),
        Decimal("0.3"),
        *(each.estimated_cost_usd for each in old[2:]),
    ]
    assert book.apply_prices() == []
    kept = book.query("select record_id, price_id, cost_usd from rated_usage").rows()
    by_id = {row["record_id"]: (row["price_id"], row["cost_usd"]) for row in kept}
    for record in old:
        assert by_id[record.id] == (record.price_id, record.estimated_cost_usd)


def test_records_that_are_priced_keep_their_price_when_others_get_one(book: Book) -> None:
    priced = use(book, "gpt-4o", input_tokens=1_000)
    unpriced = use(book, "gpt-4o", input_tokens=1_000, input_characters=10)
    assert unpriced.unpriced_reason == "no_rate: input_characters"
    book.add_price("gpt-4o", {"input_tokens": 5, "input_characters": 100})
    assert [(each.count, each.cost_usd) for each in book.apply_prices()] == [(1, Decimal("0.006"))]
    rows = book.query("select record_id, price_id, cost_usd from rated_usage").rows()
    found = {row["record_id"]: row for row in rows}
    assert found[priced.id]["price_id"] == priced.price_id
    assert found[priced.id]["cost_usd"] == Decimal("0.0025")
    assert found[unpriced.id]["cost_usd"] == Decimal("0.006")


EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
LAST_DAY = 8
NUMBERS = count()


@dataclass(frozen=True, slots=True)
class Added:
    """A price that was added: days from EPOCH, None without bound, and its rate."""

    start: int | None
    end: int | None
    rate: int

    def holds(self, instant: datetime) -> bool:
        """Whether the instant is in its span."""
        is_begun = self.start is None or instant >= EPOCH + timedelta(days=self.start)
        is_over = self.end is not None and instant >= EPOCH + timedelta(days=self.end)
        return is_begun and not is_over


def last_one(added: list[Added], instant: datetime) -> int | None:
    """The rate of the latest price whose span has the instant: slow, and obviously right."""
    return next((each.rate for each in reversed(added) if each.holds(instant)), None)


def day(number: int | None) -> datetime | None:
    """A day as an instant."""
    return None if number is None else EPOCH + timedelta(days=number)


@st.composite
def additions(draw: st.DrawFn) -> list[Added]:
    """Up to six prices with random spans; the n-th has the rate n."""
    edges = st.one_of(st.none(), st.integers(0, LAST_DAY))
    found = []
    for rate in range(1, draw(st.integers(1, 6)) + 1):
        start, end = draw(edges), draw(edges)
        if start is not None and end is not None:
            start, end = sorted((start, end))
            end += start == end
        found.append(Added(start, end, rate))
    return found


def holds(price: Price, instant: datetime, moment: datetime) -> bool:
    """Whether a price is in force at an instant, by what was known at a moment."""
    return (
        price.known_from is not None
        and price.known_from <= moment
        and (price.known_to is None or price.known_to > moment)
        and (price.effective_from is None or price.effective_from <= instant)
        and (price.effective_to is None or price.effective_to > instant)
    )


@pytest.mark.examples
@settings(
    max_examples=examples(4, 15),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(added=additions())
def test_at_any_instant_the_last_price_added_holds(
    shared: Book, tmp_path: Path, added: list[Added]
) -> None:
    """For records, now; and for each time at which something else was known."""
    model = f"random-{next(NUMBERS)}"
    for each in added:
        shared.add_price(
            model,
            {"input_tokens": each.rate},
            effective_from=day(each.start),
            effective_to=day(each.end),
        )
    step = timedelta(microseconds=1)
    edges = [EPOCH + timedelta(days=n) for n in range(LAST_DAY + 2)]
    instants = [edge + shift for edge in edges for shift in (-step, timedelta(0), step)]

    lines = [
        json.dumps(
            {
                "id": f"{model}-{n:02}",
                "occurred_at": instant.isoformat(),
                "context": "system",
                "model": model,
                "input_tokens": 1_000_000,
            }
        )
        for n, instant in enumerate(instants)
    ]
    shared.ingest(write_lines(tmp_path / "usage.jsonl", *lines))
    found = shared.query(
        f"select cost_usd from rated_usage where model = '{model}' order by record_id"  # noqa: S608
    ).rows()
    assert [row["cost_usd"] for row in found] == [last_one(added, at) for at in instants]

    history = shared.list_prices(model, with_history=True)
    known = sorted({each.known_from for each in history if each.known_from is not None})
    assert len(known) == len(added)
    for n, moment in enumerate(known, start=1):
        for instant in instants:
            rates = [
                each.rates["input_tokens"].quoted(1_000_000).amount
                for each in history
                if holds(each, instant, moment)
            ]
            expected = last_one(added[:n], instant)
            assert rates == ([] if expected is None else [expected])

    assert all(check.passed for check in shared.check() if check.name == "price_overlap")


# What is refused


@pytest.mark.parametrize(
    ("rates", "problem"),
    [
        ({}, "at least one rate"),
        ({"input_tokens": 2.5}, "not a float"),
        ({"input_tokens": -1}, "0 or more"),
        ({"input_tokens": "NaN"}, "0 or more"),
        ({"input_tokens": "Infinity"}, "0 or more"),
        ({"input_tokens": "two"}, "must be a number"),
        ({"input_tokens": "1e9"}, "too high"),
        ({"input_tokens": 1, "inputs": 1}, "no meter 'inputs'"),
        (
            {"input_tokens": 4, "cache_read_tokens": 1, "input_audio_tokens": 9},
            "give cache_audio_read_tokens a rate too",
        ),
        (
            {"input_tokens": 4, "cache_read_tokens": 1, "input_image_tokens": 9},
            "give cache_image_read_tokens a rate too",
        ),
        ({"input_tokens": "1e60"}, "too high"),
    ],
)
def test_rates_that_make_no_price_are_refused(
    shared: Book, rates: Mapping[str, Any], problem: str
) -> None:
    """And nothing of them is kept, not even the model's name."""
    with pytest.raises(InvalidPrice, match=problem):
        shared.add_price("refused", rates)
    with pytest.raises(ModelNotFound):
        shared.get_model("refused")


@pytest.mark.parametrize("meter", [meter.name for meter in METERS if meter.part_of])
def test_a_part_without_its_total_is_refused(shared: Book, meter: str) -> None:
    """A rate for cached input, say, has no meaning where input has none."""
    for missing in closure(meter) - {meter}:
        rates = dict.fromkeys(closure(meter) - {missing}, 1)
        with pytest.raises(InvalidPrice, match=f"is a part of {missing}"):
            shared.add_price("refused", rates)


def test_a_free_price_has_no_rates(shared: Book) -> None:
    with pytest.raises(InvalidPrice, match="a free price has no rates"):
        shared.add_price("refused", {"input_tokens": 1}, free=True)


@pytest.mark.parametrize("end", ["2026-02-28", "2026-03-01", "2026-02-28T23:59:59.999999Z"])
def test_a_price_cannot_end_before_it_begins(shared: Book, end: str) -> None:
    with pytest.raises(InvalidPrice, match="end before it begins"):
        shared.add_price(
            "refused", {"input_tokens": 1}, effective_from="2026-03-01", effective_to=end
        )


@pytest.mark.parametrize("zone", ["localtime", "posix/Europe/Berlin", "Mars/Olympus", "Asia/X"])
def test_a_window_needs_a_zone_that_queries_know(shared: Book, zone: str, tmp_path: Path) -> None:
    """Else no record of the model could be priced any more, nor another price of it be added."""
    (tmp_path / "Asia").mkdir()
    (tmp_path / "Asia" / "X").write_bytes(
        zone_file("Asia/Tokyo").read_bytes()
    )  # Python alone knows it
    zoneinfo.reset_tzpath(to=[tmp_path, *zoneinfo.TZPATH])
    try:
        with pytest.raises(InvalidPrice, match=f"'{zone}' is not a time zone"):
            shared.add_price("refused", {"input_tokens": 1}, window=f"09:00-17:00 {zone}")
    finally:
        zoneinfo.reset_tzpath()
    with pytest.raises(ModelNotFound):
        shared.get_model("refused")


@pytest.mark.parametrize("variant", ["flex", "tier=", "tier=a,tier=b", {"tier": "a,b"}])
def test_a_variant_is_pairs(shared: Book, variant: str | Mapping[str, str]) -> None:
    with pytest.raises(InvalidPrice):
        shared.add_price("refused", {"input_tokens": 1}, variant=variant)
    with pytest.raises(InvalidArgument):
        shared.calculate_cost("gpt-4o", variant=variant, input_tokens=1)


def test_a_time_that_is_none_is_refused(shared: Book) -> None:
    with pytest.raises(InvalidArgument, match="soon"):
        shared.add_price("refused", {"input_tokens": 1}, effective_from="soon")


@pytest.mark.parametrize(
    "usage", [{"input_tokens": -1}, {"input_tokens": True}, {"inputs": 1}, {"input_tokens": 10**15}]
)
def test_an_estimate_refuses_what_cannot_be_counted(shared: Book, usage: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        shared.calculate_cost("gpt-4o", **usage)


def test_an_estimates_charge_is_as_exact_as_a_records(tmp_path: Path) -> None:
    """One of the models whose rates need all 18 decimals, for more than 10,000 USD."""
    usage: dict[str, Any] = {"input_tokens": 97_531_363_072_759, "cache_write_tokens": 362_635_519}
    model: dict[str, Any] = {"model_id": "google/gemini-2.5-flash", "provider": "openrouter"}
    at = datetime(2026, 10, 20, tzinfo=UTC)
    with new_book(tmp_path / "book", markup_percent="12.3456", require_transactions=False) as book:
        book.create_account("acme")
        record = book.record_usage(external_id="acme", occurred_at=at, **model, **usage)
        estimate = book.calculate_cost(at=at, **model, **usage)
        assert estimate.estimated_cost_usd == record.estimated_cost_usd
        assert estimate.charge_usd == record.charge_usd


def test_a_price_needs_a_model(shared: Book) -> None:
    with pytest.raises(TokenbookError):
        shared.add_price(" ", {"input_tokens": 1})


# Variants in logs


@pytest.mark.parametrize(
    "variant",
    [
        "tier",
        {"tier": "a,b"},
        "tier=a,tier=b",
        {" ": "a"},
        {"tier": None},
    ],
)
def test_a_bad_variant_never_stops_a_load(book: Book, tmp_path: Path, variant: object) -> None:
    """The bad line is rejected, and its neighbour loaded."""
    usual = {"occurred_at": DAY.isoformat(), "context": "system", "model": "gpt-4o"}
    lines = [json.dumps(usual | {"input_tokens": 7}), json.dumps(usual | {"variant": variant})]
    result = book.ingest(write_lines(tmp_path / "usage.jsonl", *lines))
    assert (result.appended, result.rejected_by_code) == (1, {"bad_variant": 1})


def test_a_variant_means_the_same_as_text_and_as_pairs(book: Book) -> None:
    """Spaces within a value are kept, as in a price's variant and in an estimate's."""
    book.add_price("own", {"input_tokens": 1})
    book.add_price("own", {"input_tokens": 5}, variant={"tier": "very fast"})
    as_text = use(book, "own", variant="tier=very fast", input_tokens=1_000_000)
    as_pairs = use(book, "own", variant={"tier": "very fast"}, input_tokens=1_000_000)
    assert as_pairs.estimated_cost_usd == 5
    assert as_text.estimated_cost_usd == 5
