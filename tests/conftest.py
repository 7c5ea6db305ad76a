"""Fixtures: real books in real folders. Nothing of our own code is replaced."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

import analytics
from analytics import Book


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """A new book in UTC with a mark-up of 20 percent; its checks must pass in the end."""
    with analytics.create(tmp_path / "book", markup_percent=20, require_transactions=False) as book:
        yield book
        assert_sound(book)


def assert_sound(book: Book) -> None:
    """Every check of the book passes."""
    failed = {check.name: list(check.rows[:3]) for check in book.check() if not check.passed}
    assert not failed, failed


def write_lines(path: Path, *lines: str) -> Path:
    """A file of lines."""
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


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
