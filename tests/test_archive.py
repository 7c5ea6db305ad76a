"""An archive answers like the book that it was made of, for its months, and is never written."""

import json
import shutil
from base64 import b64encode
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

import analytics
from analytics import Book
from analytics.closing.archiving import TABLES
from analytics.errors import (
    FilesDamaged,
    InvalidArgument,
    InvalidConfiguration,
    NotClosed,
    ReadOnly,
    StorageFailed,
)
from tests.conftest import SELLER, assert_sound, new_book, write_lines

LEFT_EMPTY = {
    *("follow_content", "follow_position", "recording", "rejection", "schema_version"),
    *("spool_segment", "usage_leftover", "usage_open"),
}


LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'


def own_files(book: Path) -> None:
    """What an owner puts into a book's folder, and what a book does not read: links, odd files."""
    seller = SELLER.replace("[seller]\n", '[seller]\nlogo = "brand/logo.svg"\n')
    (book / "book.toml").write_text(seller, encoding="utf-8")
    for name in ("brand", "queries", "templates/parts"):
        (book / name).mkdir(parents=True)
    (book / "brand" / "logo.svg").write_bytes(LOGO)
    own = "-- Title: Our own\nselect count(*) as records from rated_usage"
    write_lines(book / "queries" / "own-report.sql", own)
    (book / "queries" / "linked.sql").symlink_to("own-report.sql")
    (book / "queries" / "broken.sql").symlink_to("gone.sql")
    write_lines(book / "templates" / "invoice.md", "{% include 'parts/total.md' %}")
    write_lines(book / "templates" / "parts" / "total.md", "Total {{ total }}")
    (book / "templates" / "style.css").symlink_to("/etc/hostname")
    (book / "templates" / "machine").symlink_to("/etc")


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
        own_files(path)
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
    names = [name for name in book.reports() if name not in {"own-report", "linked"}]
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


def test_an_archive_has_all_that_its_owner_wrote(
    source: Path, archive: Path, tmp_path: Path
) -> None:
    """The book is not needed any more: its logo, templates and reports are there, as files."""
    shutil.move(archive, tmp_path / "moved")
    owned = [path for path in (tmp_path / "moved").rglob("*") if path.suffix != ".parquet"]
    assert {
        path.relative_to(tmp_path / "moved").as_posix() for path in owned if path.is_file()
    } == {
        *("book.duckdb", "book.toml", "brand/logo.svg"),
        *("queries/own-report.sql", "queries/linked.sql"),
        *("templates/invoice.md", "templates/parts/total.md"),
    }
    assert not [path for path in owned if path.is_symlink() or path.stat().st_mode & 0o077]
    pages: list[dict[str, bytes]] = []
    for folder in (source, tmp_path / "moved"):
        with analytics.open(folder, read_only=True) as book:
            drafts = book.draft_invoices("2026-08")
            written = book.write_invoices(
                "2026-08", drafts, tmp_path / f"of {folder.name}", faces=("html", "md")
            )
            pages.append({file.name: file.read_bytes() for file in written})
            pages[-1] |= book.get_invoice("INV-2026-0001").faces
            assert book.report("linked").rows[0][0] > 0
    assert pages[0] == pages[1]
    page = next(text for name, text in pages[0].items() if "acme" in name and "html" in name)
    assert b64encode(LOGO) in page
    assert b64encode(LOGO) in pages[1]["html"]


@pytest.mark.parametrize("broken", ["logo", "configuration"])
def test_what_is_wrong_with_a_book_is_wrong_with_its_archive(
    source: Path, tmp_path: Path, broken: str
) -> None:
    """It is no reason to have none."""
    path = Path(shutil.copytree(source, tmp_path / "book", symlinks=True))
    if broken == "logo":
        (path / "brand" / "logo.svg").unlink()
    else:
        (path / "book.toml").write_text("[seller", encoding="utf-8")
    said = []
    with analytics.open(path) as book:
        book.archive(tmp_path / "archive")
    for folder in (path, tmp_path / "archive"):
        with analytics.open(folder, read_only=True) as book:
            assert book.get_usage_summary(month="2026-09").record_count == 20
            with pytest.raises(InvalidConfiguration) as caught:
                book.draft_invoices("2026-08")
            said.append(str(caught.value).replace(str(folder), ""))
    assert said[0] == said[1]


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
    rates = pl.read_parquet(archive / "price_rates.parquet")
    prices = rates.filter(pl.col("meter") == "input_tokens")
    accounts = pl.read_parquet(archive / "accounts.parquet")
    daily = pl.read_parquet(archive / "daily.parquet")
    priced = records.join(prices, on="price_id").select("input_tokens", "amount", "per").rows()
    cost = sum((tokens * amount / per for tokens, amount, per in priced), Decimal(0))
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
    path = Path(shutil.copytree(source, tmp_path / "book", symlinks=True))
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
    path = Path(shutil.copytree(source, tmp_path / "book", symlinks=True))
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
