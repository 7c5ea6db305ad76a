"""A PDF of an invoice against bare typst with the same data, and against WeasyPrint on our page.

And a whole run of issuing: CPU time beside wall time says that both cores are used, and how much
memory it takes at the most. CPU time is compared, so that two threads win nothing.
"""

import importlib.util
import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import analytics
from analytics.canonical import canonical_json
from analytics.documents.faces import render
from analytics.documents.invoice_view import invoice_view
from analytics.documents.pdf import STANDARDS, printable
from analytics.documents.templates import templates_of
from benchmarks import child
from benchmarks.bench import Bench, remove, say
from benchmarks.results import Goal, Result, Sample

BARE = Goal(1.3, at_most=True)
PEER = Goal(0.125, at_most=True)
CORES = Goal(1.5, at_most=False)
MEMORY = Goal(500, at_most=True, unit="MB")
MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "claude-haiku-4-5", "gemini-2.5-pro", "o3")
NO_BOOK = Path("no-book")
ISSUE_DATE = "2026-11-01"

SELLER = """
[seller]
legal_name = "Example Ltd"
address = ["Main Street 1", "10115 Berlin"]
"""


def run(bench: Bench) -> list[Result]:
    """Measures documents of six models each, then a run of issuing."""
    contents = make_contents(bench)
    found = [measure_bare(bench, contents)]
    if importlib.util.find_spec("weasyprint"):
        found.append(measure_weasyprint(bench, contents))
    else:
        say("faces: WeasyPrint is not installed (pip install 'tokenbook[bench]'); left out")
    return [*found, *measure_run(bench)]


def make_book(bench: Bench) -> Path:
    """A book of as many accounts as documents are to be made, each using all models."""
    accounts = bench.scale.documents
    say(f"faces: a book with {accounts:,} accounts")
    path, usage = bench.folder / "faces", bench.folder / "faces.jsonl"
    with usage.open("w", encoding="utf-8") as file:
        for account in range(accounts):
            for place, model in enumerate(MODELS * 3):
                row = {
                    "id": f"{account}-{place}",
                    "external_id": f"customer-{account}",
                    "occurred_at": f"2026-10-{place + 1:02}T10:00:00Z",
                    "model": model,
                    "input_tokens": 1000 * (account % 97 + place),
                    "cached_tokens": 100 * place,
                    "output_tokens": 300 + account,
                }
                file.write(json.dumps(row) + "\n")
    with analytics.create(path, markup_percent=20, require_transactions=False) as book:
        for account in range(accounts):
            book.create_account(
                f"customer-{account}", name=f"Customer {account} Ltd", billing_address="Street 1"
            )
        book.ingest(usage)
    (path / "book.toml").write_text(SELLER, encoding="utf-8")
    remove(usage)
    return path


def make_contents(bench: Bench) -> list[dict[str, Any]]:
    """The contents of drafts."""
    path = make_book(bench)
    with analytics.open(path, read_only=True) as book:
        drafts = book.draft_invoices("2026-10")
    return [dict(each.content) for each in drafts if each.content is not None]


def cpu(call: Callable[[], object]) -> float:
    """The CPU seconds of a call, those of its threads included."""
    started = time.process_time()
    call()
    return time.process_time() - started


def measure_bare(bench: Bench, contents: Sequence[dict[str, Any]]) -> Result:
    """Ours and bare typst in turns, after a warm-up of both.

    typst keeps what it has set, for the whole process: each document is set once only.
    """
    rounds = bench.scale.fast_rounds
    size = max(1, min(bench.scale.singles, len(contents) // (2 * rounds + 1)))
    groups = [contents[at : at + size] for at in range(0, (2 * rounds + 1) * size, size)]
    compile_bare = bare(contents)
    ours_of(groups[-1])
    compile_bare(len(contents) - 1, len(contents))
    pairs = []
    for turn in range(rounds):
        mine = cpu(partial(ours_of, groups[2 * turn]))
        at = (2 * turn + 1) * size
        pairs.append((mine, cpu(partial(compile_bare, at, at + size))))
    ours, theirs = (Sample(tuple(pair[side] / size for pair in pairs)) for side in (0, 1))
    what = f"CPU of a PDF, from the invoice's content, {rounds * size} times"
    return Result("faces", what, "typst alone", theirs, ours, ours.median / theirs.median, BARE)


def ours_of(contents: Sequence[dict[str, Any]]) -> None:
    """Makes a PDF of each."""
    for content in contents:
        render(content, {}, NO_BOOK, ("pdf",))


def bare(contents: Sequence[dict[str, Any]]) -> Callable[[int, int], None]:
    """Compiles some of the same data, which is ready, with one compiler of typst."""
    import typst

    templates = templates_of()
    compiler = typst.Compiler(
        str(templates.folder / "invoice.typ"),
        root=str(templates.folder),
        font_paths=typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(folder) for folder in templates.font_folders],
        ),
    )
    inputs = [
        {
            "data": printable(json.dumps({**invoice_view(each), "logo": None}, ensure_ascii=False)),
            "canonical": canonical_json(each).decode(),
        }
        for each in contents
    ]
    timestamp = datetime(2026, 10, 31, tzinfo=UTC)

    def compile_some(start: int, end: int) -> None:
        for each in inputs[start:end]:
            compiler.compile(
                format="pdf", sys_inputs=each, timestamp=timestamp, pdf_standards=list(STANDARDS)
            )

    return compile_some


def measure_weasyprint(bench: Bench, contents: Sequence[dict[str, Any]]) -> Result:
    """Both make a PDF of the same document; WeasyPrint starts from the page, which is ready."""
    size = max(1, bench.scale.singles // 8)
    pairs = []
    for turn in range(bench.scale.rounds):
        # From the end: those at the start have been set.
        some = contents[len(contents) - (turn + 1) * size :][:size]
        pages = [render(each, {}, NO_BOOK, ("html",)).faces["html"].decode() for each in some]
        mine = cpu(partial(ours_of, some))
        peer = cpu(partial(weasyprint_of, pages))
        pairs.append((mine, peer))
    ours, theirs = (Sample(tuple(pair[side] / size for pair in pairs)) for side in (0, 1))
    what = "CPU of a PDF"
    peer_name = "WeasyPrint, from our page"
    return Result("faces", what, peer_name, theirs, ours, ours.median / theirs.median, PEER)


def weasyprint_of(pages: Sequence[str]) -> None:
    """Makes a PDF of each page."""
    import weasyprint

    for page in pages:
        weasyprint.HTML(string=page).write_pdf()


def measure_run(bench: Bench) -> list[Result]:
    """Issues every invoice of the month: numbered, set in all faces, stored one by one."""
    path = bench.folder / "faces"
    say(f"faces: issuing {bench.scale.documents:,} invoices")
    program = [sys.executable, "-m", "analytics"]
    command = ["invoice", "issue", "--month", "2026-10", "--issue-date", ISSUE_DATE]
    ran = child.measure([*program, *command, "--book", str(path), "--json"])
    outcomes = json.loads(ran.output)["outcomes"]
    assert {each["outcome"] for each in outcomes} == {"issued"}, "all are issued"
    remove(path)
    what = f"{len(outcomes):,} invoices issued, in all faces"
    wall, busy = Sample((ran.seconds,)), Sample((ran.cpu_seconds,))
    cores = Result(
        "faces", f"{what}: cores used", "wall time", wall, busy, busy.median / wall.median, CORES
    )
    peak = Sample((float(ran.peak_bytes),), "bytes")
    megabytes = ran.peak_bytes / 1e6
    return [cores, Result("faces", f"{what}: peak memory", "", None, peak, megabytes, MEMORY)]
