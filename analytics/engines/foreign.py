"""Rows of other programs' logs as DuckDB relations, made of expressions.

No text of a user, not even a column name, ever becomes part of a statement.
"""

import re
from typing import TYPE_CHECKING

import duckdb
from duckdb import CaseExpression, ColumnExpression, ConstantExpression, Expression
from duckdb import FunctionExpression as Call

from analytics.engines.relations import table_rows

if TYPE_CHECKING:
    from analytics.engines import Account, Overrides, Table

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


def register_overridden(
    connection: duckdb.DuckDBPyConnection, name: str, rows: str, said: "Overrides"
) -> None:
    """Registers the rows of a view with what was said of all of them."""
    source = connection.view(rows)
    line = ColumnExpression("line")
    found: dict[str, Expression] = {
        column: Call("json_extract_string", line, _Text(path))
        for column, path in said.paths.items()
    }
    found |= {column: _Text(text) for column, text in said.constants.items()}
    if not {"external_id", "account_id"} & found.keys():
        found |= _account(said.account)
    if "context" not in found and said.account.fallback == "system":
        found["context"] = _context(found)
    connection.register(
        name,
        source.project(
            *(
                found.get(column, ColumnExpression(column)).alias(column)
                for column in source.columns
                if column != "line"
            )
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


def _account(account: "Account") -> dict[str, Expression]:
    own = ColumnExpression("external_id")
    if account.pointer is not None:
        text = Call("json_extract_string", ColumnExpression("line"), _Text(account.pointer))
        if account.prefix is not None:
            pattern = f'"{re.escape(account.prefix)}([^"\\\\]+)"'
            text = Call("regexp_extract", text, _Text(pattern), ConstantExpression(1))
        is_nested = Call("regexp_matches", text, _Text(r"^[{\[]"))
        own = CaseExpression(is_nested == ConstantExpression(False), Call("trim", text))
        own = Call("nullif", own, _Text(""))
    if account.fallback not in {"system", "reject"}:
        is_nobody = own.isnull() & ColumnExpression("account_id").isnull()
        is_nobody &= ColumnExpression("context").isnull() | (
            ColumnExpression("context") != _Text("system")
        )
        own = CaseExpression(is_nobody, _Text(account.fallback)).otherwise(own)
    return {"external_id": own}


def _context(found: dict[str, Expression]) -> Expression:
    """The row's own context, else system where it names nobody."""
    external_id = found.get("external_id", ColumnExpression("external_id"))
    account_id = found.get("account_id", ColumnExpression("account_id"))
    return CaseExpression(
        ColumnExpression("context").isnull() & external_id.isnull() & account_id.isnull(),
        _Text("system"),
    ).otherwise(ColumnExpression("context"))
