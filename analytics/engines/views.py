"""The views of a book: the texts of `queries/views/`, and the files of closed months.

``usage_record`` names each registered file by its absolute path: a glob would find a month's files
before its records have left the table. So the text depends on where the book is. When the book has
been moved or copied, a writer writes the view again, and a reader puts a temporary one before it,
which the other views then read. Where a file has not come along, that one only says so: the view as
it was written might still find the file in the old place.
"""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from analytics import sql

RECORDS = "usage_record"
"""The view of all records, of open and of closed months."""

PLACE = "views_folder"
"""The setting that says which folder the files have in the view; empty where it names none."""


def texts(files: Sequence[Path]) -> Iterator[tuple[str, str]]:
    """The name and text of each view of a book with files of closed months, in order."""
    for view in sql.views():
        name = view.name.partition("/")[2]
        yield name, records_text(files) if name == RECORDS else view.text


def records_text(files: Sequence[Path]) -> str:
    """The text of `RECORDS`; without files it reads no Parquet at all."""
    text = sql.load(f"views/{RECORDS}").text
    if not files:
        return text
    named = f"[{', '.join(_quoted(str(file)) for file in files)}]"
    closed = sql.load("book/closed_usage").text.replace("$closed_files", named)
    return f"{text}\nunion all\n{closed}"


def shadow(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[Path]:
    """Lets a connection find the files of a book that was moved, or say which is missing.

    Args:
        connection: its default database is the book.
        folder: where the book is.

    Returns:
        The files of closed months.
    """
    place = _cell(connection, PLACE)
    if not place:
        return []
    query = sql.load("closing/files")
    rows = connection.execute(query.text, {"month": None}).fetchall()
    here = folder.resolve()
    files = [here / str(row[0]) for row in rows]
    if place != str(here):
        missing = [file for file in files if not file.exists()]
        text = _missing_text(missing[0]) if missing else records_text(files)
        connection.execute(f"create or replace temp view {RECORDS} as {text}")
    return files


def narrow(connection: duckdb.DuckDBPyConnection, folder: Path, files: Sequence[str]) -> None:
    """Lets a connection read only some files, which saves opening the others.

    Args:
        connection: its default database is the book.
        folder: where the book is.
        files: their paths in that folder.
    """
    text = records_text([folder.resolve() / file for file in files])
    connection.execute(f"create or replace temp view {RECORDS} as {text}")


def widen(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Lets it read all files again."""
    unshadow(connection)
    if _cell(connection, PLACE) != str(folder.resolve()):
        shadow(connection, folder)


def unshadow(connection: duckdb.DuckDBPyConnection) -> None:
    """The view that is stored finds the files by itself again."""
    connection.execute(f"drop view if exists temp.{RECORDS}")


def _missing_text(file: Path) -> str:
    told = _quoted(f'No files found that match the pattern "{file}"')
    return sql.load("book/missing_usage").text.replace("$missing_file", told)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _cell(connection: duckdb.DuckDBPyConnection, setting: str) -> str:
    """The value of a setting; empty where there is none, or no such table yet."""
    with contextlib.suppress(duckdb.CatalogException):
        query = sql.load("book/setting")
        # To its end: a result that is not finished keeps a transaction open.
        rows = connection.execute(query.text, {"name": setting}).fetchall()
        return str(rows[0][0]) if rows else ""
    return ""
