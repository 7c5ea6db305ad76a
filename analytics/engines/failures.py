"""What DuckDB raises, as our errors: a sentence instead of its JSON and its layers."""

import json
import os
import re
from pathlib import Path

import duckdb

from analytics import errors


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
    if isinstance(error, duckdb.IOException) and not os.access(book, os.W_OK):
        return errors.ReadOnly(path=book)
    if "not a valid DuckDB database file" in problem:
        return errors.NotABook(path=book, problem=problem)
    return errors.StorageFailed(problem=problem)


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
