"""The months of a book: closed into Parquet files, opened again, verified."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from analytics.book.part import BookPart, Later
from analytics.closing.steps import OnStep, unwatched
from analytics.engines.duckdb import DuckDBEngine
from analytics.period import month_period
from analytics.records.closing import ShrunkBook

if TYPE_CHECKING:
    from analytics.closing import archiving, files, moving
    from analytics.closing.files import Progress
    from analytics.records import ArchivedBook, MonthState, MovedMonth, VerifiedFile
    from analytics.usage import compaction, recording
else:
    archiving = Later("analytics.closing.archiving")
    files = Later("analytics.closing.files")
    moving = Later("analytics.closing.moving")
    compaction = Later("analytics.usage.compaction")
    recording = Later("analytics.usage.recording")


ARCHIVE = "archive"
"""The setting of a book that is an archive, and so can only be read."""


class Months(BookPart):
    """The methods of `Book` for months."""

    def list_months(self) -> list[MonthState]:
        """The months that have records, and where they are; see `files.list_months`."""
        return files.list_months(self._engine)

    def close_month(
        self, month: str, *, progress: Progress | None = None, on_step: OnStep = unwatched
    ) -> MovedMonth:
        """Moves a month's records from the table to Parquet files; see `moving.close_month`.

        It is a matter of storage only: every answer stays what it is, and records of the month can
        still come. Closing again takes those along.

        Args:
            month: as ``2026-10``, in the billing time zone.
            progress: is told how far it is; see `files.Progress`.
            on_step: is told each step; for tests that kill the process there.

        Raises:
            InvalidArgument: the text is no month.
            FilesDamaged: a file of the month is missing, or not as it was written.
            ClosingFailed: the files do not hold what the table holds.
            StorageFailed: the disk is full. The month is as it was in any of these cases.
        """
        first_day = month_period(month).start
        assert first_day is not None, "a month has a first day"

        def roll_up() -> None:
            recording.fold(self._engine)
            compaction.compact(self._engine, first_day)

        return moving.close_month(
            self._engine,
            month,
            roll_up=roll_up,
            progress=progress or files.unwatched,
            on_step=on_step,
        )

    def reopen_month(
        self, month: str, *, progress: Progress | None = None, on_step: OnStep = unwatched
    ) -> MovedMonth:
        """Brings a month's records back into the table; see `moving.reopen_month`."""
        return moving.reopen_month(
            self._engine, month, progress=progress or files.unwatched, on_step=on_step
        )

    def shrink(self, *, progress: Progress | None = None) -> ShrunkBook | None:
        """Gives the room of records that were removed or moved to files back to the disk.

        The database is written anew beside itself, compared and put in its place: it needs that
        much room meanwhile, and half a second a million records that stay. `tokenbook close` does
        this in the end.

        Args:
            progress: is told the share done and the rows so far.

        Returns:
            The sizes; None where the file stays as it is, since less than half of it or less than
            16 MiB is free, the disk has no room for a second one, or others have it open.

        Raises:
            StorageFailed: the disk is full after all. The book is as it was.
        """
        sizes = self._engine.shrink(progress or files.unwatched)
        return ShrunkBook(*sizes) if sizes else None

    def archive(self, folder: str | Path, *, progress: Progress | None = None) -> ArchivedBook:
        """Writes the closed months to a folder of their own, with prices, accounts and totals.

        That folder is a book that can only be read. See `archiving.write_archive`.

        Args:
            folder: new or empty.
            progress: is told how far it is; see `files.Progress`.

        Raises:
            NotClosed: no month is closed, or one has records that came later.
            InvalidArgument: the folder has files.
            FilesDamaged: a file is missing, or not as it was written.
        """
        return archiving.write_archive(
            self._engine,
            Path(folder),
            make=_make_empty,
            finish=_mark_archive,
            progress=progress or files.unwatched,
        )

    def verify_files(self, *, progress: Progress | None = None) -> list[VerifiedFile]:
        """Compares every file of the closed months with its checksum; see `VerifiedFile.problem`.

        `files.refuse_damaged` makes an error of what it finds.
        """
        return files.verify_files(self._engine, progress=progress or files.unwatched)


def _make_empty(folder: Path) -> None:
    engine = DuckDBEngine(folder)
    try:
        engine.migrate()
    finally:
        engine.close()


def _mark_archive(folder: Path) -> None:
    engine = DuckDBEngine(folder)
    try:
        with engine.atomic():
            engine.execute("book/set_setting", name=ARCHIVE, value="true")
            engine.refresh_views()
    finally:
        engine.close()
