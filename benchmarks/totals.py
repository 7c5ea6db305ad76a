"""Totals of a month from the roll-up, against the same sums over the records, which must be equal.

How much the roll-up saves depends on how many records share a cell: a day, account, model and
price. So books of several densities are measured, and the full one.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from analytics import Book, sql
from analytics.engines.duckdb import DuckDBEngine
from analytics.engines.sessions import FILE_NAME
from analytics.period import month_period
from analytics.records import Totals
from benchmarks.bench import Bench, alternate, remove, say
from benchmarks.results import Goal, Result
from benchmarks.workload import MONTH, Workload, query

DENSE = 50
"""Records per cell from which the roll-up must pay."""

GOAL_DENSE, GOAL_ELSE = Goal(10, at_most=False), Goal(1, at_most=False)

RECORDS_PER_ACCOUNT = (650, 5_500, 50_000)
"""With these, about 10, 50 and 500 records share a cell: few accounts, and few busy ones."""

EVEN_RECORDS_PER_ACCOUNT = 12
"""With so few, and no account busier than another, most cells hold one record."""

Rows = Iterable[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Question:
    """A question with two ways to its answer, and what makes rows of each."""

    name: str
    ours: Callable[[], Any]
    peer: Callable[[], Any]
    rows_of: Callable[[Any], Rows]
    peer_rows: Callable[[Any], Rows] = iter


def run(bench: Bench) -> list[Result]:
    """Measures the full book, and books whose cells hold ever more records."""
    found = measure_book(bench, bench.copy_of_full_book())
    for workload in workloads(bench.scale.summed):
        found += measure_book(bench, bench.make_book("summed", workload))
    return found


def workloads(records: int) -> list[Workload]:
    """The same number of records in ever fewer cells."""
    accounts = {max(1, records // each): None for each in RECORDS_PER_ACCOUNT}
    sparse = Workload(records, accounts=records // EVEN_RECORDS_PER_ACCOUNT, is_even=True)
    return [sparse, *(Workload(records, accounts=number) for number in accounts)]


def measure_book(bench: Bench, path: Path) -> list[Result]:
    """Asks each question both ways, compares the answers, and measures in turns.

    The peer is another DuckDB, with nothing set, on a copy of the book's file: each has its cache.
    """
    found = []
    copy = Path(shutil.copy(path / FILE_NAME, bench.folder / "direct.duckdb"))
    engine = DuckDBEngine(path, read_only=True)
    with duckdb.connect(str(copy), read_only=True) as direct, Book(engine) as book:
        cells, records = direct.execute(query("cells")).fetchall()[0]
        where = f"{records / cells:,.1f} records a cell ({cells:,} cells)"
        goal = GOAL_DENSE if records >= DENSE * cells else GOAL_ELSE
        say(f"totals: {where}")
        for question in questions(book, engine, direct):
            mine, theirs = question.ours(), question.peer()  # a warm-up, too
            assert same(question.rows_of(mine), question.peer_rows(theirs)), (
                f"{question.name}: the answers differ"
            )
            del mine, theirs
            ours, peer = alternate(bench.scale.fast_rounds, question.ours, question.peer)
            what = f"{question.name}, {where}"
            ratio = peer.median / ours.median
            found.append(Result("totals", what, "the records, summed", peer, ours, ratio, goal))
    remove(copy)
    remove(path)
    return found


def questions(
    book: Book, engine: DuckDBEngine, direct: duckdb.DuckDBPyConnection
) -> list[Question]:
    """What is asked of a book, and of its records."""

    def peer(name: str) -> Callable[[], Rows]:
        asked = sql.parse(name, direct_query(name))
        values = {key: month_parameters()[key] for key in asked.parameters}
        return lambda: direct.execute(asked.text, values).fetchall()

    def lines() -> pa.Table:
        asked = sql.parse("invoice_lines", direct_query("invoice_lines"))
        values = {key: month_parameters()[key] for key in asked.parameters}
        return direct.sql(asked.text, params=values).to_arrow_table()

    return [
        Question(
            "summary",
            lambda: book.get_usage_summary(month=MONTH),
            peer("summary"),
            lambda summary: [
                *((name, None, *_totals(each)) for name, each in summary.by_context.items()),
                *((None, name, *_totals(each)) for name, each in summary.by_model.items()),
            ],
        ),
        Question(
            "report by-model",
            lambda: book.report("by-model", month=MONTH),
            peer("by_model"),
            lambda report: report.rows,
        ),
        Question(
            "report by-day",
            lambda: book.report("by-day", month=MONTH),
            peer("by_day"),
            lambda report: report.rows,
        ),
        Question(
            "lines of all invoices",
            lambda: lines_table(engine),
            lines,
            table_rows,
            table_rows,
        ),
    ]


def direct_query(name: str) -> str:
    """A query over the records; what turns sums into lines is the program's own in both ways."""
    return query(name).replace("rating_lines", f"({sql.load('rating/lines').text}\n)")


def table_rows(table: pa.Table) -> Rows:
    """Rows, made a column at a time: a million rows as dictionaries are gigabytes."""
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def same(mine: Rows, theirs: Rows) -> bool:
    """Whether two answers have the same rows, each as often, in any order."""
    return Counter(map(tuple, mine)) == Counter(theirs)


def invoice_lines(engine: DuckDBEngine) -> list[dict[str, Any]]:
    """The lines of all invoices of the month, by the queries of `Book.draft_invoices`."""
    with engine.session():
        define_lines(engine)
        return engine.rows("invoices/lines")


def lines_table(engine: DuckDBEngine) -> pa.Table:
    """The same in columns: making rows of Python takes longer than all sums, on either side."""
    with engine.session():
        define_lines(engine)
        return engine.arrow("invoices/lines")


def define_lines(engine: DuckDBEngine) -> None:
    """Makes the sums that lines are made of, and the lines, readable."""
    engine.materialise("invoice_metered", "invoices/metered", **month_parameters())
    engine.define("metered", "invoices/metered_stored")
    engine.define("line", "rating/lines")


def month_parameters() -> dict[str, object]:
    """The parameters of a month's queries."""
    month = month_period(MONTH)
    return {"start_day": month.start, "end_day": month.end, "account_id": None}


def _totals(each: Totals) -> tuple[Any, ...]:
    """In the order of the query."""
    return (
        each.count,
        each.unpriced_count,
        each.input_tokens,
        each.output_tokens,
        each.audio_milliseconds,
        each.cost_usd,
        each.charge_usd,
    )
