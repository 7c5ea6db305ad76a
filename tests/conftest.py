"""Fixtures: real books in real folders. Nothing of our own code is replaced."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import analytics
from analytics import Book


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """A new book in UTC with a mark-up of 20 percent; its checks must pass in the end."""
    with analytics.create(tmp_path / "book", markup_percent=20) as book:
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
