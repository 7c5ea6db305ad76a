"""Our own book, asked as its users ask it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from analytics import Book
from analytics.engines.duckdb import DuckDBEngine
from analytics.engines.sessions import FILE_NAME
from benchmarks.peers.shelf import BOOK, month
from benchmarks.totals import lines_table
from benchmarks.workload import MONTH, query

REPORTS = {"by_model": "by-model", "by_context": "by-context", "by_day": "by-day"}
LINE = ("provider", "model", "price_id", "meter", "quantity", "unit_charge_usd", "charge_usd")
METERS = ("input_tokens", "cache_read_tokens", "output_tokens")
PAGE_LENGTH = 100
MEMORY = "768MB"
"""As much as a book takes."""


class Tokenbook:
    """A book that is open for reading. What loads it is `tokenbook ingest`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / BOOK
        self._engine = DuckDBEngine(self._path, read_only=True)
        self._book = Book(self._engine)

    def prepare(self) -> None:
        """Is not done here."""
        raise NotImplementedError

    def load(self, file: Path) -> None:
        """Is not done here."""
        raise NotImplementedError

    def ask(self, question: str, variant: str, account: str) -> Any:
        """A report, the lines of all invoices as an Arrow table, or a page of records."""
        if question == "invoices":
            return lines_table(self._engine)
        if question == "page":
            return self._book.get_usage(external_id=account, limit=PAGE_LENGTH)
        return self._book.report(REPORTS[question], month=MONTH)

    def rows(self, question: str, answer: Any) -> Iterable[Sequence[Any]]:
        """In the columns that all have; a report's last one counts what has no price."""
        if question == "invoices":
            names = {each.account_id: each.external_id for each in self._book.list_accounts()}
            lines = answer.to_pylist()
            # Peers have a rate for one of each; ours is for the quantity that it was published for.
            each_one = [
                line | {"unit_charge_usd": line["unit_charge_usd"] / line["per"]} for line in lines
            ]
            return [(names[line["account_id"]], *(line[key] for key in LINE)) for line in each_one]
        if question == "page":
            return [
                (
                    each.id,
                    each.occurred_at,
                    each.provider,
                    each.model_id,
                    *(each.quantities.get(meter, 0) for meter in METERS),
                    each.estimated_cost_usd,
                )
                for each in answer.usage_records
            ]
        return [row[:-1] for row in answer.rows]

    def size(self) -> int:
        """All files of the book."""
        return sum(file.stat().st_size for file in self._path.rglob("*") if file.is_file())

    def close(self) -> None:
        """Gives the book back."""
        self._book.close()


class Records:
    """The records of a book, priced anew by our own SQL, with as much memory as a book takes."""

    def __init__(self, folder: Path) -> None:
        self._connection = duckdb.connect(
            str(folder / BOOK / FILE_NAME), read_only=True, config={"memory_limit": MEMORY}
        )

    def prepare(self) -> None:
        """Is not done here."""
        raise NotImplementedError

    def load(self, file: Path) -> None:
        """Is not done here."""
        raise NotImplementedError

    def ask(self, question: str, variant: str, account: str) -> Any:
        """The month, priced anew."""
        return self._connection.execute(query(question), month()).fetchall()

    def rows(self, question: str, answer: Any) -> Iterable[Sequence[Any]]:
        """As they are."""
        rows: Iterable[Sequence[Any]] = answer
        return rows

    def size(self) -> int:
        """Is asked of the book."""
        raise NotImplementedError

    def close(self) -> None:
        """Gives the book back."""
        self._connection.close()
