"""A book on disk: made, opened, shared, read; what may hold it and what never changes it.

Other processes are real ones. They say when they are ready and are told when to go on by a line.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, cast

import duckdb
import pytest

import analytics
from analytics import Book, TokenbookError, reports
from analytics.errors import (
    BookExists,
    BookLocked,
    BookNotFound,
    BookOfDevelopment,
    BookTooNew,
    BookTooOld,
    InvalidArgument,
    InvalidQuery,
    InvalidUsage,
    NotABook,
    ReadOnly,
    StorageFailed,
    UnknownFormat,
)
from tests.conftest import assert_sound, new_book, some, write_lines

FILE = "book.duckdb"

HOLD = """
import sys, analytics
with analytics.open(sys.argv[1], read_only=sys.argv[2:] == ["read"]):
    print("ready", flush=True)
    sys.stdin.readline()
"""

RECORD = """
import sys, analytics
with analytics.open(sys.argv[1], shared=True, wait_seconds=120) as book:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(20):
        book.record_usage(
            id=f"{sys.argv[2]}-{number}", model_id="gpt-4o", context="system", input_tokens=1000
        )
"""

CREATE = """
import sys, analytics
import analytics.book
print("ready", flush=True)
sys.stdin.readline()
try:
    analytics.create(sys.argv[1], markup_percent=sys.argv[2]).close()
except analytics.TokenbookError as error:
    print(type(error).__name__)
else:
    print("made", sys.argv[2])
"""


@contextmanager
def process(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A Python process that has said that it is ready, and goes on after a line."""
    started = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with started:
        assert stream(started.stdout).readline() == "ready\n"
        yield started
        stream(started.stdin).close()


def stream(pipe: IO[str] | None) -> IO[str]:
    """A pipe that was asked for."""
    assert pipe is not None
    return pipe


def go_on(*processes: subprocess.Popen[str]) -> None:
    """Lets them all go at once."""
    for each in processes:
        stream(each.stdin).write("\n")
        stream(each.stdin).flush()


def finish(each: subprocess.Popen[str]) -> str:
    """What a process printed until it ended well."""
    printed = stream(each.stdout).read()
    assert each.wait() == 0
    return printed.strip()


def mode(path: Path) -> int:
    """The permissions of a file or folder."""
    return path.stat().st_mode & 0o777


def digests(folder: Path) -> dict[str, str]:
    """Every file below a folder, with the hash of its content."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def edit(folder: Path, *statements: str) -> None:
    """Changes a book behind the program's back."""
    with duckdb.connect(str(folder / FILE)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new book, to be copied."""
    folder = tmp_path_factory.mktemp("new") / "book"
    new_book(folder, require_transactions=False).close()
    return folder


@pytest.fixture
def folder(new: Path, tmp_path: Path) -> Path:
    """The folder of a new book that nobody has open."""
    return Path(shutil.copytree(new, tmp_path / "book"))


@pytest.fixture(scope="module")
def unchanged(new: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """A new book for tests that must not change it."""
    with analytics.open(shutil.copytree(new, tmp_path_factory.mktemp("shared") / "book")) as book:
        yield book


# Creating


def test_a_new_book_is_private_to_its_user(tmp_path: Path) -> None:
    with analytics.create(tmp_path / "deep" / "book") as book:
        assert book.path == tmp_path / "deep" / "book"
        assert mode(book.path) == 0o700
        assert mode(book.path / FILE) == 0o600


def test_a_book_that_others_could_read_is_private_again_when_it_is_opened(folder: Path) -> None:
    (folder / FILE).chmod(0o644)
    analytics.open(folder).close()
    assert mode(folder / FILE) == 0o600


def test_settings_are_those_of_create(tmp_path: Path) -> None:
    with analytics.create(tmp_path / "plain") as book:
        assert book.settings() == {
            "billing_timezone": "UTC",
            "currency": "USD",
            "markup_percent": "0.0000",
            "require_transactions": "true",
        }
    analytics.create(
        tmp_path / "other", billing_timezone="Europe/Berlin", markup_percent=Decimal("12.5")
    ).close()
    with analytics.open(str(tmp_path / "other"), read_only=True) as book:
        assert book.settings() == {
            "billing_timezone": "Europe/Berlin",
            "currency": "USD",
            "markup_percent": "12.5000",
            "require_transactions": "true",
        }


def test_a_new_book_has_prices_and_is_sound(book: Book) -> None:
    assert len(book.list_models()) > 1000
    assert book.list_accounts() == []
    assert_sound(book)


def test_create_leaves_a_book_that_is_there_as_it_is(folder: Path) -> None:
    before = digests(folder)
    with pytest.raises(BookExists, match=r"There is a book at .*book already"):
        analytics.create(folder, markup_percent=50)
    assert digests(folder) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"billing_timezone": "Mars/Olympus"},
        {"billing_timezone": ""},
        {"billing_timezone": "../../etc/passwd"},
        {"billing_timezone": "localtime"},
        {"billing_timezone": "right/Europe/Berlin"},
        {"currency": "XXX"},
        {"currency": "usd"},
        {"markup_percent": "NaN"},
        {"markup_percent": "-100"},
        {"markup_percent": "ten"},
        {"markup_percent": "1.00001"},
    ],
    ids=str,
)
def test_create_with_a_wrong_argument_leaves_nothing_behind(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    with pytest.raises(InvalidArgument):
        analytics.create(tmp_path / "book", **wrong)
    assert not (tmp_path / "book").exists()


def test_create_where_a_file_is_says_so(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "file", "precious")
    with pytest.raises(StorageFailed, match="cannot be made"):
        analytics.create(file)
    assert file.read_text() == "precious\n"


def test_a_folder_with_other_files_keeps_its_permissions(tmp_path: Path) -> None:
    """Create says that its folder is new or empty; a shared folder must not be locked away."""
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    write_lines(shared / "notes.txt", "ours")
    with pytest.raises(TokenbookError):
        analytics.create(shared, require_transactions=False).close()
    assert mode(shared) == 0o755


def test_of_several_that_create_a_book_at_once_one_wins_and_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "book"
    with (
        process(CREATE, path, 1) as one,
        process(CREATE, path, 2) as two,
        process(CREATE, path, 3) as three,
    ):
        go_on(one, two, three)
        printed = sorted(finish(each) for each in (one, two, three))
    assert (path / FILE).exists(), printed
    assert printed[:2] == ["BookExists", "BookExists"]
    with analytics.open(path, read_only=True) as book:
        assert printed[2] == f"made {book.settings()['markup_percent'][0]}"
        assert_sound(book)


# Opening


def test_opening_again_finds_what_was_written(tmp_path: Path) -> None:
    with analytics.create(tmp_path / "book", require_transactions=False) as book:
        account = book.create_account("acme", name="Acme GmbH")
        record = book.record_usage(model_id="gpt-4o", external_id="acme", input_tokens=1000)
    with analytics.open(tmp_path / "book") as book:
        assert book.get_account("acme") == account
        assert book.get_usage().usage_records == [record]


def test_closing_twice_is_fine(folder: Path) -> None:
    book = analytics.open(folder)
    book.close()
    book.close()
    with process(HOLD, folder) as holder:
        go_on(holder)
        assert finish(holder) == ""


@pytest.mark.parametrize("name", ["missing", "empty", "file"])
def test_open_says_where_no_book_is(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    write_lines(tmp_path / "file", "no folder")
    with pytest.raises(BookNotFound, match=f"There is no book at .*{name}.*tokenbook init"):
        analytics.open(tmp_path / name)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["empty", "file"]


def test_a_file_that_is_no_database_is_no_book(tmp_path: Path) -> None:
    write_lines(tmp_path / FILE, *["this is not a database"] * 1000)
    before = digests(tmp_path)
    for read_only in (True, False):
        with pytest.raises(NotABook, match="is not a tokenbook book"):
            analytics.open(tmp_path, read_only=read_only)
    assert digests(tmp_path) == before


@pytest.mark.parametrize("statement", ["select 1", "create table customer (id integer)"])
def test_a_database_of_another_program_is_no_book(tmp_path: Path, statement: str) -> None:
    edit(tmp_path, statement)
    before = digests(tmp_path)
    with pytest.raises(NotABook, match="its database"):
        analytics.open(tmp_path)
    assert digests(tmp_path) == before


@pytest.mark.parametrize("options", [{}, {"read_only": True}, {"shared": True}], ids=str)
def test_a_book_of_a_newer_program_is_refused_untouched(
    folder: Path, options: dict[str, Any]
) -> None:
    edit(folder, "insert into schema_version values (99, timestamp '2030-01-01')")
    before = digests(folder)
    with pytest.raises(BookTooNew, match="schema version 99, this program knows versions up to"):
        analytics.open(folder, **options)
    assert digests(folder) == before


@pytest.mark.parametrize("options", [{}, {"read_only": True}, {"shared": True}], ids=str)
@pytest.mark.parametrize(
    "statement",
    [
        "update setting set value = 'other' where name = 'schema_fingerprint'",
        "delete from setting where name = 'schema_fingerprint'",
    ],
)
def test_a_book_of_between_two_releases_is_refused_untouched(
    folder: Path, options: dict[str, Any], statement: str
) -> None:
    edit(folder, statement)
    before = digests(folder)
    with pytest.raises(BookOfDevelopment, match="Make a new one with 'tokenbook init'"):
        analytics.open(folder, **options)
    assert digests(folder) == before


def test_views_of_an_older_program_are_replaced_by_the_first_who_may_write(folder: Path) -> None:
    edit(
        folder,
        "create or replace view usage_by_month as select 'old' as month",
        "update setting set value = 'old' where name = 'views_fingerprint'",
    )
    before = digests(folder)
    with pytest.raises(BookTooOld, match="brought up to date"):
        analytics.open(folder, read_only=True)
    assert digests(folder) == before
    analytics.open(folder).close()
    with analytics.open(folder, read_only=True) as book:
        assert "cost_usd" in book.query("select * from usage_by_month").arrow().column_names
        assert_sound(book)


def test_a_book_that_is_current_is_opened_without_a_change(folder: Path) -> None:
    before = digests(folder)
    analytics.open(folder).close()
    assert digests(folder) == before


# Holding and sharing


def test_a_book_that_another_process_holds_is_locked_and_the_error_names_it(folder: Path) -> None:
    with process(HOLD, folder) as holder:
        for read_only in (True, False):
            with pytest.raises(BookLocked, match=f"process {holder.pid} ") as caught:
                analytics.open(folder, read_only=read_only, wait_seconds=0.1)
            assert caught.value.code == "book_locked"
    analytics.open(folder, wait_seconds=0).close()


def test_opening_waits_for_the_other_process_to_finish(folder: Path) -> None:
    with process(HOLD, folder) as holder, ThreadPoolExecutor(1) as pool:
        opening = pool.submit(analytics.open, folder, wait_seconds=60)
        go_on(holder)
        opening.result().close()


def test_many_processes_read_at_once(folder: Path) -> None:
    with (
        process(HOLD, folder, "read"),
        process(HOLD, folder, "read"),
        analytics.open(folder, read_only=True, wait_seconds=0) as book,
    ):
        assert book.list_accounts() == []


def test_one_process_cannot_hold_a_book_in_two_ways(folder: Path) -> None:
    with (
        analytics.open(folder),
        pytest.raises(BookLocked, match="by this process, which opened it in another way"),
    ):
        analytics.open(folder, read_only=True)


@pytest.mark.slow
def test_processes_that_share_a_book_take_turns_and_lose_nothing(folder: Path) -> None:
    with process(RECORD, folder, "one") as one, process(RECORD, folder, "two") as two:
        go_on(one, two)
        assert finish(one) == finish(two) == ""
    with analytics.open(folder, read_only=True) as book:
        records = book.get_usage(limit=1000).usage_records or ()
        assert {record.id for record in records} == {
            f"{name}-{number}" for name in ("one", "two") for number in range(20)
        }
        assert book.get_usage_summary().total_input_tokens == 40_000
        assert_sound(book)


def test_a_shared_book_is_free_between_operations(folder: Path) -> None:
    with analytics.open(folder, shared=True) as book:
        book.create_account("acme")
        with process(HOLD, folder) as holder:
            go_on(holder)
            finish(holder)
        assert len(book.list_accounts()) == 1


@pytest.mark.slow
def test_threads_can_use_one_book(book: Book) -> None:
    def record(thread: int) -> None:
        for number in range(10):
            book.record_usage(
                id=f"{thread}-{number}", model_id="gpt-4o", context="system", input_tokens=1000
            )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(record, range(8)))
    records = book.get_usage(limit=1000).usage_records or ()
    assert {record.id for record in records} == {f"{t}-{n}" for t in range(8) for n in range(10)}
    summary = book.get_usage_summary()
    assert (summary.record_count, summary.total_cost_usd) == (80, Decimal("0.2"))


# Reading only


@pytest.fixture
def filled(folder: Path) -> Path:
    """A book with an account, a priced and an unpriced record."""
    with analytics.open(folder) as book:
        book.create_account("acme")
        for model in ("gpt-4o", "house-llm"):
            book.record_usage(
                model_id=model, external_id="acme", input_tokens=1000, occurred_at="2026-10-05"
            )
    return folder


def test_reading_never_changes_a_byte(filled: Path, tmp_path: Path) -> None:
    before = digests(filled)
    with analytics.open(filled, read_only=True) as book:
        assert len(book.draft_invoices("2026-10")) == 1
        assert book.get_usage_summary(month="2026-10").record_count == 2
        for name in book.reports():
            book.report(name)
        book.get_usage()
        book.list_loads()
        book.list_models(search="gpt")
        book.missing_prices()
        book.calculate_cost("gpt-4o", input_tokens=1000)
        book.query("select * from usage_record")
        book.export("usage", tmp_path / "usage.parquet", file_format="parquet")
        assert_sound(book)
    assert digests(filled) == before


WRITES: dict[str, Callable[[Book], Any]] = {
    "create_account": lambda book: book.create_account("new"),
    "update_account": lambda book: book.update_account("acme", name="New"),
    "record_usage": lambda book: book.record_usage(model_id="gpt-4o", context="system"),
    "add_alias": lambda book: book.add_alias("house-llm", "gpt-4o"),
    "add_price": lambda book: book.add_price("house-llm", free=True),
    "apply_prices": lambda book: book.apply_prices(),
    "ingest": lambda book: book.ingest(book.path.parent / "usage.jsonl"),
}


@pytest.mark.examples
@pytest.mark.parametrize("name", some(WRITES, 3))
def test_a_book_open_for_reading_refuses_to_write(filled: Path, name: str) -> None:
    write_lines(filled.parent / "usage.jsonl", '{"id":"1","model":"gpt-4o","input_tokens":1}')
    before = digests(filled)
    with (
        analytics.open(filled, read_only=True) as book,
        pytest.raises(ReadOnly, match="open for reading only"),
    ):
        WRITES[name](book)
    assert digests(filled) == before


# Wrong arguments

WRONG: dict[str, tuple[type[TokenbookError], Callable[[Book], Any]]] = {
    "an unknown meter": (
        InvalidArgument,
        lambda book: book.record_usage(model_id="gpt-4o", context="system", tokens=1),
    ),
    "a float": (
        InvalidUsage,
        lambda book: book.record_usage(**cast("Any", {"model_id": "m", "input_tokens": 1.5})),
    ),
    "a negative count": (
        InvalidUsage,
        lambda book: book.record_usage(model_id="m", context="system", input_tokens=-1),
    ),
    "an unknown context": (
        InvalidUsage,
        lambda book: book.record_usage(model_id="m", context="both"),
    ),
    "a customer without account": (
        InvalidUsage,
        lambda book: book.record_usage(model_id="m", context="customer"),
    ),
    "tags that are no JSON": (
        InvalidUsage,
        lambda book: book.record_usage(model_id="m", context="system", tags={"a": object()}),
    ),
    "a month and a day": (
        InvalidArgument,
        lambda book: book.get_usage_summary(month="2026-10", start_date="2026-10-01"),
    ),
    "no month": (InvalidArgument, lambda book: book.get_usage_summary(month="2026-13")),
    "no day": (InvalidArgument, lambda book: book.get_usage_summary(end_date="2026-02-30")),
    "an end before the start": (
        InvalidArgument,
        lambda book: book.get_usage_summary(start_date="2026-10-02", end_date="2026-10-01"),
    ),
    "a page of nothing": (InvalidArgument, lambda book: book.get_usage(limit=0)),
    "a negative offset": (InvalidArgument, lambda book: book.get_usage(offset=-1)),
    "an unknown id scope": (InvalidArgument, lambda book: book.ingest(".", id_scope="disk")),
    "an unknown export format": (
        InvalidArgument,
        lambda book: book.export("usage", book.path / "x", file_format="xml"),
    ),
    "two statements": (InvalidQuery, lambda book: book.query("select 1; select 2")),
    "no select": (InvalidQuery, lambda book: book.query("drop table account")),
    "an account of no name": (InvalidArgument, lambda book: book.create_account("")),
    "a boolean count": (
        InvalidArgument,
        lambda book: book.calculate_cost("gpt-4o", input_tokens=True),
    ),
}

WRONG_BUT_TAKEN: dict[str, tuple[type[TokenbookError], Callable[[Book], Any], str]] = {
    "a month without end": (
        InvalidArgument,
        lambda book: book.get_usage_summary(month="9999-12"),
        "ValueError: the period's end is the year 10000",
    ),
    "a day without next": (
        InvalidArgument,
        lambda book: book.get_usage_summary(end_date="9999-12-31"),
        "OverflowError: the period's end is the year 10000",
    ),
    "a moment beyond the calendar in UTC": (
        InvalidArgument,
        lambda book: book.calculate_cost("gpt-4o", at="9999-12-31T23:59:59-14:00"),
        "OverflowError in period.instant",
    ),
    "nothing to ingest": (
        InvalidArgument,
        lambda book: book.ingest(),
        "StorageFailed: Table with name staged does not exist",
    ),
    "an unknown format": (
        InvalidArgument,
        lambda book: book.ingest(book.path / "x.jsonl", file_format="xml"),
        "it is read as CSV; usage.FORMATS is never compared with",
    ),
    "a file that is no Parquet": (
        UnknownFormat,
        lambda book: book.ingest(book.path / "x.jsonl", file_format="parquet"),
        "StorageFailed, though ingest says UnknownFormat",
    ),
    "a model name that is no Unicode": (
        InvalidUsage,
        lambda book: book.record_usage(model_id="\udcff", context="system"),
        "UnicodeEncodeError from pyarrow",
    ),
    "two different accounts": (
        InvalidArgument,
        lambda book: book.get_usage(account_id="acme", external_id="beta"),
        "the external id is ignored",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_argument_is_an_error_of_ours_and_changes_nothing(
    unchanged: Book, name: str
) -> None:
    error, call = WRONG[name]
    with pytest.raises(error):
        call(unchanged)
    assert unchanged.get_usage_summary().record_count == 0


@pytest.mark.parametrize(
    "name",
    list(WRONG_BUT_TAKEN),
)
def test_a_wrong_argument_is_an_error_of_ours_too(unchanged: Book, name: str) -> None:
    error, call, _ = WRONG_BUT_TAKEN[name]
    write_lines(unchanged.path / "x.jsonl", '{"id":"1","model":"gpt-4o","context":"system"}')
    with pytest.raises(error):
        call(unchanged)


@pytest.mark.examples
def test_a_page_is_the_same_however_it_is_found(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are many records, the time of its oldest is asked first; times may be equal."""
    rows = [
        {"id": f"r{number}", "occurredAt": f"2026-10-0{1 + number % 3}T12:00:00Z"}
        | {"modelId": "gpt-4o", "context": "system", "inputTokens": number}
        for number in range(12)
    ]
    book.ingest(write_lines(tmp_path / "log.jsonl", *map(json.dumps, rows)))

    cases: list[dict[str, Any]] = [
        {},
        {"context": "system"},
        {"start_date": "2026-10-02"},
        {"model_id": "o3"},
    ]

    def pages() -> list[object]:
        return [
            book.get_usage(limit=limit, offset=offset, **which)
            for limit in some((1, 3, 4, 5, 12, 100), 2)
            for offset in some((0, 1, 4, 11, 12, 50), 2)
            for which in cases
        ]

    found = pages()
    monkeypatch.setattr(reports, "_MANY", -1)
    assert pages() == found
