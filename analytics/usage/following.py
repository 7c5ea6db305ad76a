"""Keeps loading what is appended to files, until it is told to stop.

How far a file has been read is written in the transaction of the load itself: killed at any
instant, the next run goes on where the last load ended. The book is taken only to write.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from analytics import sources
from analytics.errors import BookLocked, FileMissing, InvalidArgument, TokenbookError
from analytics.records import LoadResult
from analytics.sources.growing import (
    Appended,
    Position,
    is_same,
    left_behind,
    read_appended,
    read_left_behind,
)
from analytics.sources.lines import SourceFile
from analytics.sources.parts import PART_ROWS, Part
from analytics.sources.registry import SOURCES
from analytics.sources.sniffing import identify
from analytics.usage.loading import Load, load_files
from analytics.usage.options import LoadOptions
from analytics.usage.recording import fold

if TYPE_CHECKING:
    import pyarrow as pa

    from analytics.engines import Writer

_QUIET_SECONDS, _LONG_QUIET_SECONDS = 2, 30
"""A file that is read as a whole is read when nothing was written to it for so long; the long one
is for formats that say one thing in several lines."""


class Follower:
    """Follows files and folders into a book.

    Args:
        engine: the book, taken for each operation.
        paths: files, which need not be there yet, and folders.
        options: how to read them.
        notify: is told, in a sentence, what is left out and what is tried again.

    Raises:
        InvalidArgument: standard input, or all or nothing, cannot be followed.
    """

    def __init__(
        self,
        engine: "Writer",
        paths: Sequence[str],
        options: LoadOptions,
        notify: Callable[[str], None],
    ) -> None:
        if not paths or not all(paths) or sources.STDIN in paths:
            raise InvalidArgument(name="paths", problem="name files or folders to follow")
        if options.strict:
            raise InvalidArgument(name="strict", problem="what is followed has no end to judge")
        sources.check_targets("--map", options.mapping)
        sources.check_targets("--set", options.constants)
        self._engine = engine
        self._paths = paths
        self._options = options
        self._notify = notify
        self._known = self._positions()
        self._identified: dict[str, tuple[str, SourceFile]] = {}
        self._told: set[str] = set()

    def loads(self, stop: threading.Event, poll_seconds: float) -> Iterator[LoadResult]:
        """A result for each load, until `stop` is set; what is under way is finished first."""
        while not stop.is_set():
            try:
                done = self.step()
            except BookLocked as error:
                self._tell(str(error))
                done = None
            if done is not None:
                yield done
            else:
                stop.wait(poll_seconds)

    def step(self) -> LoadResult | None:
        """Loads what there is by now, in one transaction; None where nothing was appended."""
        found = [piece for file in self._files() for piece in self._pieces(file)]
        if not found:
            return None
        try:
            return self._store(found, is_alone=True)
        except _SharedRowsError:
            return self._store([*found, *self._beside(found)], is_alone=False)

    def _store(self, found: Sequence[Appended], *, is_alone: bool) -> LoadResult | None:
        with self._engine.atomic():
            known = self._positions()
            if any(
                known.get(p.before.path, Position(p.before.path)) != self._known_of(p.before.path)
                for p in found
            ):
                self._known = known
                return None
            done = self._load(found)
            if is_alone and "id_conflict" in done.rejected_by_code and _sessions(found):
                raise _SharedRowsError
        self._known |= {piece.after.path: piece.after for piece in found}
        return done

    def _beside(self, found: Sequence[Appended]) -> Iterator[Appended]:
        """The other files of the sessions' folders, read once more, as far as they are quiet."""
        taken = {piece.file.path for piece in found}
        for file in self._files():
            if file.path not in taken and any(_are_beside(file, each) for each in _sessions(found)):
                known = self._known_of(str(file.path))
                for piece in self._pieces(file, Position(known.path)):
                    yield replace(piece, before=known)

    def _load(self, found: Sequence[Appended]) -> LoadResult:
        engine = self._engine
        fold(engine)
        load = Load(engine, self._options)
        for piece in found:
            if piece.is_new or piece.lines is None:
                engine.execute("usage/forget_content", path=piece.file.name)
        names = sorted({piece.file.name for piece in found})
        engine.hold("earlier_content", "usage/followed_content", paths=names)
        for piece in found:
            if piece.lines is not None:
                load.stage(_part(piece.file, piece.lines))
            if load.staged_rows >= PART_ROWS:
                load.settle(_no_fraction)
        whole = [piece.file for piece in found if piece.lines is None]
        load_files(load, whole, _no_progress)
        engine.execute("usage/forget_known_content")
        engine.execute("usage/insert_content")
        for piece in found:
            engine.execute("usage/forget_position", path=piece.after.path)
            engine.execute("usage/insert_position", **asdict(piece.after))
        return load.finish(names, len(names))

    def _files(self) -> list[SourceFile]:
        found: dict[Path, SourceFile] = {}
        for path in self._paths:
            try:
                files = sources.find_files(
                    [path], self._options.format, Path(path), fallback="jsonl"
                )
            except FileMissing:
                files = [SourceFile(path, Path(path).resolve(), "jsonl", None)]
            found |= {file.path: file for file in files}
        return list(found.values())

    def _pieces(self, file: SourceFile, known: Position | None = None) -> list[Appended]:
        known, scope = known or self._known_of(str(file.path)), self._scope(file)
        try:
            is_there = file.path.exists()
            is_gone = known.inode and not (is_there and is_same(file.path, known))
            if is_gone and (left := left_behind(file.path, known)):
                moved = self._source_of(replace(file, path=left))
                return read_left_behind(moved, known, scope, is_final=is_there)
            identified = self._identify(file, known) if is_there else None
            if identified is None:
                return []
            if _is_read_whole(identified):
                return _whole(identified, known)
            return read_appended(identified, known, scope)
        except (OSError, TokenbookError) as error:
            self._tell(f"{file.name} is left out: {error}")
            return []

    def _identify(self, file: SourceFile, known: Position) -> SourceFile | None:
        """The file with its source; None while it has no whole line to tell it by."""
        inode = str(file.path.stat().st_ino)
        seen, identified = self._identified.get(str(file.path), ("", file))
        if seen == inode and is_same(file.path, known):
            return identified
        if file.format != "parquet" and file.compression is None and not _has_line(file.path):
            return None
        identified = self._source_of(file)
        self._identified[str(file.path)] = (inode, identified)
        return identified

    def _source_of(self, file: SourceFile) -> SourceFile:
        is_mapped = bool(self._options.mapping or self._options.constants)
        return identify(file, self._options.source, is_mapped=is_mapped)

    def _positions(self) -> dict[str, Position]:
        rows = self._engine.rows("usage/follow_positions")
        return {row["path"]: Position(**row) for row in rows}

    def _known_of(self, path: str) -> Position:
        return self._known.get(path, Position(path))

    def _scope(self, file: SourceFile) -> str | None:
        return str(file.path) if self._options.id_scope == "file" else None

    def _tell(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            self._notify(message)


class _SharedRowsError(Exception):
    """A session repeats answers of another one that is not in the load."""


def _sessions(found: Sequence[Appended]) -> list[SourceFile]:
    """The files of sources that look at all files together."""
    return [piece.file for piece in found if SOURCES[piece.file.source].whole_files]


def _are_beside(file: SourceFile, other: SourceFile) -> bool:
    """Whether they are in one folder, or one of them in a folder below the other's."""
    one, another = file.path.parent, other.path.parent
    return one.is_relative_to(another) or another.is_relative_to(one)


def _part(file: SourceFile, lines: "pa.RecordBatch") -> Part:
    import pyarrow as pa

    return Part(pa.Table.from_batches([lines]), None, lines.num_rows, 0, file.source)


def _is_read_whole(file: SourceFile) -> bool:
    is_text = file.format == "jsonl" and file.compression is None and not file.is_document
    return not is_text or SOURCES[file.source].whole_files


def _whole(file: SourceFile, known: Position) -> list[Appended]:
    """The file, if it was written to since it was read, and is quiet by now."""
    status = file.path.stat()
    quiet = _LONG_QUIET_SECONDS if SOURCES[file.source].whole_files else _QUIET_SECONDS
    signature = f"{status.st_size}/{status.st_mtime_ns}"
    if signature == known.head_hash or time.time() - status.st_mtime < quiet:
        return []
    after = replace(known, inode=str(status.st_ino), head_hash=signature)
    return [Appended(file, known, after, None, is_new=True)]


def _has_line(path: Path) -> bool:
    with path.open("rb") as opened:
        return b"\n" in opened.read(64 * 1024 * 1024)


def _no_progress(_fraction: float, _rows: int) -> None:
    """Nobody is looking."""


def _no_fraction(_fraction: float) -> None:
    """Nobody is looking."""
