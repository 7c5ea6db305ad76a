"""Waits for a book that another process holds."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import duckdb

from analytics import errors
from analytics.engines import failures, turns

_LOCK_MESSAGE = re.compile(r"lock is held in (?P<program>.*?) ?\(PID (?P<pid>\d+)\)")
_POLL_SECONDS = 0.05
_Result = TypeVar("_Result")


def when_free(
    file: Path, connect: Callable[[], _Result], *, read_only: bool, seconds: float
) -> _Result:
    """Connects to a book's database, waiting for another process that holds the book.

    The book's turn is taken before and given back by whoever closes what was connected.

    Args:
        file: the database.
        connect: opens it.
        read_only: others may read at the same time.
        seconds: how long to wait.

    Raises:
        BookLocked: the time is over; it names who holds the book.
        TokenbookError: it cannot be opened.
    """
    book = file.parent
    deadline = time.monotonic() + seconds
    while True:
        holder = ""
        if turns.take(book, read_only=read_only):
            try:
                return connect()
            except BaseException as error:  # noqa: BLE001 - what is no lock is raised again
                turns.give_back(book)
                holder = _holder(error, book)
        if time.monotonic() >= deadline:
            raise errors.BookLocked(path=book, holder=holder or _named_holder(file))
        time.sleep(_POLL_SECONDS)


def _holder(error: BaseException, book: Path) -> str:
    """Who holds the book, by what DuckDB says; any other failure is raised."""
    if isinstance(error, duckdb.ConnectionException):
        holder = "this process, which opened it in another way"
        raise errors.BookLocked(path=book, holder=holder) from None
    held = _LOCK_MESSAGE.search(str(error))
    if not isinstance(error, duckdb.IOException) or (not held and "lock on file" not in str(error)):
        raise failures.translate(error, book) if isinstance(error, duckdb.Error) else error
    return f"process {held['pid']} ({held['program']})" if held else "another process"


def _named_holder(file: Path) -> str:
    """Who has the book's turn. Opening for reading, which changes nothing, makes DuckDB say."""
    try:
        duckdb.connect(str(file), read_only=True).close()
    except duckdb.Error as error:
        return _holder(error, file.parent)
    return "another process"
