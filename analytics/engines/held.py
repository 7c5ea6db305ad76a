"""Intermediate results as Arrow tables under names that queries can read.

A long database transaction frees nothing of what a temporary table held before it was replaced, and
nothing of what a view read (measured: 430 bytes a row). Here a name is registered once, and what
it stands for is switched.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


def split(table: "pa.Table") -> "tuple[pa.Table, pa.Table]":
    """The rows whose first column, a boolean, is true, and the others.

    Arrow does it, and not a condition in SQL: DuckDB pushes conditions down and computes what they
    read once more.
    """
    import pyarrow.compute as pc

    chosen = table.column(0)
    if pc.all(chosen).as_py():
        return table, table.slice(0, 0)
    return table.filter(chosen), table.filter(pc.invert(chosen))


class HeldTables:
    """Arrow tables by name, readable on one connection."""

    def __init__(self) -> None:
        self._held: dict[str, _Switch] = {}

    def put(self, connection: "duckdb.DuckDBPyConnection", name: str, table: "pa.Table") -> None:
        """Makes a table readable under a name; what was there before is given back."""
        if name in self._held:
            self._held[name].table = table
            return
        connection.execute(f"drop table if exists {name}")
        self._held[name] = _Switch(table)
        connection.register(name, self._held[name])

    def add(self, name: str, table: "pa.Table") -> None:
        """Adds rows to what is readable under a name."""
        import pyarrow as pa

        switch = self._held[name]
        switch.table = pa.concat_tables([switch.table, table])

    def empty(self, *names: str) -> None:
        """Gives the rows back; the names stay."""
        for name in names:
            self._held[name].table = self._held[name].table.schema.empty_table()

    def remove(self, connection: "duckdb.DuckDBPyConnection", *names: str) -> None:
        """Makes names free again: all of them where none is given."""
        for name in names or tuple(self._held):
            if self._held.pop(name, None):
                connection.unregister(name)

    def forget(self) -> None:
        """The connection is gone, and with it all names."""
        self._held.clear()


class _Switch:
    """What DuckDB reads anew in each query."""

    def __init__(self, table: "pa.Table") -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)
