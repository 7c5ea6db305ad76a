"""Plain DuckDB: a table of its own, and our Parquet.

As its documentation advises: explicit types, bulk loads by one ``insert ... select`` from
``read_json`` with the columns given, no index and no primary key for analytics, a view over
``read_parquet`` (duckdb.org/docs: "Performance Guide", sections Schema, Indexing, Importing Data
and File Formats). Two threads, everything else as it comes. Answers are taken as Arrow tables.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.peers.asking import CORES
from benchmarks.peers.shelf import PARQUET, PRICES
from benchmarks.workload import query

FILE = "native.duckdb"


class DuckDBAlone:
    """Variants: ``table``, and ``parquet`` once the file is there."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._connections = {"table": duckdb.connect(str(self._file), config={"threads": CORES})}
        if (folder / PARQUET).exists():
            self._connections["parquet"] = duckdb.connect(config={"threads": CORES})
        for connection in self._connections.values():
            connection.execute(query("duckdb/price").replace("$path", _literal(folder / PRICES)))
        if "parquet" in self._connections:
            view = query("duckdb/parquet").replace("$path", _literal(folder / PARQUET))
            self._connections["parquet"].execute(view)

    def prepare(self) -> None:
        """Makes the table."""
        self._connections["table"].execute(query("duckdb/usage"))

    def load(self, file: Path) -> None:
        """Prices and appends the rows; closing writes them to their place."""
        self._connections["table"].execute(query("duckdb/load"), {"path": str(file)})

    def ask(self, question: str, variant: str, account: str) -> Any:
        """An Arrow table."""
        values = {"account": account} if question == "page" else {}
        connection = self._connections[variant]
        return connection.sql(query(f"duckdb/{question}"), params=values).to_arrow_table()

    def rows(self, question: str, answer: Any) -> Iterable[Sequence[Any]]:
        """Row by row."""
        return zip(*(column.to_pylist() for column in answer.columns), strict=True)

    def size(self) -> int:
        """The file, after a checkpoint."""
        self._connections["table"].execute(query("duckdb/checkpoint"))
        return self._file.stat().st_size

    def close(self) -> None:
        """Writes what is open to its place."""
        for connection in self._connections.values():
            connection.close()


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
