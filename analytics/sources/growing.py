"""Files that grow: what was appended since, and whether a file is still the same one.

A file is known by its inode and by how it begins. If either changed, or it became shorter, it was
rotated or truncated: what it still had to say is then looked for in a file beside it that begins in
the same way.
"""

import hashlib
from collections.abc import Iterator
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


def read_appended(file: SourceFile, known: Position, id_scope: str | None) -> Iterator[Appended]:
    """What a file has more than is known, whole lines only, and first what a rotated one has left.

    Raises:
        OSError: it cannot be read.
    """
    if is_same(file.path, known):
        yield from _piece(file, file.path, known, id_scope, is_new=not known.inode, is_final=False)
        return
    for left in _left_behind(file.path, known):
        yield from _piece(file, left, known, id_scope, is_new=False, is_final=True)
    fresh = Position(known.path)
    yield from _piece(file, file.path, fresh, id_scope, is_new=True, is_final=False)


def read_left_behind(file: SourceFile, known: Position, id_scope: str | None) -> Iterator[Appended]:
    """What a file that was moved away has more than is known, while there is none in its place."""
    for left in _left_behind(file.path, known):
        yield from _piece(file, left, known, id_scope, is_new=False, is_final=False)


def is_same(path: Path, known: Position) -> bool:
    """Whether the file at a path is the one that is known, with more or nothing more in it."""
    if not known.inode:
        return True
    status = path.stat()
    if str(status.st_ino) != known.inode or status.st_size < known.position_bytes:
        return False
    return _hash(path, known.head_bytes) == known.head_hash


def _left_behind(path: Path, known: Position) -> list[Path]:
    """The file that a path once named, under another name beside it; none where it is gone."""
    if not known.head_bytes:
        return []
    found = [
        other
        for other in sorted(path.parent.glob(f"{_stem(path)}*"))
        if other != path
        and other.is_file()
        and other.stat().st_size > known.position_bytes
        and _hash(other, known.head_bytes) == known.head_hash
    ]
    moved = [other for other in found if str(other.stat().st_ino) == known.inode]
    return (moved or found)[:1]


def _stem(path: Path) -> str:
    stem = path.name.partition(".")[0]
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in stem)


def _piece(
    file: SourceFile,
    path: Path,
    before: Position,
    id_scope: str | None,
    *,
    is_new: bool,
    is_final: bool,
) -> Iterator[Appended]:
    with path.open("rb") as opened:
        opened.seek(before.position_bytes)
        data = _whole_lines(opened, is_final=is_final)
        if not data:
            return
        is_long = len(data) > _STEP_BYTES
        first = before.line_count + 1
        shown = data[:MAX_LINE_BYTES] if is_long else data
        lines = lines_of_bytes(
            file.name, id_scope, first, shown, problem="line_too_long" if is_long else None
        )
        end = before.position_bytes + len(data)
        opened.seek(0)
        head = before.head_bytes if before.head_bytes >= _HEAD_BYTES else min(end, _HEAD_BYTES)
        after = replace(
            before,
            inode=str(path.stat().st_ino),
            head_bytes=head,
            head_hash=hashlib.sha256(opened.read(head)).hexdigest(),
            position_bytes=end,
            line_count=before.line_count + (data.count(b"\n") or 1),
        )
    yield Appended(file, before, after, lines, is_new)


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
