"""A month from its log to its invoices, against other programs that hold the same month.

One book grows by loads of one size. With the first load PostgreSQL holds the same month; with some
more, those peers that need no server; to the largest ours grows alone. `benchmarks.peers` has the
peers and how each is set up; all must give our answers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from benchmarks.bench import Bench, remove, say
from benchmarks.peers import asking, server, shelf
from benchmarks.peers.answers import SUMMARIES
from benchmarks.peers.asking import System
from benchmarks.peers.held import Held
from benchmarks.peers.stage import Stage, stage
from benchmarks.results import Goal, Result, Sample
from benchmarks.workload import MONTH

OURS = System("ours", "tokenbook", "book")
RECORDS = System("ours", "records", "table")
TABLE = System("DuckDB, its own table", "duckdb", "table")
PARQUET = System("DuckDB over our Parquet", "duckdb", "parquet")
POLARS = System("Polars over our Parquet", "polars", "parquet")
MERGE_TREE = System("chDB, MergeTree", "chdb", "table")
SUMMING = System("chDB, SummingMergeTree as roll-up", "chdb", "rollup", has_rollup=True)
CHDB_PARQUET = System("chDB over our Parquet", "chdb", "parquet")
SPEND_LOGS = System("PostgreSQL, LiteLLM's spend logs", "postgresql", "table")
DAILY = System("PostgreSQL, LiteLLM's daily table", "postgresql", "rollup", has_rollup=True)

AGAINST_CHDB = Goal(1, at_most=False)
AGAINST_POSTGRESQL = Goal(5, at_most=False)
AGAINST_BARE = Goal(3, at_most=True)
AGAINST_RECORDS = Goal(10, at_most=False)
AGAINST_ROLLUP = Goal(1, at_most=False)
AGAINST_LOOP = Goal(300, at_most=False)
LIGHT_PAGE = Goal(30, at_most=True, unit="ms")
HEAVY_PAGE = Goal(100, at_most=True, unit="ms")
SIZE_OF_POSTGRESQL = Goal(0.5, at_most=True)
SIZE_OF_CHDB = Goal(1.1, at_most=True)
GROWTH = Goal(1.3, at_most=True)
MEMORY = Goal(1.5, at_most=True, unit="GB")

HEAVIEST = "acct-000001"
PAGES = 100
LIGHT = [f"acct-{5_000 + 47 * number:06}" for number in range(PAGES)]
"""Accounts of the less busy half."""

QUESTION_NAMES = {
    "by_model": "summary by model",
    "by_context": "summary by context",
    "by_day": "summary by day",
    "invoices": "lines of all invoices",
    "reprice": "each record priced anew",
}


def run(bench: Bench) -> list[Result]:
    """Lets the month grow and asks its questions at each size."""
    few, many, most = bench.scale.months
    folder = bench.folder / "months"
    folder.mkdir()
    shelf.write_prices(folder)
    with asking.two_cores(), _server(bench.folder, folder) as servers:
        peers = ("duckdb", *(["chdb"] if _has_chdb() else []))
        held = Held(bench, folder, peers)
        loop = held.load_first(servers)
        found = loads(held)
        few_pages, few_lines, lines = measure_few(held, [SPEND_LOGS, DAILY] if servers else [])
        found += lines
    with asking.two_cores():
        for number in range(1, many // few):
            held.load_more(number, held.peers)
        found += measure_many(held, many, loop)
        for peer in ("chdb", "native.duckdb", shelf.PARQUET):
            remove(folder / peer)
        for number in range(many // few, most // few):
            held.load_more(number, ())
        held.close_month()
        found += growth(held, most, few_pages, few_lines)
        found += memory(held, most)
    remove(folder)
    return found


@contextmanager
def _server(home: Path, folder: Path) -> Iterator[tuple[str, ...]]:
    """The peers that need a server, with it running; none if it is not installed."""
    if sentence := server.missing():
        say(f"months: {sentence}; left out")
        yield ()
        return
    with server.running(home, folder):
        yield ("postgresql",)


def _has_chdb() -> bool:
    if find_spec("chdb"):
        return True
    say("months: peer not installed: chDB (pip install 'tokenbook[bench]'); left out")
    return False


def loads(held: Held) -> list[Result]:
    """The first load, against what each peer took."""
    what = f"{held.few:,} records of JSONL, priced and durable"
    ours = held.loads["tokenbook"][0]
    bare = held.loads["bare"][0]
    ratio = ours.median / bare.median
    name = "DuckDB: bare read, no price"
    found = [Result("months", what, name, bare, ours, ratio, AGAINST_BARE)]
    compared = (
        ("chdb", "chDB: pricing join, materialised view", AGAINST_CHDB),
        ("postgresql", "PostgreSQL: COPY, pricing join, upsert", AGAINST_POSTGRESQL),
        ("duckdb", "DuckDB: pricing join", None),
    )
    for peer, label, goal in compared:
        if peer in held.loads:
            theirs = held.loads[peer][0]
            ratio = theirs.median / ours.median
            found.append(Result("months", what, label, theirs, ours, ratio, goal))
    return found


def measure_few(held: Held, peers: list[System]) -> tuple[Sample, Sample, list[Result]]:
    """The size at which PostgreSQL takes part; also our pages and invoice lines, for the growth.

    Sizes come first: they wait until what a peer does in the background is done.
    """
    found = []
    where = f"{held.few:,} records"
    load, close = held.loads["tokenbook"][0], Sample((held.close_month().seconds,))
    what = f"close, {where}"
    found.append(
        Result("months", what, "ours, their load", load, close, close.median / load.median, None)
    )
    with stage(held.folder, [OURS, *peers], held.bench.scale.rounds) as month:
        sizes = [_size(where, month, peer, SIZE_OF_POSTGRESQL) for peer in peers[:1]]
        if peers:
            for question in SUMMARIES:
                found += _ratios(question, where, month.ask(question, [OURS, *peers]))
        invoices = month.ask("invoices", [OURS, *peers])
        pages = month.pages([OURS, *peers[:1]], LIGHT)
        if peers:
            found += _ratios("invoices", where, invoices)
            found += _page(f"a light account, {where}", pages, None)
    return pages[OURS], invoices[OURS], [*found, *sizes]


def measure_many(held: Held, records: int, loop: Sample) -> list[Result]:
    """The size at which those peers take part that need no server."""
    where = f"{records:,} records"
    held.close_month()
    shelf.write_month(held.folder)
    has_chdb = "chdb" in held.peers
    from_records = [TABLE, PARQUET, POLARS, *([MERGE_TREE, CHDB_PARQUET] if has_chdb else [])]
    rollups = [SUMMING] if has_chdb else []
    found = []
    systems = [OURS, *from_records, *rollups]
    with stage(held.folder, [RECORDS, *systems], held.bench.scale.fast_rounds) as month:
        file = replace(POLARS, label="our Parquet")
        sizes = [
            _size(where, month, peer, SIZE_OF_CHDB) for peer in from_records if peer is MERGE_TREE
        ]
        sizes += [_size(where, month, peer, None) for peer in (TABLE, file)]
        for question in SUMMARIES:
            found += _ratios(question, where, month.ask(question, systems), AGAINST_RECORDS)
        asked = month.ask("invoices", systems)
        found += _ratios("invoices", where, asked, AGAINST_RECORDS, AGAINST_ROLLUP)
        paged = [OURS, *([MERGE_TREE] if has_chdb else []), TABLE, PARQUET]
        for which, accounts, goal in (
            ("a light account", LIGHT, LIGHT_PAGE),
            ("the heaviest account", [HEAVIEST] * PAGES, HEAVY_PAGE),
        ):
            found += _page(f"{which}, {where}", month.pages(paged, accounts), goal)
        found += _repriced(month.ask("reprice", [RECORDS, *from_records]), records, loop)
    return [*found, *sizes]


def growth(held: Held, most: int, pages: Sample, lines: Sample) -> list[Result]:
    """Ours at its largest, against ours after the first load."""
    with stage(held.folder, [OURS], held.bench.scale.fast_rounds) as month:
        most_lines = month.ask("invoices", [OURS])[OURS]
        most_pages = month.pages([OURS], LIGHT)[OURS]
    first, last = held.loads["tokenbook"][0], held.loads["tokenbook"][-1]
    compared = (
        (f"a load of {held.few:,}", first, last),
        ("lines of all invoices", lines, most_lines),
        ("last 100 records of a light account", pages, most_pages),
    )
    peer = f"ours, {held.few:,} records"
    return [
        Result(
            "months", f"{what}, {most:,} records", peer, few, many, many.median / few.median, GROWTH
        )
        for what, few, many in compared
    ]


def memory(held: Held, most: int) -> list[Result]:
    """What each command takes of the largest book; drafts are pages and JSON of all accounts."""
    held.command("report", "by-model", "--month", MONTH, "--json")
    held.command("usage", "--month", MONTH, "--account", HEAVIEST, "--json")
    drafts = held.folder / "drafts"
    held.command("invoice", "draft", "--month", MONTH, "--out", str(drafts), "--json")
    remove(drafts)
    found = []
    for name, run in held.runs.items():
        peak = Sample((float(run.peak_bytes),), "bytes")
        what = f"peak memory of {name}, {most:,} records"
        gigabytes = run.peak_bytes / 1e9
        found.append(Result("months", what, "a limit", None, peak, gigabytes, MEMORY))
    return found


def _ratios(
    question: str,
    where: str,
    took: dict[System, Sample],
    best: Goal | None = None,
    best_rollup: Goal | None = None,
) -> list[Result]:
    """Each peer against ours; the goals are those of the best of each kind."""
    first, *peers = took
    ours = took[first]
    goals: dict[System, Goal | None] = {}
    for goal, has_rollup in ((best, False), (best_rollup, True)):
        kind = [peer for peer in peers if peer.has_rollup is has_rollup]
        if kind:
            goals[min(kind, key=lambda peer: took[peer].median)] = goal
    return [
        Result(
            "months",
            f"{QUESTION_NAMES[question]}, {where}",
            peer.label,
            took[peer],
            ours,
            took[peer].median / ours.median,
            goals.get(peer),
        )
        for peer in sorted(peers, key=lambda peer: took[peer].median)
    ]


def _page(which: str, took: dict[System, Sample], goal: Goal | None) -> list[Result]:
    """Pages of records: the 99th percentile of ours against a limit, the medians of peers."""
    ours, *peers = took
    what = f"last 100 records of {which}"
    found = []
    if goal:
        count = len(took[ours].values)
        slowest = took[ours].percentile(99) * 1000
        name = f"{what}: p99 of {count} pages"
        found.append(Result("months", name, "a limit", None, took[ours], slowest, goal))
    return found + [
        Result(
            "months",
            what,
            peer.label,
            took[peer],
            took[ours],
            took[peer].median / took[ours].median,
            None,
        )
        for peer in peers
    ]


def _repriced(took: dict[System, Sample], records: int, loop: Sample) -> list[Result]:
    """Records priced anew, against peers and against a loop in Python."""
    where = f"{records:,} records"
    found = [
        replace(each, goal=AGAINST_CHDB if each.peer == MERGE_TREE.label else None)
        for each in _ratios("reprice", where, took)
    ]
    rate = took[RECORDS].rate(records)
    ratio = rate.median / loop.median
    what = f"{QUESTION_NAMES['reprice']}, {where}, as a rate"
    name = "Python loop over calc_price"
    return [*found, Result("months", what, name, loop, rate, ratio, AGAINST_LOOP)]


def _size(where: str, month: Stage, peer: System, goal: Goal | None) -> Result:
    theirs, ours = (Sample((float(month.size(each)),), "bytes") for each in (peer, OURS))
    ratio = ours.median / theirs.median
    return Result("months", f"size, {where}", peer.label, theirs, ours, ratio, goal)
