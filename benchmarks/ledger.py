"""The flow reserve, confirm, record, each step durable, against three bare inserts of a row.

And whether it stays as fast when the ledger is full: nothing of it may read the transactions.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb

import analytics
from analytics import Book
from benchmarks.bench import Bench, alternate, remove, say, seconds
from benchmarks.record import ACCOUNT
from benchmarks.results import Goal, Result, Sample
from benchmarks.workload import query

RATE = Goal(0.25, at_most=False)
FLAT = Goal(1.3, at_most=True)
ACCOUNTS = 10_000
FEW = 10_000
"""Transactions in the book that a full one is held against."""

TABLES = ("reservation", "credit_transaction", "usage_open")
AMOUNT, ACTUAL = "0.50", "0.12"


class BareTables:
    """A database of its own with three tables like those of the flow, and a row for each."""

    def __init__(self, file: Path, book: Path) -> None:
        self._connection = duckdb.connect(str(file))
        self._inserts: list[tuple[str, tuple[object, ...]]] = []
        with duckdb.connect(str(book / "book.duckdb"), read_only=True) as source:
            for name in TABLES:
                table = source.table(name).limit(1).to_arrow_table()
                self._connection.from_arrow(table.slice(0, 0)).create(name)
                marks = ", ".join("?" * len(table.column_names))
                statement = query("insert_record").replace("usage_open", name)
                [row] = table.to_pylist()
                self._inserts.append((statement.replace("(?)", f"({marks})"), tuple(row.values())))

    def insert(self) -> None:
        """Inserts three rows; each is durable before the next."""
        for statement, values in self._inserts:
            self._connection.execute(statement, values)

    def close(self) -> None:
        """Gives the file back."""
        self._connection.close()


def run(bench: Bench) -> list[Result]:
    """Measures the flow in a small and in a full ledger."""
    few, many = bench.folder / "few", bench.folder / "many"
    make(few, min(FEW, bench.scale.moved))
    make(many, bench.scale.moved)
    found = [measure_rate(bench, few), measure_flatness(bench, few, many)]
    remove(few)
    remove(many)
    return found


def make(path: Path, transactions: int) -> None:
    """A book whose ledger has so many transactions, half of them of confirmed reservations."""
    say(f"a ledger with {transactions:,} transactions of {ACCOUNTS:,} accounts")
    with analytics.create(path) as book:
        book.create_account(ACCOUNT)
    with duckdb.connect(str(path / "book.duckdb")) as connection:
        for name in ("fill_accounts", "fill_transactions", "fill_reservations", "fill_balances"):
            parameters = {"accounts": ACCOUNTS, "transactions": transactions}
            text = query(name)
            used = {key: value for key, value in parameters.items() if f"${key}" in text}
            connection.execute(text, used)
    with analytics.open(path) as book:
        failed = [each.name for each in book.check() if not each.passed]
        assert not failed, f"the filled ledger is unsound: {failed}"
        book.add_credits(ACCOUNT, 1_000_000)


def measure_rate(bench: Bench, path: Path) -> Result:
    """Flows and inserts in turns."""
    rounds, singles = bench.scale.fast_rounds, bench.scale.singles
    say(f"ledger: {rounds} x {singles} flows")
    file = bench.folder / "bare.duckdb"
    numbers = iter(range(rounds * singles + 2))
    with analytics.open(path) as book:
        flow(book, numbers)
    tables = BareTables(file, path)
    with analytics.open(path) as book:
        flow(book, numbers)  # a warm-up, for both
        tables.insert()
        pairs = [
            alternate(singles, lambda: flow(book, numbers), tables.insert) for _ in range(rounds)
        ]
    tables.close()
    remove(file)
    ours, theirs = (
        Sample(tuple(singles / sum(pair[side].values) for pair in pairs), "flows/s")
        for side in (0, 1)
    )
    what = f"reserve, confirm, record, {rounds * singles} times"
    peer = "DuckDB, three inserts of one row"
    return Result("ledger", what, peer, theirs, ours, ours.median / theirs.median, RATE)


def measure_flatness(bench: Bench, few: Path, many: Path) -> Result:
    """The same flows in turns in both ledgers."""
    rounds, singles = bench.scale.fast_rounds, bench.scale.singles
    say(f"ledger: {rounds} x {singles} flows in a small and in a full one")
    with analytics.open(few) as small, analytics.open(many) as full:
        numbers = iter(range(10**9, 10**9 + 2 * (rounds * singles + 1)))
        flow(small, numbers)
        flow(full, numbers)
        pairs = [
            (
                seconds(lambda: flows(full, numbers, singles)),
                seconds(lambda: flows(small, numbers, singles)),
            )
            for _ in range(rounds)
        ]
    ours, theirs = (Sample(tuple(pair[side] / singles for pair in pairs)) for side in (0, 1))
    what = f"a flow among {bench.scale.moved:,} transactions"
    peer = f"among {min(FEW, bench.scale.moved):,}"
    return Result("ledger", what, peer, theirs, ours, ours.median / theirs.median, FLAT)


def flows(book: Book, numbers: Iterator[int], count: int) -> None:
    """Several flows, one after the other."""
    for _ in range(count):
        flow(book, numbers)


def flow(book: Book, numbers: Iterator[int]) -> None:
    """One call: its credits held, charged, and its usage recorded."""
    number = next(numbers)
    made = book.create_reservation(external_id=ACCOUNT, amount=AMOUNT)
    done = book.confirm_reservation(made.id, ACTUAL)
    book.record_usage(
        context="customer",
        transaction_id=done.transaction_id,
        provider="openai",
        model_id="gpt-4o",
        input_tokens=1000 + number % 1000,
        output_tokens=150,
    )
