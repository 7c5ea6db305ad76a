"""Runs the benchmarks and shows, keeps or publishes their results.

python -m benchmarks [--scale tiny|small|default|full] [--only NAME] [--json FILE] [--write]
"""

import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from benchmarks import (
    faces,
    ingest,
    invoices,
    ledger,
    months,
    plot,
    record,
    sources,
    spool,
    startup,
    totals,
)
from benchmarks.bench import Bench, noise, say
from benchmarks.results import Result, Sample, markdown, print_results, write_page
from benchmarks.scales import SCALES

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
IMAGES = PAGE.with_name("images")
PLOT = "![How many times tokenbook is as fast, or as small, as each peer](images/{name})"
PUBLISHED = ("default", "full")
"""The scales whose results are on the page."""
BENCHMARKS: dict[str, Callable[[Bench], list[Result]]] = {
    "startup": startup.run,
    "record": record.run,
    "ledger": ledger.run,
    "spool": spool.run,
    "ingest": ingest.run,
    "totals": totals.run,
    "sources": sources.run,
    "invoices": invoices.run,
    "faces": faces.run,
    "months": months.run,
}
"""In the order in which they run."""


@click.command()
@click.option("--scale", "name", type=click.Choice([*SCALES]), default="default", help="How much.")
@click.option("--only", type=click.Choice([*BENCHMARKS]), multiple=True, help="Only this one.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Keep the results.")
@click.option("--write", is_flag=True, help="Put the results into docs/performance.md.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where to make books and files; a temporary folder by default.",
)
def main(
    *, name: str, only: tuple[str, ...], json_file: Path | None, write: bool, folder: Path | None
) -> None:
    """Measure what tokenbook costs, against peers on this machine."""
    if write and name not in PUBLISHED:
        raise click.UsageError(f"--write needs one of the scales {', '.join(PUBLISHED)}")
    started = time.monotonic()
    load_before = os.getloadavg()[0]
    found, steady = run(name, only or tuple(BENCHMARKS), folder)
    minutes = (time.monotonic() - started) / 60
    what = f"{', '.join(f'`{each}`' for each in only)} alone," if only else "all"
    notes = [
        f"Scale `{name}`, {datetime.now(UTC):%Y-%m-%d}, {what} in {minutes:.1f} minutes.",
        f"{machine()}.",
        f"Load average at the start {load_before:.2f}.",
        f"A fixed piece of work, before and after each benchmark, took {steady.text}.",
    ]
    print("\n".join(notes))
    print_results(found)
    goals = [each for each in found if each.goal]
    print(f"{sum(each.is_met for each in goals)} of {len(goals)} goals are met.")
    if json_file:
        facts = {"scale": name, "notes": notes, "noise": steady.values}
        facts["results"] = [each.facts() for each in found]
        json_file.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    if write:
        image = IMAGES / f"performance-{name}.svg"
        image.write_text(plot.svg(found), encoding="utf-8")
        text = [*notes, "", PLOT.format(name=image.name), "", markdown(found)]
        write_page(PAGE, name, "\n".join(text))


def run(name: str, which: Sequence[str], folder: Path | None) -> tuple[list[Result], Sample]:
    """Runs benchmarks in a folder that is deleted afterwards; also samples the machine's noise."""
    found: list[Result] = []
    steady = list(noise().values)
    with tempfile.TemporaryDirectory(prefix="tokenbook-bench-", dir=folder) as made:
        bench = Bench(SCALES[name], Path(made).resolve())
        for each in which:
            say(f"{each}, scale {name}")
            found += BENCHMARKS[each](bench)
            steady += noise().values
    return found, Sample(tuple(steady))


def machine() -> str:
    """What it runs on, and with."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return (
        f"{_processor()}, {os.cpu_count()} cores, {pages / 1e9:.0f} GB of memory,"
        f" {platform.system()}; Python {platform.python_version()}, DuckDB {version('duckdb')},"
        f" genai-prices {version('genai-prices')}, tokenbook {version('tokenbook')}"
    )


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
