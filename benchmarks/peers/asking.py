"""Starts the processes of peers, asks them, and compares their answers with ours."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.child import ROOT, Run, measure
from benchmarks.peers import answers

CORES = 2
"""Threads of each peer, and the cores that each may use."""


@dataclass(frozen=True, slots=True)
class System:
    """What a question can be put to: a peer, and which of its tables or files.

    Args:
        label: as in the results.
        peer: its name in `worker.PEERS`.
        variant: which of its tables or files.
        has_rollup: whether it sums up when it loads.
    """

    label: str
    peer: str
    variant: str
    has_rollup: bool = False


class Worker:
    """A process that keeps a peer open."""

    def __init__(self, peer: str, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.peers.worker", peer, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(),
        )

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends the process: it closes its peer when nothing more is asked."""
        with self._process as process:
            assert process.stdin, "it is a pipe"
            process.stdin.close()
            process.wait()

    def ask(
        self, question: str, variant: str, account: str = "", keep: Path | None = None
    ) -> float:
        """The seconds that an answer takes; `keep` is a file for it.

        Raises:
            RuntimeError: the process ended; what it said is on stderr.
        """
        kept = str(keep) if keep else ""
        request = {"question": question, "variant": variant, "account": account, "keep": kept}
        return float(self._send(request)["seconds"])

    def size(self) -> int:
        """The bytes of what the peer holds."""
        return int(self._send({"question": "size"})["size"])

    def _send(self, request: dict[str, str]) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout, "they are pipes"
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a peer ended at {request}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def load(peer: str, folder: Path, file: Path) -> Run:
    """Loads a file in a process of its own, from its start to its end."""
    os.sync()
    return measure([sys.executable, "-m", "benchmarks.peers.worker", peer, str(folder), str(file)])


def check(
    question: str, folder: Path, asked: dict[System, Worker], ours: System, account: str = ""
) -> None:
    """Puts a question to all, as a warm-up, and compares the answers with ours.

    Raises:
        AssertionError: an answer differs; the message names the first row that does.
    """
    kept = folder / "answer.jsonl"
    asked[ours].ask(question, ours.variant, account, kept)
    mine = answers.read(kept)
    for system, worker in asked.items():
        if system is not ours:
            worker.ask(question, system.variant, account, kept)
            unlike = answers.difference(mine, answers.read(kept))
            assert unlike is None, f"{question}, {system.label}: {unlike}"
    kept.unlink()


def environment() -> dict[str, str]:
    """The environment of a peer: Polars takes its number of threads from there."""
    return {**os.environ, "POLARS_MAX_THREADS": str(CORES)}


@contextmanager
def two_cores() -> Iterator[None]:
    """Keeps this process, and what it starts, to as many cores; where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    every = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(every)[:CORES])
    try:
        yield
    finally:
        os.sched_setaffinity(0, every)
