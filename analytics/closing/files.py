"""The files of closed months: which there are, and whether they are as they were written."""

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from analytics.closing import folder
from analytics.errors import FilesDamaged, MonthClosed
from analytics.records.closing import MonthState, VerifiedFile

if TYPE_CHECKING:
    from analytics.engines import Reader, Row


class Progress(Protocol):
    """Is told how far something is."""

    def __call__(self, fraction: float | None, count: int, doing: str = "", /) -> None:
        """Tells it.

        Args:
            fraction: the share that is done; None while nobody can know it.
            count: how many files or records so far, or in all.
            doing: what is being done, in a few words.
        """


def unwatched(_fraction: float | None, _count: int, _doing: str = "", /) -> None:
    """Nobody is looking."""


_NAMED = 3
"""So many files an error names."""


def list_months(engine: "Reader") -> list[MonthState]:
    """The months that have records, the oldest first, and where their records are."""
    return [_state(row) for row in engine.rows("closing/months")]


def verify_files(engine: "Reader", *, progress: Progress) -> list[VerifiedFile]:
    """Reads every file of the closed months again and compares it with its checksum.

    A Parquet file among them that is not the book's is a problem too: whoever reads the folder as a
    whole would count its records.
    """
    with engine.session():
        rows = engine.rows("closing/files", month=None)
        batches = [row["batch"] for row in engine.rows("closing/leftovers")]
    found = verify(engine.path, rows, progress=progress)
    strangers = folder.unknown(engine.path, batches, (row["path"] for row in rows))
    return found + [_stranger(engine.path, path) for path in strangers]


def verify(
    book: Path, rows: "Sequence[Row]", *, progress: Progress = unwatched
) -> list[VerifiedFile]:
    """Compares the files of rows of ``closing/files`` with their checksums.

    Args:
        book: the book's folder.
        rows: which files.
        progress: is told the share done and the files so far.
    """
    total, done, found = sum(row["bytes"] for row in rows), 0, []
    for row in rows:
        found.append(
            VerifiedFile(
                path=row["path"],
                month=f"{row['month']:%Y-%m}",
                record_count=row["row_count"],
                bytes=row["bytes"],
                sha256=row["sha256"],
                problem=_problem(book, row),
            )
        )
        done += row["bytes"]
        progress(done / total, len(found))
    return found


def refuse_damaged(found: Sequence[VerifiedFile]) -> None:
    """Fails where a file is not as it was written.

    Raises:
        FilesDamaged: it names the files.
    """
    damaged = [each.path for each in found if each.problem]
    if damaged:
        more = f" and {len(damaged) - _NAMED} more" if len(damaged) > _NAMED else ""
        names = ", ".join(damaged[:_NAMED]) + more
        raise FilesDamaged(damaged=len(damaged), files=len(found), names=names)


def refuse_closed_load(engine: "Reader", load_id: int) -> None:
    """Refuses to take back a load that has records in files.

    Raises:
        MonthClosed: it names the months.
    """
    rows = engine.rows("closing/months_of_load", load_id=load_id)
    if rows:
        months = " ".join(f"{row['month']:%Y-%m}" for row in rows)
        raise MonthClosed(what=f"Load {load_id}", months=months)


def _stranger(book: Path, path: str) -> VerifiedFile:
    size = (book / path).stat().st_size
    month = Path(path).parent.name.removeprefix("month=")
    return VerifiedFile(path, month, None, size, None, "the book does not know it")


def _problem(book: Path, file: "Row") -> str | None:
    """What is wrong with a registered file, if anything."""
    path = book / file["path"]
    try:
        if path.stat().st_size != file["bytes"]:
            return f"it has {path.stat().st_size:,} bytes and not {file['bytes']:,}"
        return None if folder.sha256(path) == file["sha256"] else "its content was changed"
    except FileNotFoundError:
        return "it is missing"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"


def _state(row: "Row") -> MonthState:
    waiting = row["record_count"] - row["closed_count"]
    closed_at = row["closed_at"]
    return MonthState(
        month=f"{row['month']:%Y-%m}",
        status="open" if not row["files"] else "late" if waiting else "closed",
        record_count=row["record_count"],
        closed_count=row["closed_count"],
        open_count=waiting,
        files=row["files"],
        bytes=row["bytes"],
        closed_at=closed_at and closed_at.replace(tzinfo=UTC),
    )
