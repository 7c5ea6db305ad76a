"""What an application records with: it never waits for a database."""

import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self, Unpack

from analytics.errors import InvalidArgument, SpoolFailed, SpoolFull, TokenbookError
from analytics.spool import folder
from analytics.spool.journal import EACH, INTERVAL, NONE, Journal, Limits
from analytics.spool.lines import UsageFields, id_text, line_of
from analytics.spool.responses import Responses
from analytics.spool.steps import OnStep, unwatched

MEBIBYTE = 1024 * 1024
FSYNC_POLICIES = (EACH, INTERVAL, NONE)
ON_FULL = ("raise", "drop")


class Recorder(Responses):
    """Appends usage to a spool, from any number of processes and threads.

    recorder = analytics.Recorder("spool")
    recorder.record(model_id="gpt-4o", external_id="acme", input_tokens=1500, output_tokens=500)

    One recorder a process is enough; threads share it. A fork goes on with a segment of its own.
    `tokenbook ingest --spool spool --follow` moves what was recorded into a book.

    Args:
        spool: the folder; it is made, private to the user, where there is none.
        fsync: when a record is acknowledged. "each": it is on the disk when `record` returns;
            threads share an `fdatasync`. "interval": it is after `interval_seconds` at most, or
            when `flush` returns. "none": the system has it then, and writes it when it likes.
        interval_seconds: how long records wait in memory.
        rotate_bytes: a segment is complete when it is that large,
        rotate_seconds: or that old. Only complete segments can be moved into a book.
        max_buffer_bytes: so much may wait in memory, also while the spool cannot be written.
        max_spool_bytes: so large may the spool become, looked at once a second.
        on_full: what becomes of a record that does not fit. "raise": an error; "drop": it is
            counted in `dropped` and lost.
        clock: nanoseconds since 1970, for `occurred_at`; nothing else depends on it.
        on_step: is told each step of a segment; for tests that kill the process there.

    Raises:
        SpoolFailed: the folder cannot be made or written.
        InvalidArgument: a choice or a limit cannot be.
    """

    def __init__(
        self,
        spool: str | Path,
        *,
        fsync: str = INTERVAL,
        interval_seconds: float = 0.1,
        rotate_bytes: int = 16 * MEBIBYTE,
        rotate_seconds: float = 5,
        max_buffer_bytes: int = 8 * MEBIBYTE,
        max_spool_bytes: int = 1024 * MEBIBYTE,
        on_full: str = "raise",
        clock: Callable[[], int] = time.time_ns,
        on_step: OnStep = unwatched,
    ) -> None:
        _choose("fsync", fsync, FSYNC_POLICIES)
        _choose("on_full", on_full, ON_FULL)
        limits = {
            "interval_seconds": interval_seconds,
            "rotate_bytes": rotate_bytes,
            "rotate_seconds": rotate_seconds,
            "max_buffer_bytes": max_buffer_bytes,
            "max_spool_bytes": max_spool_bytes,
        }
        for name, limit in limits.items():
            largest = 10**6 if name.endswith("seconds") else 10**15
            if not 0 < limit <= largest:
                problem = f"{limit!r} is not above 0 and at most {largest:,}"
                raise InvalidArgument(name=name, problem=problem)
        self._spool = Path(spool).absolute()
        folder.open_folder(self._spool)
        chosen = Limits(
            fsync,
            interval_seconds,
            rotate_bytes,
            rotate_seconds,
            max_buffer_bytes,
            max_spool_bytes,
        )
        self._journal = Journal(self._spool, chosen, on_step)
        self._waits, self._drops = fsync == EACH, on_full == "drop"
        self._clock = clock
        self._second = (-1, "")
        self._numbers = count(1)
        self.dropped = 0
        """How many records did not fit and were lost, where that was chosen."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def spool(self) -> Path:
        """The folder."""
        return self._spool

    @property
    def waiting_bytes(self) -> int:
        """How much waits in memory and is not acknowledged."""
        return self._journal.waiting_bytes

    @property
    def trouble(self) -> TokenbookError | None:
        """Why the spool cannot be written at present, if it cannot."""
        return self._journal.trouble

    def record(self, *, model_id: str, **fields: Unpack[UsageFields]) -> str:
        """Appends one usage record and returns its id.

        The fields are those of `Book.record_usage` and of the native format (docs/usage.md).

        Args:
            model_id: the model, as the provider calls it.
            **fields: whose usage it is (`external_id`, `account_id` or context "system"), meters by
                name (`input_tokens=1500`), and what else there is to say.

        Raises:
            InvalidUsage: the record cannot be right; the message says why.
            InvalidArgument: there is no such field, or a time cannot be read.
            SpoolFull: too much waits in memory, or the spool is as large as it may be.
            SpoolFailed: with fsync "each", it could not be written.
            RecorderClosed: it is too late.
        """
        journal = self._journal
        if given := fields.pop("id", None):
            record_id, text = given, id_text(given)
        else:
            record_id = f"usage_{journal.stem}_{next(self._numbers):x}"
            text = f'"{record_id}"'
        second, nanoseconds = divmod(self._clock(), 1_000_000_000)
        known = self._second
        if second != known[0]:
            known = self._second = (second, _second_text(second))
        line = line_of(text, f"{known[1]}.{nanoseconds // 1000:06}Z", model_id, fields)
        try:
            batch = journal.add(line)
            if self._waits:
                journal.settle(batch)
        except (SpoolFull, SpoolFailed):
            if not self._drops:
                raise
            self.dropped += 1
        return record_id

    def flush(self) -> None:
        """Writes all that was recorded before; with fsync "each" and "interval" onto the disk.

        Raises:
            SpoolFailed: it could not be written. It still waits, and is tried again.
            SpoolFull: the same, since the spool is as large as it may be.
        """
        self._journal.flush()

    def close(self) -> None:
        """Writes all that was recorded and completes the segment. Closing twice is fine.

        A process that ends without it does the same, unless it is killed.

        Raises:
            SpoolFailed: something could not be written; it is lost.
            SpoolFull: the same, since the spool is as large as it may be.
        """
        self._journal.close()


def _second_text(second: int) -> str:
    """The date and time of a second since 1970; it is made once for all records of a second."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


def _choose(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise InvalidArgument(name=name, problem=f"{value!r} is none of {', '.join(known)}")
