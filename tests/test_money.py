"""Rounding, periods and invoices: every cent is accounted for, whatever the amounts are."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import analytics
from analytics import Book
from analytics.errors import InvalidArgument
from analytics.invoices import Draft
from analytics.money import fixed, plain, round_amount, round_to_total
from analytics.period import Period, day_period, instant, iso, month_period, time_zone
from tests.conftest import assert_sound, examples, new_book, write_lines

CENT = Decimal("0.01")
ZONES = ("UTC", "Asia/Kolkata", "America/Los_Angeles", "Europe/Berlin", "Pacific/Kiritimati")

exact_amounts = st.decimals(
    min_value=0, max_value=10**9, places=24, allow_nan=False, allow_infinity=False
) | st.sampled_from([Decimal(text) for text in ("0", "0.005", "0.004999", "0.01", "0.995", "7")])
signed_amounts = exact_amounts | exact_amounts.map(Decimal.copy_negate)
FEW_BOOKS = settings(
    max_examples=examples(3, 8),
    deadline=None,
    print_blob=True,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # an example is a book: do not shrink it
    suppress_health_check=[HealthCheck.too_slow],
)


def exact_sum(amounts: Sequence[Decimal]) -> Decimal:
    """A sum that never loses a digit."""
    with localcontext(prec=100):
        return sum(amounts, Decimal(0))


# Rounding


@given(st.lists(signed_amounts, max_size=60))
def test_rounded_amounts_add_up_to_the_rounded_sum(amounts: list[Decimal]) -> None:
    rounded = round_to_total(amounts, "USD")
    assert exact_sum(rounded) == round_amount(exact_sum(amounts), "USD")
    assert len(rounded) == len(amounts)
    assert all(amount == amount.quantize(CENT) for amount in rounded)


@given(st.lists(exact_amounts, max_size=60))
def test_each_rounded_amount_is_within_a_cent_of_its_own(amounts: list[Decimal]) -> None:
    """No line pays for another one: less than one minor unit away, and never below zero."""
    rounded = round_to_total(amounts, "USD")
    with localcontext(prec=100):
        gaps = [abs(one - other) for one, other in zip(amounts, rounded, strict=True)]
    assert all(gap < CENT for gap in gaps)
    assert all(amount >= 0 for amount in rounded)


@given(st.lists(signed_amounts, max_size=60))
def test_whole_cents_stay_as_they_are_and_so_does_zero(amounts: list[Decimal]) -> None:
    """A line that costs nothing never gets a cent so that a total fits."""
    rounded = round_to_total(amounts, "USD")
    with localcontext(prec=100):
        pairs = [(o, r) for o, r in zip(amounts, rounded, strict=True) if o % CENT == 0]
    assert all(one == other for one, other in pairs)


@given(st.lists(exact_amounts, max_size=30))
def test_a_credit_is_the_mirror_of_its_charge(amounts: list[Decimal]) -> None:
    """Half a cent goes away from zero on both sides."""
    mirrored = [amount.copy_negate() for amount in amounts]  # unary minus would round
    assert round_to_total(mirrored, "USD") == [-each for each in round_to_total(amounts, "USD")]


def test_rounding_is_half_away_from_zero_and_served_in_order() -> None:
    assert [
        round_amount(Decimal(text), "USD") for text in ("0.005", "-0.005", "0.0049", "1.115")
    ] == [
        Decimal("0.01"),
        Decimal("-0.01"),
        Decimal("0.00"),
        Decimal("1.12"),
    ]
    thirds = [Decimal("0.333333333333333333333333")] * 3
    assert round_to_total(thirds, "USD") == [Decimal("0.34"), Decimal("0.33"), Decimal("0.33")]
    assert round_to_total([], "USD") == []


def test_forty_lines_below_a_cent_add_up_to_the_total() -> None:
    """Case 20: rounding each line by itself would bill 0.00."""
    lines = [Decimal("0.004")] * 40
    rounded = round_to_total(lines, "USD")
    assert exact_sum(rounded) == Decimal("0.16")
    assert set(rounded) == {Decimal("0.00"), CENT}


@given(signed_amounts | st.decimals(allow_nan=False, allow_infinity=False, places=30))
def test_plain_keeps_every_digit_and_has_no_exponent(amount: Decimal) -> None:
    text = plain(amount)
    assert Decimal(text) == amount
    assert set(text) <= set("-0123456789.")
    assert "." not in text or text[-1] not in "0."


def test_plain_has_no_exponent_for_very_large_and_very_small_amounts() -> None:
    assert plain(Decimal("1E+3")) == "1000"
    assert plain(Decimal("1E-24")) == "0.000000000000000000000001"
    assert [plain(Decimal(text)) for text in ("0E-18", "100", "12.50")] == ["0", "100", "12.5"]


@given(signed_amounts)
def test_fixed_prints_a_rounded_amount_with_two_decimals(amount: Decimal) -> None:
    rounded = round_amount(amount, "USD")
    text = fixed(rounded, "USD")
    assert Decimal(text) == rounded
    assert len(text.partition(".")[2]) == 2


# Periods

years = st.integers(1, 9998)
LAST_DAY = date(9998, 12, 31)


@given(years, st.integers(1, 12))
def test_a_month_is_all_of_its_days(year: int, month: int) -> None:
    """Half-open: it ends where the next one starts, and prints as it was given."""
    text = f"{year:04}-{month:02}"
    period = month_period(text)
    assert period.start is not None
    assert period.end is not None
    first, last = period.start, period.end - timedelta(days=1)
    assert (first.year, first.month, first.day) == (year, month, 1)
    assert (last.year, last.month) == (year, month)
    assert period.end.day == 1
    assert (str(period) == text) or year < 1000
    assert day_period(str(first), str(last)) == period


@pytest.mark.parametrize("text", ["9999-12"])
def test_the_last_month_of_the_calendar_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InvalidArgument):
        month_period(text)


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01T00:00:00+05:30"])
def test_the_ends_of_the_calendar_are_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InvalidArgument):
        instant(text, "at") if "T" in text else day_period(None, text)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "2026-1", "26-10", "2026-10-01", "0000-01", "x"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument, match="not a month like 2026-10"):
        month_period(text)


@given(st.dates(max_value=LAST_DAY), st.dates(max_value=LAST_DAY))
def test_days_include_both_ends(one: date, other: date) -> None:
    first, last = min(one, other), max(one, other)
    period = day_period(first, str(last))
    assert period == Period(first, last + timedelta(days=1))
    if first < last:
        with pytest.raises(InvalidArgument, match="is before the start"):
            day_period(last, first)


def test_days_may_be_open_at_both_ends_and_are_days() -> None:
    assert day_period(None, None) == Period()
    assert str(Period()) == "the beginning to now"
    assert str(day_period("2026-10-02", "2026-10-30")) == "2026-10-02 to 2026-10-30"
    with pytest.raises(InvalidArgument, match="not a day like"):
        day_period("yesterday", None)
    with pytest.raises(InvalidArgument, match="not a time"):
        day_period(datetime(2026, 10, 1, tzinfo=UTC), None)


def test_the_rest_of_a_month_is_not_called_the_month() -> None:
    """A report of 2 to 31 October must not be titled 2026-10."""
    assert str(day_period("2026-10-02", "2026-10-31")) == "2026-10-02 to 2026-10-31"


@given(
    st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1)),  # noqa: DTZ001 - zoned below
    st.sampled_from(ZONES),
    st.integers(0, 1),
)
def test_an_instant_is_the_same_in_every_spelling(moment: datetime, zone: str, fold: int) -> None:
    """With offset, in a zone, on both sides of a changed clock: one instant, in UTC."""
    local = moment.replace(tzinfo=ZoneInfo(zone), fold=fold)
    wanted = local.astimezone(UTC)
    assert instant(local, "at") == wanted
    assert instant(local.astimezone(UTC).isoformat(), "at") == wanted
    assert instant(iso(local), "at") == wanted
    assert iso(local).endswith("Z")
    assert instant(moment, "at") == moment.replace(tzinfo=UTC)


def test_a_repeated_hour_is_two_instants() -> None:
    """Berlin, 2025-10-26: 02:30 comes twice, an hour apart."""
    berlin = time_zone("Europe/Berlin")
    first = datetime(2025, 10, 26, 2, 30, tzinfo=berlin)
    assert instant(first, "at") == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    assert instant(first.replace(fold=1), "at") == datetime(2025, 10, 26, 1, 30, tzinfo=UTC)


def test_a_day_is_its_first_instant_in_utc() -> None:
    assert instant(date(2026, 10, 31), "at") == datetime(2026, 10, 31, tzinfo=UTC)
    assert instant("2026-10-31", "at") == datetime(2026, 10, 31, tzinfo=UTC)
    with pytest.raises(InvalidArgument, match="not a time like"):
        instant("soon", "at")


@pytest.mark.parametrize("name", ["", "Mars/Base", "../etc/passwd", "Europe", "\x00", "/etc"])
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgument, match="is not a time zone"):
        time_zone(name)


# Invoices

Line = dict[str, Any]
MODELS: Mapping[str, tuple[str, ...]] = {
    "gpt-4o": ("inputTokens", "outputTokens", "webSearches"),
    "gpt-5-mini": ("inputTokens", "outputTokens", "webSearches"),
    "o3": ("inputTokens", "outputTokens"),
    "gemini-2.5-pro": ("inputTokens", "outputTokens"),
    "claude-sonnet-4-5": ("inputTokens", "outputTokens"),
    "groq/whisper-large-v3": ("audioMilliseconds",),
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed book in Los Angeles with mark-ups that make 24 decimals of a charge."""
    path = tmp_path_factory.mktemp("template") / "book"
    zone = "America/Los_Angeles"
    with new_book(
        path, billing_timezone=zone, markup_percent="33.3333", require_transactions=False
    ) as book:
        book.create_account("anna", markup_percent="17.0001")
        book.create_account("bert")
        book.create_account("cleo", markup_percent=0)
    return path


@pytest.fixture
def book(template: Path, tmp_path: Path) -> Iterator[Book]:
    """A new book like the template."""
    shutil.copytree(template, tmp_path / "book")
    with analytics.open(tmp_path / "book") as book:
        yield book


@st.composite
def calls(draw: st.DrawFn) -> Line:
    """A call of October 2026, in which flex, priority and batch changed their price."""
    model = draw(st.sampled_from(list(MODELS)))
    hour = draw(st.integers(0, 31 * 24 + 12))
    at = datetime(2026, 10, 1, 3, tzinfo=UTC) + timedelta(hours=hour)
    line: Line = {"model": model, "occurredAt": iso(at)}
    who = draw(st.sampled_from(("anna", "bert", "cleo", None)))
    line |= {"externalId": who} if who else {"context": "system"}
    if variant := draw(st.sampled_from(("", "service_tier=flex", "processing=batch"))):
        line["variant"] = variant
    for meter in MODELS[model]:
        line[meter] = draw(st.sampled_from((0, 1, 3, 200_001)) | st.integers(0, 10**6))
    if "inputTokens" in line and draw(st.booleans()):
        line["cachedTokens"] = draw(st.integers(0, line["inputTokens"]))
    if draw(st.integers(0, 60)) == 0:
        line["inputToolTokens"] = 1
    return line


@pytest.mark.examples
@FEW_BOOKS
@given(lines=st.lists(calls(), min_size=5, max_size=50))
def test_the_lines_of_every_draft_add_up(template: Path, lines: list[Line]) -> None:
    """Lines = subtotal, subtotal + tax = total, exact amounts = the charge of the records."""
    with tempfile.TemporaryDirectory() as name:
        shutil.copytree(template, Path(name) / "book")
        with analytics.open(Path(name) / "book") as book:
            log = write_lines(Path(name) / "log.jsonl", *(json.dumps(line) for line in lines))
            assert book.ingest(log).rejected == 0
            assert_sound(book)
            for month in ("2026-09", "2026-10", "2026-11"):
                drafts = book.draft_invoices(month)
                assert {each.external_id: each.charge_usd for each in drafts} == charges(
                    book, month
                )
                for draft in drafts:
                    assert (draft.content is None) == (draft.unpriced > 0)
                    if draft.content is not None:
                        check_draft(draft, draft.content)


def charges(book: Book, month: str) -> dict[str, Decimal]:
    """What the records of each account of a month are charged, in all."""
    rows = book.query(
        "select external_id, strftime(local_day, '%Y-%m') as month,"
        " coalesce(sum(charge_usd), 0) as charge_usd"
        " from rated_usage where context = 'customer' group by all"
    ).rows()
    return {row["external_id"]: row["charge_usd"] for row in rows if row["month"] == month}


def check_draft(draft: Draft, content: Mapping[str, Any]) -> None:
    """All sums of an invoice hold, in exact decimals."""
    lines = content["lines"]
    amounts = [Decimal(line["amount"]) for line in lines]
    total, subtotal = Decimal(content["total"]), Decimal(content["subtotal"])
    assert exact_sum(amounts) == subtotal
    assert subtotal + sum(Decimal(tax["amount"]) for tax in content["tax"]) == total
    assert total == round_amount(draft.charge_usd, "USD")
    assert draft.total == content["total"]
    assert exact_sum([Decimal(line["exact"]) for line in lines]) == draft.charge_usd
    assert exact_sum([Decimal(day["exact"]) for day in content["days"]]) == draft.charge_usd
    assert exact_sum([Decimal(model["amount"]) for model in content["models"]]) == total
    assert sum(model["records"] for model in content["models"]) == content["records"]
    assert sum(day["records"] for day in content["days"]) == content["records"]
    keys = [(line["provider"], line["model"], line["meter"]) for line in lines]
    assert len(set(keys)) == len(keys)
    for line in lines:
        check_line(line)


def check_line(line: Mapping[str, Any]) -> None:
    """A line is the sum of its prices, and each of these is quantity x unit price."""
    with localcontext(prec=100):
        assert abs(Decimal(line["amount"]) - Decimal(line["exact"])) < CENT
        assert sum(int(price["quantity"]) for price in line["prices"]) == int(line["quantity"])
        parts = [Decimal(price["exact"]) for price in line["prices"]]
        assert sum(parts, Decimal(0)) == Decimal(line["exact"])
        for price in line["prices"]:
            product = int(price["quantity"]) * Decimal(price["unit_price"]) / Decimal(line["per"])
            # The few records of a rate by the hour are each rounded at the 18th decimal.
            allowed = Decimal("1e-16") if "whisper-large" in line["model"] else 0
            assert abs(product - Decimal(price["exact"])) <= allowed
            assert price["first_day"] <= price["last_day"]
        unit_prices = {price["unit_price"] for price in line["prices"]}
        assert line["unit_price"] == (unit_prices.pop() if len(unit_prices) == 1 else None)


def use_much(book: Book) -> None:
    """Charges above 10,000 USD with 24 decimals: more digits than the default keeps."""
    for day in (1, 2, 3):
        book.record_usage(
            model_id="whisper-large-v3",
            provider="groq",
            external_id="bert",
            audio_milliseconds=10**13 - day,
            occurred_at=f"2026-10-{day + 10}T12:00:00Z",
        )


SUM_OF_RECORDS = "select sum(charge_usd) as charge_usd from rated_usage"


def test_an_invoice_above_ten_thousand_dollars_keeps_every_digit(book: Book) -> None:
    use_much(book)
    (draft,) = book.draft_invoices("2026-10")
    assert draft.content is not None
    check_draft(draft, draft.content)


def test_a_summary_above_ten_thousand_dollars_keeps_every_digit(book: Book) -> None:
    use_much(book)
    book.record_usage(model_id="gpt-4o", context="system", input_tokens=1)
    total = book.query(SUM_OF_RECORDS).rows()[0]["charge_usd"]
    assert book.get_usage_summary().total_charge_usd == total


def test_an_estimate_above_ten_thousand_dollars_keeps_every_digit(book: Book) -> None:
    estimate = book.calculate_cost(
        "whisper-large-v3", provider="groq", audio_milliseconds=10**15 - 1
    )
    assert estimate.estimated_cost_usd is not None
    with localcontext(prec=100):
        assert estimate.charge_usd == estimate.estimated_cost_usd * Decimal("1.333333")


def test_usage_whose_cost_nobody_believes_is_unpriced_and_leaves_the_book_usable(
    book: Book,
) -> None:
    """Above a billion USD a record has no cost: else no total of the book would fit its type."""
    book.add_price("monster", {"input_tokens": "999000000"}, provider="custom")
    record = book.record_usage(
        model_id="monster", provider="custom", external_id="bert", input_tokens=10**15 - 1
    )
    assert (record.estimated_cost_usd, record.unpriced_reason) == (None, "too_large")
    assert book.get_usage_summary().unpriced_count == 1
    assert_sound(book)
