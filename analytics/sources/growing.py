"""Files that grow: what was appended since, and whether a file is still the same one.

A file is known by its inode and by how it begins. If either changed, or it became shorter, it was
rotated or truncated: what it still had to say is then looked for in a file beside it that begins in
the same way.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from analytics.sources.lines import MAX_LINE_BYTES, SourceFile, lines_of_bytes

if TYPE_CHECKING:
    import pyarrow as pa

_HEAD_BYTES = 1024
_STEP_BYTES = 32 * 1024 * 1024
"""The most that is read of a file at once."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a file has been read, and which file that was."""

    path: str
    inode: str = ""
    head_bytes: int = 0
    head_hash: str = ""
    position_bytes: int = 0
    line_count: int = 0

    @property
    def is_read_whole(self) -> bool:
        """Whether the file was read as a whole: `head_hash` is then its size and time."""
        return bool(self.inode) and not self.head_bytes


@dataclass(frozen=True, slots=True)
class Appended:
    """Lines that were appended to a file: where they begin, and where reading goes on."""

    file: SourceFile
    before: Position
    after: Position
    lines: "pa.RecordBatch | None"
    """None where the file is one that is read as a whole."""
    is_new: bool
    """Whether the file has not been read before: it is new, or was rotated or truncated."""


def read_appended(file: SourceFile, known: Position, id_scope: str | None) -> list[Appended]:
    """What a file has more than is known, whole lines only; all of it, if it is another file.

    Raises:
        OSError: it cannot be read.
    """
    is_new = not known.head_bytes or not is_same(file.path, known)
    before = Position(known.path) if is_new else known
    return _piece(file, before, id_scope, is_new=is_new, is_final=False)


def read_left_behind(
    file: SourceFile, known: Position, id_scope: str | None, *, is_final: bool
) -> list[Appended]:
    """What a file that was moved away has more than is known.

    Args:
        file: it, under its new path and its old name.
        known: how far it has been read.
        id_scope: what keeps its rows apart from those of others.
        is_final: whether there is another file in its place, so that nobody writes to it any more.
    """
    return _piece(file, known, id_scope, is_new=False, is_final=is_final)


def is_same(path: Path, known: Position) -> bool:
    """Whether the file at a path is the one that is known, with more or nothing more in it."""
    if not known.inode:
        return True
    status = path.stat()
    if str(status.st_ino) != known.inode or status.st_size < known.position_bytes:
        return False
    return known.is_read_whole or _hash(path, known.head_bytes) == known.head_hash


def left_behind(path: Path, known: Position) -> Path | None:
    """The file that a path once named, under another name beside it, if it says more than is known.

    A file that was copied and then truncated is found by how it begins.
    """
    if not known.head_bytes:
        return None
    found = [
        other
        for other in sorted(path.parent.glob(f"{_stem(path)}*"))
        if other != path
        and other.is_file()
        and other.stat().st_size > known.position_bytes
        and _hash(other, known.head_bytes) == known.head_hash
    ]
    moved = [other for other in found if str(other.stat().st_ino) == known.inode]
    return next(iter(moved or found), None)


def _stem(path: Path) -> str:
    stem = path.name.partition(".")[0]
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in stem)


def _piece(
    file: SourceFile, before: Position, id_scope: str | None, *, is_new: bool, is_final: bool
) -> list[Appended]:
    with file.path.open("rb") as opened:
        opened.seek(before.position_bytes)
        data = _whole_lines(opened, is_final=is_final)
        if not data:
            return []
        end = before.position_bytes + len(data)
        head = before.head_bytes if before.head_bytes >= _HEAD_BYTES else min(end, _HEAD_BYTES)
        opened.seek(0)
        after = replace(
            before,
            inode=str(file.path.stat().st_ino),
            head_bytes=head,
            head_hash=hashlib.sha256(opened.read(head)).hexdigest(),
            position_bytes=end,
            line_count=before.line_count + (data.count(b"\n") or 1),
        )
    problem = "line_too_long" if len(data) > _STEP_BYTES else None
    shown = data[:MAX_LINE_BYTES] if problem else data
    lines = lines_of_bytes(file.name, id_scope, before.line_count + 1, shown, problem)
    return [Appended(file, before, after, lines, is_new)]


def _whole_lines(opened: BinaryIO, *, is_final: bool) -> bytes:
    """The next lines, up to the last line end; one line that is longer than all that, by itself."""
    data = opened.read(_STEP_BYTES)
    end = data.rfind(b"\n") + 1
    if end:
        return data if is_final and len(data) < _STEP_BYTES else data[:end]
    while len(data) >= _STEP_BYTES and (more := opened.read(_STEP_BYTES)):
        end = more.find(b"\n") + 1
        data += more[:end] if end else more
        if end:
            return data
    return data if is_final else b""


def _hash(path: Path, size: int) -> str:
    try:
        with path.open("rb") as opened:
            return hashlib.sha256(opened.read(size)).hexdigest()
    except OSError:
        return ""
