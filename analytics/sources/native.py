"""Rows of the native form that are not plain, checked one by one."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from analytics.records import COLUMNS
from analytics.rules.exact_json import decoded
from analytics.rules.native import columns_of
from analytics.rules.record import Refused
from analytics.sources.checked import CheckedRows, Place

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 4096


def check_lines(lines: "pa.Table", rows: CheckedRows) -> "pa.Table":
    """The records of JSON lines.

    Args:
        lines: with path, line_number, id_scope, line, problem and excerpt.
        rows: where they are gathered.
    """
    for place, (text, problem) in _rows(lines, "line", "problem"):
        rows.add(place, _of_line(text, problem))
    return rows.table(lines.column("excerpt"))


def check_cells(cells: "pa.Table", rows: CheckedRows) -> "pa.Table":
    """The records of the rows of a table file.

    Args:
        cells: with path, line_number, id_scope, problem, excerpt, each native column as text, and
            the others as JSON (surplus).
        rows: where they are gathered.
    """
    for place, (problem, surplus, *texts) in _rows(cells, "problem", "surplus", *COLUMNS):
        rows.add(place, _of_cells(problem, surplus, texts))
    return rows.table(cells.column("excerpt"))


def _rows(table: "pa.Table", *names: str) -> Iterator[tuple[Place, tuple[Any, ...]]]:
    for batch in table.to_batches(_BATCH):
        places = (batch.column(name).to_pylist() for name in ("path", "line_number", "id_scope"))
        values = (batch.column(name).to_pylist() for name in names)
        yield from zip(zip(*places, strict=True), zip(*values, strict=True), strict=True)


def _of_line(text: str, problem: str | None) -> dict[str, Any] | Refused:
    if problem is not None:
        return Refused(problem)
    try:
        found = decoded(text)
    except (ValueError, RecursionError):
        return Refused("bad_json")
    if not isinstance(found, dict):
        return Refused("not_an_object")
    return _columns(found)


def _of_cells(
    problem: str | None, surplus: str | None, texts: list[str | None]
) -> dict[str, Any] | Refused:
    if problem is not None:
        return Refused(problem)
    row = json.loads(surplus) if surplus else {}
    row |= {name: text for name, text in zip(COLUMNS, texts, strict=True) if text}
    return _columns(row, is_text=True)


def _columns(row: dict[str, Any], *, is_text: bool = False) -> dict[str, Any] | Refused:
    try:
        return columns_of(row, is_text=is_text)
    except Refused as error:
        return error
