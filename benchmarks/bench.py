"""What the benchmarks share: a scale, a folder to work in, and the book that is already full."""

import shutil
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import analytics
from benchmarks.results import Sample
from benchmarks.scales import Scale
from benchmarks.workload import Workload, write_parts

MARKUP = 20


@dataclass(frozen=True)
class Bench:
    """Where and how much to measure."""

    scale: Scale
    folder: Path

    @cached_property
    def full_book(self) -> Path:
        """A book with a month of ten thousand accounts. Measure on copies of it."""
        return self.make_book("full", Workload(self.scale.held))

    def make_book(self, name: str, workload: Workload) -> Path:
        """A book with a month of usage; each part of the workload is a load."""
        say(f"a book with {workload.records:,} records of {workload.accounts:,} accounts")
        path = self.folder / name
        files = write_parts(workload, self.folder / f"{name}-files")
        with analytics.create(path, markup_percent=MARKUP, require_transactions=False) as book:
            for file in files:
                done = book.ingest(file, create_accounts=True)
                assert (done.appended, done.unpriced) == (done.rows, 0), "each row has a price"
        shutil.rmtree(files[0].parent)
        return path

    def copy_of_full_book(self, name: str = "copy") -> Path:
        """A copy of its own for one measurement."""
        path = self.folder / name
        remove(path)
        return Path(shutil.copytree(self.full_book, path))


def remove(path: Path) -> None:
    """Deletes a folder or file, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def seconds(call: Callable[[], object]) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def alternate(
    rounds: int, ours: Callable[[], object], peer: Callable[[], object]
) -> tuple[Sample, Sample]:
    """Measures both in turns, so that what else the machine does hits both alike."""
    pairs = [(seconds(ours), seconds(peer)) for _ in range(rounds)]
    return Sample(tuple(pair[0] for pair in pairs)), Sample(tuple(pair[1] for pair in pairs))


def noise(rounds: int = 7) -> Sample:
    """The same work again and again, none of it ours: how steady the machine is."""

    def work() -> None:
        statistics.fmean(range(1_000_000))

    return Sample(tuple(seconds(work) for _ in range(rounds)))


def say(text: str) -> None:
    """Tells whoever waits what is going on."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)
