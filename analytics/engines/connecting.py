"""Opens a book's database with the settings that all of the program relies on."""

import contextlib
from pathlib import Path

import duckdb

from analytics.engines import views

MEMORY_LIMIT = "768MB"
"""Enough for the sorts of a load; what is larger goes to the book's own temporary folder."""


def connect(file: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """The first connection to a book's database, which keeps it open: `another` is for queries.

    A query that was not read to its end would keep a transaction open there.

    Raises:
        duckdb.Error: it is locked, damaged or not there.
    """
    connection = duckdb.connect(
        str(file),
        read_only=read_only,
        config={
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(file.parent / "tmp"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
        },
    )
    if not read_only:
        with contextlib.suppress(OSError):
            file.chmod(0o600)
    return connection


def another(connection: duckdb.DuckDBPyConnection, folder: Path) -> duckdb.DuckDBPyConnection:
    """Another connection to the same database, for a thread of its own."""
    made = connection.cursor()
    prepare(made, folder)
    return made


def prepare(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Gives a connection what it has for itself: settings, and views of a book that was moved."""
    connection.execute("set TimeZone = 'UTC'")
    # Lines carry their number, so a load need not keep their order, which would take memory.
    connection.execute("set preserve_insertion_order = false")
    # How many rows a stream holds is unknown, so the optimizer would hash the rows of a load
    # rather than the few accounts or prices they are joined with. Our joins name them last.
    connection.execute("set disabled_optimizers = 'build_side_probe_side'")
    # The files of closed months never change, so what their ends say is read once.
    connection.execute("set parquet_metadata_cache = true")
    views.shadow(connection, folder)
