"""Whose turn it is: a lock on the book's folder, held while its database is open.

DuckDB locks its file too, but gives that lock back while it still tidies up its log: a process that
opened the book in that moment committed into a log which the first one then removed, and its
records were gone, without an error (measured with DuckDB 2.0 alone: one in two hundred turns of six
processes). With this lock nobody opens the book before whoever had it has closed it entirely.

It is a `flock` of the folder itself, which leaves nothing behind: writers alone, readers together,
and the system ends it with its process. A process has it once for each book, however often it
opens that, as DuckDB shares one database in a process.
"""

import contextlib
import os
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

if sys.platform != "win32":
    import fcntl


@dataclass(slots=True)
class Turn:
    """What this process has of a book, and what its threads do there."""

    descriptor: int
    """The open folder, or -1."""
    uses: int = 1
    """How many engines have it open."""
    writing: threading.RLock = field(default_factory=threading.RLock)
    """Held by the thread that writes."""
    changes: int = 0
    """How often what an engine remembers may have changed."""
    sessions: int = 0
    """How many threads are reading or writing now, each for each engine."""

    def enter(self) -> None:
        """A thread begins to read or write."""
        with _guard:
            self.sessions += 1

    def leave(self) -> None:
        """A thread has done with that."""
        with _guard:
            self.sessions -= 1


_turns: dict[Path, Turn] = {}
_guard = threading.Lock()


def take(folder: Path, *, read_only: bool) -> bool:
    """Takes the book's turn; False where another process has it. `give_back` ends it."""
    key = folder.resolve()
    with _guard:
        if key in _turns:
            _turns[key].uses += 1
            return True
        descriptor = _open(key)
        if descriptor >= 0 and sys.platform != "win32":  # there only DuckDB's own lock
            how = fcntl.LOCK_SH if read_only else fcntl.LOCK_EX
            try:
                fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                return False
        _turns[key] = Turn(descriptor)
        return True


def of(folder: Path) -> Turn:
    """The turn that this process has of a book."""
    with _guard:
        return _turns[folder.resolve()]


def is_shared(folder: Path) -> bool:
    """Whether this process has the book open more than once."""
    with _guard:
        turn = _turns.get(folder.resolve())
        return turn is not None and turn.uses > 1


def give_back(folder: Path) -> None:
    """Lets others have the book, once all that this process opened of it is closed."""
    key = folder.resolve()
    with _guard:
        turn = _turns.get(key)
        if turn is None:
            return
        turn.uses -= 1
        if turn.uses:
            return
        del _turns[key]
        if turn.descriptor >= 0:
            os.close(turn.descriptor)


def _open(folder: Path) -> int:
    """The folder; -1 where there is none, or none that may be looked into: DuckDB says so."""
    with contextlib.suppress(OSError):
        return os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    return -1


def _after_fork_in_child() -> None:
    """The turn is the parent's; a copy of its descriptor would keep it from ever ending."""
    _guard.release()
    for turn in _turns.values():
        if turn.descriptor >= 0:
            os.close(turn.descriptor)
    _turns.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_guard.acquire,
        after_in_parent=_guard.release,
        after_in_child=_after_fork_in_child,
    )
