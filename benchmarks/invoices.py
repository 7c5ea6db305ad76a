"""Drafts of all accounts of a month, against the SQL that computes their lines alone."""

from analytics import Book, configuration, invoices
from analytics.engines.duckdb import DuckDBEngine
from analytics.period import month_period
from benchmarks.bench import Bench, alternate, remove, say
from benchmarks.results import Goal, Result
from benchmarks.totals import invoice_lines
from benchmarks.workload import MONTH, Workload

GOAL = Goal(5, at_most=True)

RECORDS_PER_ACCOUNT = 500


def run(bench: Bench) -> list[Result]:
    """Measures a book of many accounts."""
    records = bench.scale.summed
    accounts = max(1, records // RECORDS_PER_ACCOUNT)
    path = bench.make_book("drafted", Workload(records, accounts=accounts))
    engine = DuckDBEngine(path, read_only=True)
    with Book(engine) as book:
        drafts = book.draft_invoices(MONTH)
        lines = sum(len(each.content["lines"]) for each in drafts if each.content)
        say(f"invoices: {len(drafts):,} drafts, {lines:,} lines")
        del drafts
        ours, peer = alternate(
            bench.scale.fast_rounds, lambda: drafted(engine), lambda: invoice_lines(engine)
        )
    remove(path)
    what = f"drafts of {accounts:,} accounts"
    ratio = ours.median / peer.median
    return [Result("invoices", what, "the SQL of their lines", peer, ours, ratio, GOAL)]


def drafted(engine: DuckDBEngine) -> int:
    """All drafts, with their content."""
    return len(invoices.draft(engine, configuration.read(engine.path), month_period(MONTH)))
