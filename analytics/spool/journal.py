"""Lines of many threads become segments: group commit, rotation, bounds, forks and the end.

Lines wait in memory, under a short lock. Whoever commits takes all that wait, in one write and
one `fdatasync`, under another lock: meanwhile others go on adding lines. With ``each`` every caller
waits for a commit that has its line, so one commit serves all that came during the one before.
Otherwise a thread commits. What could not be written is kept and tried again, in a new segment if
need be: lines have ids, so a line that is there twice is recorded once.
"""

import atexit
import contextlib
import os
import secrets
import sys
import threading
import time
import weakref
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from analytics.errors import RecorderClosed, SpoolFailed, SpoolFull, TokenbookError
from analytics.spool import folder
from analytics.spool.segment import Segment
from analytics.spool.steps import OnStep

EACH, INTERVAL, NONE = "each", "interval", "none"

_GONE = "the folder is gone; make it again"
"""It is not made here: an empty place where a disk was must not be taken for the disk."""

_HURRY_BYTES = 256 * 1024
"""So much is written before the interval is over."""

_RETRY_SECONDS = 1.0
"""After a failure it is tried again so often."""

_LOOK_SECONDS = 1.0
"""So often it is looked at what others have put into the spool."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How a journal writes and how much it holds; `Recorder` explains each."""

    fsync: str
    interval_seconds: float
    rotate_bytes: int
    rotate_seconds: float
    max_buffer_bytes: int
    max_spool_bytes: int


@dataclass(slots=True)
class Batch:
    """Lines that are committed together."""

    lines: list[str] = field(default_factory=list)
    size_bytes: int = 0
    is_written: bool = False
    error: TokenbookError | None = None


class Journal:
    """What one process writes to a spool."""

    def __init__(self, spool: Path, limits: Limits, on_step: OnStep) -> None:
        self._spool = spool
        self._limits = limits
        self._on_step = on_step
        self._segment: Segment | None = None
        self._numbers = count(1)
        self._segment_ends = 0.0
        self._used_bytes, self._look_at = 0, 0.0
        self.is_closed = False
        self.trouble: TokenbookError | None = None
        self._begin()
        _JOURNALS.add(self)

    def _begin(self) -> None:
        """The state of a process that has written nothing: a new one, or a fork's."""
        self.stem = secrets.token_hex(10)
        self._lock = threading.Lock()
        self._commit_lock = threading.RLock()
        self._wake, self._hurry, self._end = (threading.Event() for _ in range(3))
        self._batch = Batch()
        self._kept = b""
        self._taken_bytes = 0
        self._thread: threading.Thread | None = None

    def add(self, line: str) -> Batch:
        """Takes a line, in ASCII and with its line end; it is not written yet.

        Raises:
            SpoolFull: so many bytes wait already.
            RecorderClosed: it is too late.
        """
        with self._lock:
            batch = self._batch
            size = batch.size_bytes + len(line)
            if size + self._taken_bytes > self._limits.max_buffer_bytes or self.is_closed:
                raise self._refusal()
            batch.lines.append(line)
            batch.size_bytes = size
        if len(batch.lines) == 1 and (self._thread is None or self._limits.fsync != EACH):
            self._start()
        elif size - len(line) <= _HURRY_BYTES < size:
            self._hurry.set()
        return batch

    def settle(self, batch: Batch) -> None:
        """Waits until a line's batch is written, by whomever.

        Raises:
            SpoolFailed: it could not be. Nothing of it is in the spool.
            SpoolFull: the same, since the spool is full.
        """
        with self._commit_lock:
            if not batch.is_written and batch.error is None:
                with contextlib.suppress(SpoolFailed, SpoolFull):
                    self._commit()
        if not batch.is_written:
            raise batch.error or self._failed("the commit was interrupted")

    def flush(self) -> None:
        """Writes all that waits.

        Raises:
            SpoolFailed: it could not be written. It still waits.
            SpoolFull: the same, since the spool is full.
        """
        with self._commit_lock:
            self._commit()

    def close(self) -> None:
        """Writes all that waits and completes the segment.

        Raises:
            SpoolFailed: something could not be written; it is lost.
            SpoolFull: the same, since the spool is full.
        """
        with self._lock:
            self.is_closed = True
        thread = self._thread
        for event in (self._end, self._hurry, self._wake):
            event.set()
        if thread is not None:
            thread.join()
        with self._commit_lock:
            try:
                self._commit()
            finally:
                _JOURNALS.discard(self)
                self._rotate()
                if self._segment:
                    self._segment.release()
                    self._segment = None

    @property
    def waiting_bytes(self) -> int:
        """How much is not written yet."""
        return self._batch.size_bytes + self._taken_bytes

    def _commit(self) -> None:
        with self._lock:
            batch, self._batch = self._batch, Batch()
            self._taken_bytes += batch.size_bytes
        data = self._kept + "".join(batch.lines).encode("ascii")
        if not data:
            return
        try:
            self._write(data)
        except BaseException as error:
            known = error if isinstance(error, TokenbookError) else self._failed("interrupted")
            batch.error = known
            self._note(known)
            if self._limits.fsync == EACH:
                self._taken_bytes = 0
            else:
                self._kept = data
            raise
        self._kept = b""
        self._taken_bytes = 0
        batch.is_written = True
        self._note(None)

    def _write(self, data: bytes) -> None:
        try:
            if self._is_segment_over():
                self._rotate()
            self._make_room(len(data))
            if self._segment is None:
                stem = f"{os.getpid()}-{self.stem}-{next(self._numbers):06}"
                is_durable = self._limits.fsync != NONE
                self._segment = Segment(
                    self._spool, stem, is_durable=is_durable, on_step=self._on_step
                )
                self._segment_ends = time.monotonic() + self._limits.rotate_seconds
                self._wake.set()  # the thread completes it when its time is over
            self._segment.append(data)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and not self._spool.is_dir():
                raise self._failed(_GONE) from None
            raise self._failed(error.strerror or str(error)) from error
        finally:
            if self._segment and not self._segment.is_usable:
                self._segment.release()
                self._segment = None
        self._used_bytes += len(data)

    def _is_segment_over(self) -> bool:
        return self._segment is not None and (
            self._segment.size_bytes >= self._limits.rotate_bytes
            or time.monotonic() >= self._segment_ends
        )

    def _rotate(self) -> None:
        """Completes the segment. One that cannot be renamed now is appended to for longer."""
        if self._segment is None:
            return
        try:
            if self._segment.size_bytes:
                self._segment.complete()
            else:
                self._segment.discard()
        except OSError as error:
            self._segment_ends = time.monotonic() + _RETRY_SECONDS
            self._note(self._failed(error.strerror or str(error)))
        if not self._segment.is_usable:
            self._segment = None

    def _make_room(self, size: int) -> None:
        """Refuses what would make the spool larger than it may be, whoever wrote the rest."""
        limit = self._limits.max_spool_bytes
        started = time.monotonic()
        if started >= self._look_at or self._used_bytes + size > limit:
            try:
                self._used_bytes = sum(each.size_bytes for each in folder.files(self._spool))
            except TokenbookError:
                raise self._failed(_GONE) from None
            now = time.monotonic()
            self._look_at = now + max(_LOOK_SECONDS, 20 * (now - started))
        if self._used_bytes + size > limit:
            problem = f"it holds {self._used_bytes:,} bytes and may hold {limit:,}"
            raise SpoolFull(path=self._spool, problem=problem)

    def _start(self) -> None:
        """Wakes the thread, which the first line of a process starts."""
        if self._thread is None:
            with self._commit_lock:
                if self._thread is None and not self.is_closed:
                    self._thread = threading.Thread(target=self._run, daemon=True, name="spool")
                    self._thread.start()
                    _at_end_of_child(self)
        self._wake.set()

    def _run(self) -> None:
        while not self._end.is_set():
            self._wake.wait(self._seconds_to_rest())
            self._wake.clear()
            if self._limits.fsync != EACH and self.waiting_bytes:
                if self.trouble:
                    self._end.wait(_RETRY_SECONDS)
                else:
                    self._hurry.wait(self._limits.interval_seconds)
                self._hurry.clear()
                with contextlib.suppress(SpoolFailed, SpoolFull):
                    self.flush()
            with self._commit_lock:
                if self._is_segment_over():
                    self._rotate()

    def _seconds_to_rest(self) -> float | None:
        if self._limits.fsync != EACH and self.waiting_bytes:
            return 0
        if self._segment is None:
            return None
        return max(self._segment_ends - time.monotonic(), 0)

    def _refusal(self) -> TokenbookError:
        if self.is_closed:
            return RecorderClosed(path=self._spool)
        waiting = f"{self.waiting_bytes:,} bytes wait in memory to be written"
        problem = f"{waiting}, since {self.trouble}" if self.trouble else waiting
        return SpoolFull(path=self._spool, problem=problem)

    def _failed(self, problem: str) -> SpoolFailed:
        return SpoolFailed(path=self._spool, problem=problem)

    def _note(self, trouble: TokenbookError | None) -> None:
        """Remembers what is wrong, and logs when that begins and ends."""
        if (trouble is None) != (self.trouble is None):
            import logging

            log = logging.getLogger("analytics.spool")
            if trouble:
                log.error("%s", trouble)
            else:
                log.warning("The spool %s can be written again.", self._spool)
        self.trouble = trouble

    def before_fork(self) -> None:
        """Lets no commit be under way while the process forks."""
        self._commit_lock.acquire()
        self._lock.acquire()

    def after_fork_in_parent(self) -> None:
        """Goes on."""
        self._lock.release()
        self._commit_lock.release()

    def after_fork_in_child(self) -> None:
        """Forgets what is the parent's: its segment, and its lines, which the parent writes."""
        if self._segment:
            self._segment.release()  # the parent still holds the lock
            self._segment = None
        self._begin()


_JOURNALS: "weakref.WeakSet[Journal]" = weakref.WeakSet()
_forking: list[Journal] = []
_fork_lock = threading.Lock()


def _close_all() -> None:
    for journal in list(_JOURNALS):
        try:
            journal.close()
        except TokenbookError as error:
            sys.stderr.write(f"tokenbook: {error}\n")


def _at_end_of_child(journal: Journal) -> None:
    """A process of `multiprocessing` does not run `atexit`; it has a list of its own."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        reference = weakref.ref(journal)

        def end() -> None:
            found = reference()
            if found is not None and found in _JOURNALS:
                with contextlib.suppress(TokenbookError):
                    found.close()

        util.Finalize(None, end, exitpriority=100)


def _before_fork() -> None:
    _fork_lock.acquire()
    _forking[:] = _JOURNALS
    for journal in _forking:
        journal.before_fork()


def _after_fork_in_parent() -> None:
    for journal in _forking:
        journal.after_fork_in_parent()
    _forking.clear()
    _fork_lock.release()


def _after_fork_in_child() -> None:
    for journal in _forking:
        journal.after_fork_in_child()
    _forking.clear()
    _fork_lock.release()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
