"""chDB, which is ClickHouse in this process: its own tables, its roll-up, and our Parquet.

As its documentation advises (clickhouse.com/docs, "Best practices": choosing a primary key,
selecting data types, use materialized views, avoid nullable columns, and "LowCardinality"): a
MergeTree that is ordered by what is asked for, account and time; whole numbers no wider than
needed; LowCardinality for texts of up to some ten thousand values; no Nullable; and an incremental
materialised view into a SummingMergeTree. Prices are joined when rows are inserted, the small table
on the right. Inserts are flushed to the disk (`fsync_after_insert`), as ours are; its default is
not to. Two threads.
Answers are taken as Arrow tables.
"""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from chdb import session

from benchmarks.peers.shelf import PARQUET, PRICES
from benchmarks.workload import query

FOLDER = "chdb"
TABLES = ("make_native", "price", "usage", "usage_daily", "usage_daily_view")
DATABASES = {"table": "native", "rollup": "native", "parquet": "parquet"}


class Clickhouse:
    """Variants: ``table``, ``rollup``, and ``parquet`` once the file is there."""

    def __init__(self, folder: Path) -> None:
        self._session = session.Session(str(folder / FOLDER))
        self._session.query(query("chdb/threads"))
        self._database = ""
        self._prices = folder / PRICES
        if (folder / PARQUET).exists():
            self._session.query(query("chdb/make_parquet"))
            view = query("chdb/parquet").replace("$path", _literal(folder / PARQUET))
            self._session.query(view)

    def prepare(self) -> None:
        """Makes the tables and the view that fills the roll-up."""
        for name in TABLES:
            values = {"path": str(self._prices)} if name == "price" else {}
            self._session.query(query(f"chdb/{name}"), params=values)

    def load(self, file: Path) -> None:
        """Prices, appends and sums up the rows."""
        self._session.query(query("chdb/load"), params={"path": str(file)})

    def ask(self, question: str, variant: str, account: str) -> Any:
        """An Arrow table."""
        if self._database != DATABASES[variant]:
            self._database = DATABASES[variant]
            self._session.query(query(f"chdb/use_{self._database}"))
        name = f"rollup_{question}" if variant == "rollup" else question
        values = {"account": account} if question == "page" else {}
        return self._session.query(query(f"chdb/{name}"), "ArrowTable", params=values)

    def rows(self, question: str, answer: Any) -> Iterable[Sequence[Any]]:
        """Row by row."""
        return zip(*(column.to_pylist() for column in answer.columns), strict=True)

    def size(self) -> int:
        """The parts of all tables, once nothing is merged any more: two looks in a row say so."""
        quiet = 0
        while quiet < 2:
            time.sleep(0.5)
            quiet = 0 if int(str(self._session.query(query("chdb/merging")))) else quiet + 1
        return int(str(self._session.query(query("chdb/size"))))

    def close(self) -> None:
        """Ends the session."""
        self._session.close()


def _literal(path: Path) -> str:
    return "'" + str(path).replace("\\", "\\\\").replace("'", "\\'") + "'"
