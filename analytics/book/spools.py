"""The spools of a book: what other processes recorded, moved in; and what is not in yet."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.book.part import BookPart, Later
from analytics.errors import BookLocked, InvalidArgument
from analytics.spool.steps import OnStep, unwatched

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from analytics.records import Backlog, DrainResult
    from analytics.usage import draining
    from analytics.usage.loading import Progress
else:
    draining = Later("analytics.usage.draining")


class NotInTheBook(UserWarning):
    """What was asked for leaves out records that are in the spool and not in the book yet."""


class Spools(BookPart):
    """The methods of `Book` for spools."""

    _spool: Path | None

    def drain_spool(
        self,
        spool: str | Path,
        *,
        create_accounts: bool = False,
        keep: bool = False,
        progress: Progress | None = None,
        on_step: OnStep = unwatched,
    ) -> DrainResult | None:
        """Moves the complete segments of a spool into the book; None where there are none.

        Each record gets in exactly once, also if the process is killed and the call repeated, and
        if several processes do it at once.

        Args:
            spool: the folder that recorders write to.
            create_accounts: make an account for an external id on first sight.
            keep: keep drained segments in the spool's folder `done`. Those with lines that were
                rejected are kept in `rejected` in either case.
            progress: is told how far it is.
            on_step: is told each step; for tests that kill the process there.

        Raises:
            SpoolNotFound: there is no such folder.
            SpoolFailed: a file that is in the book cannot be moved away.
            FileUnreadable: a file cannot be read; nothing of its batch was loaded.
        """
        options = draining.DrainOptions(create_accounts, keep, draining.WHOLE_BYTES, on_step)
        return draining.drain(self._engine, Path(spool), options, progress or _unwatched)

    def follow_spool(
        self,
        spool: str | Path,
        stop: threading.Event,
        *,
        create_accounts: bool = False,
        keep: bool = False,
        poll_seconds: float = 1,
        on_step: OnStep = unwatched,
    ) -> Iterator[DrainResult]:
        """Drains a spool again and again until `stop` is set; yields what each time did.

        Open the book with ``shared=True``: then it is held only while something is written, and
        reports run beside it. While another process holds the book, segments wait.
        """
        if not poll_seconds > 0:
            raise InvalidArgument(name="poll_seconds", problem="give more than 0")
        options = draining.DrainOptions(create_accounts, keep, draining.BATCH_BYTES, on_step)
        while True:
            try:
                done = draining.drain(self._engine, Path(spool), options, _unwatched)
            except BookLocked:
                done = None
            if done:
                yield done
            if stop.wait(poll_seconds):
                return

    def backlog(self, spool: str | Path | None = None) -> Backlog:
        """What is in a spool and not in the book yet.

        Args:
            spool: the folder; by default the one that the book was opened with.

        Raises:
            SpoolNotFound: there is no such folder.
            InvalidArgument: no folder was named.
        """
        folder = spool or self._spool
        if folder is None:
            raise InvalidArgument(name="spool", problem="name the spool's folder")
        return draining.backlog(self._engine, Path(folder))

    def _warn_of_backlog(self) -> None:
        """Says so where an answer leaves out what waits in the spool the book was opened with."""
        if self._spool is None:
            return
        waiting = self.backlog()
        if waiting.records:
            warnings.warn(backlog_text(waiting, self._spool), NotInTheBook, stacklevel=3)


def backlog_text(waiting: Backlog, spool: Path) -> str:
    """What is not in the book yet, as a sentence for people."""
    are = "record is" if waiting.records == 1 else "records are"
    since = f", the oldest since {waiting.oldest_at:%Y-%m-%d %H:%M:%S} UTC"
    return (
        f"{waiting.records:,} {are} in {spool} and not in the book yet{since}."
        f" 'tokenbook ingest --spool {spool}' moves them."
    )


def _unwatched(_fraction: float, _rows: int) -> None:
    """Nobody is looking."""
