"""Outside data as DuckDB relations, made of expressions.

No text of a user, not even a column name, ever becomes part of a statement.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import duckdb
from duckdb import (
    CaseExpression,
    ColumnExpression,
    ConstantExpression,
    Expression,
    FunctionExpression,
)

from analytics.engines import NUMBER, PROBLEM, Table

if TYPE_CHECKING:
    import pyarrow as pa

TAG_LENGTH = 256
"""Longer values of unknown columns are dropped: prompts do not belong in a billing book."""

_EXCERPT_LENGTH = 512
_OURS = {NUMBER, PROBLEM, "file_row_number"}


def register_lines(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    batches: "pa.RecordBatchReader",
    mapping: Mapping[str, str],
    constants: Mapping[str, str],
) -> None:
    """Registers JSON lines; mapped keys move, constants are set, in each valid object."""
    if not mapping and not constants:
        connection.register(name, batches)
        return
    connection.register(f"{name}_unmapped", batches)
    line = ColumnExpression("line")
    patch: list[Expression] = []
    for key in mapping.values():
        if not key.startswith(("/", "$")):
            patch += [_text(key), ConstantExpression(None)]
    for target, key in mapping.items():
        path = key if key.startswith(("/", "$")) else _pointer(key)
        patch += [_text(target), _call("json_extract", line, _text(path))]
    for target, value in constants.items():
        number = value.isdecimal() and len(value) < 16
        patch += [_text(target), ConstantExpression(int(value) if number else value)]
    patched = _call("json_merge_patch", line, _call("json_object", *patch)).cast("VARCHAR")
    is_object = _call("json_valid", line) & (
        _call("json_type", _call("if", _call("json_valid", line), line, _text("null")))
        == _text("OBJECT")
    )
    relation = connection.view(f"{name}_unmapped").project(
        ColumnExpression("path"),
        ColumnExpression("line_number"),
        ColumnExpression("id_scope"),
        CaseExpression(is_object, patched).otherwise(line).alias("line"),
        ColumnExpression("problem"),
    )
    connection.register(name, relation)


def register_table(
    connection: duckdb.DuckDBPyConnection, name: str, table: Table, columns: Sequence[str]
) -> None:
    """Registers a table file under a name, with our columns as text, null where it has none."""
    if table.batches is None:
        source = connection.read_parquet(str(table.path), file_row_number=True)
        number = ColumnExpression("file_row_number") + ConstantExpression(1)
        problem = ConstantExpression(None).cast("VARCHAR")
    else:
        connection.register(f"{name}_rows", table.batches)
        source = connection.view(f"{name}_rows")
        number, problem = ColumnExpression(NUMBER), ColumnExpression(PROBLEM)
    nested = {
        column: str(kind).startswith(("STRUCT", "MAP")) or str(kind).endswith("[]")
        for column, kind in zip(source.columns, source.types, strict=True)
    }

    def cell(heading: str) -> Expression:
        column = ColumnExpression(heading)
        return (_call("to_json", column) if nested[heading] else column).cast("VARCHAR")

    selected = [
        _text(table.name).alias("path"),
        number.alias("line_number"),
        problem.alias("problem"),
        ConstantExpression(table.id_scope).cast("VARCHAR").alias("id_scope"),
        _excerpt([cell(heading) for heading in source.columns if heading not in _OURS]).alias(
            "excerpt"
        ),
        _surplus(table.surplus, cell).alias("surplus"),
    ]
    for column in columns:
        if column in table.constants:
            value = _text(table.constants[column])
        elif column in table.columns:
            value = cell(table.columns[column])
        elif column == "other_meters" and table.meters:
            value = _meters(table.meters, cell)
        else:
            value = ConstantExpression(None).cast("VARCHAR")
        selected.append(value.alias(column))
    connection.register(name, source.project(*selected))


_FORMULA = r"^([=+\-@\t\r])"
"""How a cell begins that a spreadsheet would run."""


def copy_statement(types: Mapping[str, str], file_format: str) -> tuple[str, str]:
    """What goes before and after a query to write its result to ``$export_path``.

    Args:
        types: the query's columns with their SQL types.
        file_format: csv (formulas neutralised, times as text), jsonl (times as text) or parquet.
    """
    cells = ", ".join(
        f"{_exported(name, kind, file_format)} as {name}" for name, kind in types.items()
    )
    options = {
        "csv": "format csv, header true",
        "jsonl": "format json",
        "parquet": "format parquet, compression zstd",
    }[file_format]
    # Column names are those of our own queries, never of a user.
    return f"copy (select {cells} from (", f") as q) to $export_path ({options})"  # noqa: S608


def _exported(column: str, kind: str, file_format: str) -> str:
    if kind == "TIMESTAMP" and file_format == "parquet":
        return f"{column} at time zone 'UTC'"
    if kind == "TIMESTAMP":
        return f"strftime({column}, '%Y-%m-%dT%H:%M:%S.%fZ')"
    if kind == "VARCHAR" and file_format == "csv":
        is_formula = f"regexp_matches({column}, '{_FORMULA}')"
        return f"case when {is_formula} then chr(39) || {column} else {column} end"
    return column


def _excerpt(cells: Sequence[Expression]) -> Expression:
    return _call(
        "left", _call("concat_ws", _text(","), *cells), ConstantExpression(_EXCERPT_LENGTH)
    )


def _surplus(headings: Sequence[str], cell: Callable[[str], Expression]) -> Expression:
    """A JSON object of the short cells; json_merge_patch drops the null ones."""
    if not headings:
        return ConstantExpression(None).cast("VARCHAR")
    pairs: list[Expression] = []
    for heading in headings:
        value = cell(heading)
        is_short = (_call("length", value) <= ConstantExpression(TAG_LENGTH)) & (value != _text(""))
        pairs += [_text(heading), CaseExpression(is_short, value)]
    return _call("json_merge_patch", _text("{}"), _call("json_object", *pairs)).cast("VARCHAR")


def _meters(meters: Mapping[str, str], cell: Callable[[str], Expression]) -> Expression:
    """A JSON object of the numbers as they stand; `stage` refuses what is none."""
    members = [
        CaseExpression(
            cell(heading) != _text(""), _call("concat", _text(f'"{meter}":'), cell(heading))
        )
        for meter, heading in meters.items()
    ]
    return _call("concat", _text("{"), _call("concat_ws", _text(","), *members), _text("}"))


def _text(value: str) -> Expression:
    return ConstantExpression(value)


def _call(function: str, *arguments: Expression) -> Expression:
    return FunctionExpression(function, *arguments)


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")
