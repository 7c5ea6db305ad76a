"""Moves the segments of a spool into the book, each line exactly once.

Two things make it so. The segments that a load has read are registered in the database transaction
of that load, so a segment whose file is still there after a crash is known. And a record's id is
its identity, so a line that a writer had to write twice is one record.

Files are only looked at before the book is taken; they are read in the transaction, after those
that are registered have been left out. So no other drainer can remove one meanwhile: it would have
to register it first, which needs the book.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.records import Backlog, DrainResult, LoadResult
from analytics.sources.lines import SourceFile
from analytics.spool import folder
from analytics.spool.folder import COMPLETE, DONE, REJECTED, SegmentFile
from analytics.spool.steps import OnStep, Step, unwatched
from analytics.usage.loading import Load, Progress, load_files
from analytics.usage.options import LoadOptions
from analytics.usage.recording import fold

if TYPE_CHECKING:
    from analytics.engines import Reader, Writer

BATCH_BYTES = 64 * 1024 * 1024
"""What `follow` loads at once: some seconds, in which nobody else can have the book."""

WHOLE_BYTES = 1024 * 1024 * 1024
"""What a drain that nobody waits for loads at once."""

_REMEMBERED = timedelta(days=30)
"""So long the book knows a segment by name. Its records' ids are known for good."""


@dataclass(frozen=True, slots=True)
class DrainOptions:
    """How to drain a spool.

    Args:
        create_accounts: make an account for an external id that is seen for the first time.
        keep: move drained segments to the spool's folder `done`; otherwise they are removed. Those
            with rejected lines are kept in `rejected` in either case.
        batch_bytes: so much is loaded in one database transaction.
        on_step: is told each step; for tests that kill the process there.
    """

    create_accounts: bool = False
    keep: bool = False
    batch_bytes: int = WHOLE_BYTES
    on_step: OnStep = unwatched


def drain(
    engine: "Writer", spool: Path, options: DrainOptions, progress: Progress
) -> DrainResult | None:
    """Moves what is complete in a spool into the book; None where there is nothing.

    Raises:
        SpoolNotFound: there is no such folder.
        SpoolFailed: a file cannot be moved or removed; it is in the book.
        FileUnreadable: a file cannot be read; nothing of its batch was loaded.
    """
    started = time.monotonic()
    spool = spool.resolve()
    adopted = folder.adopt_orphans(spool, options.on_step)
    waiting = folder.complete_files(spool)
    options.on_step(Step.LISTED)
    if not waiting:
        return None
    found: list[LoadResult] = []
    for batch in _batches(waiting, options.batch_bytes):
        done, load = _load(engine, batch, options, progress)
        _clear(spool, done, options)
        found += [load] if load else []
    return DrainResult(
        load_ids=[load.load_id for load in found if load.load_id],
        segments=len(waiting),
        adopted=adopted,
        rows=sum(load.rows for load in found),
        appended=sum(load.appended for load in found),
        duplicates=sum(load.duplicates for load in found),
        rejected=sum(load.rejected for load in found),
        unpriced=sum(load.unpriced for load in found),
        accounts_created=sum(load.accounts_created for load in found),
        seconds=time.monotonic() - started,
        first_rejections=[each for load in found for each in load.first_rejections],
    )


def backlog(engine: "Reader", spool: Path) -> Backlog:
    """What is in a spool, complete or not, and not in the book yet.

    Raises:
        SpoolNotFound: there is no such folder.
    """
    found = folder.files(spool.resolve())
    known = _known(engine, [each.name for each in found])
    waiting = [
        each
        for each in found
        if each.size_bytes and not (each.name in known and _hash(each) in known[each.name])
    ]
    oldest = min((each.modified_at for each in waiting), default=None)
    return Backlog(
        records=sum(map(folder.lines, waiting)),
        segments=len(waiting),
        size_bytes=sum(each.size_bytes for each in waiting),
        oldest_at=None if oldest is None else datetime.fromtimestamp(oldest, UTC),
    )


@dataclass(frozen=True, slots=True)
class _Drained:
    """A segment that is in the book, and how many of its lines were refused."""

    file: SegmentFile
    rejected: int


def _batches(files: Sequence[SegmentFile], limit: int) -> Iterator[list[SegmentFile]]:
    batch: list[SegmentFile] = []
    size = 0
    for file in files:
        if batch and size + file.size_bytes > limit:
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size_bytes
    if batch:
        yield batch


def _load(
    engine: "Writer", batch: Sequence[SegmentFile], options: DrainOptions, progress: Progress
) -> tuple[list[_Drained], LoadResult | None]:
    """Loads the segments that are not in the book, in one database transaction."""
    hashes = {each.name: digest for each in batch if (digest := _hash(each))}
    there = [each for each in batch if each.name in hashes]
    with engine.atomic():
        options.on_step(Step.BEGUN)
        known = _known(engine, [each.name for each in there])
        old = [each for each in there if hashes[each.name] in known.get(each.name, {})]
        new = [each for each in there if each not in old]
        done = [_Drained(each, known[each.name][hashes[each.name]]) for each in old]
        load = _load_new(engine, new, options, progress) if new else None
        if load:
            options.on_step(Step.LOADED)
            rejected = _register(engine, new, hashes, load)
            done += [_Drained(each, rejected[each.name]) for each in new]
            options.on_step(Step.REGISTERED)
    options.on_step(Step.COMMITTED)
    return done, load


def _load_new(
    engine: "Writer", files: Sequence[SegmentFile], options: DrainOptions, progress: Progress
) -> LoadResult:
    fold(engine)
    how = LoadOptions(create_accounts=options.create_accounts, id_scope="file")
    load = Load(engine, how)
    load_files(load, [_source(each) for each in files], progress)
    refused = [row["path"] for row in engine.rows("usage/rejected_paths", load_id=load.load_id)]
    return load.finish(refused or [str(files[0].path.parent)], len(files))


def _source(file: SegmentFile) -> SourceFile:
    """A segment as a file to load. It is called what it will be called where it has to be kept."""
    kept = str(_kept(file))
    return SourceFile(kept, file.path, "jsonl", None, is_torn=file.is_torn, scope=kept)


def _kept(file: SegmentFile) -> Path:
    return file.path.parent / REJECTED / file.name


def _register(
    engine: "Writer", files: Sequence[SegmentFile], hashes: dict[str, str], load: LoadResult
) -> dict[str, int]:
    """Writes down which segments the load has read; says how many lines of each were rejected."""
    now = datetime.now(UTC).replace(tzinfo=None)
    engine.execute("usage/forget_segments", before=now - _REMEMBERED)
    engine.execute(
        "usage/insert_segments",
        segments=[each.name for each in files],
        hashes=[hashes[each.name] for each in files],
        sizes=[each.size_bytes for each in files],
        paths=[str(_kept(each)) for each in files],
        load_id=load.load_id,
        drained_at=now,
    )
    rows = engine.rows("usage/drained_segments", load_id=load.load_id)
    return {row["segment"]: row["rejected"] for row in rows}


def _clear(spool: Path, done: Sequence[_Drained], options: DrainOptions) -> None:
    """Moves away or removes what is in the book; where it cannot be, it stays and is known."""
    for each in done:
        kept = REJECTED if each.rejected else DONE if options.keep else None
        folder.clear(each.file.path, kept)
        options.on_step(Step.CLEARED)
    if done:
        folder.sync_folder(spool)
    options.on_step(Step.FINISHED)


def _known(engine: "Reader", names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Segment -> hash of a content that is in the book -> its rejected lines."""
    known: dict[str, dict[str, int]] = {}
    for row in engine.rows("usage/known_segments", segments=list(names)) if names else ():
        known.setdefault(row["segment"], {})[row["content_hash"]] = row["rejected"]
    return known


def _hash(file: SegmentFile) -> str:
    """The hash of what is in a complete segment; "" where it is gone or not complete."""
    if not file.name.endswith(COMPLETE):
        return ""
    digest = hashlib.blake2b(digest_size=16)
    size = 0
    for chunk in folder.chunks(file.path):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest() if size else ""
