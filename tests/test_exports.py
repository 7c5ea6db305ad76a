"""Exports: exact values, the same bytes each time, whole or not there, in types others know."""

import csv
import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import analytics
from analytics import Book
from analytics.errors import (
    InvalidArgument,
    InvalidQuery,
    OutputExists,
    ReportNotFound,
    StorageFailed,
)
from analytics.reports import report_titles
from analytics.sql import names
from tests.conftest import assert_sound, new_book, write_lines

FORMATS = ("csv", "jsonl", "parquet", "arrow", "xlsx")
REPORTS = tuple(report_titles())
EVERYTHING = ("usage", *REPORTS)
EXACT = ("csv", "jsonl", "parquet", "arrow")
"""The formats that hold every digit; tests/test_workbook.py is about the other one."""
VIEWS = [name.partition("/")[2] for name in names("views")]
FORMULAS = ("=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0")
FORBIDDEN_TYPES = ("HUGEINT", "UHUGEINT", "FLOAT", "DOUBLE", "UUID")
SELLER = """
[seller]
legal_name = "=Seller"
address = ["Way 1"]

[invoice]
customer_needs = []
"""
RECORDS = "select * from rated_usage order by occurred_at, record_id"


def lines() -> Iterator[str]:
    """Usage with every sort of value: long decimals, formulas, quotes, no price, no account."""
    base: dict[str, object] = {"occurredAt": "2026-10-05T12:00:00.123456Z"}
    for number, text in enumerate(FORMULAS):
        call = {"id": f"{text}{number}", "model": "gpt-4o", "externalId": f"{text}-customer"}
        yield json.dumps(base | call | {"description": text, "inputTokens": 10**9 + number})
    odd = 'quote " comma , newline \n semicolon ; Zoë 東京 \\'
    rest: tuple[dict[str, object], ...] = (
        {"id": "a", "model": "gpt-4o", "context": "system", "description": odd, "inputTokens": 7},
        {
            "id": "b",
            "model": "=unknown",
            "requests": 1,
            "externalId": "plain",
            "tags": {"team": "=1", "n": 1.25},
        },
        {"id": "c", "model": "gpt-4o", "externalId": "plain", "inputToolTokens": 3},
        {
            "id": "d",
            "model": "whisper-large-v3",
            "provider": "groq",
            "externalId": "plain",
            "audioMilliseconds": 61_237,
            "usageType": "audio_stt",
            "tags": {"source_cost_usd": 0.001},
        },
    )
    for each in rest:
        yield json.dumps(base | each)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """A book that these tests only read."""
    folder = tmp_path_factory.mktemp("exports")
    with new_book(folder / "book", markup_percent="33.3333") as book:
        result = book.ingest(write_lines(folder / "log.jsonl", *lines()), create_accounts=True)
        assert (result.appended, result.unpriced) == (len(FORMULAS) + 4, 2)
        (book.path / "book.toml").write_text(SELLER, encoding="utf-8")
        book._clock = lambda: datetime(2026, 11, 2, 9, tzinfo=UTC)
        book.issue_invoices("2026-10", account="=1+1-customer")
        assert len(book.list_invoices()) == 1
        yield book
        assert_sound(book)


def listed(folder: Path) -> list[str]:
    """The names in a folder."""
    return sorted(path.name for path in folder.iterdir())


def unprotected(text: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from running it."""
    return text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@\t\r") else text


def read(path: Path, types: Mapping[str, type]) -> list[dict[str, Any]]:
    """The rows of an export as Python values: money from its text, never through a float."""
    if path.suffix in {".parquet", ".arrow"}:
        rows: list[dict[str, Any]] = read_arrow(path).to_pylist()
        return [
            {
                k: v.astimezone(UTC).replace(tzinfo=None) if isinstance(v, datetime) else v
                for k, v in row.items()
            }
            for row in rows
        ]
    if path.suffix == ".jsonl":
        texts = path.read_text(encoding="utf-8").splitlines()
        parsed = [json.loads(text, parse_float=str, parse_int=str) for text in texts]
    else:
        with path.open(encoding="utf-8", newline="") as file:
            parsed = [
                {k: unprotected(v) or None for k, v in row.items()} for row in csv.DictReader(file)
            ]
    return [{k: typed(v, types.get(k, str)) for k, v in row.items()} for row in parsed]


def read_arrow(path: Path) -> pa.Table:
    """The table of a Parquet or Arrow file."""
    if path.suffix == ".parquet":
        return pq.read_table(path)
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def typed(text: str | None, kind: type) -> object:
    """A text as a value of the kind that the book has there."""
    if kind is str and not text:
        return ""
    if text is None:
        return None
    if kind is datetime:
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    return date.fromisoformat(text) if kind is date else kind(text)


def same(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row where an empty text and none are one, as they are in a CSV."""
    return {k: "" if v is None and k not in MONEY else v for k, v in row.items()}


MONEY = ("cost_usd", "charge_usd")


@pytest.mark.parametrize("file_format", EXACT)
def test_exported_usage_has_every_record_with_every_digit(
    book: Book, tmp_path: Path, file_format: str
) -> None:
    path = tmp_path / f"usage.{file_format}"
    wanted = book.query(RECORDS).rows()
    assert book.export("usage", path, file_format=file_format).rows == len(wanted)
    types = {k: type(v) for row in wanted for k, v in row.items() if v is not None}
    rows = read(path, types | {"id": str})
    columns = {"id": "record_id"}
    assert [same(row) for row in rows] == [
        same({k: record[columns.get(k, k)] for k in rows[0]}) for record in wanted
    ]
    charges = [row["charge_usd"] for row in rows]
    assert None in charges, "unknown is not zero"
    assert max(-charge.as_tuple().exponent for charge in charges if charge is not None) == 24


@pytest.mark.parametrize("file_format", EXACT)
@pytest.mark.parametrize("name", REPORTS)
def test_an_exported_report_has_the_rows_of_the_report(
    book: Book, tmp_path: Path, name: str, file_format: str
) -> None:
    path = tmp_path / f"report.{file_format}"
    report = book.report(name)
    assert book.export(name, path, file_format=file_format).rows == len(report.rows) > 0
    columns = [column.name for column in report.columns]
    wanted = [dict(zip(columns, row, strict=True)) for row in report.rows]
    rows = read(path, {k: type(v) for k, v in wanted[0].items()})
    assert list(rows[0]) == columns
    assert rows == wanted


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("what", EVERYTHING)
def test_exporting_twice_gives_the_same_bytes(
    book: Book, tmp_path: Path, what: str, file_format: str
) -> None:
    paths = [tmp_path / f"{name}.{file_format}" for name in ("one", "two")]
    for path in paths:
        book.export(what, path, file_format=file_format)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert listed(tmp_path) == sorted(path.name for path in paths)


def test_a_filter_exports_what_the_report_shows(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    assert book.export("usage", path, file_format="csv", context="system").rows == 1
    assert book.export("usage", path, file_format="csv", month="2026-09", replace=True).rows == 0
    assert path.read_text(encoding="utf-8").startswith("id,occurred_at,")
    assert book.export("usage", path, file_format="csv", account="plain", replace=True).rows == 3


# Formulas


def test_no_text_of_a_csv_is_a_formula(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    book.export("usage", path, file_format="csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["description"] for row in rows if row["id"].startswith("'")] == [
        f"'{text}" for text in sorted(FORMULAS)
    ]
    cells = [cell for row in rows for name, cell in row.items() if name not in MONEY]
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))]
    assert [row["model"] for row in rows if row["id"] == "b"] == ["'=unknown"]


def test_reports_neutralise_formulas_too(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    book.export("by-account", path, file_format="csv")
    with path.open(encoding="utf-8", newline="") as file:
        accounts = {row["account"] for row in csv.DictReader(file)}
    assert accounts == {f"'{text}-customer" for text in FORMULAS} | {"plain", "(system)"}


@pytest.mark.parametrize("file_format", ["jsonl", "parquet", "arrow"])
def test_only_csv_changes_text(book: Book, tmp_path: Path, file_format: str) -> None:
    path = tmp_path / f"usage.{file_format}"
    book.export("usage", path, file_format=file_format)
    texts = {row["description"] for row in read(path, {})}
    assert texts >= set(FORMULAS)


def test_numbers_are_never_neutralised(book: Book, tmp_path: Path) -> None:
    """A number stays a number for a spreadsheet, even one below zero."""
    path = tmp_path / "usage.csv"
    book.export("usage", path, file_format="csv")
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert str(int(row["input_tokens"])) == row["input_tokens"]
            assert not row["cost_usd"] or format(Decimal(row["cost_usd"]), "f") == row["cost_usd"]


# Files


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_file_that_exists_is_kept_unless_it_may_be_replaced(
    book: Book, tmp_path: Path, file_format: str
) -> None:
    path = tmp_path / f"usage.{file_format}"
    path.write_text("precious", encoding="utf-8")
    with pytest.raises(OutputExists, match="exists already"):
        book.export("usage", path, file_format=file_format)
    assert path.read_text(encoding="utf-8") == "precious"
    book.export("usage", path, file_format=file_format, replace=True)
    assert path.stat().st_size > 1000
    assert listed(tmp_path) == [path.name]


def test_missing_folders_are_made(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "new" / "er" / "usage.csv"
    assert book.export("usage", path, file_format="csv").rows == len(FORMULAS) + 4
    assert listed(path.parent) == ["usage.csv"]


@pytest.mark.parametrize("file_format", FORMATS)
def test_an_export_that_fails_half_way_leaves_the_old_file_and_no_other(
    book: Book, tmp_path: Path, file_format: str
) -> None:
    """The database fails while it writes: a quantity in the book is too large to be priced."""
    shutil.copytree(book.path, tmp_path / "book", ignore=shutil.ignore_patterns("tmp"))
    with duckdb.connect(str(tmp_path / "book" / "book.duckdb")) as connection:
        huge = "update usage_open set input_tokens = 9e18, output_tokens = 9e18, requests = 9e18"
        connection.execute(huge)
        connection.execute("update usage_open set cost_usd = 99999999999999999999")
        connection.execute("update account set markup_percent = 99999999")
    target = tmp_path / "out"
    target.mkdir()
    path = target / f"usage.{file_format}"
    path.write_text("old", encoding="utf-8")
    with analytics.open(tmp_path / "book") as broken:
        with pytest.raises(StorageFailed):
            broken.export("usage", path, file_format=file_format, replace=True)
        with pytest.raises(StorageFailed):
            broken.export("usage", target / f"new.{file_format}", file_format=file_format)
    assert listed(target) == [path.name]
    assert path.read_text(encoding="utf-8") == "old"


def test_what_cannot_be_written_is_refused_and_leaves_nothing(book: Book, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    for path in (tmp_path / "folder", tmp_path / "file" / "usage.csv"):
        with pytest.raises(StorageFailed, match="The storage failed: "):
            book.export("usage", path, file_format="csv", replace=True)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["x" * 300, "a\0b.csv"], ids=["too long", "NUL"])
def test_a_name_that_no_file_can_have_is_refused_in_a_sentence(
    book: Book, tmp_path: Path, name: str
) -> None:
    with pytest.raises((StorageFailed, InvalidArgument)):
        book.export("usage", f"{tmp_path}/{name}", file_format="csv")
    assert not listed(tmp_path)


def test_unknown_formats_and_reports_are_refused(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "usage.xml"
    with pytest.raises(InvalidArgument, match="'xml' is none of csv, parquet, jsonl"):
        book.export("usage", path, file_format="xml")
    with pytest.raises(InvalidArgument, match=r"'usage\.xml' has none of the endings \.csv, "):
        book.export("usage", path)
    for what in ("nothing", "../usage/stage", "summary_totals", "USAGE", ""):
        with pytest.raises(ReportNotFound, match="There are: usage, "):
            book.export(what, path, file_format="csv")
    assert not listed(tmp_path)


OWN = """\
-- Title: By account
select
    external_id as "=1+1; ""drop"" €",
    cast(sum(cost_usd) as decimal(38, 18)) as cost_usd,
    max(occurred_at) as last_at,
    cast(max(local_day) as date) as last_day,
    count(*) > 1 as is_more,
    list(distinct context order by context) as contexts,
    'text' as charge_usd
from rated_usage
where $start_day is null or local_day >= cast($start_day as date)
group by all
order by all
"""
"""A report with a heading of a stranger, and a text that is named like money."""


@pytest.mark.parametrize("is_reader", [False, True])
@pytest.mark.parametrize("file_format", FORMATS)
def test_a_report_of_ones_own_is_exported(
    book: Book, tmp_path: Path, file_format: str, *, is_reader: bool
) -> None:
    path = shutil.copytree(book.path, tmp_path / "book", ignore=shutil.ignore_patterns("tmp"))
    (path / "queries").mkdir()
    (path / "queries" / "by [account].sql").write_text(OWN, encoding="utf-8")
    file = tmp_path / f"own.{file_format}"
    with analytics.open(path, read_only=is_reader) as own:
        report = own.report("by [account]")
        assert own.export("by [account]", file).rows == len(report.rows) > 5
        with pytest.raises(InvalidArgument, match="cannot be narrowed by it"):
            own.export("by [account]", tmp_path / "x.csv", model_id="gpt-4o")
    if file_format == "xlsx":
        sheet = openpyxl.load_workbook(file)["by -account-"]
        assert sheet.max_row > len(report.rows)
        assert str(sheet["A1"].value).startswith("=1+1")
        assert sheet["A1"].data_type == "s"
        return
    found = read(file, {})
    assert [Decimal(row["cost_usd"] or 0) for row in found] == [row[1] or 0 for row in report.rows]
    assert [str(row["last_day"]) for row in found] == [str(row[3]) for row in report.rows]
    assert {str(row["contexts"]).replace("'", '"') for row in found} == {
        *('["customer"]', '["system"]'),
    }
    if file_format == "csv":
        text = file.read_text(encoding="utf-8")
        assert text.startswith('"\'=1+1; ""drop"" €",cost_usd,')
        assert "Z," in text.splitlines()[1]


def test_a_report_of_ones_own_that_cannot_run_writes_nothing(book: Book, tmp_path: Path) -> None:
    path = shutil.copytree(book.path, tmp_path / "book", ignore=shutil.ignore_patterns("tmp"))
    (path / "queries").mkdir()
    attacks = {
        "drop": "drop table account",
        "copy": "copy (select 1) to 'x.csv'",
        "file": "select * from read_text('/etc/passwd')",
    }
    for name, text in attacks.items():
        (path / "queries" / f"{name}.sql").write_text(text, encoding="utf-8")
    with analytics.open(path, read_only=True) as own:
        for name in attacks:
            with pytest.raises(InvalidQuery):
                own.export(name, tmp_path / "own.csv")
    assert listed(tmp_path) == ["book"]


def test_a_reader_can_export(book: Book, tmp_path: Path) -> None:
    """Exporting needs no right to write the book."""
    shutil.copytree(book.path, tmp_path / "book", ignore=shutil.ignore_patterns("tmp"))
    book.export("usage", tmp_path / "writer.csv", file_format="csv")
    with analytics.open(tmp_path / "book", read_only=True) as reader:
        reader.export("usage", tmp_path / "reader.csv", file_format="csv")
    assert (tmp_path / "reader.csv").read_bytes() == (tmp_path / "writer.csv").read_bytes()


# Types


def leaves(kind: pa.DataType) -> Iterator[pa.DataType]:
    """The types that a type is made of."""
    if pa.types.is_nested(kind):
        for number in range(kind.num_fields):
            yield from leaves(kind.field(number).type)
    else:
        yield kind


@pytest.mark.parametrize("what", EVERYTHING)
def test_parquet_has_no_type_that_loses_digits_or_that_others_cannot_read(
    book: Book, tmp_path: Path, what: str
) -> None:
    """HUGEINT would be a DOUBLE there, and Spark cannot read the UUID type."""
    path = tmp_path / "export.parquet"
    book.export(what, path, file_format="parquet")
    schema = pq.read_schema(path)
    kinds = [kind for column in schema for kind in leaves(column.type)]
    assert not [kind for kind in kinds if pa.types.is_floating(kind)]
    physical = pq.ParquetFile(path).schema
    columns = [physical.column(number) for number in range(len(schema))]
    assert {column.physical_type for column in columns} <= {
        "BYTE_ARRAY",
        "FIXED_LEN_BYTE_ARRAY",
        "INT32",
        "INT64",
    }
    assert {column.logical_type.type for column in columns} <= {
        "STRING",
        "DECIMAL",
        "INT",
        "DATE",
        "TIMESTAMP",
    }
    for name in schema.names:
        if name.endswith("_usd"):
            assert pa.types.is_decimal(schema.field(name).type)


def test_no_view_has_a_type_that_loses_digits(book: Book, tmp_path: Path) -> None:
    """Every view of the book, by the database's own list, read by a plain client."""
    shutil.copytree(book.path, tmp_path / "book", ignore=shutil.ignore_patterns("tmp"))
    with duckdb.connect(str(tmp_path / "book" / "book.duckdb"), read_only=True) as connection:
        columns = connection.execute(
            "select table_name, column_name, data_type from information_schema.columns"
            " where table_name in (select view_name from duckdb_views() where not internal)"
        ).fetchall()
    assert sorted({view for view, _, _ in columns}) == VIEWS
    bad = [row for row in columns if any(kind in row[2].upper() for kind in FORBIDDEN_TYPES)]
    assert not bad
    money = {kind for _, name, kind in columns if name in MONEY}
    assert money == {"DECIMAL(38,18)", "DECIMAL(38,24)"}


@pytest.mark.parametrize("view", VIEWS)
def test_a_plain_client_can_read_every_view(book: Book, tmp_path: Path, view: str) -> None:
    """No parameter, no macro and no temporary table of ours is needed, and there are rows."""
    shutil.copytree(book.path, tmp_path / "book", ignore=shutil.ignore_patterns("tmp"))
    with duckdb.connect(str(tmp_path / "book" / "book.duckdb"), read_only=True) as connection:
        text = f'select * from "{view}"'  # noqa: S608 - our own name
        found = connection.execute(text).fetchall()
    assert found or view == "recorded_delta", "all of this book came in loads"
