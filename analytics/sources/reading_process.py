"""A process that reads lines for another one, until that has no more; see `processes`."""

import gc
import signal
import sys
from typing import TYPE_CHECKING

from analytics.sources.formats import format_of
from analytics.sources.formats.reading import PartReader
from analytics.sources.processes import Job, Read, read, write

if TYPE_CHECKING:
    import pyarrow as pa


def main() -> None:
    """Answers jobs on the standard input with records on the standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process is told, and ends this one
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    # Millions of objects are made and none is garbage: looking for some takes a fifth of the time.
    gc.disable()
    while True:
        try:
            job, lines = read(source)
        except EOFError:
            return
        assert isinstance(job, Job), "the other process sends jobs"
        done = _records(job, lines)
        write(sink, (done.skipped, done.reasons), done.table)
        del lines, done
        gc.collect()


def _records(job: Job, lines: "pa.Table") -> Read:
    found = format_of(job.source)
    assert found is not None, "native rows are read elsewhere"
    return PartReader(lambda _source: job.said, job.latest).read(lines, found, job.source)


if __name__ == "__main__":
    main()
