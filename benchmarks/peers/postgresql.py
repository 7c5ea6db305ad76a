"""PostgreSQL with LiteLLM's tables: its spend logs with their indexes, and its daily table.

The tables are those of LiteLLM's schema.prisma (github.com/BerriAI/litellm, `LiteLLM_SpendLogs`
and `LiteLLM_DailyEndUserSpend`), in the types that Prisma gives them. Rows come by COPY into a
temporary table, the fastest way in (postgresql.org/docs: "Populating a Database"), as CSV, for COPY
reads no JSON. Then one statement prices and inserts them (``on conflict do nothing``: an id is
there once), and adds what is new to the daily table (``on conflict do update``). LiteLLM itself
prices each request in Python before it writes, which is slower. Its money is binary floating point.

`benchmarks.peers.server` starts the server and has its settings.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.peers.shelf import PRICES_CSV, SOCKET, USER
from benchmarks.workload import query

_PIECE = 1 << 20


class PostgreSQL:
    """Variants: ``table`` (spend logs) and ``rollup`` (the daily table)."""

    def __init__(self, folder: Path) -> None:
        self._prices = folder / PRICES_CSV
        host = (folder / SOCKET).read_text(encoding="utf-8")
        self._connection = psycopg.connect(host=host, user=USER, dbname="postgres")

    def prepare(self) -> None:
        """Makes the tables, anew if they are there."""
        with self._connection.transaction():
            self._connection.execute(text("schema"))
            self._copy("copy_prices", self._prices)

    def load(self, file: Path) -> None:
        """Prices and appends the rows of a CSV file, in one transaction."""
        with self._connection.transaction():
            self._connection.execute(text("staged"))
            self._copy("copy_staged", file)
            self._connection.execute(text("load"))

    def ask(self, question: str, variant: str, account: str) -> Any:
        """A list of tuples."""
        name = f"rollup_{question}" if variant == "rollup" else question
        values = {"account": account} if question == "page" else None
        return self._connection.execute(text(name), values).fetchall()

    def rows(self, question: str, answer: Any) -> Iterable[Sequence[Any]]:
        """As they are."""
        rows: Iterable[Sequence[Any]] = answer
        return rows

    def size(self) -> int:
        """Both tables with their indexes, after what autovacuum would do."""
        self._connection.commit()
        self._connection.autocommit = True
        self._connection.execute(text("tidy"))
        row = self._connection.execute(text("size")).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def _copy(self, name: str, file: Path) -> None:
        with self._connection.cursor().copy(text(name)) as copy, file.open("rb") as stream:
            while piece := stream.read(_PIECE):
                copy.write(piece)


def text(name: str) -> bytes:
    """A query of ours, in the form in which psycopg takes one that it has not seen written out."""
    return query(f"postgresql/{name}").encode()
