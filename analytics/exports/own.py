"""What a report of one's own gave, as a file: no name of its columns becomes part of a statement.

The sandbox has run the report, so its rows are in memory. They are written as those of built-in
reports are: money with all its digits, instants in UTC, no formula in CSV.
"""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import simplejson

from analytics.errors import TooManyRows
from analytics.exports.cells import csv_cell, csv_writer
from analytics.period import iso

if TYPE_CHECKING:
    import pyarrow as pa

_NOT_IN_A_SHEETS_NAME = re.compile(r"[\[\]:*?/\\']")
_MOST_OF_A_SHEETS_NAME = 31


def write(table: "pa.Table", path: Path, chosen: str, name: str) -> int:
    """Writes a result as a file of a format and returns its number of rows.

    Raises:
        TooManyRows: they do not fit into a sheet.
    """
    _WRITERS[chosen](table, path, name)
    return int(table.num_rows)


def _write_csv(table: "pa.Table", path: Path, _name: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv_writer(file)
        writer.writerow([csv_cell(column) for column in table.column_names])
        for batch in table.to_batches():
            for row in batch.to_pylist():
                writer.writerow([_cell(value) for value in row.values()])


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        return _json(value)
    return csv_cell(value)


def _write_jsonl(table: "pa.Table", path: Path, _name: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        for batch in table.to_batches():
            file.writelines(f"{_json(row)}\n" for row in batch.to_pylist())


def _json(value: object) -> str:
    found = simplejson.dumps(
        value, default=_json_value, ensure_ascii=False, ignore_nan=True, separators=(",", ":")
    )
    return str(found)


def _json_value(value: object) -> str:
    return iso(value) if isinstance(value, datetime) else str(value)


def _write_parquet(table: "pa.Table", path: Path, _name: str) -> None:
    from pyarrow import parquet

    parquet.write_table(table, path, compression="zstd")


def _write_arrow(table: "pa.Table", path: Path, _name: str) -> None:
    import pyarrow as pa

    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _write_xlsx(table: "pa.Table", path: Path, name: str) -> None:
    from analytics.exports.workbook import MOST_ROWS, workbook

    if table.num_rows > MOST_ROWS:
        raise TooManyRows(rows=f"{table.num_rows:,}", most=f"{MOST_ROWS:,}")
    sheet = _NOT_IN_A_SHEETS_NAME.sub("-", name)[:_MOST_OF_A_SHEETS_NAME]
    with workbook(path) as book:
        book.add(sheet, table.to_reader())


_WRITERS: dict[str, Callable[["pa.Table", Path, str], None]] = {
    "csv": _write_csv,
    "jsonl": _write_jsonl,
    "parquet": _write_parquet,
    "arrow": _write_arrow,
    "xlsx": _write_xlsx,
}
