"""Queries of users: one SELECT, read only, cut off from files, network and settings, within limits.

The text is checked to be exactly one SELECT and runs as ``from (<text>) as q``: the binder then
refuses COPY and data changes inside a CTE, which as such count as a SELECT and would run even on a
read-only connection. The book is attached to a database in memory, whose settings are locked before
the text is seen.
"""

import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from analytics.engines import Limits, failures, views
from analytics.errors import ClosedFileMissing, InvalidArgument, InvalidQuery, QueryLimit

if TYPE_CHECKING:
    import pyarrow as pa

_AGAIN_SECONDS = 0.02
_END = re.compile(r";\s*(?:--[^\n]*(?:\n\s*|$)|/\*.*?\*/\s*)*$", re.DOTALL)
"""A semicolon at the end, with the comments that follow it."""

_LOCKED_SETTINGS = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}


def attach(file: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    """A database in memory, locked, with a book's file attached for reading.

    Raises:
        InvalidArgument: a limit is no size.
        duckdb.Error: the file is locked or damaged.
    """
    try:
        connection = duckdb.connect(
            config={"memory_limit": limits.memory, "max_temp_directory_size": limits.disk}
        )
    except duckdb.Error as error:
        raise InvalidArgument(name="limit", problem=_sentence(error)) from None
    try:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("attach $file as book (read_only)", {"file": str(file)})
        connection.execute("use book")
        if files := views.shadow(connection, file.parent):
            connection.execute("set allowed_paths = $paths", {"paths": [str(f) for f in files]})
        for name, value in _LOCKED_SETTINGS.items():
            connection.execute(f"set {name} = {value}")
    except BaseException:
        connection.close()
        raise
    return connection


def run_wrapped(
    connection: duckdb.DuckDBPyConnection,
    text: str,
    limits: Limits,
    parameters: Mapping[str, object],
) -> "pa.Table":
    """Runs a user's SELECT, checked and wrapped, on a connection.

    Raises:
        InvalidQuery: the text is not one SELECT, or cannot run.
        QueryLimit: it took too long or too much.
    """
    statement = one_select(connection, text)
    values = {name: parameters[name] for name in statement.named_parameters if name in parameters}
    query = _END.sub("", statement.query)
    done = threading.Event()
    stopper = threading.Thread(target=_stop, args=(connection, limits.seconds, done), daemon=True)
    stopper.start()
    try:
        # The line break keeps a comment at the end of the text from hiding the bracket.
        wrapped = f"from (\n{query}\n) as q"
        return connection.sql(wrapped, params=values or None).to_arrow_table()
    except duckdb.InterruptException:
        problem = f"it took longer than {limits.seconds:g} seconds."
        raise QueryLimit(problem=problem) from None
    except duckdb.OutOfMemoryException:
        raise QueryLimit(problem=f"it needs more than {limits.memory} of memory.") from None
    except duckdb.Error as error:
        if missing := failures.missing_file(error):
            raise ClosedFileMissing(path=missing) from None
        raise InvalidQuery(problem=_sentence(error)) from None
    finally:
        done.set()
        stopper.join()


def _stop(connection: duckdb.DuckDBPyConnection, seconds: float, done: threading.Event) -> None:
    """Interrupts until the query has ended: one that comes while it is bound is lost."""
    if done.wait(seconds):
        return
    connection.interrupt()
    while not done.wait(_AGAIN_SECONDS):
        connection.interrupt()


def one_select(connection: duckdb.DuckDBPyConnection, text: str) -> duckdb.Statement:
    """The one SELECT that a user gave.

    Raises:
        InvalidQuery: it is anything else.
    """
    try:
        statements = connection.extract_statements(text)
    except duckdb.Error as error:
        raise InvalidQuery(problem=_sentence(error)) from None
    if len(statements) != 1:
        problem = f"give one SELECT, this is {len(statements)} statements."
        raise InvalidQuery(problem=problem)
    if statements[0].type != duckdb.StatementType.SELECT:
        raise InvalidQuery(problem="only a SELECT may run here; nothing was changed.")
    return statements[0]


def _sentence(error: duckdb.Error) -> str:
    return re.sub(r"^[A-Za-z ]*Error: ", "", str(error).strip())
