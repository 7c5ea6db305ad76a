"""Ad hoc SQL: one SELECT; a stranger's text changes no book and reads nothing that is not in it."""

import contextlib
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest

import analytics
from analytics import Book, TokenbookError
from analytics.errors import BookLocked, InvalidArgument, InvalidQuery, QueryLimit
from tests.conftest import assert_sound, new_book

REFUSED_EVERYWHERE = (
    # other statements than a SELECT
    "copy (select 1) to '{book}/book.duckdb'",
    "copy setting from '{outside}/table.csv'",
    "explain analyze copy (select 1) to '{outside}/written'",
    "explain analyze select 1",
    "attach '{outside}/other.duckdb'",
    "attach '{book}/book.duckdb' as again",
    "detach book",
    "use memory",
    "install httpfs",
    "load httpfs",
    "load '{outside}/evil.duckdb_extension'",
    "pragma database_list",
    "pragma enable_profiling",
    "set memory_limit = '9GB'",
    "set lock_configuration = false",
    "reset memory_limit",
    "set variable x = 1",
    "call pragma_version()",
    "call checkpoint()",
    "call enable_logging()",
    "create table t (a integer)",
    "create temp table t (a integer)",
    "create or replace view usage_record as select 1",
    "create or replace macro f() as 1",
    "create secret s (type s3)",
    "insert into setting values ('a', 'b')",
    "update setting set value = 'x'",
    "delete from setting",
    "truncate setting",
    "drop view usage_record",
    "alter table setting add column x integer",
    "comment on table setting is 'x'",
    "merge into setting using (values ('a')) as s(name) using (name) when matched then delete",
    "begin",
    "commit",
    "rollback",
    "checkpoint",
    "vacuum",
    "analyze",
    "prepare p as select 1",
    "execute p",
    "export database '{outside}/written'",
    "import database '{outside}'",
    # a change inside a SELECT
    "with x as (copy (select 1) to '{book}/book.duckdb') select * from x",
    "with x as (copy (select 1) to '{outside}/written') select * from x",
    "with x as (delete from setting returning *) select * from x",
    "with x as (insert into setting values ('a', 'b') returning *) select * from x",
    "with x as (update setting set value = 'x' returning *) select * from x",
    "select * from (with x as (copy (select 1) to '{outside}/written') select * from x)",
    "from query('delete from setting')",
    "from query('copy (select 1) to ''{outside}/written''')",
    "from force_checkpoint()",
    # several statements, and texts that would leave the brackets around them
    "",
    "   ",
    ";",
    "-- nothing",
    "select 1; select 2",
    "select 1; drop table setting",
    "select 1) as q; drop table setting; --",
    "select 1) as q --",
    "select 1) as q, (select 2",
    "select 1))",
    "(select 1",
    "select 1 /*",
    "select 1) as q /*",
    "select $$1",
    # what is not there
    "select * from arrow_table",
    "select * from polars_frame",
    "select * from outside_list",
    "select getenv('HOME')",
    "select * from read_csv('https://example.com/x.csv')",
    "select nextval('s')",
    "select ?",
    "select $x",
    "select error('boom')",
    "selec 1",
    "select * from nope",
    "select 'x'::integer",
    "select \x00",
    "select " + "(" * 3000 + "1" + ")" * 3000,
)

REFUSED_IN_THE_SANDBOX = (
    "from read_csv('{outside}/table.csv')",
    "from '{outside}/table.csv'",
    "from read_text('{outside}/table.csv')",
    "from read_blob('{outside}/table.csv')",
    "from read_json('{outside}/table.csv')",
    "from sniff_csv('{outside}/table.csv')",
    "from glob('{outside}/*')",
    "from glob('{book}/*')",
    "from glob('/*')",
    "from read_parquet('{outside}/table.parquet')",
    "from '{outside}/table.parquet'",
    "from parquet_metadata('{outside}/table.parquet')",
    "from parquet_schema('{outside}/table.parquet')",
    "from read_duckdb('{outside}/other.duckdb')",
    "from '{outside}/other.duckdb'",
    "from read_text('/etc/passwd')",
    "from read_text('/proc/self/environ')",
    "from read_text('{book}/../outside/table.csv')",
    "from query('from read_text(''{outside}/table.csv'')')",
    "from duckdb_secrets()",
    "from enable_logging()",
    "from enable_profiling()",
)

ENDLESS = "select sum(hash(a.range + b.range)) from range(10000000) as a, range(1000000) as b"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed book with one record."""
    path = tmp_path_factory.mktemp("template") / "book"
    with new_book(path, markup_percent=20, require_transactions=False) as book:
        book.record_usage(
            id="one",
            model_id="gpt-4o",
            external_id=book.create_account("acme").external_id,
            input_tokens=123_456_789,
            occurred_at="2026-10-05T12:00:00Z",
        )
    return path


def place(template: Path, folder: Path) -> Path:
    """A copy of the book, with files beside it that are nobody's business."""
    outside = folder / "outside"
    outside.mkdir()
    (outside / "table.csv").write_text("a,b\n1,secret\n", encoding="utf-8")
    with duckdb.connect(str(outside / "other.duckdb")) as connection:
        connection.execute("create table t as select 1 as a")
        connection.execute(f"copy t to '{outside / 'table.parquet'}'")
    shutil.copytree(template, folder / "book")
    return folder / "book"


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    """A closed book that is this test's own."""
    return place(template, tmp_path)


@pytest.fixture(scope="module")
def sandbox(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """One book for all tests, open for reading only: no test may change it."""
    with analytics.open(place(template, tmp_path_factory.mktemp("r")), read_only=True) as book:
        yield book


@pytest.fixture(scope="module")
def writable(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """One book for all tests, open for writing: no test may change it."""
    with analytics.open(place(template, tmp_path_factory.mktemp("w"))) as book:
        yield book
        assert_sound(book)


def digests(path: Path) -> dict[str, str]:
    """SHA-256 of every file of a book and of the files beside it."""
    files = sorted(file for file in path.parent.rglob("*") if file.is_file())
    return {
        str(file.relative_to(path.parent)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def refused(book: Book, text: str) -> None:
    """A query fails with a sentence, and no file is changed, made or removed."""
    before = digests(book.path)
    with pytest.raises(TokenbookError) as caught:
        book.query(text.format(book=book.path, outside=book.path.parent / "outside"))
    assert digests(book.path) == before
    assert isinstance(caught.value, InvalidQuery | QueryLimit)
    message = str(caught.value)
    assert message.startswith("The query cannot run: ")
    assert "Traceback" not in message
    assert caught.value.__cause__ is None, "the driver's own error is not shown"


def test_a_result_comes_as_arrow_polars_and_rows(sandbox: Book) -> None:
    """Money and times are exact in each of them."""
    result = sandbox.query("select record_id, cost_usd, occurred_at, input_tokens from rated_usage")
    cost = Decimal("308.641972500000000000")
    assert isinstance(result.arrow(), pa.Table)
    assert result.arrow().schema.field("cost_usd").type == pa.decimal128(38, 18)
    assert result.arrow().column("cost_usd").to_pylist() == [cost]
    frame = result.polars()
    assert isinstance(frame, pl.DataFrame)
    assert frame.schema["cost_usd"] == pl.Decimal(38, 18)
    assert frame["cost_usd"].to_list() == [cost]
    (row,) = result.rows()
    assert list(row) == ["record_id", "cost_usd", "occurred_at", "input_tokens"]
    assert (row["record_id"], row["cost_usd"], row["input_tokens"]) == ("one", cost, 123_456_789)
    assert row["occurred_at"].isoformat() == "2026-10-05T12:00:00"


@pytest.mark.parametrize("kind", ["sandbox", "writable"])
@pytest.mark.parametrize(
    "text",
    [
        "select 1 as a",
        "select 1 as a;",
        " select 1 as a ; ",
        "select 1 as a -- the end",
        "select 1 as a -- ;",
        "select 1 as a /* ) */",
        "with x as (select 1 as a) select a from x",
        "from (select 1 as a)",
        "select a from (values (1)) as t(a)",
        "(select 1 as a)",
        "select 1 as a order by a limit 1",
        "select 1 as a union all select 2 where false",
        "select a from query('select 1 as a')",
    ],
)
def test_each_way_to_write_a_select_runs(
    kind: str, text: str, request: pytest.FixtureRequest
) -> None:
    book: Book = request.getfixturevalue(kind)
    assert book.query(text).rows() == [{"a": 1}]


def test_a_comment_may_follow_the_semicolon(sandbox: Book) -> None:
    assert sandbox.query("select 1 as a; -- the end").rows() == [{"a": 1}]


def test_tables_and_views_can_be_listed_and_described(sandbox: Book) -> None:
    tables = {row["name"] for row in sandbox.query("show tables").rows()}
    assert {"rated_usage", "usage_daily", "account", "price"} <= tables
    described = {row["column_name"] for row in sandbox.query("describe account").rows()}
    assert {"account_id", "external_id", "balance"} <= described


def test_no_rows_keep_their_columns(sandbox: Book) -> None:
    result = sandbox.query("select record_id, cost_usd from rated_usage where false")
    assert result.rows() == []
    assert result.polars().columns == ["record_id", "cost_usd"]


def test_two_columns_of_one_name_are_both_there(sandbox: Book) -> None:
    result = sandbox.query("select 1 as a, 2 as a")
    assert result.arrow().num_columns == result.polars().width == len(result.rows()[0]) == 2


@pytest.mark.parametrize("text", REFUSED_EVERYWHERE)
def test_an_attack_on_the_sandbox_changes_nothing(sandbox: Book, text: str) -> None:
    arrow_table, polars_frame, outside_list = pa.table({"a": [1]}), pl.DataFrame({"a": [1]}), [1]
    refused(sandbox, text)
    del arrow_table, polars_frame, outside_list  # they were there for the query to find


@pytest.mark.parametrize("text", REFUSED_EVERYWHERE)
def test_an_attack_on_a_writable_book_changes_nothing(writable: Book, text: str) -> None:
    arrow_table, polars_frame, outside_list = pa.table({"a": [1]}), pl.DataFrame({"a": [1]}), [1]
    refused(writable, text)
    del arrow_table, polars_frame, outside_list  # they were there for the query to find


@pytest.mark.parametrize("text", REFUSED_IN_THE_SANDBOX)
def test_the_sandbox_sees_no_files_and_no_settings(sandbox: Book, text: str) -> None:
    refused(sandbox, text)


def test_a_writable_book_reads_files_as_it_says(writable: Book) -> None:
    """Documented: there the checks are no security boundary, so that ingest can read files."""
    table = writable.path.parent / "outside" / "table.csv"
    assert writable.query(f"from read_csv('{table}')").rows() == [{"a": 1, "b": "secret"}]


@pytest.mark.parametrize("text", ["select * from checkpoint()", "select write_log('x')"])
def test_a_function_with_an_effect_has_none_in_the_sandbox(sandbox: Book, text: str) -> None:
    before = digests(sandbox.path)
    sandbox.query(text)
    assert digests(sandbox.path) == before


def test_settings_of_one_query_do_not_reach_the_next(sandbox: Book) -> None:
    setting = "select current_setting('memory_limit') as m, current_setting('TimeZone') as z"
    small = sandbox.query(setting, memory_limit="100MB").rows()
    large = sandbox.query(setting).rows()
    assert small[0]["m"] != large[0]["m"]
    assert small[0]["z"] == large[0]["z"] == "UTC"


@pytest.mark.parametrize("kind", ["sandbox", "writable"])
def test_a_query_that_never_ends_is_stopped(kind: str, request: pytest.FixtureRequest) -> None:
    """And the book can be used afterwards."""
    book: Book = request.getfixturevalue(kind)
    before = digests(book.path)
    with pytest.raises(QueryLimit, match=r"it took longer than 0\.3 seconds"):
        book.query(ENDLESS, timeout_seconds=0.3)
    assert digests(book.path) == before
    assert book.query("select count(*) as n from usage_record").rows() == [{"n": 1}]
    assert book.get_usage_summary().record_count == 1


SMALL_TIMEOUT = """
import sys, analytics
from analytics.errors import QueryLimit
book = analytics.open(sys.argv[1], read_only=True)
try:
    book.query(sys.argv[2], timeout_seconds=0)
except QueryLimit:
    print("stopped")
"""


def test_a_limit_that_passes_before_the_query_starts_still_stops_it(path: Path) -> None:
    command = [sys.executable, "-c", SMALL_TIMEOUT, str(path), ENDLESS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    assert done.stdout == "stopped\n"


def test_a_query_that_needs_too_much_memory_is_stopped(sandbox: Book) -> None:
    greedy = "select range, repeat('x', 100) || range as y from range(2000000) order by y desc"
    before = digests(sandbox.path)
    with pytest.raises(QueryLimit, match="it needs more than 50MB of memory"):
        sandbox.query(greedy, memory_limit="50MB")
    assert digests(sandbox.path) == before


@pytest.mark.parametrize("name", ["memory_limit", "temp_limit"])
def test_a_limit_that_is_no_size_is_refused_in_a_sentence(sandbox: Book, name: str) -> None:
    limits = {"memory_limit": "1GB", "temp_limit": "1GB"} | {name: "lots"}
    with pytest.raises((InvalidArgument, InvalidQuery)):
        sandbox.query(
            "select 1", memory_limit=limits["memory_limit"], temp_limit=limits["temp_limit"]
        )


@pytest.mark.parametrize(
    "value", ["timestamp 'infinity'", "date '290309-12-22 (BC)'", "timestamp '294247-01-10'"]
)
def test_a_time_beyond_pythons_calendar_gives_no_raw_error(sandbox: Book, value: str) -> None:
    with contextlib.suppress(TokenbookError):
        assert sandbox.query(f"select {value} as t").rows()


OPEN_FOR_WRITING = """
import sys, analytics
try:
    analytics.open(sys.argv[1], wait_seconds=0.1).close()
    print("open")
except analytics.Unavailable as error:
    print(error.code)
"""

HOLD = """
import sys, analytics
with analytics.open(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def writer_says(path: Path) -> str:
    """What another process is told that opens the book for writing."""
    command = [sys.executable, "-c", OPEN_FOR_WRITING, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_a_query_does_not_give_up_the_lock_of_the_book(path: Path) -> None:
    """Nobody may write to a book while it is held for reading, also after a query."""
    with analytics.open(path, read_only=True) as book:
        assert writer_says(path) == "book_locked"
        book.query("select 1")
        assert writer_says(path) == "book_locked"


def test_a_query_of_a_book_that_a_writer_holds_is_refused_in_a_sentence(path: Path) -> None:
    with analytics.open(path, read_only=True, shared=True, wait_seconds=0.1) as book:
        command = [sys.executable, "-c", HOLD, str(path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            assert holder.stdin is not None
            assert holder.stdout is not None
            try:
                assert holder.stdout.readline() == b"held\n"
                with pytest.raises(BookLocked):
                    book.query("select 1")
            finally:
                holder.stdin.close()
