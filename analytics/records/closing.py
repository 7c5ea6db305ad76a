"""Months and their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class MonthState:
    """A month with records, and where they are.

    Args:
        month: as ``2026-10``.
        status: open; closed; or late, closed with records that came later.
        record_count: all of its records.
        closed_count: those that are in files.
        open_count: those that are in the table.
        files: how many Parquet files it has.
        bytes: their size together.
        closed_at: when the newest of them was written; None for an open month.
    """

    month: str
    status: str
    record_count: int
    closed_count: int
    open_count: int
    files: int
    bytes: int
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class MovedMonth:
    """What closing or reopening a month did.

    Args:
        month: as ``2026-10``.
        moved: the records that went from the table to files, or came back.
        files: the files that were written, or removed.
        bytes: their size together.
    """

    month: str
    moved: int
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class ShrunkBook:
    """The bytes of a book's database before and after its free room went back to the disk."""

    bytes_before: int
    bytes_after: int


@dataclass(frozen=True, slots=True)
class ArchivedBook:
    """What an archive holds.

    Args:
        path: its folder.
        months: as ``2026-10``, in order.
        record_count: the records in its files.
        files: how many of these there are.
        bytes: their size together.
    """

    path: str
    months: Sequence[str]
    record_count: int
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """A file of a closed month; problem is None where it is as it was written.

    Args:
        path: below the book's folder.
        month: as ``2026-10``.
        record_count: the records in it; None where the book does not know the file.
        bytes: its size as it was written.
        sha256: its checksum as it was written; None where the book does not know the file.
        problem: what is wrong with it.
    """

    path: str
    month: str
    record_count: int | None
    bytes: int
    sha256: str | None
    problem: str | None
