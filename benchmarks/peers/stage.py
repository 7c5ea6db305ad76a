"""A set of peers that hold the same month, asked the same questions in turns."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.bench import say
from benchmarks.peers import asking
from benchmarks.peers.asking import System, Worker
from benchmarks.results import Sample

PAGE_SECONDS = 3
"""How long the pages of one peer are asked for, at most."""

CHECKED_PAGES, FEWEST_PAGES = 3, 5


class Stage:
    """Peers that are open, and how long each took."""

    def __init__(self, folder: Path, workers: dict[str, Worker], rounds: int) -> None:
        self._folder = folder
        self._workers = workers
        self._rounds = rounds

    def ask(self, question: str, systems: Sequence[System]) -> dict[System, Sample]:
        """The seconds of each round; answers that differ from those of the first end the run."""
        say(f"months: {question}")
        asked = {system: self._workers[system.peer] for system in systems}
        asking.check(question, self._folder, asked, systems[0])
        times: dict[System, list[float]] = {system: [] for system in systems}
        for _ in range(self._rounds):
            for system, worker in asked.items():
                times[system].append(worker.ask(question, system.variant))
        return {system: Sample(tuple(values)) for system, values in times.items()}

    def pages(self, systems: Sequence[System], accounts: Sequence[str]) -> dict[System, Sample]:
        """The seconds of each page of records, of one account after the other."""
        asked = {system: self._workers[system.peer] for system in systems}
        for account in accounts[:CHECKED_PAGES]:
            asking.check("page", self._folder, asked, systems[0], account)
        return {
            system: Sample(tuple(_pages(worker, system, accounts)))
            for system, worker in asked.items()
        }

    def size(self, system: System) -> int:
        """The bytes of what a peer holds."""
        return self._workers[system.peer].size()


def _pages(worker: Worker, system: System, accounts: Iterable[str]) -> Iterator[float]:
    until = time.monotonic() + PAGE_SECONDS
    for number, account in enumerate(accounts):
        if number >= FEWEST_PAGES and time.monotonic() > until:
            return
        yield worker.ask("page", system.variant, account)


@contextmanager
def stage(folder: Path, systems: Iterable[System], rounds: int) -> Iterator[Stage]:
    """Opens each peer once, however many of its tables are asked."""
    with ExitStack() as stack:
        names = dict.fromkeys(system.peer for system in systems)
        workers = {name: stack.enter_context(Worker(name, folder)) for name in names}
        yield Stage(folder, workers, rounds)
