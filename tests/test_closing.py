"""Months move into files and back: every answer stays the same, whatever kills the process.

Processes that are killed send SIGKILL to themselves at a named step.
"""

import contextlib
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import analytics
from analytics import Book
from analytics.closing.steps import CLOSING_STEPS, REOPENING_STEPS, Step
from analytics.errors import (
    AccountExists,
    InvalidArgument,
    LoadAlreadyUndone,
    LoadNotFound,
    MonthClosed,
)
from tests.conftest import assert_sound, new_book, outcomes, some, write_lines, write_seller

MONTHS = ("2026-08", "2026-09", "2026-10")

MOVE = """
import os, signal, sys, analytics
book, month, what, step, times = sys.argv[1:]
left = int(times)
def kill(reached):
    global left
    left -= reached == step
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
with analytics.open(book) as book:
    getattr(book, what + "_month")(month, on_step=kill)
"""

PER_FILE = (Step.WRITTEN, Step.SYNCED, Step.PLACED)
"""Steps that are reached once for each file; the month has two."""


def line(number: int) -> dict[str, Any]:
    """A call: of three months, five accounts and the own systems, two models and an unknown one."""
    model = ("gpt-4o", "claude-sonnet-4-5", "nobody-knows-1")[number % 11 % 3]
    return {
        "id": f"call-{number:03}",
        "occurred_at": f"{MONTHS[number % 3]}-{1 + number % 28:02}T{number % 24:02}:30:00Z",
        "model": model if number % 7 else "whisper-1",
        **({"audio_milliseconds": 1234 + number} if not number % 7 else {"input_tokens": number}),
        **({"external_id": f"customer-{number % 5}"} if number % 6 else {"context": "system"}),
        "tags": {"feature": f"it's {number % 4}"},
    }


def late(number: int) -> dict[str, Any]:
    return line(number) | {"id": f"late-{number}", "occurred_at": "2026-09-12T10:00:00Z"}


def ingest(book: Book, folder: Path, *lines: dict[str, Any]) -> int | None:
    """Loads lines and returns the load's number."""
    log = write_lines(folder / "log.jsonl", *map(json.dumps, lines))
    return book.ingest(log, create_accounts=True).load_id


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed book of three months, with a record that is not rolled up yet."""
    folder = tmp_path_factory.mktemp("template")
    settings: dict[str, Any] = {"billing_timezone": "Asia/Tokyo", "require_transactions": False}
    with new_book(folder / "book", markup_percent=20, **settings) as book:
        ingest(book, folder, *map(line, range(150)))
        call: dict[str, Any] = {"model_id": "gpt-4o", "external_id": "customer-1"}
        book.record_usage(id="one", occurred_at="2026-09-30T14:00:00Z", input_tokens=7, **call)
    return folder / "book"


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "book"))


@pytest.fixture
def three_months(path: Path) -> Iterator[Book]:
    """A book of three months, all of them open; its checks must pass in the end."""
    with analytics.open(path) as book:
        yield book
        assert_sound(book)


def answers(book: Book) -> dict[str, Any]:
    """Everything that a book says of its usage."""
    found: dict[str, Any] = {name: book.report(name).rows for name in book.reports()}
    found["summary"] = book.get_usage_summary()
    found["usage"] = book.get_usage(limit=1000).usage_records
    found["missing"] = book.missing_prices()
    found["months"] = [book.month_report(month) for month in MONTHS]
    found["drafts"] = [each.content for m in MONTHS for each in book.draft_invoices(m)]
    found["explained"] = book.explain_usage("call-001")
    file = book.path.parent / "exported.csv"
    for what, tags in (("usage", ()), ("focus", ("*",))):
        book.export(what, file, replace=True, tags=tags, leave_out_unpriced=what == "focus")
        found[what] = sorted(file.read_text(encoding="utf-8").splitlines())
    return found


def facts(book: Book) -> tuple[Any, ...]:
    """The least that must not change: every record, and what they cost."""
    return book.get_usage(limit=1000).usage_records, book.get_usage_summary()


def in_files(book: Book) -> dict[str, tuple[str, int, int]]:
    """Month -> status, records in files, records in the table."""
    return {m.month: (m.status, m.closed_count, m.open_count) for m in book.list_months()}


def on_disk(path: Path) -> set[str]:
    """The files below the folder of closed months."""
    files = (each for each in (path / "usage").rglob("*") if each.is_file())
    return {each.relative_to(path).as_posix() for each in files}


def bare(path: Path, query: str) -> list[tuple[Any, ...]]:
    """What a DuckDB client that knows nothing of us reads."""
    with duckdb.connect(str(path / "book.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_every_answer_is_the_same_before_and_after(three_months: Book) -> None:
    before = answers(three_months)
    moved = [three_months.close_month(month) for month in MONTHS]
    assert sum(each.moved for each in moved) == 151
    assert {status for status, _, _ in in_files(three_months).values()} == {"closed"}
    assert answers(three_months) == before
    assert_sound(three_months)
    assert [three_months.reopen_month(month).moved for month in MONTHS] == [m.moved for m in moved]
    assert {status for status, _, _ in in_files(three_months).values()} == {"open"}
    assert answers(three_months) == before
    assert on_disk(three_months.path) == set()


def test_a_month_is_one_of_the_billing_time_zone(three_months: Book) -> None:
    """The record of 14:00 UTC on the last day is one of October in Tokyo only after 15:00."""
    three_months.close_month("2026-09")
    days = three_months.query(
        "select min(local_day) as first, max(local_day) as last,"
        " count(*) filter (record_id = 'one') as ones from usage_record"
        " where record_id not in (from usage_open select record_id)"
    ).rows()
    assert [str(value) for value in days[0].values()] == ["2026-09-01", "2026-09-30", "1"]


def test_closing_again_moves_what_came_later(three_months: Book, tmp_path: Path) -> None:
    three_months.close_month("2026-09")
    first = on_disk(three_months.path)
    assert three_months.close_month("2026-09").files == 0
    assert on_disk(three_months.path) == first
    ingest(three_months, tmp_path, late(1), late(2))
    before = answers(three_months)
    status, closed, waiting = in_files(three_months)["2026-09"]
    assert (status, waiting) == ("late", 2)
    assert three_months.close_month("2026-09").moved == 2
    assert in_files(three_months)["2026-09"] == ("closed", closed + 2, 0)
    assert answers(three_months) == before
    assert len(on_disk(three_months.path)) == len(first), "small files are written anew"


def test_a_month_without_records_has_nothing_to_close(three_months: Book) -> None:
    assert three_months.close_month("2031-01").files == 0
    assert three_months.reopen_month("2031-01").files == 0
    assert on_disk(three_months.path) == set()
    for move in (three_months.close_month, three_months.reopen_month):
        with pytest.raises(InvalidArgument, match="not a month"):
            move("October")


def test_ids_of_closed_months_stay_taken(three_months: Book, tmp_path: Path) -> None:
    three_months.close_month("2026-09")
    log = write_lines(tmp_path / "again.jsonl", *(json.dumps(line(n)) for n in range(150)))
    again = three_months.ingest(log)
    assert (again.appended, again.duplicates) == (0, 150)
    changed = write_lines(tmp_path / "changed.jsonl", json.dumps(line(1) | {"input_tokens": 9}))
    assert three_months.ingest(changed).rejected_by_code == {"id_conflict": 1}


def test_a_load_with_records_in_files_is_not_taken_back(three_months: Book, tmp_path: Path) -> None:
    load = ingest(three_months, tmp_path, late(1), late(2))
    assert load is not None
    three_months.close_month("2026-09")
    before = answers(three_months)
    with pytest.raises(MonthClosed, match=r"Load 3 has records in closed months: 2026-09\."):
        three_months.undo_load(load)
    assert answers(three_months) == before
    three_months.reopen_month("2026-09")
    assert three_months.undo_load(load).removed == 2


def test_a_load_of_late_records_only_is_taken_back(three_months: Book, tmp_path: Path) -> None:
    three_months.close_month("2026-09")
    before = answers(three_months)
    load = ingest(three_months, tmp_path, late(1))
    assert load is not None
    assert three_months.undo_load(load).removed == 1
    assert answers(three_months) == before


def test_records_without_a_price_are_priced_in_closed_months_too(three_months: Book) -> None:
    for month in MONTHS[:2]:
        three_months.close_month(month)
    unpriced = three_months.get_usage_summary().unpriced_count
    files = on_disk(three_months.path)
    three_months.add_price(
        "nobody-knows-1", {"input_tokens": 2}, provider="house", effective_from="2026-01-01"
    )
    three_months.add_alias("nobody-knows-1", "nobody-knows-1", target_provider="house")
    (priced,) = three_months.apply_prices()
    assert priced.count == unpriced > 0
    assert three_months.get_usage_summary().unpriced_count == 0
    assert {m: s for m, (s, _, _) in in_files(three_months).items()} == {
        "2026-08": "late",
        "2026-09": "late",
        "2026-10": "open",
    }
    before = answers(three_months)
    for month in MONTHS[:2]:
        three_months.close_month(month)
    assert answers(three_months) == before
    assert len(on_disk(three_months.path)) == len(files) - 2, "there is none without a price"


def test_a_late_record_becomes_the_same_adjustment(path: Path, tmp_path: Path) -> None:
    """Closed or not, what is owed is the total now less what was issued."""

    def paid(name: str, month: str) -> dict[str, Any]:
        call = {"id": name, "occurred_at": f"{month}-12", "model": "gpt-4o", "input_tokens": 10**6}
        return call | {"external_id": "paying"}

    write_seller(path)
    with analytics.open(path) as book:
        ingest(book, tmp_path, paid("a", "2026-09"), paid("b", "2026-10"))
        run = book.issue_invoices("2026-09", account="paying", issue_date=date(2026, 10, 2))
        assert outcomes(run) == ["issued"]
    copy = Path(shutil.copytree(path, tmp_path / "copy"))
    contents = []
    for folder, closes in ((path, True), (copy, False)):
        with analytics.open(folder) as book:
            for _ in range(2 if closes else 0):
                book.close_month("2026-09")
            ingest(book, tmp_path, paid("c", "2026-09"))
            if closes:
                book.close_month("2026-09")
            (draft,) = book.draft_invoices("2026-10", account="paying")
            assert [f"{each.month:%Y-%m}" for each in draft.adjustments] == ["2026-09"]
            contents.append(draft.content)
    assert contents[0] == contents[1]


def moved(path: Path, month: str, what: str, step: Step, times: int = 1) -> None:
    """A process that is killed at a step of closing or reopening."""
    command = [sys.executable, "-c", MOVE, str(path), month, what, step, str(times)]
    done = subprocess.run(command, check=False)
    assert done.returncode == -signal.SIGKILL, f"{step} was not reached"


class Late:
    """A closed book with a closed month that has late records."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with analytics.open(path) as book:
            book.close_month("2026-09")
            ingest(book, path.parent, late(1), late(2))
            self.facts = facts(book)
            _, self.closed, self.waiting = in_files(book)["2026-09"]
            self.records = len(self.facts[0])


@pytest.fixture(scope="module")
def with_late(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Late:
    return Late(Path(shutil.copytree(template, tmp_path_factory.mktemp("late") / "book")))


def assert_whole(path: Path, late: Late, state: tuple[str, int, int]) -> None:
    """After a kill: each record is there once, for us and for a bare client; no file is left."""
    once = "select count(*), count(distinct record_id), sum(cost_usd) from rated_usage"
    found = [(late.records, late.records, late.facts[1].total_cost_usd)]
    assert bare(path, once) == found
    with analytics.open(path, read_only=True) as book:
        assert book.query("select count(*) as n from usage_record").rows() == [{"n": late.records}]
        assert in_files(book)["2026-09"] == state
    with analytics.open(path) as book:
        assert in_files(book)["2026-09"] == state
        verified = book.verify_files()
        assert on_disk(path) == {file.path for file in verified}
        assert not [file for file in verified if file.problem]
        assert facts(book) == late.facts
        assert_sound(book)
    assert bare(path, "select * from usage_leftover") == []
    assert bare(path, once) == found


KILLS = [
    *((step, 1) for step in CLOSING_STEPS),
    *(pytest.param(step, 2, marks=pytest.mark.slow) for step in PER_FILE),
]


@pytest.mark.examples
@pytest.mark.parametrize(("step", "times"), some(KILLS, 2))
def test_killed_while_closing_the_month_is_open_or_closed(
    with_late: Late, tmp_path: Path, step: Step, times: int
) -> None:
    path = Path(shutil.copytree(with_late.path, tmp_path / "book"))
    moved(path, "2026-09", "close", step, times)
    closed, waiting = with_late.closed, with_late.waiting
    is_committed = step in {Step.COMMITTED, Step.CLEARED}
    state = ("closed", closed + waiting, 0) if is_committed else ("late", closed, waiting)
    assert_whole(path, with_late, state)


@pytest.mark.slow
@pytest.mark.parametrize("step", REOPENING_STEPS)
def test_killed_while_reopening_the_month_is_open_or_closed(
    with_late: Late, tmp_path: Path, step: Step
) -> None:
    path = Path(shutil.copytree(with_late.path, tmp_path / "book"))
    moved(path, "2026-09", "reopen", step)
    closed, waiting = with_late.closed, with_late.waiting
    is_committed = step in {Step.COMMITTED, Step.CLEARED}
    state = ("open", 0, closed + waiting) if is_committed else ("late", closed, waiting)
    assert_whole(path, with_late, state)


@pytest.mark.parametrize("step", [Step.INTENDED, Step.PLACED, Step.REPLACED])
def test_an_interrupt_leaves_the_month_as_it_was(three_months: Book, step: Step) -> None:
    """And the same process goes on with the book."""
    before = facts(three_months)

    def interrupt(reached: Step) -> None:
        if reached == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        three_months.close_month("2026-09", on_step=interrupt)
    assert in_files(three_months)["2026-09"][0] == "open"
    assert facts(three_months) == before
    three_months.close_month("2026-08")
    assert on_disk(three_months.path) == {file.path for file in three_months.verify_files()}
    assert facts(three_months) == before


def test_each_step_is_told_in_its_order(three_months: Book, tmp_path: Path) -> None:
    for late_number in (1, 2):
        steps: list[Step] = []
        ingest(three_months, tmp_path, late(late_number))
        three_months.close_month("2026-09", on_step=steps.append)
        assert list(dict.fromkeys(steps)) == list(CLOSING_STEPS)
        assert [steps.count(step) for step in PER_FILE] == [2, 2, 2]
    steps = []
    three_months.reopen_month("2026-09", on_step=steps.append)
    assert steps == list(REOPENING_STEPS)
    assert set(Step) == {*CLOSING_STEPS, *REOPENING_STEPS}


class Told:
    """A progress that keeps what it is told."""

    def __init__(self) -> None:
        self.all: list[tuple[float | None, int, str]] = []

    def __call__(self, fraction: float | None, count: int, doing: str = "", /) -> None:
        self.all.append((fraction, count, doing))

    def doing(self) -> list[str]:
        """What was being done; the share that was told never goes back."""
        shares = [fraction for fraction, _, _ in self.all]
        known = [fraction for fraction in shares if fraction is not None]
        assert shares == [None] * (len(shares) - len(known)) + sorted(known)
        assert all(0 < fraction <= 1 for fraction in known)
        return [doing for _, _, doing in self.all]


def test_progress_says_what_is_done_and_no_share_before_it_is_known(
    three_months: Book, tmp_path: Path
) -> None:
    """A month has few files, often one: while the first is made nobody knows how far it is."""
    writing = ["file 1 of 2", "file 2 of 2", "comparing", "storing"]
    three_months.close_month("2026-09", progress=(told := Told()))
    assert told.doing() == ["adding up totals", *writing]
    assert told.all[-1] == (0.98, 51, "storing")
    ingest(three_months, tmp_path, late(1))
    three_months.close_month("2026-09", progress=(told := Told()))
    assert told.doing() == ["adding up totals", "merging small files", *writing]
    three_months.archive(tmp_path / "archive", progress=(told := Told()))
    assert told.doing() == ["file 1 of 2", "file 2 of 2", "comparing", "prices and totals"]
    three_months.reopen_month("2026-09", progress=(told := Told()))
    assert told.doing() == ["checking files", "file 1 of 2", "file 2 of 2", "storing"]


DAYS = st.integers(0, 60).map(lambda day: date(2026, 8, 15) + timedelta(day))
CALLS = st.fixed_dictionaries(
    {
        "day": DAYS,
        "account": st.sampled_from(["customer-1", "customer-2", "Ω'; drop", None]),
        "model": st.sampled_from(["gpt-4o", "claude-sonnet-4-5", "whisper-1", "nobody-knows-1"]),
        "quantity": st.integers(0, 10**12),
    }
)
WORK = st.lists(
    st.one_of(
        st.tuples(st.just("load"), st.lists(CALLS, max_size=8)),
        st.tuples(st.just("record"), CALLS),
        st.tuples(st.just("close"), st.sampled_from(MONTHS)),
        st.tuples(st.just("reopen"), st.sampled_from(MONTHS)),
        st.tuples(st.just("undo"), st.integers(1, 4)),
        st.tuples(st.just("price"), st.none()),
    ),
    min_size=3,
    max_size=8,
)


class Twins:
    """Two books with the same usage, of which only one closes months."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        names = ("closing", "open")
        made = [
            new_book(folder / name, markup_percent="12.5", require_transactions=False)
            for name in names
        ]
        self.closing, self.open = made
        self.number = 0

    def do(self, what: str, how: Any) -> None:
        if what == "load":
            self.load([self.row(call) for call in how])
        elif what == "record":
            row = self.row(how)
            row["model_id"] = row.pop("model")
            for book in (self.closing, self.open):
                if account := row.get("external_id"):
                    self.make_account(book, account)
                book.record_usage(**row)
        elif what == "undo":
            self.undo(how)
        elif what == "price":
            for book in (self.closing, self.open):
                book.add_alias("nobody-knows-1", "o3")
                book.apply_prices()
        else:
            getattr(self.closing, f"{what}_month")(how)

    def make_account(self, book: Book, name: str) -> None:
        with contextlib.suppress(AccountExists):
            book.create_account(external_id=name)

    def load(self, rows: list[dict[str, Any]]) -> None:
        log = write_lines(self.folder / "log.jsonl", *(json.dumps(row) for row in rows))
        for book in (self.closing, self.open):
            book.ingest(log, create_accounts=True)

    def undo(self, load_id: int) -> None:
        """Where months must be opened first, the error names them."""
        try:
            self.open.undo_load(load_id)
        except (LoadNotFound, LoadAlreadyUndone):
            return
        try:
            self.closing.undo_load(load_id)
        except MonthClosed as error:
            for month in str(error.facts["months"]).split():
                self.closing.reopen_month(month)
            self.closing.undo_load(load_id)

    def row(self, call: dict[str, Any]) -> dict[str, Any]:
        self.number += 1
        meter = "audio_milliseconds" if call["model"] == "whisper-1" else "input_tokens"
        whose = (
            {"external_id": call["account"], "context": "customer"}
            if call["account"]
            else {"context": "system"}
        )
        return {
            "id": f"r{self.number}",
            "occurred_at": f"{call['day']}T12:00:00Z",
            "model": call["model"],
            meter: call["quantity"],
            **whose,
        }

    def assert_equal(self) -> None:
        every = [book.report(name).rows for book in (self.closing, self.open) for name in REPORTS]
        assert every[: len(REPORTS)] == every[len(REPORTS) :]
        assert self.closing.get_usage_summary() == self.open.get_usage_summary()
        query = (
            "select record_id, local_day, price_id, unpriced_reason, cost_usd, charge_usd"
            " from rated_usage order by record_id"
        )
        assert self.closing.query(query).rows() == self.open.query(query).rows()
        for book in (self.closing, self.open):
            assert_sound(book)
            book.close()


REPORTS = ("by-day", "by-model", "by-context", "by-type")


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(work=WORK)
def test_a_book_that_closes_months_answers_like_one_that_does_not(
    tmp_path_factory: pytest.TempPathFactory, work: list[tuple[str, Any]]
) -> None:
    twins = Twins(tmp_path_factory.mktemp("twins"))
    for what, how in work:
        twins.do(what, how)
    twins.assert_equal()
