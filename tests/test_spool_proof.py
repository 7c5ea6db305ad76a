"""Eight processes record with four threads each, drainers follow, reports run, and a hundred of
them are killed: every acknowledged record is in the book, and none twice.
"""

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import analytics
from analytics.errors import BookLocked
from tests.conftest import assert_sound, new_book

PROCESSES, THREADS, RECORDS, KILLS = 8, 4, 5_000, 100
POLICIES = ("interval", "none", "interval", "each", "interval", "none", "interval", "interval")

IDS = "select record_id from usage_record"

WRITE = """
import os, sys, threading
import analytics
spool, name, policy, acks, *begin = sys.argv[1:]
recorder = analytics.Recorder(spool, fsync=policy, interval_seconds=0.02, rotate_seconds=0.3)
acknowledged = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
rest = threading.Event()

def work(thread, first):
    for number in range(first, int(os.environ["RECORDS"])):
        recorder.record(
            id=f"{name}-{thread}-{number}", model_id="gpt-4o", context="system", input_tokens=number
        )
        if policy == "each" or number % 50 == 49:
            if policy != "each":
                recorder.flush()
            os.write(acknowledged, b"%d %d\\n" % (thread, number))
        if number % 50 == 49:
            rest.wait(0.02)

threads = [
    threading.Thread(target=work, args=(thread, int(first))) for thread, first in enumerate(begin)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
recorder.close()
"""

FOLLOW = """
import sys, threading, analytics
with analytics.open(sys.argv[1], shared=True, wait_seconds=120) as book:
    for done in book.follow_spool(sys.argv[2], threading.Event(), poll_seconds=0.1):
        pass
"""


@dataclass
class Writer:
    """A process that is started again when it was killed, and goes on after what it knew of."""

    folder: Path
    slot: int
    lives: int = 0
    done: list[int] = field(default_factory=lambda: [0] * THREADS)
    acknowledged: set[str] = field(default_factory=set)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """A new life, with ids of its own."""
        self.lives += 1
        command = [sys.executable, "-c", WRITE, str(self.folder / "spool"), self._name]
        command += [POLICIES[self.slot], str(self._acks), *map(str, self.done)]
        self.process = subprocess.Popen(command, env={"RECORDS": str(RECORDS)})

    def look(self) -> None:
        """Reads what the present life has acknowledged."""
        if self._acks.exists():
            for line in self._acks.read_text().splitlines():
                thread, number = map(int, line.split())
                for each in range(self.done[thread], number + 1):
                    self.acknowledged.add(f"{self._name}-{thread}-{each}")
                self.done[thread] = max(self.done[thread], number + 1)

    @property
    def is_done(self) -> bool:
        """Whether all its records are acknowledged."""
        return self.done == [RECORDS] * THREADS

    @property
    def _name(self) -> str:
        return f"{self.slot}-{self.lives}"

    @property
    def _acks(self) -> Path:
        return self.folder / f"acks-{self._name}"


@contextmanager
def reports(book: Path) -> Iterator[list[int]]:
    """Asks for the number of records again and again, beside all else; it never goes down."""
    found: list[int] = [0]
    end = threading.Event()

    def ask() -> None:
        while not end.wait(0.5):
            with (
                suppress(BookLocked),
                analytics.open(book, read_only=True, wait_seconds=1) as opened,
            ):
                found.append(opened.get_usage_summary().record_count)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield found
    finally:
        end.set()
        asking.join()


def kill(process: subprocess.Popen[bytes] | None) -> None:
    assert process is not None
    process.kill()
    process.wait()


def run(folder: Path, chance: random.Random) -> tuple[list[Writer], list[int], int]:
    """Runs all to the end and kills on the way; kills are spread over the records."""

    def follow() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", FOLLOW, str(folder / "book"), str(folder / "spool")]
        return subprocess.Popen(command)

    (folder / "spool").mkdir()
    drainers = [follow(), follow()]
    writers = [Writer(folder, slot) for slot in range(PROCESSES)]
    for writer in writers:
        writer.start()
    kills, pause = 0, threading.Event()
    with reports(folder / "book") as seen:
        while not all(writer.is_done for writer in writers):
            pause.wait(0.01)
            for writer in writers:
                writer.look()
            written = sum(sum(writer.done) for writer in writers)
            if kills < KILLS and written >= (kills + 1) * PROCESSES * THREADS * RECORDS // 110:
                kills += 1
                if kills % 8 == 0:
                    victim = chance.randrange(len(drainers))
                    kill(drainers[victim])
                    drainers[victim] = follow()
                    continue
                living = [writer for writer in writers if not writer.is_done]
                struck = chance.choice(living)
                kill(struck.process)
                struck.look()
                struck.start()
        for writer in writers:
            assert writer.process is not None
            assert writer.process.wait() == 0
        for drainer in drainers:
            kill(drainer)
    return writers, seen, kills


@pytest.mark.slow
def test_what_is_acknowledged_is_in_the_book_once_whoever_is_killed(tmp_path: Path) -> None:
    new_book(tmp_path / "book").close()
    writers, seen, kills = run(tmp_path, random.Random(5))
    assert kills == KILLS
    assert seen == sorted(seen)
    with analytics.open(tmp_path / "book") as book:
        book.drain_spool(tmp_path / "spool")
        assert list((tmp_path / "spool").glob("*")) == []
        found = [row["record_id"] for row in book.query(IDS).rows()]
        acknowledged = set().union(*(writer.acknowledged for writer in writers))
        assert len(acknowledged) == PROCESSES * THREADS * RECORDS
        assert acknowledged - set(found) == set()
        assert len(found) == len(set(found))
        assert sum(load.rejected for load in book.list_loads(limit=10_000)) == 0
        assert_sound(book)
