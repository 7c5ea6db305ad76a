"""Rows of other programs' logs as DuckDB relations, made of expressions.

No text of a user, not even a column name, ever becomes part of a statement.
"""

from typing import TYPE_CHECKING

import duckdb
from duckdb import CaseExpression, ColumnExpression, ConstantExpression, Expression
from duckdb import FunctionExpression as Call

from analytics.engines.relations import table_rows

if TYPE_CHECKING:
    from analytics.engines import Table

_Text = ConstantExpression


def register_rows(connection: duckdb.DuckDBPyConnection, name: str, table: "Table") -> None:
    """Registers a table file as JSON lines (`path`, `line_number`, `id_scope`, `line`, `problem`).

    Its rows are held as `<name>_rows`, or read from the Parquet file.
    """
    source, number, problem = table_rows(connection, name, table)
    pairs: list[Expression] = []
    kinds = dict(zip(source.columns, map(str, source.types), strict=True))
    for heading in table.surplus:
        pairs += [_Text(heading), _value(heading, kinds[heading])]
    line = Call("json_object", *pairs).cast("VARCHAR") if pairs else _Text("{}")
    connection.register(
        name,
        source.project(
            _Text(table.name).alias("path"),
            number.alias("line_number"),
            ConstantExpression(table.id_scope).cast("VARCHAR").alias("id_scope"),
            line.alias("line"),
            problem.alias("problem"),
            line.alias("excerpt"),
        ),
    )


def _value(heading: str, kind: str) -> Expression:
    """A cell as JSON: nothing where it is empty, an object or list where it holds one."""
    cell = ColumnExpression(heading)
    if kind != "VARCHAR":
        return cell
    is_nested = Call("regexp_matches", cell, _Text(r"^\s*[{\[]")) & Call("json_valid", cell)
    return CaseExpression(is_nested, cell.cast("JSON")).when(
        cell != _Text(""), Call("to_json", cell)
    )
