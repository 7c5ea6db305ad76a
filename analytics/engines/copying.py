"""The tables of a book, or a part of them, as those of another book."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb

from analytics import sql


def copy_tables(
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    tables: Mapping[str, str | None],
    parameters: Mapping[str, object],
) -> None:
    """Fills the tables of another book's database, which must have no rows in them yet.

    Args:
        connection: of the book.
        file: the other database.
        tables: which tables, each with the query whose rows it gets; None takes all that it has.
        parameters: of the queries.
    """
    with _attached(connection, file):
        for table, query in tables.items():
            text, values = f"from {table}", {}
            if query:
                loaded = sql.load(query)
                text = loaded.text
                values = {name: parameters[name] for name in loaded.parameters}
            statement = f"insert into other.main.{table} by name {text}"
            connection.execute(statement, values or None)


def copy_schema(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Gives another database, which may not be there yet, the tables and views of the book."""
    row = connection.execute(sql.load("book/name").text).fetchone()
    assert row, "there is one row"
    with _attached(connection, file):
        connection.execute(f"copy from database {row[0]} to other (schema)")


def is_same(connection: duckdb.DuckDBPyConnection, file: Path, table: str) -> bool:
    """Whether a table has the same rows in the book and in the other database, in any order."""
    with _attached(connection, file):
        ours, others = (
            connection.execute(
                f"select count(*), sum(hash(each)) from {name} as each"  # noqa: S608
            ).fetchone()
            for name in (table, f"other.main.{table}")
        )
    return ours == others


@contextlib.contextmanager
def _attached(connection: duckdb.DuckDBPyConnection, file: Path) -> Iterator[None]:
    connection.execute("attach $file as other (read_write)", {"file": str(file)})
    try:
        yield
    finally:
        connection.execute("detach other")
