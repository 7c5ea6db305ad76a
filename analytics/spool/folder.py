"""The folder protocol: what a spool's files are called, and who may touch which.

- ``<name>.jsonl.open``: a writer appends to it and holds its `flock`. Whoever gets the lock of such
  a file knows that its writer is dead, and owns the orphan.
- ``<name>.part``: another language's unfinished file. Only its writer touches it.
- ``<name>.jsonl``: complete. It never changes again; a drainer moves its lines into a book.
- ``<name>.torn.jsonl``: the same, of a writer that died within a line: what follows the last line
  end was never acknowledged and does not count.
- ``done/`` and ``rejected/``: segments that are in a book, the latter with lines that it refused.

Names are unique (a random part) and say nothing else: neither clock nor process id is relied on.
docs/spool.md is the whole of it.
"""

import errno
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analytics.errors import FileUnreadable, SpoolFailed, SpoolNotFound
from analytics.spool.steps import OnStep, Step, unwatched

if sys.platform != "win32":
    import fcntl

ACTIVE, PART, COMPLETE, TORN = ".jsonl.open", ".part", ".jsonl", ".torn.jsonl"
DONE, REJECTED = "done", "rejected"


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """One file of a spool."""

    path: Path
    size_bytes: int
    modified_at: float
    """Seconds since 1970, by the clock of the file system."""

    @property
    def name(self) -> str:
        """The file's name, which is the identity of the segment."""
        return self.path.name

    @property
    def is_torn(self) -> bool:
        """Whether what follows its last line end does not count."""
        return self.name.endswith((TORN, ACTIVE))


def open_folder(path: Path) -> None:
    """Makes a spool's folder, private to the user, where there is none.

    Raises:
        SpoolFailed: it cannot be made or written.
    """
    if sys.platform == "win32":
        raise SpoolFailed(path=path, problem="this system has no flock; recorders need it")
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SpoolFailed(path=path, problem=f"it cannot be made ({error.strerror})") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise SpoolFailed(path=path, problem="this user may not write there")


def sync_folder(path: Path) -> None:
    """Makes names durable: what was created, renamed or removed in a folder."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lock(descriptor: int) -> bool:
    """Takes a file's lock; False where another process has it. It ends with the descriptor."""
    if sys.platform == "win32":
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise
    return True


def is_at(descriptor: int, path: Path) -> bool:
    """Whether the open file is the one that has this name: not removed, renamed or replaced."""
    try:
        named = path.stat(follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return False
    opened = os.fstat(descriptor)
    return (named.st_ino, named.st_dev) == (opened.st_ino, opened.st_dev)


def files(spool: Path) -> list[SegmentFile]:
    """The files of a spool that have lines to drain now or later, oldest first.

    Raises:
        SpoolNotFound: there is no such folder.
        SpoolFailed: the folder cannot be read.
    """
    try:
        with os.scandir(spool) as entries:
            found = [each for entry in entries if (each := _segment_file(entry))]
    except (FileNotFoundError, NotADirectoryError):
        raise SpoolNotFound(path=spool) from None
    except OSError as error:
        raise SpoolFailed(path=spool, problem=f"it cannot be read ({error.strerror})") from error
    return sorted(found, key=lambda each: (each.modified_at, each.name))


def complete_files(spool: Path) -> list[SegmentFile]:
    """The complete segments of a spool that have lines, oldest first."""
    found = files(spool)
    return [each for each in found if each.name.endswith(COMPLETE) and each.size_bytes]


def adopt_orphans(spool: Path, on_step: OnStep = unwatched) -> int:
    """Gives the segments of dead writers the name of complete ones; says how many there were."""
    orphans = [each for each in files(spool) if each.name.endswith(ACTIVE)]
    try:
        adopted = sum(_adopt(each.path, on_step) for each in orphans)
        if adopted:
            sync_folder(spool)
    except OSError as error:
        problem = f"a segment of a dead writer cannot be taken over ({error.strerror})"
        raise SpoolFailed(path=spool, problem=problem) from error
    return adopted


def clear(segment: Path, folder: str | None) -> None:
    """Moves a drained segment into a folder beside it, or removes it; gone already is fine.

    What is moved never takes the place of another file: a name is given twice only by a writer
    that does not keep to the protocol.

    Raises:
        SpoolFailed: it cannot be moved or removed.
    """
    try:
        if folder is None:
            segment.unlink()
            return
        target = segment.parent / folder / segment.name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        if target.exists() and target.read_bytes() != segment.read_bytes():
            target = target.with_name(f"again-{os.urandom(6).hex()}-{target.name}")
        segment.rename(target)
    except FileNotFoundError:
        return
    except OSError as error:
        problem = f"{segment.name} is in the book and cannot be moved away ({error.strerror})"
        raise SpoolFailed(path=segment.parent, problem=problem) from error


def lines(file: SegmentFile) -> int:
    """How many lines of a file count; 0 where it is gone meanwhile."""
    count, last = 0, b"\n"
    for chunk in chunks(file.path):
        count += chunk.count(b"\n")
        last = chunk[-1:]
    return count if last == b"\n" or file.is_torn else count + 1


def chunks(path: Path) -> Iterator[bytes]:
    """What is in a file, if it is still there.

    Raises:
        FileUnreadable: it is there and cannot be read.
    """
    try:
        with path.open("rb") as opened:
            while chunk := opened.read(1 << 20):
                yield chunk
    except FileNotFoundError:
        return
    except OSError as error:
        raise FileUnreadable(path=path, problem=error.strerror) from error


def _segment_file(entry: os.DirEntry[str]) -> SegmentFile | None:
    if entry.name.startswith(".") or not entry.name.endswith((ACTIVE, PART, COMPLETE)):
        return None
    try:
        if not entry.is_file(follow_symlinks=False):
            return None
        found = entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # it was renamed or removed meanwhile
        return None
    return SegmentFile(Path(entry.path), found.st_size, found.st_mtime)


def _adopt(path: Path, on_step: OnStep) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        # The name is looked at once the lock is ours: its writer may have completed it just now.
        if not lock(descriptor) or not is_at(descriptor, path):
            return False
        on_step(Step.SEIZED)
        size = os.fstat(descriptor).st_size
        if not size:
            path.unlink()  # a writer that has only just made it sees that, and makes another
            return False
        is_whole = os.pread(descriptor, 1, size - 1) == b"\n"
        path.rename(f"{str(path).removesuffix(ACTIVE)}{COMPLETE if is_whole else TORN}")
        on_step(Step.ADOPTED)
    finally:
        os.close(descriptor)
    return True
