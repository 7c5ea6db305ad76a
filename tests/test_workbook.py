"""XLSX: typed cells, text that stays text, totals that match, read back by another library."""

import json
import os
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from analytics import Book
from analytics.errors import InvalidArgument, TooManyRows
from analytics.exports import workbook
from analytics.exports.workbook import MOST_TEXT, cut
from analytics.money import exact_sum, plain
from analytics.reports import report_titles
from tests.conftest import assert_sound, new_book, write_lines

GOLDEN = Path(__file__).parent / "golden" / "reports.txt"
TEXTS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://x","y")',
    "http://example.com/a b",
    "mailto:a@b.c",
    "\t=1",
    "quote \" and ' and , and ;",
    "line\nbreak",
    "  spaces  ",
    "<b>&amp;</b>]]>",
    "Zoë 東京 😀 \u202eabc",
    "_x0041_",
    "1e5",
    "007",
    "TRUE",
    "#N/A",
    "bell \x07",
)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """A book of awkward texts that these tests only read."""
    folder = tmp_path_factory.mktemp("workbook")
    lines = [
        {"id": str(number), "model": "gpt-4o", "externalId": f"{number} {text}"}
        | {"occurredAt": f"2026-10-{number + 1:02}T12:00:00.123456Z", "description": text}
        | {"inputTokens": 10**number % 10**15, "outputTokens": 7, "tags": {"t": text}}
        for number, text in enumerate(TEXTS)
    ]
    lines.append(
        {"id": "s", "model": "nobody-knows", "context": "system"}
        | {"occurredAt": "2026-10-31T23:59:59Z", "inputTokens": 5}
    )
    with new_book(folder / "book", markup_percent="33.3333") as book:
        path = write_lines(folder / "log.jsonl", *map(json.dumps, lines))
        assert book.ingest(path, create_accounts=True).appended == len(lines)
        yield book
        assert_sound(book)


def sheet(path: Path, name: str) -> Worksheet:
    """A sheet of a workbook, with the values of its formulas."""
    found = openpyxl.load_workbook(path, data_only=True)[name]
    assert isinstance(found, Worksheet)
    return found


def content(found: Worksheet) -> list[list[Any]]:
    """The values of a sheet, row by row."""
    return [list(row) for row in found.iter_rows(values_only=True)]


def table(found: Worksheet) -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]:
    """The rows of a sheet, its totals, and its exact totals."""
    head, *rows = content(found)
    records = [dict(zip(head, row, strict=True)) for row in rows]
    assert not any(records[-3].values()), "a gap stands before the totals"
    return records[:-3], records[-2], records[-1]


def as_shown(amount: Decimal) -> float:
    return float(format(amount, ".15g"))


# Cells


def test_every_text_is_a_text(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "usage.xlsx"
    assert book.export("usage", path).rows == len(TEXTS) + 1
    rows, _, _ = table(sheet(path, "usage"))
    found = [row["description"] for row in rows if row["id"] != "s"]
    escaped = {"_x0041_": "_x005F_x0041_", "bell \x07": "bell _x0007_"}
    assert found == [escaped.get(text, text) for text in TEXTS]
    raw = openpyxl.load_workbook(path)["usage"]
    cells = [cell for row in raw.iter_rows(max_row=len(TEXTS) + 2) for cell in row]
    assert {cell.data_type for cell in cells} == {"s", "n", "d"}, "no formula, no error"
    assert not any(cell.hyperlink for cell in cells)


def test_numbers_days_and_times_have_their_types(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "usage.xlsx"
    book.export("usage", path)
    rows, _, _ = table(sheet(path, "usage"))
    records = {row["record_id"]: row for row in book.query("from rated_usage").rows()}
    for row in rows:
        record = records[row["id"]]
        assert row["input_tokens"] == record["input_tokens"]
        assert isinstance(row["local_day"], datetime)
        assert row["local_day"].date() == record["local_day"]
        seconds = abs((row["occurred_at"] - record["occurred_at"]).total_seconds())
        assert seconds < 0.001, "a sheet has milliseconds"
        for name in ("cost_usd", "charge_usd"):
            is_unpriced = record[name] is None
            assert (row[name] is None) is is_unpriced
            assert is_unpriced or row[name] == pytest.approx(as_shown(record[name]))


def test_a_count_that_a_number_cell_would_round_is_text(tmp_path: Path) -> None:
    counts = [999_999_999_999_999, 1_000_000_000_000_001, -(2**62)]
    add_table(tmp_path / "counts.xlsx", pa.table({"name": ["a", "b", "c"], "records": counts}))
    rows, _, exact = table(sheet(tmp_path / "counts.xlsx", "sheet"))
    assert [row["records"] for row in rows] == [counts[0], str(counts[1]), str(counts[2])]
    assert exact["records"] == str(sum(counts))


def add_table(path: Path, content: pa.Table) -> None:
    """A workbook of one table."""
    with workbook.workbook(path) as made:
        made.add("sheet", content.to_reader())


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_a_long_text_is_cut_between_two_characters(text: str) -> None:
    long = "😀" * (MOST_TEXT // 2) + text
    found = cut(long)
    assert len(found.encode("utf-16-le")) // 2 <= MOST_TEXT
    assert found == long or (found.endswith("…") and long.startswith(found[:-1]))


def test_a_text_with_a_null_character_makes_a_file_that_opens(tmp_path: Path) -> None:
    texts = ["a\0b", "\ufffe", "\uffff", "\x1b[31m", "x" * 40_000]
    add_table(tmp_path / "text.xlsx", pa.table({"text": texts}))
    with zipfile.ZipFile(tmp_path / "text.xlsx") as archive:
        for name in archive.namelist():
            ET.fromstring(archive.read(name))  # noqa: S314 - our own file
    found = [row[0] for row in content(sheet(tmp_path / "text.xlsx", "sheet"))]
    assert found[1] == "a_x0000_b"
    assert len(found[5]) == MOST_TEXT


# Totals


def test_the_totals_are_those_of_the_rows(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "by-day.xlsx"
    report = book.report("by-day")
    assert book.export("by-day", path).rows == len(report.rows)
    rows, totals, exact = table(sheet(path, "by-day"))
    assert (totals["day"], exact["day"]) == ("Total", "Exact total")
    for place, column in enumerate(report.columns[1:], 1):
        values = [row[place] for row in report.rows if row[place] is not None]
        wanted = exact_sum(map(Decimal, values))
        assert exact[column.name] == plain(wanted)
        assert totals[column.name] == as_shown(wanted)
        shown = [row[column.name] for row in rows if row[column.name] is not None]
        assert sum(shown) == pytest.approx(as_shown(wanted))


def test_the_total_is_a_formula_over_all_rows_that_follows_the_filter(
    book: Book, tmp_path: Path
) -> None:
    path = tmp_path / "by-day.xlsx"
    written = book.export("by-day", path).rows
    found = openpyxl.load_workbook(path)["by-day"]
    formulas = [cell.value for cell in found[written + 3] if cell.data_type == "f"]
    assert formulas[0] == f"=SUBTOTAL(109,B2:B{written + 1})"
    assert found.auto_filter.ref == f"A1:G{written + 1}"
    assert found.freeze_panes == "A2"


def test_ids_and_balances_are_not_added_up(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "usage.xlsx"
    book.export("usage", path)
    _, totals, _ = table(sheet(path, "usage"))
    assert totals["load_id"] is None
    book.export("accounts", tmp_path / "accounts.xlsx")
    last = content(sheet(tmp_path / "accounts.xlsx", "accounts"))[-1]
    assert "Exact total" not in last


def test_an_empty_table_has_a_heading_and_zeros(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "usage.xlsx"
    assert book.export("usage", path, month="2020-01").rows == 0
    rows, totals, exact = table(sheet(path, "usage"))
    assert (rows, totals["cost_usd"], exact["cost_usd"]) == ([], 0, "0")


# Workbooks


def test_all_reports_are_one_workbook(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "october.xlsx"
    written = book.export("reports", path, month="2026-10")
    found = openpyxl.load_workbook(path, data_only=True)
    assert found.sheetnames == ["overview", *sorted(report_titles())]
    assert list(written.sheets) == found.sheetnames
    facts = dict(content(sheet(path, "overview"))[1:])
    summary = book.get_usage_summary(month="2026-10")
    assert Decimal(str(facts["cost, USD, exact"])) == summary.total_cost_usd
    assert Decimal(str(facts["charge, USD, exact"])) == summary.total_charge_usd
    assert facts["records without a price"] == "1"
    assert (facts["first day"], facts["last day"]) == ("2026-10-01", "2026-10-31")


def test_the_workbook_is_the_one_that_was_reviewed(tmp_path: Path) -> None:
    lines = (
        {"id": "1", "externalId": "acme", "model": "gpt-4o", "inputTokens": 1_500}
        | {"occurredAt": "2026-10-05T12:00:00Z", "outputTokens": 500},
        {"id": "2", "externalId": "=beta", "model": "o3", "inputTokens": 20}
        | {"occurredAt": "2026-10-06T12:00:00Z"},
        {"id": "3", "context": "system", "model": "nobody-knows", "inputTokens": 5}
        | {"occurredAt": "2026-10-31T12:00:00Z"},
    )
    path = tmp_path / "reports.xlsx"
    with new_book(tmp_path / "book", markup_percent=20) as own:
        own.ingest(
            write_lines(tmp_path / "log.jsonl", *map(json.dumps, lines)), create_accounts=True
        )
        own.export("reports", path, month="2026-10")
    text = "".join(
        f"{found.title}!{cell.coordinate} [{cell.number_format}] {cell.data_type} {cell.value!r}\n"
        for found in openpyxl.load_workbook(path)
        for row in found.iter_rows()
        for cell in row
        if cell.value is not None
    )
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_reports_in_one_file_are_a_workbook(book: Book, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="all reports in one file are an xlsx file"):
        book.export("reports", tmp_path / "reports.csv")
    assert not list(tmp_path.iterdir())


def test_more_rows_than_a_sheet_holds_are_refused_before_they_are_written(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is lowered: a million rows would take a minute."""
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    with pytest.raises(TooManyRows, match="20 rows do not fit into a sheet, which holds 3"):
        book.export("usage", tmp_path / "usage.xlsx")
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(workbook, "MOST_ROWS", 20)
    assert book.export("usage", tmp_path / "usage.xlsx").rows == 20


# Other tables


def clock_at(moment: str) -> Callable[[], datetime]:
    """A clock that stands still."""
    return lambda: datetime.fromisoformat(moment).replace(tzinfo=UTC)


def test_transactions_of_a_month_are_those_of_the_billing_time_zone(tmp_path: Path) -> None:
    """A transaction at 23:30 UTC on the 30th is of October in Berlin."""
    with new_book(tmp_path / "book", billing_timezone="Europe/Berlin") as own:
        own.create_account(external_id="acme")
        moments = ("2026-09-30T21:59:59", "2026-09-30T22:00:00", "2026-10-31T22:59:59")
        for amount, moment in enumerate((*moments, "2026-10-31T23:00:00"), 1):
            own._clock = clock_at(moment)
            own.add_credits("acme", amount, description="=top-up")
        hold = own.create_reservation("acme", 1)
        path = tmp_path / "transactions.csv"
        assert own.export("transactions", path, month="2026-10", account="acme").rows == 2
        assert own.export("transactions", path, replace=True).rows == 4
        assert "'=top-up" in path.read_text(encoding="utf-8")
        assert own.export("reservations", tmp_path / "r.parquet", month="2026-11").rows == 1
        assert own.export("accounts", tmp_path / "a.xlsx").rows == 1
        with pytest.raises(InvalidArgument, match="transactions cannot be narrowed by it"):
            own.export("transactions", tmp_path / "x.csv", model_id="gpt-4o")
        own.cancel_reservation(hold.id)
