"""What DuckDB raises, as our errors: a sentence instead of its JSON and its layers."""

import json
import os
import re
from pathlib import Path

import duckdb

from analytics import errors

_MISSING = re.compile(r'"(?P<path>[^"]*/usage/month=\d{4}-\d{2}/\w+-\w+\.parquet)"')


def translate(error: Exception, book: Path) -> BaseException:
    """The error that says what an exception of DuckDB means for a book.

    An interrupt that DuckDB has caught is a KeyboardInterrupt again.
    """
    if "KeyboardInterrupt" in str(error) or "Query interrupted" in str(error):
        return KeyboardInterrupt()
    if not isinstance(error, duckdb.Error):
        return error
    first_line = str(error).partition("\n")[0]
    problem = _unwrapped(re.sub(r"^[A-Za-z ]*Error: ", "", first_line))
    if missing := missing_file(error):
        return errors.ClosedFileMissing(path=missing)
    if isinstance(error, duckdb.IOException) and not os.access(book, os.W_OK):
        return errors.ReadOnly(path=book)
    if "not a valid DuckDB database file" in problem:
        return errors.NotABook(path=book, problem=problem)
    return errors.StorageFailed(problem=problem)


def missing_file(error: duckdb.Error) -> str | None:
    """The file of a closed month that a query did not find."""
    found = _MISSING.search(str(error))
    return found["path"] if found else None


def _unwrapped(problem: str) -> str:
    """What a thread of DuckDB has said, without the JSON around it."""
    start = problem.find('{"exception_type"')
    if start < 0:
        return problem
    try:
        inner: str = json.loads(problem[start:])["exception_message"]
    except (ValueError, KeyError):
        return problem
    return inner.partition("\n")[0]
