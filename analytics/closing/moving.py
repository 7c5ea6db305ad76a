"""Closes a month and opens it again: one database transaction, or nothing of it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from analytics.closing import folder, steps
from analytics.closing.files import Progress, refuse_damaged, unwatched, verify
from analytics.closing.steps import OnStep, Step
from analytics.errors import ClosingFailed
from analytics.period import month_period
from analytics.records.closing import MovedMonth

if TYPE_CHECKING:
    from analytics.engines import Row, Writer

FILE_ROWS = 5_000_000
"""About so many records are in one file: what is sorted at once, and so needs memory and disk."""

_WRITTEN, _COMPARED = 0.85, 0.98
"""How much of the work is done when the files are written, and when they have been compared."""

SMALL_ROWS = 1_000_000
"""A file with fewer records is written anew, together with those that came later."""


def close_month(
    engine: "Writer",
    month: str,
    *,
    roll_up: Callable[[], None],
    progress: Progress,
    on_step: OnStep = steps.unwatched,
) -> MovedMonth:
    """Writes the records of a month that are in the table to files, and removes them there.

    Args:
        engine: the book.
        month: as ``2026-10``, in the billing time zone.
        roll_up: rolls up and indexes single records and compacts the month's roll-up; it runs
            inside the transaction.
        progress: is told how far it is.
        on_step: is told each of `steps.CLOSING_STEPS`.

    Raises:
        InvalidArgument: the text is no month.
        ClosingFailed: the files do not hold what the table holds.
        FilesDamaged: a small file that is to be merged is not as it was written.
        StorageFailed: the disk is full, or refuses. The month is as it was.
    """
    span = _span(month)
    with engine.writing():
        settle(engine)
        if not engine.row("closing/waiting", **span)["row_count"]:
            return MovedMonth(month, 0, 0, 0)
        batch = folder.new_batch()
        engine.execute("closing/insert_leftover", batch=batch)
        on_step(Step.INTENDED)
        try:
            with engine.atomic():
                progress(None, 0, "adding up totals")
                roll_up()
                moved = _close(engine, month, batch, progress, on_step)
            on_step(Step.COMMITTED)
        finally:
            settle(engine)
    on_step(Step.CLEARED)
    return moved


def reopen_month(
    engine: "Writer", month: str, *, progress: Progress, on_step: OnStep = steps.unwatched
) -> MovedMonth:
    """Brings the records of a month back from its files into the table, and removes these.

    Raises:
        InvalidArgument: the text is no month.
        FilesDamaged: a file is missing, or not as it was written. Nothing was changed.
    """
    with engine.writing():
        settle(engine)
        files = engine.rows("closing/files", month=_span(month)["start_day"])
        if not files:
            return MovedMonth(month, 0, 0, 0)
        with engine.atomic():
            moved = restore(engine, files, progress=progress, on_step=on_step)
            engine.refresh_views()
            on_step(Step.REPLACED)
        on_step(Step.COMMITTED)
        settle(engine)
    on_step(Step.CLEARED)
    return MovedMonth(month, moved, len(files), sum(file["bytes"] for file in files))


def restore(
    engine: "Writer",
    files: "Sequence[Row]",
    *,
    progress: Progress = unwatched,
    on_step: OnStep = steps.unwatched,
) -> int:
    """Brings the records of files back into the table and unregisters these.

    The files stay until `settle`, since the transaction may still fail; whoever calls this replaces
    the view.

    Args:
        engine: the book, inside `atomic`.
        files: rows of ``closing/files``.
        progress: is told how far it is.
        on_step: is told each step.

    Raises:
        FilesDamaged: a file is missing, or not as it was written.
    """
    moved, total = 0, sum(file["row_count"] for file in files)
    progress(None, total, "checking files")
    refuse_damaged(verify(engine.path, files))
    on_step(Step.CHECKED)
    for number, file in enumerate(files, 1):
        progress(_share(moved, total), total, f"file {number} of {len(files)}")
        path = str(engine.path / file["path"])
        moved += engine.execute("closing/restore", paths=[path])
        engine.execute("closing/delete_file", path=file["path"])
    progress(_COMPARED, total, "storing")
    if moved != total:
        problem = f"{moved:,} of {total:,} records could be read back"
        raise ClosingFailed(month=f"{files[0]['month']:%Y-%m}", problem=problem)
    for batch in sorted({folder.batch_of(file["path"]) for file in files}):
        engine.execute("closing/insert_leftover", batch=batch)
    on_step(Step.RESTORED)
    return moved


def settle(engine: "Writer") -> None:
    """Removes files that the book does not need, and lets the views find those that it has.

    For a book that is opened for writing, before and after months are closed. A book whose folder
    was moved reads its files where they are now; where one is missing, it is left as it is, since
    only what reads records then fails.
    """
    with engine.writing():
        batches = [row["batch"] for row in engine.rows("closing/leftovers")]
        in_place = engine.is_in_place()
        if not batches and in_place:
            return
        registered = [row["path"] for row in engine.rows("closing/files", month=None)]
        # Who is reading may still need what is not registered any more: it goes another time.
        for batch in batches if engine.is_alone() else ():
            if folder.remove(engine.path, batch, registered):
                engine.execute("closing/delete_leftover", batch=batch)
        if not in_place and all((engine.path / path).exists() for path in registered):
            engine.refresh_views()


def _close(
    engine: "Writer", month: str, batch: str, progress: Progress, on_step: OnStep
) -> MovedMonth:
    """All of the transaction but its commit."""
    span = _span(month)
    files = engine.rows("closing/files", month=span["start_day"])
    small = [file for file in files if file["row_count"] < SMALL_ROWS]
    merged = 0
    if small:
        progress(None, sum(file["row_count"] for file in small), "merging small files")
        merged = restore(engine, small)
    on_step(Step.MERGED)
    parts = engine.rows("closing/parts", file_rows=FILE_ROWS, **span)
    total = sum(part["row_count"] for part in parts)
    written = _write_all(engine, month, batch, parts, progress, on_step)
    progress(_WRITTEN, total, "comparing")
    _compare(engine, month, written)
    progress(_COMPARED, total, "storing")
    on_step(Step.VERIFIED)
    now = datetime.now(UTC).replace(tzinfo=None)
    for part, file in zip(parts, written, strict=True):
        engine.execute(
            "closing/insert_file",
            path=file.path,
            month=span["start_day"],
            sha256=file.sha256,
            bytes=file.bytes,
            row_count=part["row_count"],
            unpriced_count=part["row_count"] if part["is_unpriced"] else 0,
            first_account=part["first_account"],
            next_account=part["next_account"],
            closed_at=now,
        )
    on_step(Step.REGISTERED)
    if engine.execute("closing/remove", **span) != total:
        raise ClosingFailed(month=month, problem="its records changed meanwhile")
    on_step(Step.REMOVED)
    engine.refresh_views()
    on_step(Step.REPLACED)
    size = sum(file.bytes for file in written)
    return MovedMonth(month, total - merged, len(written), size)


def _write_all(
    engine: "Writer",
    month: str,
    batch: str,
    parts: "Sequence[Row]",
    progress: Progress,
    on_step: OnStep,
) -> list[folder.WrittenFile]:
    """Writes the files of a month. How far one is that is being sorted, DuckDB cannot say."""
    written: list[folder.WrittenFile] = []
    done, total = 0, sum(part["row_count"] for part in parts)
    for number, part in enumerate(parts, 1):
        doing = f"file {number} of {len(parts)}" if len(parts) > 1 else "sorting and writing"
        progress(_share(done, total, _WRITTEN), total, doing)
        written.append(_write(engine, month, batch, {**part, **_span(month)}, on_step))
        done += part["row_count"]
    return written


def _share(done: int, total: int, most: float = 1) -> float | None:
    """How much of the work is done; nobody knows while nothing is."""
    return most * done / total if done else None


def _write(
    engine: "Writer", month: str, batch: str, part: "Row", on_step: OnStep
) -> folder.WrittenFile:
    """Writes the records of one file, durably."""
    path = folder.partial(engine.path, month, batch)
    rows = engine.store("closing/part", path, **part)
    if rows != part["row_count"]:
        problem = f"{rows:,} of {part['row_count']:,} records were written"
        raise ClosingFailed(month=month, problem=problem)
    on_step(Step.WRITTEN)
    folder.sync(path)
    on_step(Step.SYNCED)
    file = folder.place(engine.path, path, batch)
    on_step(Step.PLACED)
    return file


def _compare(engine: "Writer", month: str, files: Sequence[folder.WrittenFile]) -> None:
    """Fails unless the files hold what the table holds of a month."""
    paths = [str(engine.path / file.path) for file in files]
    rows = engine.rows("closing/differences", paths=paths, **_span(month))
    if rows:
        prices = ", ".join(str(row["price_id"] or "none") for row in rows)
        raise ClosingFailed(month=month, problem=f"records differ, of the prices {prices}")


def _span(month: str) -> "Row":
    period = month_period(month)
    return {"start_day": period.start, "end_day": period.end}
