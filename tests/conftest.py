"""Fixtures: real books in real folders. Nothing of our own code is replaced."""

import shutil
import tempfile
import zoneinfo
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pytest
from hypothesis import settings

import analytics
from analytics import Book
from analytics.records import IssueRun

_Case = TypeVar("_Case")

ALL_EXAMPLES = "all-examples"
"""The profile of Hypothesis that `make slow` chooses."""

settings.register_profile(ALL_EXAMPLES)


def examples(few: int, many: int) -> int:
    """How many examples a test marked ``examples`` tries: few, or, in `make slow`, all of them."""
    return many if settings.get_current_profile_name() == ALL_EXAMPLES else few


def some(cases: Iterable[_Case], every: int) -> list[_Case]:
    """One of so many cases of a test marked ``examples``, or, in `make slow`, all of them."""
    return list(cases)[:: examples(every, 1)]


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """A new book in UTC with a mark-up of 20 percent; its checks must pass in the end."""
    with new_book(tmp_path / "book", markup_percent=20, require_transactions=False) as book:
        yield book
        assert_sound(book)


def new_book(path: Path, **wanted: Any) -> Book:
    """A book as `analytics.create` makes it: a copy of one that it made, which takes no time."""
    path.mkdir(mode=0o700, parents=True)
    shutil.copyfile(_made(tuple(sorted(wanted.items()))) / "book.duckdb", path / "book.duckdb")
    return analytics.open(path)


@cache
def _made(wanted: tuple[tuple[str, Any], ...]) -> Path:
    """A closed book with these settings; its folder is gone when the tests are."""
    _FOLDERS.append(folder := tempfile.TemporaryDirectory(prefix="tokenbook-tests-"))
    path = Path(folder.name) / "book"
    analytics.create(path, **dict(wanted)).close()
    return path


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []


def assert_sound(book: Book) -> None:
    """Every check of the book passes."""
    failed = {check.name: list(check.rows[:3]) for check in book.check() if not check.passed}
    assert not failed, failed


def outcomes(run: IssueRun) -> list[str]:
    """What became of each account's invoice; one that failed says why."""
    return [
        f"failed: {each.reason}" if each.outcome == "failed" else each.outcome
        for each in run.outcomes
    ]


def write_lines(path: Path, *lines: str) -> Path:
    """A file of lines."""
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def zone_file(name: str) -> Path:
    """The file that Python has of a time zone."""
    return next(file for path in zoneinfo.TZPATH if (file := Path(path, name)).is_file())


KNOWN_RESERVATION = "res_065d141b5be4000123456789"
KNOWN_TRANSACTION = "txn_065d141b5be4000123456789"
"""Made at 2026-10-05 09:00 UTC, which their first digits say; the help of commands names them."""


def make_known_reservation(path: Path) -> None:
    """Gives a closed book's account acme credits, and that reservation, which has expired."""
    with analytics.open(path) as book:
        book._clock = lambda: datetime(2026, 10, 5, 9, tzinfo=UTC)
        added = book.add_credits("acme", 100, description="Top-up")
        made = book.create_reservation("acme", "0.50", model="gpt-4o")
    assert made.id[:18] == KNOWN_RESERVATION[:18]
    with duckdb.connect(str(path / "book.duckdb")) as connection:
        rename = "update {0} set {1} = $known where {1} = $made"
        for table, column, known, given in (
            ("reservation", "reservation_id", KNOWN_RESERVATION, made.id),
            ("credit_transaction", "transaction_id", KNOWN_TRANSACTION, added.transaction_id),
        ):
            connection.execute(rename.format(table, column), {"known": known, "made": given})


SELLER = """\
[seller]
legal_name = "Example Ltd"
address = ["Main Street 1", "10115 Berlin"]
tax_id = "DE123456789"
[invoice]
customer_needs = []
"""
"""A `book.toml` that suffices to issue to any account."""


def write_seller(folder: Path, more: str = "") -> None:
    """Gives a book a seller, and more lines of the section [invoice]."""
    (folder / "book.toml").write_text(SELLER + more, encoding="utf-8")
