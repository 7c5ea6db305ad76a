"""How long a command takes that does little, against the import that it cannot do without."""

import shutil
import subprocess
import sys
from pathlib import Path

import analytics
from benchmarks.bench import MARKUP, Bench, say
from benchmarks.child import measure
from benchmarks.results import Goal, Result, Sample
from benchmarks.workload import MONTH

SAMPLES = Path(__file__).parents[1] / "data" / "samples" / "generate.py"


def run(bench: Bench) -> list[Result]:
    """Measures the help and the summary of the demo's month, in turns with bare imports."""
    book = demo_book(bench)
    summary = ["summary", "--book", str(book), "--month", MONTH]
    return [
        compare(bench, ["--help"], "click", Goal(120, at_most=True, unit="ms")),
        compare(bench, summary, "duckdb", Goal(250, at_most=True, unit="ms")),
    ]


def demo_book(bench: Bench) -> Path:
    """The book of `make demo`, by the same steps."""
    say(f"startup: the demo's month, {bench.scale.sampled:,} records")
    logs, path = bench.folder / "logs", bench.folder / "demo"
    size = ["--records", str(bench.scale.sampled), "--month", MONTH]
    subprocess.run(
        [sys.executable, str(SAMPLES), "--out", str(logs), *size], check=True, capture_output=True
    )
    zone = "Europe/Berlin"
    with analytics.create(path, billing_timezone=zone, markup_percent=MARKUP) as book:
        book.ingest(logs, create_accounts=True)
    return path


def program() -> list[str]:
    """The installed command of this environment."""
    beside = shutil.which("tokenbook", path=str(Path(sys.executable).parent))
    return [beside] if beside else [sys.executable, "-m", "analytics"]


def compare(bench: Bench, arguments: list[str], library: str, goal: Goal) -> Result:
    """Starts the program and an interpreter that only imports a library, in turns."""
    what = f"tokenbook {arguments[0]}"
    say(f"startup: {what}")
    commands = [*program(), *arguments], [sys.executable, "-c", f"import {library}"]
    if bench.scale.starts > 1:
        for command in commands:
            measure(command)  # a warm-up: files that were never read
    pairs = [[measure(command).seconds for command in commands] for _ in range(bench.scale.starts)]
    ours, theirs = (Sample(tuple(pair[side] for pair in pairs)) for side in (0, 1))
    difference = (ours.median - theirs.median) * 1000
    return Result("startup", what, f"import {library}", theirs, ours, difference, goal)
