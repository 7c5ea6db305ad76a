"""Single records in an open book, each durable, against the insert of a row into a table."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

import analytics
from analytics import Book
from benchmarks.bench import MARKUP, Bench, alternate, remove, say
from benchmarks.results import Goal, Result, Sample
from benchmarks.workload import MONTH, query

GOAL = Goal(0.5, at_most=False)
ACCOUNT = "acct-000001"


class BareTable:
    """A database of its own with a table like that of the records, and rows to insert there."""

    def __init__(self, file: Path, book: Path, rows: int) -> None:
        with duckdb.connect(str(book / "book.duckdb"), read_only=True) as source:
            table = source.table("usage_open").limit(rows).to_arrow_table()
        self._rows = [tuple(row.values()) for row in table.to_pylist()]
        self._connection = duckdb.connect(str(file))
        self._connection.from_arrow(table.slice(0, 0)).create("usage_open")
        marks = ", ".join("?" * len(table.column_names))
        self._statement = query("insert_record").replace("(?)", f"({marks})")

    def insert(self) -> None:
        """Inserts a row; it is durable when this returns."""
        self._connection.execute(self._statement, self._rows.pop())

    def close(self) -> None:
        """Gives the file back."""
        self._connection.close()


def run(bench: Bench) -> list[Result]:
    """Measures records in a book without any and in one that is full."""
    empty = bench.folder / "empty"
    with analytics.create(empty, markup_percent=MARKUP, require_transactions=False) as book:
        book.create_account(ACCOUNT)
    found = [
        measure_book(bench, empty, "in an empty book"),
        measure_book(bench, bench.copy_of_full_book(), f"in a book of {bench.scale.held:,}"),
    ]
    remove(empty)
    return found


def measure_book(bench: Bench, path: Path, where: str) -> Result:
    """Records and inserts in turns, one at a time."""
    rounds, singles = bench.scale.fast_rounds, bench.scale.singles
    say(f"record: {rounds} x {singles} records {where}")
    file = bench.folder / "bare.duckdb"
    table = BareTable(file, bench.full_book, rounds * singles + 1)
    with analytics.open(path) as book:
        numbers = iter(range(rounds * singles + 1))
        record(book, numbers)  # a warm-up, for both
        table.insert()
        pairs = [
            alternate(singles, lambda: record(book, numbers), table.insert) for _ in range(rounds)
        ]
    table.close()
    remove(file)
    remove(path)
    ours, theirs = (
        Sample(tuple(singles / sum(pair[side].values) for pair in pairs), "records/s")
        for side in (0, 1)
    )
    what = f"record_usage, {rounds * singles} times {where}"
    peer = "DuckDB, insert of one row"
    return Result("record", what, peer, theirs, ours, ours.median / theirs.median, GOAL)


def record(book: Book, numbers: Iterator[int]) -> None:
    """Records the next call."""
    number = next(numbers)
    done = book.record_usage(
        id=f"single_{number}",
        occurred_at=f"{MONTH}-15T09:30:00Z",
        external_id=ACCOUNT,
        provider="openai",
        model_id="gpt-4o",
        input_tokens=1000 + number,
        cached_tokens=200,
        output_tokens=150,
    )
    assert done.estimated_cost_usd, "it has a price"
