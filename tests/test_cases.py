"""What other tools got wrong about prices and loading; each test is named after its number.

The expected amounts come from the prices in force and exact arithmetic. The complaints that led to
the cases (BL = BerriAI/litellm, LF = langfuse/langfuse) are named where they say what went wrong.
"""

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import analytics
from analytics import Book, UsageRecord
from analytics.errors import UnpricedUsage, UsageConflict
from tests.conftest import assert_sound, new_book, write_lines

REPOSITORY = Path(__file__).resolve().parents[1]
CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """One book for all cases of a single call; its checks pass in the end."""
    path = tmp_path_factory.mktemp("cases") / "book"
    with new_book(path, require_transactions=False) as book:
        book.create_account("acme")
        yield book
        assert_sound(book)


def call(book: Book, model: str, at: str = "2026-10-15T12:00:00Z", **usage: Any) -> UsageRecord:
    """Records a call of acme; an estimate of the same call must agree with it."""
    record = book.record_usage(model_id=model, external_id="acme", occurred_at=at, **usage)
    estimate = book.calculate_cost(model, at=at, **usage)
    assert estimate.estimated_cost_usd == record.estimated_cost_usd
    return record


def quantities(book: Book, model: str, **usage: Any) -> dict[str, int]:
    """How many of each meter are billed at a rate of their own."""
    estimate = book.calculate_cost(model, at="2026-10-15T12:00:00Z", **usage)
    return {line.meter: line.quantity for line in estimate.lines}


def log_line(**fields: Any) -> str:
    """A line of a log: 1,500 + 500 tokens of gpt-4o for acme, where nothing else is said."""
    usual = {
        "occurred_at": "2026-10-15T12:00:00Z",
        "external_id": "acme",
        "model": "gpt-4o",
        "input_tokens": 1_500,
        "output_tokens": 500,
    }
    return json.dumps(usual | fields)


ONE_CALL = Decimal("0.00875")
"""What the usual line costs."""


def test_case_1_cached_input_is_not_counted_twice(priced: Book) -> None:
    record = call(
        priced,
        "claude-opus-4-5",
        input_tokens=172_000,
        cached_tokens=155_000,
        cache_write_tokens=3_000,
        output_tokens=0,
    )
    assert record.estimated_cost_usd == Decimal("0.16625")


def test_case_2_the_tier_covers_the_whole_request_cached_part_included(priced: Book) -> None:
    record = call(
        priced, "gemini-2.5-pro", input_tokens=262_960, cached_tokens=257_955, output_tokens=1_744
    )
    assert record.estimated_cost_usd == Decimal("0.10316125")


@pytest.mark.parametrize(("input_tokens", "cost"), [(200_000, "0.615"), (200_001, "1.222506")])
def test_case_3_a_tier_starts_above_its_threshold(
    priced: Book, input_tokens: int, cost: str
) -> None:
    record = call(priced, "claude-sonnet-4-5", input_tokens=input_tokens, output_tokens=1_000)
    assert record.estimated_cost_usd == Decimal(cost)


@pytest.mark.parametrize(
    ("meter", "cost"), [("cache_write_tokens", "0.4646875"), ("cache_write_1h_tokens", "0.7435")]
)
def test_case_4_an_hour_of_cache_costs_more_than_five_minutes(
    priced: Book, meter: str, cost: str
) -> None:
    """At a base of 10 USD for a million tokens."""
    usage: dict[str, Any] = {"input_tokens": 37_175, meter: 37_175}
    record = call(priced, "claude-fable-5", **usage)
    assert record.estimated_cost_usd == Decimal(cost)


@pytest.mark.parametrize(("day", "cost"), [("2025-06-01", 10), ("2025-07-01", 2)])
def test_case_5_history_is_priced_at_the_price_of_its_day(
    priced: Book, day: str, cost: int
) -> None:
    record = call(priced, "o3", at=day, input_tokens=1_000_000)
    assert record.estimated_cost_usd == cost


@pytest.mark.parametrize(("hour", "cost"), [("03:00", "0.27"), ("18:00", "0.135")])
def test_case_6_off_peak_hours_are_cheaper(priced: Book, hour: str, cost: str) -> None:
    record = call(priced, "deepseek-chat", at=f"2025-03-01T{hour}:00Z", input_tokens=1_000_000)
    assert record.estimated_cost_usd == Decimal(cost)


@pytest.mark.parametrize(
    ("variant", "cost"), [(None, "0.001275"), ("service_tier=flex", "0.0006375")]
)
def test_case_7_the_tier_that_served_the_call_is_billed(
    priced: Book, variant: str | None, cost: str
) -> None:
    record = call(
        priced,
        "gpt-5-mini",
        at="2026-11-01T12:00:00Z",
        variant=variant,
        input_tokens=2_000,
        cached_tokens=1_000,
        output_tokens=500,
    )
    assert record.estimated_cost_usd == Decimal(cost)


def test_case_8_reasoning_is_a_part_of_the_output(priced: Book) -> None:
    """All 482 output tokens are billed, neither 448 nor 930 (BL#18599)."""
    usage: dict[str, Any] = {"output_tokens": 482, "output_reasoning_tokens": 448}
    record = call(priced, "gpt-5-nano", **usage)
    assert record.estimated_cost_usd == 482 * Decimal("0.0000004")
    assert quantities(priced, "gpt-5-nano", **usage) == {"output_tokens": 482}


def test_case_9_a_minute_of_audio_costs_something(priced: Book) -> None:
    record = call(priced, "whisper-1", audio_duration_seconds=60)
    assert record.estimated_cost_usd == Decimal("0.006")
    assert (record.usage_type, record.quantities["audio_milliseconds"]) == ("audio_stt", 60_000)


def test_case_10_cached_input_is_cheaper(priced: Book) -> None:
    record = call(priced, "gpt-4o", input_tokens=1_500, cached_tokens=200, output_tokens=500)
    assert record.estimated_cost_usd == Decimal("0.0085")


def test_case_11_an_anthropic_usage_block_has_three_prices_of_input(priced: Book) -> None:
    """input_tokens 5, cache_read 128,955 and cache_creation 1,253 are 130,213 tokens in all."""
    usage: dict[str, Any] = {
        "input_tokens": 5 + 128_955 + 1_253,
        "cache_read_tokens": 128_955,
        "cache_write_tokens": 1_253,
    }
    record = call(priced, "claude-sonnet-4-5", **usage)
    assert record.quantities["input_tokens"] == 130_213
    assert quantities(priced, "claude-sonnet-4-5", **usage) == {
        "input_tokens": 5,
        "cache_read_tokens": 128_955,
        "cache_write_tokens": 1_253,
    }
    expected = 5 * Decimal(3) + 128_955 * Decimal("0.3") + 1_253 * Decimal("3.75")
    assert record.estimated_cost_usd == expected / 1_000_000


def test_case_12_a_codex_usage_block_includes_what_is_cached(priced: Book) -> None:
    """Of 117,231 input tokens 115,584 are cached: 1,647 cost the full price."""
    usage: dict[str, Any] = {"input_tokens": 117_231, "cache_read_tokens": 115_584}
    record = call(priced, "gpt-5-codex", **usage)
    assert quantities(priced, "gpt-5-codex", **usage) == {
        "input_tokens": 1_647,
        "cache_read_tokens": 115_584,
    }
    expected = 1_647 * Decimal("1.25") + 115_584 * Decimal("0.125")
    assert record.estimated_cost_usd == expected / 1_000_000


def test_case_13_a_model_nobody_knows_has_no_cost_and_holds_the_invoice(book: Book) -> None:
    """It is listed, counted and in the way, never zero (BL#35914)."""
    book.create_account("acme")
    known = book.record_usage(
        model_id="gpt-4o", external_id="acme", occurred_at="2026-10-01", input_tokens=1_000
    )
    unknown = book.record_usage(
        model_id="gpt-nobody-1", external_id="acme", occurred_at="2026-10-02", input_tokens=1_000
    )
    assert (unknown.estimated_cost_usd, unknown.charge_usd, unknown.price_id) == (None, None, None)
    assert unknown.unpriced_reason == "unknown_model"
    assert [(each.model, each.reason, each.count) for each in book.missing_prices()] == [
        ("gpt-nobody-1", "unknown_model", 1)
    ]
    summary = book.get_usage_summary(month="2026-10")
    assert (summary.record_count, summary.unpriced_count) == (2, 1)
    assert summary.total_cost_usd == known.estimated_cost_usd == Decimal("0.0025")
    drafts = book.draft_invoices("2026-10")
    assert [(draft.unpriced, draft.content, draft.total) for draft in drafts] == [(1, None, None)]
    with pytest.raises(UnpricedUsage, match="gpt-nobody-1"):
        book.refuse_unpriced("2026-10", drafts)


def sent_again(**fields: Any) -> list[str]:
    """Ten events."""
    return [log_line(occurred_at=f"2026-10-15T12:00:0{n}Z", **fields) for n in range(10)]


def events_with_ids() -> list[str]:
    """Ten events that say which they are."""
    return [log_line(id=f"event-{n}", input_tokens=1_500) for n in range(10)]


def assert_charged_once(book: Book) -> None:
    """The book has ten calls, each once, and bills them."""
    summary = book.get_usage_summary(month="2026-10")
    assert summary.record_count == 10
    assert summary.total_cost_usd == 10 * ONE_CALL
    (draft,) = book.draft_invoices("2026-10")
    assert draft.content is not None
    assert draft.content["records"] == 10
    assert draft.charge_usd == 10 * ONE_CALL * Decimal("1.2")


def test_case_14_events_sent_several_times_in_one_file_are_charged_once(
    book: Book, tmp_path: Path
) -> None:
    log = write_lines(tmp_path / "usage.jsonl", *events_with_ids() * 3)
    result = book.ingest(log, create_accounts=True)
    assert (result.appended, result.duplicates, result.rejected) == (10, 20, 0)
    assert_charged_once(book)


@pytest.mark.parametrize("events", [events_with_ids, sent_again])
def test_case_14_events_in_two_files_are_charged_once(
    book: Book, tmp_path: Path, events: Callable[[], list[str]]
) -> None:
    """With ids of their own or without, in one load or in two, and when a file is loaded again."""
    one = write_lines(tmp_path / "one.jsonl", *events())
    other = write_lines(tmp_path / "other.jsonl", *reversed(events()))
    together = book.ingest(one, other, create_accounts=True)
    assert (together.appended, together.duplicates) == (10, 10)
    again = book.ingest(other)
    assert (again.appended, again.duplicates) == (0, 10)
    assert_charged_once(book)


def test_case_14_a_record_sent_again_is_charged_once(book: Book) -> None:
    book.create_account("acme")
    for n in [*range(10), *range(10)]:
        book.record_usage(
            id=f"event-{n}",
            model_id="gpt-4o",
            external_id="acme",
            occurred_at="2026-10-15T12:00:00Z",
            input_tokens=1_500,
            output_tokens=500,
        )
    assert_charged_once(book)


LOAD = """
import sys
import analytics
with analytics.open(sys.argv[1], wait_seconds=60) as book:
    result = book.ingest(sys.argv[2], create_accounts=True)
    print(result.appended, result.duplicates, result.rejected)
"""


def test_case_14_two_processes_that_load_the_same_events_at_once_charge_them_once(
    tmp_path: Path,
) -> None:
    """The book takes one of them at a time, and the second finds only duplicates."""
    log = write_lines(tmp_path / "usage.jsonl", *events_with_ids())
    folder = tmp_path / "book"
    new_book(folder, markup_percent=20, require_transactions=False).close()
    command = [sys.executable, "-c", LOAD, str(folder), str(log)]
    loads = [
        subprocess.Popen(
            command,
            cwd=REPOSITORY,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    outputs = [load.communicate(timeout=120) for load in loads]
    assert [load.returncode for load in loads] == [0, 0], outputs
    assert sorted(output for output, _ in outputs) == ["0 10 0\n", "10 0 0\n"]
    with analytics.open(folder) as book:
        assert_charged_once(book)
        assert_sound(book)


def test_case_15_a_colliding_id_is_a_conflict_and_nothing_is_lost_in_silence(
    book: Book, tmp_path: Path
) -> None:
    """In one file, in a later file and as a single record: one is stored, the others are named."""
    first = log_line(id="req-1", input_tokens=1_500)
    second = log_line(id="req-1", input_tokens=9_999)
    result = book.ingest(write_lines(tmp_path / "one.jsonl", first, second), create_accounts=True)
    assert (result.rows, result.appended, result.rejected) == (2, 1, 1)
    assert result.rejected_by_code == {"id_conflict": 1}
    (rejection,) = result.first_rejections
    assert rejection.line == 2
    assert "req-1" in rejection.message
    later = book.ingest(write_lines(tmp_path / "two.jsonl", second, first))
    assert (later.appended, later.duplicates, later.rejected) == (0, 1, 1)
    with pytest.raises(UsageConflict, match="req-1"):
        book.record_usage(id="req-1", model_id="gpt-4o", external_id="acme", input_tokens=9_999)
    assert book.get_usage_summary().total_cost_usd == ONE_CALL
    kept = book.query("select code, line from rejection order by load_id").rows()
    assert kept == [{"code": "id_conflict", "line": 2}, {"code": "id_conflict", "line": 1}]


DST_CHANGES = {"spring": date(2026, 3, 8), "autumn": date(2025, 11, 2)}
"""Los Angeles has a day of 23 hours and one of 25."""


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/Los_Angeles"])
def test_case_16_the_days_of_a_range_add_up_to_it(tmp_path: Path, zone: str) -> None:
    """A call every half hour around both changes of the clock; BL#29568, BL#27780."""
    days: Counter[date] = Counter()
    lines = []
    for change in DST_CHANGES.values():
        start = datetime(change.year, change.month, change.day, tzinfo=UTC) - timedelta(days=3)
        for half_hour in range(7 * 48):
            at = start + half_hour * timedelta(minutes=30)
            days[at.astimezone(ZoneInfo(zone)).date()] += 1
            lines.append(log_line(occurred_at=at.isoformat(), input_tokens=1_500))
    with new_book(tmp_path / "book", billing_timezone=zone) as book:
        log = write_lines(tmp_path / "usage.jsonl", *lines)
        assert book.ingest(log, create_accounts=True).appended == len(lines)
        for change in DST_CHANGES.values():
            first, last = change - timedelta(days=5), change + timedelta(days=5)
            by_day = [
                book.get_usage_summary(start_date=day, end_date=day)
                for day in (first + timedelta(days=n) for n in range(11))
            ]
            whole = book.get_usage_summary(start_date=first, end_date=last)
            assert whole.record_count == sum(day.record_count for day in by_day) == 7 * 48
            assert whole.total_cost_usd == sum(day.total_cost_usd for day in by_day)
            assert whole.total_cost_usd == 7 * 48 * ONE_CALL
            for day in by_day:
                assert day.start_date is not None
                assert day.record_count == days[day.start_date]
                assert day.total_cost_usd == days[day.start_date] * ONE_CALL
        lengths = {name: days[change] for name, change in DST_CHANGES.items()}
        has_changes = zone == "America/Los_Angeles"
        assert lengths == (
            {"spring": 46, "autumn": 50} if has_changes else dict.fromkeys(lengths, 48)
        )
        assert_sound(book)


def test_case_20_the_lines_of_an_invoice_add_up_to_its_total(book: Book, tmp_path: Path) -> None:
    """Fifteen accounts, each with over 40 lines whose exact amounts end below a cent."""
    rng = random.Random(20)
    models = [
        model
        for model in book.list_models("openai")
        if model.input_per_million and model.output_per_million and model.cached_input_per_million
    ][:15]
    lines = [
        log_line(
            external_id=f"customer-{number}",
            provider="openai",
            model=model.model_id,
            input_tokens=20_000 + rng.randint(0, 100_000),
            cached_tokens=rng.randint(1, 20_000),
            output_tokens=rng.randint(1, 30_000),
        )
        for number in range(15)
        for model in models
    ]
    book.ingest(write_lines(tmp_path / "usage.jsonl", *lines), create_accounts=True)
    drafts = book.draft_invoices("2026-10")
    assert len(drafts) == 15
    for draft in drafts:
        content = draft.content
        assert content is not None
        assert len(content["lines"]) == 45
        amounts = [Decimal(line["amount"]) for line in content["lines"]]
        exact = [Decimal(line["exact"]) for line in content["lines"]]
        tax = sum((Decimal(each["amount"]) for each in content["tax"]), Decimal(0))
        assert sum(each != each.quantize(CENT) for each in exact) >= 40
        assert sum(amounts) == Decimal(content["subtotal"])
        assert sum(amounts) + tax == Decimal(content["total"])
        assert sum(exact) == draft.charge_usd
        assert Decimal(content["total"]) == draft.charge_usd.quantize(CENT, ROUND_HALF_UP)
        for amount, charge in zip(amounts, exact, strict=True):
            assert amount == amount.quantize(CENT)
            assert abs(amount - charge) < CENT
        by_model = [Decimal(model["amount"]) for model in content["models"]]
        assert sum(by_model) == Decimal(content["total"])


def test_case_20_holds_for_an_invoice_over_ten_thousand_dollars(book: Book) -> None:
    """A charge has up to 24 decimals, so five digits before the point are 29 in all."""
    book.create_account("acme", markup_percent="12.3456")
    for n in range(3):
        book.record_usage(
            # One of the models whose rates need all 18 decimals.
            model_id="google/gemini-2.5-flash",
            provider="openrouter",
            external_id="acme",
            occurred_at="2026-10-20T00:00:00Z",
            input_tokens=31_363_072_759 + n,
            cache_write_tokens=362_635_519,
        )
    (charged,) = book.query("select sum(charge_usd) as exact from rated_usage").rows()
    assert charged["exact"] > 10_000
    (draft,) = book.draft_invoices("2026-10")
    assert draft.content is not None
    assert draft.charge_usd == charged["exact"]
    with localcontext(prec=60):
        exact = sum((Decimal(line["exact"]) for line in draft.content["lines"]), Decimal(0))
    assert exact == charged["exact"]
    assert Decimal(draft.content["total"]) == charged["exact"].quantize(CENT, ROUND_HALF_UP)
