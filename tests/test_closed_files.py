"""Files of closed months: read by others, moved, lost, altered, and read no more than needed."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import analytics
from analytics import Book, sql
from analytics.errors import ClosedFileMissing, FilesDamaged, StorageFailed
from analytics.records import METER_NAMES
from tests.conftest import assert_sound, new_book, write_lines

RECORDS = 60
SUMS = ", ".join(f"sum({name})::bigint as {name}" for name in METER_NAMES)


def call(number: int) -> dict[str, Any]:
    return {
        "id": f"call-{number}",
        "occurred_at": f"2026-09-{1 + number % 30:02}T10:00:00.000123Z",
        "model": "gpt-4o" if number % 5 else "nobody-knows-1",
        "input_tokens": 1000 + number,
        "output_tokens": number,
        "cache_read_tokens": number,
        **({"external_id": f"customer-{number % 7}"} if number % 4 else {"context": "system"}),
        "tags": {"text": f"'; drop table usage_open; -- {number} 東京"},
    }


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed book with a closed month, an open one, and a late record."""
    folder = tmp_path_factory.mktemp("closed")
    with new_book(folder / "book", markup_percent=20, require_transactions=False) as book:
        log = write_lines(folder / "log.jsonl", *(json.dumps(call(n)) for n in range(RECORDS)))
        book.ingest(log, create_accounts=True)
        book.close_month("2026-09")
        record(book, "late", "2026-09-30T10:00:00Z")
        record(book, "open", "2026-10-02T10:00:00Z")
    return folder / "book"


def record(book: Book, name: str, when: str) -> None:
    book.record_usage(
        id=name, occurred_at=when, context="system", model_id="gpt-4o", input_tokens=3
    )


@pytest.fixture
def path(closed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(closed, tmp_path / "book"))


def files(path: Path) -> list[Path]:
    return sorted((path / "usage").rglob("*.parquet"))


@pytest.fixture
def totals(closed: Path) -> dict[str, int]:
    """The sum of each meter over the records that are in files, as the book has it."""
    query = f"select {SUMS} from usage_record where record_id like 'call-%'"  # noqa: S608
    with analytics.open(closed, read_only=True) as book:
        (row,) = book.query(query).rows()
    return row


# Others read them


def test_polars_reads_the_same_sums(closed: Path, totals: dict[str, int]) -> None:
    frame = pl.read_parquet(closed / "usage" / "**" / "*.parquet", hive_partitioning=True)
    assert frame.height == RECORDS
    assert frame.select(pl.col(METER_NAMES).sum()).to_dicts() == [totals]
    assert frame["month"].unique().to_list() == ["2026-09"]
    assert frame.schema["occurred_at"] == pl.Datetime("us")
    assert frame["occurred_at"].dt.microsecond().unique().to_list() == [123]
    assert frame["record_id"].n_unique() == RECORDS


def test_pyarrow_reads_the_same_sums_and_simple_types(closed: Path, totals: dict[str, int]) -> None:
    data = ds.dataset(closed / "usage", format="parquet", partitioning="hive")
    table = data.to_table()
    assert table.num_rows == RECORDS
    assert {name: pc.sum(table[name]).as_py() for name in METER_NAMES} == totals
    types = {field.name: field.type for field in pq.read_schema(files(closed)[0])}
    assert {types[name] for name in METER_NAMES} == {pa.int64()}
    assert {types["occurred_at"], types["recorded_at"]} == {pa.timestamp("us")}
    assert types["local_day"] == pa.date32()
    assert set(types.values()) == {
        *(pa.int64(), pa.string(), pa.timestamp("us"), pa.date32(), pa.decimal128(38, 18)),
    }


def test_chdb_reads_the_same_sums(closed: Path, totals: dict[str, int]) -> None:
    chdb = pytest.importorskip("chdb", reason="it is large: .ci/run has it")
    sums = ", ".join(f"sum({name}) as {name}" for name in METER_NAMES)
    query = f"select {sums} from file('{closed}/usage/*/*.parquet', Parquet)"  # noqa: S608
    found = json.loads(str(chdb.query(query, "JSONEachRow")))
    assert {name: int(value) for name, value in found.items()} == totals


def test_the_types_are_those_of_the_table(closed: Path) -> None:
    with duckdb.connect(str(closed / "book.duckdb"), read_only=True) as connection:
        described = [
            [row[:2] for row in connection.execute(f"describe {what}", values).fetchall()]
            for what, values in (
                ("usage_open", {}),
                ("select * from read_parquet($paths)", {"paths": [str(files(closed)[0])]}),
            )
        ]
    extra = {"content_hash", "month"}  # known until it is in the index; the folder's name
    table, file = ([row for row in rows if row[0] not in extra] for rows in described)
    assert table == file


def test_files_are_sorted_compressed_and_private(closed: Path) -> None:
    for file in files(closed):
        rows = pq.read_table(file, columns=["account_id", "occurred_at"]).to_pylist()
        assert rows == sorted(rows, key=lambda row: (row["account_id"] or "", row["occurred_at"]))
        column = pq.ParquetFile(file).metadata.row_group(0).column(0)
        assert column.compression == "ZSTD"
        assert column.statistics.has_min_max
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.parent.stat().st_mode & 0o777 == 0o700
    prices = [pq.read_table(file, columns=["price_id"])["price_id"] for file in files(closed)]
    assert sorted(column.null_count for column in prices) == [0, RECORDS // 5]
    assert max(column.null_count / len(column) for column in prices) == 1


# Moved, lost, altered


@pytest.mark.parametrize("name", ["plain", "it's [a] *{new} place", "東京 '); drop"])
def test_a_book_that_was_moved_keeps_working(path: Path, tmp_path: Path, name: str) -> None:
    """Read only first, then for writing; then a bare client sees the files too."""
    with analytics.open(path, read_only=True) as book:
        before = book.get_usage(limit=100).usage_records
    folder = tmp_path / name
    path.rename(folder)
    count = "select count(*) as n from rated_usage"
    with analytics.open(folder, read_only=True) as book:
        assert book.get_usage(limit=100).usage_records == before
        assert book.query(count).rows() == [{"n": RECORDS + 2}]
        assert_sound(book)
    with analytics.open(folder, shared=True) as book:
        assert book.get_usage(limit=100).usage_records == before
        assert book.query(count).rows() == [{"n": RECORDS + 2}]
    with duckdb.connect(str(folder / "book.duckdb"), read_only=True) as connection:
        assert connection.execute(count).fetchall() == [(RECORDS + 2,)]
    with analytics.open(folder) as book:
        book.close_month("2026-09")
        assert book.get_usage(limit=100).usage_records == before


def test_a_copy_reads_its_own_files(path: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(path, tmp_path / "copy"))
    with analytics.open(path) as book:
        book.reopen_month("2026-09")
    with analytics.open(copy, read_only=True) as book:
        assert len(book.get_usage(limit=100).usage_records or ()) == RECORDS + 2
        assert not [file for file in book.verify_files() if file.problem]


def test_a_missing_file_is_named_and_nothing_is_summed_without_it(path: Path) -> None:
    lost = files(path)[0]
    content = lost.read_bytes()
    lost.unlink()
    for read_only in (True, False):
        with analytics.open(path, read_only=read_only) as book:
            assert book.get_usage_summary().record_count == RECORDS + 2, "totals are in the book"
            for ask in (
                lambda book=book: book.get_usage(),
                lambda book=book: book.query("select count(*) from usage_record"),
                lambda book=book: book.check(),
            ):
                with pytest.raises(ClosedFileMissing, match=lost.name):
                    ask()
            assert [file.problem for file in book.verify_files()].count("it is missing") == 1
    with analytics.open(path) as book:
        with pytest.raises(FilesDamaged, match=lost.name):
            book.reopen_month("2026-09")
        with pytest.raises(FilesDamaged, match=lost.name):
            book.close_month("2026-09")
        record(book, "more", "2026-10-03T10:00:00Z")
    lost.write_bytes(content)
    with analytics.open(path) as book:
        assert_sound(book)
        assert book.reopen_month("2026-09").moved == RECORDS


def test_a_moved_book_without_one_of_its_files_can_still_be_opened(
    path: Path, tmp_path: Path
) -> None:
    lost = files(path)[0]
    path.rename(tmp_path / "moved")
    (tmp_path / "moved" / lost.relative_to(path)).unlink()
    for read_only in (True, False):
        with analytics.open(tmp_path / "moved", read_only=read_only) as book:
            assert book.get_usage_summary().record_count == RECORDS + 2
            with pytest.raises(ClosedFileMissing):
                book.get_usage()
            assert len([file for file in book.verify_files() if file.problem]) == 1


def test_an_altered_file_is_found(path: Path) -> None:
    altered, cut = files(path)
    data = bytearray(altered.read_bytes())
    data[100] ^= 1
    altered.write_bytes(data)
    cut.write_bytes(cut.read_bytes()[:-50])
    with analytics.open(path, read_only=True) as book:
        problems = {file.path: file.problem for file in book.verify_files()}
    assert problems[altered.relative_to(path).as_posix()] == "its content was changed"
    assert str(problems[cut.relative_to(path).as_posix()]).startswith("it has ")
    with analytics.open(path) as book, pytest.raises(FilesDamaged, match="2 of 2 files"):
        book.reopen_month("2026-09")
    ran = subprocess.run(
        [sys.executable, "-m", "analytics", "verify", "--book", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 4
    assert "its content was changed" in ran.stdout
    assert "2 of 2 files of closed months are missing, altered or unknown" in ran.stderr


def test_files_that_the_book_did_not_write_are_left_alone(path: Path) -> None:
    """A newer state's files beside an older database, say: they are nobody's leftovers."""
    stranger = path / "usage" / "month=2026-09" / "01234567-0123456789ab.parquet"
    shutil.copy(files(path)[0], stranger)
    with analytics.open(path) as book:
        problems = {file.path: file.problem for file in book.verify_files() if file.problem}
        assert problems == {stranger.relative_to(path).as_posix(): "the book does not know it"}
        book.close_month("2026-09")
        book.reopen_month("2026-09")
    assert files(path) == [stranger]


FULL = """
import resource, sys, analytics
from analytics.closing.steps import Step
def fill(step):
    if step == sys.argv[2]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
with analytics.open(sys.argv[1]) as book:
    book.close_month("2026-10", on_step=fill)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such limit")
@pytest.mark.parametrize("step", ["intended", "merged"])
def test_a_full_disk_leaves_the_month_open(path: Path, step: str) -> None:
    """Nothing larger than 2000 bytes can be written, which is the nearest to a full disk."""
    before = files(path)
    ran = subprocess.run(
        [sys.executable, "-c", FULL, str(path), step], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert StorageFailed.__name__ in ran.stderr
    with analytics.open(path) as book:
        assert [month.status for month in book.list_months()] == ["late", "open"]
        assert_sound(book)
        assert book.close_month("2026-10").moved == 1
    assert len(files(path)) == len(before) + 1


# No more than needed

ROWS = 400_000
GROUPS = 7
"""Row groups of 61,440 rows."""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book with a month of several row groups, by 300 accounts that take turns."""
    path = tmp_path_factory.mktemp("large") / "book"
    new_book(path).close()
    with duckdb.connect(str(path / "book.duckdb")) as connection:
        described = connection.execute("describe usage_open").fetchall()
        known = {
            "record_id": "'r' || i",
            "occurred_at": "timestamp '2026-09-01' + to_seconds(i * 6)",
            "local_day": "cast(timestamp '2026-09-01' + to_seconds(i * 6) as date)",
            "account_id": "'acc_' || lpad(cast(i % 300 as varchar), 3, '0')",
            "context": "'customer'",
            "price_id": "'p'",
        }
        defaults = {"BIGINT": "i % 1000", "VARCHAR": "'{}'", "TIMESTAMP": "timestamp '2026-09-01'"}
        defaults |= {"UBIGINT": "null", "DECIMAL(38,18)": "i * 0.001"}
        cells = ", ".join(known.get(name, defaults.get(kind, "")) for name, kind, *_ in described)
        connection.execute(
            f"insert into usage_open select {cells} from range({ROWS}) as t(i)"  # noqa: S608
        )
        connection.execute(
            "insert into account (account_id, external_id, created_at, updated_at)"
            " select distinct account_id, 'customer ' || account_id, now(), now() from usage_open"
        )
    with analytics.open(path) as book:
        book.close_month("2026-09")
    return path


def scanned(path: Path, query: str, **parameters: object) -> tuple[int, int]:
    """How many row groups of how many a query of ours reads from files, by DuckDB's own account."""
    loaded = sql.load(query)
    values = {name: parameters.get(name) for name in loaded.parameters}
    with duckdb.connect(str(path / "book.duckdb"), read_only=True) as connection:
        explained = connection.execute(f"explain (analyze, format json) {loaded.text}", values)
        (row,) = explained.fetchall()
    found = list(scans(json.loads(row[1])))
    return sum(n["row_groups_scanned"] for n in found), sum(
        n["total_row_groups_to_scan"] for n in found
    )


def scans(node: Any) -> Iterator[dict[str, Any]]:
    """The parts of a plan that read Parquet files."""
    if isinstance(node, list):
        for each in node:
            yield from scans(each)
    elif isinstance(node, dict):
        if node.get("extra_info", {}).get("Function") == "READ_PARQUET":
            yield node
        yield from scans([value for name, value in node.items() if name != "extra_info"])


def test_an_account_is_read_from_its_own_row_groups(large: Path) -> None:
    query = "reports/usage_records"
    page: dict[str, object] = {"limit": 101, "offset": 0, "first_at": None}
    account = {"account": "acc_005", "account_id": "acc_005"}
    assert scanned(large, query, **page)[1] == GROUPS
    assert scanned(large, query, **page, **account) == (1, GROUPS)
    week = {"start_day": "2026-09-03", "end_day": "2026-09-10"}
    assert scanned(large, query, **page, **account, **week) == (1, GROUPS)
    assert scanned(large, "reports/usage_page", **page, **account) == (1, GROUPS)
    assert scanned(large, "exports/usage", **account) == (1, GROUPS)


def test_a_month_without_files_is_read_from_none(large: Path) -> None:
    page: dict[str, object] = {"limit": 101, "offset": 0, "first_at": None}
    november = {"start_day": "2026-11-01", "end_day": "2026-12-01"}
    for query in ("rating/usage_records", "explain/meaning", "explain/metered"):
        assert scanned(large, query, record_id="r7", record_ids=["r7"], **november)[0] == 0
    assert scanned(large, "reports/usage_records", **page, **november)[0] == 0


def test_what_is_a_total_reads_no_file(large: Path) -> None:
    """But for one report, which compares with what a tag of each record says."""
    names = {*sql.names("reports")} - {
        "reports/usage_records",
        "reports/usage_page",
        "reports/compare",
    }
    parameters = {"previous_day": "2026-08-01", "start_day": "2026-09-01", "end_day": "2026-10-01"}
    for name in (*names, "invoices/metered", "exports/focus_metered"):
        assert scanned(large, name, **parameters) == (0, 0), name


def test_a_client_finds_the_account_by_either_id(large: Path) -> None:
    with analytics.open(large, read_only=True) as book:
        for name in ("acc_005", "customer acc_005"):
            found = book.get_usage(account_id=name, limit=3).usage_records or ()
            assert {each.account_id for each in found} == {"acc_005"}
            assert len(found) == 3
        assert not book.get_usage(account_id="nobody").usage_records
        assert book.get_usage_summary().total_cost_usd == Decimal(0)
