"""The tables of a book, or a part of them, as those of another book."""

from collections.abc import Mapping
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
    connection.execute("attach $file as other (read_write)", {"file": str(file)})
    try:
        for table, query in tables.items():
            text, values = f"from {table}", {}
            if query:
                loaded = sql.load(query)
                text = loaded.text
                values = {name: parameters[name] for name in loaded.parameters}
            statement = f"insert into other.main.{table} by name {text}"
            connection.execute(statement, values or None)
    finally:
        connection.execute("detach other")
