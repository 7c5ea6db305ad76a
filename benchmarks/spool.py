"""Recording into a spool, against bare appends of the same bytes; draining it, against a load."""

import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import analytics
from analytics import Recorder
from benchmarks.bench import Bench, alternate, remove, say, seconds
from benchmarks.results import Goal, Result, Sample
from benchmarks.workload import Workload, write

HALF = Goal(0.5, at_most=False)
DURABLE = Goal(0.7, at_most=False)
SLOWEST = Goal(1, at_most=True, unit="ms")
DRAINED = Goal(1.1, at_most=True)
TURN = Goal(100, at_most=True, unit="ms")


def run(bench: Bench) -> list[Result]:
    """Measures recording and draining, and what a turn at a shared book costs."""
    return [*_recording(bench), _durable(bench), _draining(bench), _turns(bench)]


def record(recorder: Recorder, number: int) -> str:
    """Records a call as an application would."""
    return recorder.record(
        model_id="gpt-4o",
        external_id="acct-000001",
        provider="openai",
        input_tokens=1000 + number,
        cached_tokens=200,
        output_tokens=150,
    )


def _recording(bench: Bench) -> list[Result]:
    """`record` with fsync "interval", against appends that reach the system, and buffered ones."""
    rounds, count = bench.scale.fast_rounds, bench.scale.spooled
    say(f"spool: {rounds} x {count:,} records")
    lines = _lines(bench, count)
    file = bench.folder / "appended"
    found = []
    with Recorder(bench.folder / "spool", max_buffer_bytes=10**9) as recorder:

        def ours() -> None:
            for number in range(count):
                record(recorder, number)
            recorder.flush()

        for peer, is_flushed in (
            ("each handed to the system", True),
            ("in Python's buffer", False),
        ):
            append = partial(_append, file, lines, is_flushed=is_flushed)
            took, theirs = alternate(rounds, ours, append)
            rates = took.rate(count), theirs.rate(count)
            ratio = rates[0].median / rates[1].median
            what = f"record, {count:,} times, until all is durable"
            found.append(
                Result("spool", what, f"bare appends, {peer}", rates[1], rates[0], ratio, HALF)
            )
        found.append(_slowest(recorder, rounds, count))
    remove(bench.folder / "spool")
    remove(file)
    return found


def _slowest(recorder: Recorder, rounds: int, count: int) -> Result:
    """How long the slowest record of a hundred takes."""

    def percentile() -> float:
        times = []
        for number in range(count):
            started = time.perf_counter()
            record(recorder, number)
            times.append(time.perf_counter() - started)
        return sorted(times)[count * 99 // 100]

    slowest = Sample(tuple(percentile() for _ in range(rounds)))
    what = "record, 99th percentile"
    return Result("spool", what, "a limit", None, slowest, slowest.median * 1000, SLOWEST)


def _durable(bench: Bench) -> Result:
    """`record` with fsync "each", against a write and an `fdatasync` a line."""
    rounds, count = bench.scale.fast_rounds, bench.scale.singles * 10
    lines = _lines(bench, count)
    file = bench.folder / "synced"
    with Recorder(bench.folder / "spool", fsync="each") as recorder:

        def ours() -> None:
            for number in range(count):
                record(recorder, number)

        took, theirs = alternate(rounds, ours, lambda: _append_durably(file, lines))
    remove(bench.folder / "spool")
    remove(file)
    rates = took.rate(count), theirs.rate(count)
    what = f"record with fsync each, {count:,} times"
    ratio = rates[0].median / rates[1].median
    return Result("spool", what, "write and fdatasync", rates[1], rates[0], ratio, DURABLE)


def _draining(bench: Bench) -> Result:
    """A spool of many segments, against a load of the same lines from one file."""
    rows = Workload(bench.scale.loaded // 4, first=bench.scale.held)
    file = bench.folder / "whole.jsonl"
    write(rows, [file])
    took: dict[str, list[float]] = {"drained": [], "loaded": []}
    for number in range(bench.scale.rounds):
        say(f"spool: draining, round {number + 1} of {bench.scale.rounds}")
        for name, times in took.items():
            spool = _split(file, bench.folder / "segments")
            path = bench.copy_of_full_book()
            os.sync()
            with analytics.open(path) as book:
                load = partial(book.ingest, file, create_accounts=True)
                drain = partial(book.drain_spool, spool, create_accounts=True)
                times.append(seconds(drain if name == "drained" else load))
            remove(spool)
            remove(path)
    remove(file)
    ours, theirs = Sample(tuple(took["drained"])), Sample(tuple(took["loaded"]))
    what = f"draining {rows.records:,} records in segments of 4 MB"
    ratio = ours.median / theirs.median
    return Result("spool", what, "ingest of one file", theirs, ours, ratio, DRAINED)


def _turns(bench: Bench) -> Result:
    """A reservation that takes the book and gives it back, against one in a book that is held."""
    rounds, count = bench.scale.fast_rounds, bench.scale.singles
    path = bench.copy_of_full_book()
    with analytics.open(path) as book:
        book.create_account("shared")
        book.add_credits("shared", 1_000_000)

    def reserve(*, shared: bool) -> float:
        with analytics.open(path, shared=shared) as book:
            book.get_balance("shared")
            took = seconds(lambda: [book.create_reservation("shared", 1) for _ in range(count)])
        return took / count

    say(f"spool: {rounds} x {count} reservations in a shared book of {bench.scale.held:,}")
    pairs = [(reserve(shared=True), reserve(shared=False)) for _ in range(rounds)]
    ours, theirs = (Sample(tuple(pair[side] for pair in pairs)) for side in (0, 1))
    remove(path)
    more = (ours.median - theirs.median) * 1000
    what = f"a reservation with shared=True in a book of {bench.scale.held:,}"
    return Result("spool", what, "in a book that is held", theirs, ours, more, TURN)


def _lines(bench: Bench, count: int) -> list[bytes]:
    """The lines that so many records become."""
    spool = bench.folder / "lines"
    with Recorder(spool, max_buffer_bytes=10**9) as recorder:
        for number in range(count):
            record(recorder, number)
    lines = [line for file in spool.iterdir() for line in file.read_bytes().splitlines(True)]
    remove(spool)
    assert len(lines) == count, "each record is one line"
    return lines


def _append(file: Path, lines: list[bytes], *, is_flushed: bool) -> None:
    with file.open("ab") as stream:
        for line in lines:
            stream.write(line)
            if is_flushed:
                stream.flush()
        stream.flush()
        os.fdatasync(stream.fileno())


def _append_durably(file: Path, lines: list[bytes]) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for line in lines:
            os.write(descriptor, line)
            os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def _split(file: Path, spool: Path) -> Path:
    """The lines of a file as the segments of a spool."""
    spool.mkdir()
    for number, chunk in enumerate(_chunks(file)):
        (spool / f"part-{number:06}.jsonl").write_bytes(chunk)
    return spool


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(4_000_000):
            yield chunk + stream.readline()
