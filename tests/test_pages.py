"""Pages of records: however they are found, the records and the money of `rated_usage`."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import analytics
from analytics import reports
from analytics.closing import moving
from analytics.engines.duckdb import DuckDBEngine
from analytics.period import Period, day_period, month_period
from analytics.rating import to_usage_record
from analytics.records import METER_NAMES, UsageRecord
from analytics.reports import EVER, Filter, list_usage
from tests.conftest import assert_sound, new_book, write_lines

MONTHS = ("2026-07", "2026-08", "2026-09", "2026-10")
RECORDS = 240
WHOLES = {
    **dict.fromkeys(("input_tokens", "output_tokens"), 10**6),
    **dict.fromkeys(("input_audio_tokens", "input_image_tokens", "cache_read_tokens"), 10**4),
}
MODELS = ("gpt-4o", "claude-sonnet-4-5", "whisper-1", "nobody-knows-1", "gemini-2.5-pro")


PRICED = [name for name in METER_NAMES if name != "requests"]
EVERY_METER = {
    **{name: WHOLES.get(name, 500 - 10 * n) for n, name in enumerate(PRICED)},
    "id": "every-meter",
    "occurred_at": "2026-09-09T09:00:00Z",
    "external_id": "customer-3",
    "provider": "house",
    "model": "every-meter",
}
"""A call of a model with a rate of its own for each meter, none of which is the same."""


def line(number: int) -> dict[str, Any]:
    """A call of one of nine accounts, who take turns unevenly, or of the own systems."""
    model = MODELS[number % 13 % 5]
    meters: dict[str, Any] = {"input_tokens": 900 + number, "output_tokens": number % 7}
    meters |= {"cache_read_tokens": number % 300, "web_searches": number % 3}
    if model == "whisper-1":
        meters = {"audio_milliseconds": 1 + number * 997}
    account = number % 23 if number % 23 < 9 else 0
    return {
        "id": f"call-{number:03}",
        "occurred_at": f"{MONTHS[number % 4]}-{1 + number % 28:02}T{number % 5:02}:30:00Z",
        "model": model,
        **meters,
        **({"external_id": f"customer-{account}"} if number % 6 else {"context": "system"}),
        "tags": {"feature": f"{number % 4}"},
    }


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two months in many small files, one in files with late records beside it, one open."""
    folder = tmp_path_factory.mktemp("pages")
    settings: dict[str, Any] = {"billing_timezone": "Asia/Tokyo", "require_transactions": False}
    with (
        new_book(folder / "book", markup_percent=17, **settings) as book,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(moving, "FILE_ROWS", 9)
        patch.setattr(moving, "SMALL_ROWS", 1)
        book.create_account(external_id="customer-3", markup_percent="2.5")
        rates = {name: f"{number}.000001" for number, name in enumerate(PRICED, 1)}
        book.add_price("every-meter", rates, provider="house", effective_from="2026-01-01")
        lines = [line(number) for number in range(RECORDS)] + [EVERY_METER]
        log = write_lines(folder / "log.jsonl", *map(json.dumps, lines))
        book.ingest(log, create_accounts=True)
        for month in MONTHS[:3]:
            book.close_month(month)
        late = [line(n) | {"id": f"late-{n}"} for n in range(0, RECORDS, 9)]
        book.ingest(write_lines(folder / "late.jsonl", *map(json.dumps, late)))
        book.close_month(MONTHS[1])
        call: dict[str, Any] = {"model_id": "gpt-4o", "external_id": "customer-1"}
        book.record_usage(id="one", occurred_at="2026-09-30T14:00:00Z", input_tokens=7, **call)
        assert sum(month.files for month in book.list_months()) > 20
        assert_sound(book)
    return folder / "book"


@pytest.fixture(scope="module")
def records(path: Path) -> list[UsageRecord]:
    """All records with their money, as `rated_usage` has them, newest first."""
    with analytics.open(path, read_only=True) as book:
        query = "select * from rated_usage order by occurred_at desc, record_id desc"
        return [to_usage_record(row) for row in book.query(query).rows()]


PERIODS = (EVER, month_period("2026-08"), day_period("2026-08-20", "2026-09-03"))
ASKED = [
    Filter(period=period, account=account, **others)
    for period, account, others in product(
        PERIODS,
        (None, *(f"customer-{number}" for number in range(9)), "nobody"),
        ({}, {"context": "system"}, {"model": "GPT-4o"}, {"usage_type": "audio_stt"}),
    )
]


def is_meant(record: UsageRecord, which: Filter) -> bool:
    """Whether a record is one that is asked for, by an obvious reading."""
    period: Period = which.period
    return (
        (period.start is None or record.local_day >= period.start)
        and (period.end is None or record.local_day < period.end)
        and which.account in {None, record.external_id}
        and which.context in {None, record.context}
        and (which.model is None or record.model_id.lower() == which.model.lower())
        and which.usage_type in {None, record.usage_type}
    )


@pytest.mark.parametrize(("many", "few"), [*product((0, 20_000), (0, 4, 10_000))])
def test_a_page_is_the_same_however_it_is_found(
    path: Path, records: list[UsageRecord], monkeypatch: pytest.MonkeyPatch, many: int, few: int
) -> None:
    monkeypatch.setattr(reports, "_MANY", many - 1)
    monkeypatch.setattr(reports, "_FEW", few)
    engine = DuckDBEngine(path, read_only=True)
    for which in ASKED[:: 7 if many else 5]:
        expected = [record for record in records if is_meant(record, which)]
        for limit, offset in ((5, 0), (3, 4), (1000, 1)):
            page, more = list_usage(engine, which, limit=limit, offset=offset)
            assert page == expected[offset : offset + limit]
            assert more == (offset + limit if len(expected) > offset + limit else None)
    engine.close()


def test_money_has_the_digits_of_the_view(path: Path, records: list[UsageRecord]) -> None:
    (every,) = (each for each in records if each.id == "every-meter")
    assert {*every.quantities} == {*METER_NAMES}
    assert every.estimated_cost_usd
    with analytics.open(path, read_only=True) as book:
        found = book.get_usage(limit=1000).usage_records or ()
    assert [str(each.estimated_cost_usd) for each in found] == [
        str(each.estimated_cost_usd) for each in records
    ]
    assert [str(each.charge_usd) for each in found] == [str(each.charge_usd) for each in records]
    assert None in {each.charge_usd for each in found}


def test_files_that_cannot_have_the_account_are_not_opened(path: Path, tmp_path: Path) -> None:
    """They are not even there: whoever asks for another account does not miss them."""
    engine = DuckDBEngine(path, read_only=True)
    account = engine.rows("reports/account_id", account="customer-3")[0]["account_id"]
    asked: dict[str, Any] = {"account": account, "account_id": account, "end_day": None}
    mine = engine.rows("reports/usage_files", start_day=None, **asked)
    every = engine.rows("closing/files", month=None)
    assert 0 < len(mine) < len(every) / 2
    month = engine.rows("reports/usage_files", start_day="2026-09-07", **asked)
    assert {row["month"].month for row in month} == {9}
    away = tmp_path / "away.parquet"
    other = path / next(
        row["path"] for row in every if row["path"] not in {m["path"] for m in mine}
    )
    other.rename(away)
    try:
        assert list_usage(engine, Filter(account="customer-3"), limit=9, offset=0)[0]
    finally:
        away.rename(other)
        engine.close()
