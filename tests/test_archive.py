"""An archive answers like the book that it was made of, for its months, and is never written."""

import json
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

import analytics
from analytics import Book
from analytics.closing.archiving import TABLES
from analytics.errors import FilesDamaged, InvalidArgument, NotClosed, ReadOnly, StorageFailed
from tests.conftest import assert_sound, new_book, write_lines, write_seller

LEFT_EMPTY = {
    *("follow_content", "follow_position", "recording", "rejection", "schema_version"),
    *("spool_segment", "usage_leftover", "usage_open"),
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed book with two closed months, one of them invoiced, and an open one."""
    folder = tmp_path_factory.mktemp("source")
    path = folder / "book"
    with new_book(path, markup_percent=20, require_transactions=False) as book:
        lines = [
            {
                "id": f"call-{number}",
                "occurred_at": f"2026-{8 + number % 3:02}-{1 + number % 28:02}",
                "model": ("gpt-4o", "o3")[number % 2] if number % 10 else "nobody-knows-1",
                "input_tokens": 1000 * number,
                **({"context": "system"} if number % 5 == 0 else {"external_id": "acme"}),
            }
            for number in range(60)
        ]
        log = write_lines(folder / "log.jsonl", *map(json.dumps, [*lines, {"id": "bad"}]))
        assert book.ingest(log, create_accounts=True).rejected == 1
        book.add_credits("acme", 100)
        write_seller(path)
        (path / "queries").mkdir()
        own = "-- Title: Our own\nselect count(*) as records from rated_usage"
        write_lines(path / "queries" / "own-report.sql", own)
        book.issue_invoices("2026-09", issue_date=date(2026, 10, 2))
        for month in ("2026-08", "2026-09"):
            book.close_month(month)
    return path


@pytest.fixture
def archive(source: Path, tmp_path: Path) -> Path:
    with analytics.open(source) as book:
        made = book.archive(tmp_path / "archive")
    assert made.months == ["2026-08", "2026-09"]
    assert (made.record_count, made.files) == (40, 4)
    return tmp_path / "archive"


def answers(book: Book, month: str) -> list[object]:
    names = [name for name in book.reports() if name != "own-report"]
    reports = [book.report(name, month=month).rows for name in names]
    records = book.get_usage(month=month, limit=1000).usage_records
    return [*reports, book.get_usage_summary(month=month), records, book.draft_invoices(month)]


def test_an_archive_answers_like_its_book(source: Path, archive: Path, tmp_path: Path) -> None:
    """Where it was made, and where it was moved to; in the sandbox too."""
    archive.rename(tmp_path / "moved")
    shutil.copytree(tmp_path / "moved", archive)
    total = "select count(*) as records, sum(cost_usd) as cost_usd from rated_usage"
    for folder in (archive, tmp_path / "moved"):
        with (
            analytics.open(source, read_only=True) as book,
            analytics.open(folder, read_only=True) as copy,
        ):
            for month in ("2026-08", "2026-09"):
                assert answers(copy, month) == answers(book, month)
            assert "own-report" in copy.reports()
            assert copy.get_usage(month="2026-10").usage_records == []
            assert copy.get_usage_summary().record_count == 40
            assert copy.list_months() == book.list_months()[:2]
            assert copy.query(total).rows()[0]["records"] == 40
            assert copy.list_invoices() == book.list_invoices()
            assert copy.explain_usage("call-1") == book.explain_usage("call-1")
            assert_sound(copy)
            assert not [file for file in copy.verify_files() if file.problem]


def test_a_bare_client_reads_an_archive(archive: Path) -> None:
    with duckdb.connect(str(archive / "book.duckdb"), read_only=True) as connection:
        (count,) = connection.execute("select count(*) from rated_usage").fetchall()
    assert count == (40,)


def test_an_archive_is_never_written(archive: Path) -> None:
    for how in ({}, {"shared": True}):
        with pytest.raises(ReadOnly):
            analytics.open(archive, **how)  # type: ignore[arg-type]


def test_everything_in_an_archive_that_others_need_is_parquet(archive: Path) -> None:
    """Cost, computed by Polars alone from records and prices, is that of the totals."""
    records = pl.read_parquet(archive / "usage" / "**" / "*.parquet")
    prices = pl.read_parquet(archive / "prices.parquet").select("price_id", "input_tokens_rate")
    accounts = pl.read_parquet(archive / "accounts.parquet")
    daily = pl.read_parquet(archive / "daily.parquet")
    priced = records.join(prices, on="price_id").select("input_tokens", "input_tokens_rate").rows()
    cost = sum((Decimal(tokens) * rate for tokens, rate in priced), Decimal(0))
    assert daily["cost_usd"].sum() == cost > 0
    assert daily["record_count"].sum() == records.height == 40
    assert accounts["external_id"].to_list() == ["acme"]
    assert {*records["account_id"].drop_nulls()} == {*accounts["account_id"]}
    floats = [kind for frame in (records, daily, accounts) for kind in frame.dtypes]
    assert not [kind for kind in floats if kind.is_float()]


def test_each_table_of_a_book_is_in_its_archive_or_left_empty(archive: Path) -> None:
    """A new table needs a place in `archiving.TABLES`, or here."""
    names = "select table_name from information_schema.tables where table_type = 'BASE TABLE'"
    with duckdb.connect(str(archive / "book.duckdb"), read_only=True) as connection:
        tables = {str(name) for (name,) in connection.execute(names).fetchall()}
        empty = {
            table
            for table in LEFT_EMPTY - {"schema_version"}
            if not connection.execute(f"from {table} limit 1").fetchall()
        }
    assert tables == {*TABLES} | LEFT_EMPTY
    assert empty == LEFT_EMPTY - {"schema_version"}


def test_a_month_with_late_records_is_not_archived(source: Path, tmp_path: Path) -> None:
    path = Path(shutil.copytree(source, tmp_path / "book"))
    late = {"context": "system", "model_id": "o3", "occurred_at": "2026-08-02", "requests": 1}
    with analytics.open(path) as book:
        book.record_usage(**late)  # type: ignore[arg-type]
        with pytest.raises(NotClosed, match="2026-08 has records that came after"):
            book.archive(tmp_path / "archive")
        for month in ("2026-08", "2026-09"):
            book.reopen_month(month)
        with pytest.raises(NotClosed, match="No month is closed"):
            book.archive(tmp_path / "archive")
    assert not (tmp_path / "archive").exists()


def test_an_archive_is_there_whole_or_not_at_all(source: Path, tmp_path: Path) -> None:
    path = Path(shutil.copytree(source, tmp_path / "book"))
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    file = next((path / "usage").rglob("*.parquet"))
    with analytics.open(path) as book:
        for used in (tmp_path / "file", path):
            with pytest.raises(InvalidArgument, match="has files"):
                book.archive(used)
        with pytest.raises(StorageFailed):
            book.archive(tmp_path / "file" / "below")
        book.archive(tmp_path / "empty")
        file.unlink()
        with pytest.raises(FilesDamaged):
            book.archive(tmp_path / "damaged")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["book", "empty", "file"]
