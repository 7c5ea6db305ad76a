"""Processes that read lines beside this one: Python runs on one core at a time.

Each is a program of its own (`analytics.sources.reading_process`) that is given lines on its
standard input and answers with their records. So nothing of the host's program is run again, as
`multiprocessing` would do it, and one that ends takes no line with it: its lines are read here.
"""

import contextlib
import os
import pickle
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from analytics.sources.overrides import Overrides

LEAST_LINES = 40_000
"""Fewer are read before another process has started."""


@dataclass(frozen=True, slots=True)
class Job:
    """How some lines are to be read: their source, what is said of all, what is in the future."""

    source: str
    said: "Overrides"
    latest: int


@dataclass(slots=True)
class Read:
    """The records of some lines, how many of these were no usage, and why."""

    table: "pa.Table"
    skipped: int
    reasons: Counter[str]


class ReadingProcesses:
    """Some processes that read lines, started when they are needed.

    Args:
        count: how many; below two there are none, for one would only take the place of this.
    """

    def __init__(self, count: int) -> None:
        self.count = count if count > 1 else 0
        self._running: list[subprocess.Popen[bytes]] = []

    def read(self, lines: "pa.Table", job: Job) -> "Iterator[tuple[pa.Table, Read | None]]":
        """Parts of some lines, in their order, each with what it is read as.

        That is None where a process has ended before it answered.
        """
        try:
            while len(self._running) < self.count:
                self._running.append(_start())
        except OSError:  # there is no program of that name, or no room for one more
            self.count = len(self._running)
        if not self._running:
            yield lines, None
            return
        size = -(-lines.num_rows // len(self._running))
        parts = [lines.slice(size * number, size) for number in range(len(self._running))]
        is_sent = [
            _send(process, job, part) for process, part in zip(self._running, parts, strict=True)
        ]
        for process, part, was_sent in zip(self._running, parts, is_sent, strict=True):
            yield part, _answer(process) if was_sent else None

    def close(self) -> None:
        """Ends them."""
        for process in self._running:
            process.kill()
        for process in self._running:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):  # what could not be sent is still in it
                    _there(pipe).close()
        self._running = []


def cores() -> int:
    """How many processes can run at a time."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def reading_processes(count: int) -> Iterator[ReadingProcesses]:
    """Some processes that read lines, for as long as the block runs."""
    processes = ReadingProcesses(count)
    try:
        yield processes
    finally:
        processes.close()


def write(sink: IO[bytes], head: object, table: "pa.Table") -> None:
    """Writes an object and a table."""
    import pyarrow as pa

    pickle.dump(head, sink)
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    sink.flush()


def read(source: IO[bytes]) -> "tuple[object, pa.Table]":
    """Reads an object and a table.

    Raises:
        EOFError: there is nothing more.
    """
    import pyarrow as pa

    head: object = pickle.load(source)  # noqa: S301 - our own process wrote it
    with pa.ipc.open_stream(source) as stream:
        return head, stream.read_all()


def _start() -> subprocess.Popen[bytes]:
    # -P: what stands in the working folder is not imported.
    command: Sequence[str] = (sys.executable, "-P", "-m", "analytics.sources.reading_process")
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def _send(process: subprocess.Popen[bytes], job: Job, lines: "pa.Table") -> bool:
    import pyarrow as pa

    try:
        write(_there(process.stdin), job, lines)
    except (OSError, pa.ArrowException):
        return False
    return True


def _answer(process: subprocess.Popen[bytes]) -> Read | None:
    import pyarrow as pa

    try:
        head, table = read(_there(process.stdout))
    except (OSError, EOFError, pickle.UnpicklingError, pa.ArrowException):
        process.kill()
        return None
    assert isinstance(head, tuple), "a process answers with a count and reasons"
    return Read(table, *head)


def _there(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None, "it was started with pipes"
    return pipe
