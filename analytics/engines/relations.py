"""Outside data as DuckDB relations, made of expressions.

No text of a user, not even a column name, ever becomes part of a statement.
"""

import json
from collections.abc import Callable, Mapping, Sequence

import duckdb
from duckdb import (
    CaseExpression,
    ColumnExpression,
    ConstantExpression,
    Expression,
    FunctionExpression,
    StarExpression,
)

from analytics.engines import NUMBER, PROBLEM, Table
from analytics.records import METERS, TEXT_COLUMNS

TAG_LENGTH = 256
"""Longer values of unknown columns are dropped: prompts do not belong in a billing book."""

COUNTS = {name for meter in METERS for name in (meter.name, *meter.synonyms)}
"""Columns whose constant is a number; any other is text, also where it has digits only."""

_EXCERPT_LENGTH = 512
_OURS = {NUMBER, PROBLEM, "file_row_number"}


def register_lines(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    mapping: Mapping[str, str],
    constants: Mapping[str, str],
    removed: Sequence[str],
) -> None:
    """Registers the JSON lines that are held as `<name>_unmapped`.

    Mapped keys move, constants are set, in each valid object.
    """
    unmapped = connection.view(f"{name}_unmapped")
    read = ColumnExpression("line").alias("excerpt")
    if not mapping and not constants:
        connection.register(name, unmapped.project(StarExpression(), read))
        return
    line = ColumnExpression("line")
    patch: list[Expression] = []
    plain = {key for key in mapping.values() if not key.startswith(("/", "$"))}
    for key in sorted((plain | set(removed)) - mapping.keys() - constants.keys()):
        patch += [_text(key), ConstantExpression(None)]
    for target, key in mapping.items():
        path = key if key.startswith(("/", "$")) else _pointer(key)
        patch += [_text(target), _call("json_extract", line, _text(path))]
    for target, value in constants.items():
        is_count = target in COUNTS and value.isdecimal() and len(value) < 16
        patch += [_text(target), ConstantExpression(int(value) if is_count else value)]
    patched = _call("json_merge_patch", line, _call("json_object", *patch)).cast("VARCHAR")
    checked = _call("if", _call("json_valid", line), line, _text("null"))
    # A key that stands twice is left for the source to reject; a patch would hide it.
    is_clean = (_call("json_type", checked) == _text("OBJECT")) & (
        _call("len", _call("json_keys", checked))
        == _call("list_unique", _call("json_keys", checked))
    )
    relation = unmapped.project(
        ColumnExpression("path"),
        ColumnExpression("line_number"),
        ColumnExpression("id_scope"),
        CaseExpression(is_clean, patched).otherwise(line).alias("line"),
        ColumnExpression("problem"),
        read,
    )
    connection.register(name, relation)


def register_shapes(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    lines: str,
    keys: Mapping[str, str | None],
    kinds: Mapping[str, str],
    shapes: Sequence[Sequence[str]],
) -> None:
    """Registers JSON lines with a column for each key, and whether they have one of the shapes."""
    line = CaseExpression(ColumnExpression("problem").isnull(), ColumnExpression("line"))
    present = {key: kinds[key] for key in keys.values() if key}
    parsed = connection.view(lines).project(
        ColumnExpression("path"),
        ColumnExpression("line_number"),
        ColumnExpression("line"),
        _call("try", _call("from_json", line, _text(json.dumps(present)))).alias("object"),
        _call("try", _call("json_keys", line)).alias("keys"),
    )
    known = [_call("list_value", *map(_text, shape)) for shape in shapes]
    is_clean = ColumnExpression("keys").isin(*known)
    columns = [
        _call("struct_extract", ColumnExpression("object"), _text(key)).cast("VARCHAR")
        if key
        else ConstantExpression(None).cast("VARCHAR")
        for key in keys.values()
    ]
    connection.register(
        name,
        parsed.project(
            ColumnExpression("path"),
            ColumnExpression("line_number"),
            ColumnExpression("line"),
            is_clean.alias("is_clean"),
            *(column.alias(name) for name, column in zip(keys, columns, strict=True)),
        ),
    )


def register_table(
    connection: duckdb.DuckDBPyConnection, name: str, table: Table, columns: Sequence[str]
) -> None:
    """Registers a table file under a name, with our columns as text, null where it has none.

    Its rows are held as `<name>_rows`, or read from the Parquet file.
    """
    source, number, problem = table_rows(connection, name, table)
    types = dict(zip(source.columns, source.types, strict=True))
    if table.batches is None:
        problem = _no_text(table, types)

    def cell(heading: str) -> Expression:
        column: Expression = ColumnExpression(heading)
        if heading in table.durations:
            column = column * ConstantExpression(table.durations[heading])
        return (_call("to_json", column) if _is_nested(types[heading]) else column).cast("VARCHAR")

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
        else:
            value = ConstantExpression(None).cast("VARCHAR")
        selected.append(value.alias(column))
    connection.register(name, source.project(*selected))


def _is_nested(kind: object) -> bool:
    return str(kind).startswith(("STRUCT", "MAP")) or str(kind).endswith("]")


def _no_text(table: Table, types: Mapping[str, object]) -> Expression:
    """The problem of a row that has a list or an object where text is wanted."""
    problem = ConstantExpression(None).cast("VARCHAR")
    for column, heading in table.columns.items():
        kind = types[heading]
        is_list = column == "variant" and str(kind).endswith("]")
        if is_list or (column in TEXT_COLUMNS and _is_nested(kind)):
            is_given = ColumnExpression(heading).isnotnull()
            problem = CaseExpression(is_given, _text("bad_text")).otherwise(problem)
    return problem


def table_rows(
    connection: duckdb.DuckDBPyConnection, name: str, table: Table
) -> tuple[duckdb.DuckDBPyRelation, Expression, Expression]:
    """The rows of a table file, and what the number and the problem of one is."""
    if table.batches is not None:
        rows = connection.view(f"{name}_rows")
        return rows, ColumnExpression(NUMBER), ColumnExpression(PROBLEM)
    row = ColumnExpression("file_row_number")
    first, count = table.rows
    source = connection.read_parquet(str(table.path), file_row_number=True).filter(
        (row >= ConstantExpression(first)) & (row < ConstantExpression(first + count))
    )
    return source, row + ConstantExpression(1), ConstantExpression(None).cast("VARCHAR")


_FORMULA = r"^([=+\-@\t\r])"
"""How a cell begins that a spreadsheet would run."""

_INSTANTS = {"TIMESTAMP": "%Y-%m-%dT%H:%M:%S.%fZ", "TIMESTAMP_S": "%Y-%m-%dT%H:%M:%SZ"}
"""Types of instants -> how they are written as text: with microseconds, or in whole seconds."""


_STORE = "format parquet, compression zstd, row_group_size 61440, use_tmp_file false"
STORED = ("copy (", f") to $export_path ({_STORE})")
"""What goes before and after a query to keep its rows in a file of the book, types as they are.

A row group is what a reader skips whole, by the least and greatest account and time in it. It is
half of DuckDB's own: most pages are of accounts with few records, and read one group.
"""


def copy_statement(types: Mapping[str, str], file_format: str) -> tuple[str, str]:
    """What goes before and after a query to write its result to ``$export_path``.

    Args:
        types: the query's columns with their SQL types.
        file_format: csv (formulas neutralised, times as text), jsonl (times as text) or parquet.
    """
    options = {
        "csv": "format csv, header true",
        "jsonl": "format json",
        "parquet": "format parquet, compression zstd",
    }[file_format]
    head, tail = select_statement(types, file_format)
    return f"copy ({head}", f"{tail}) to $export_path ({options})"


def select_statement(types: Mapping[str, str], file_format: str) -> tuple[str, str]:
    """What goes before and after a query to select its columns as a format has them.

    Args:
        types: the query's columns with their SQL types.
        file_format: as in `copy_statement`, or arrow, which has the types of parquet.
    """
    cells = ", ".join(
        f"{_exported(name, kind, file_format)} as {name}" for name, kind in types.items()
    )
    # Column names are those of our own queries, never of a user.
    return f"select {cells} from (", ") as q"  # noqa: S608


def _exported(column: str, kind: str, file_format: str) -> str:
    if kind in _INSTANTS and file_format in {"parquet", "arrow"}:
        return f"cast({column} as timestamp) at time zone 'UTC'"
    if kind in _INSTANTS:
        return f"strftime({column}, '{_INSTANTS[kind]}')"
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


def _text(value: str) -> Expression:
    return ConstantExpression(value)


def _call(function: str, *arguments: Expression) -> Expression:
    return FunctionExpression(function, *arguments)


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")
