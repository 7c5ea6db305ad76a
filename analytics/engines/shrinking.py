"""Gives the room of removed records back to the disk, by writing the database anew.

DuckDB uses the room of what was removed again, but never gives it back. So all tables are copied
into a new database beside the old one, compared with it, and then the new file takes the old one's
name: whatever kills the process, there is the one or the other, and both say the same.

Between the moment when this process closes the old file and the one when the new one has its name,
our own programs wait for their turn (`turns`). Another program that writes in that moment is
noticed, and the old file stays.
"""

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path

import duckdb

from analytics import sql
from analytics.engines import copying
from analytics.errors import StorageFailed

if sys.platform != "win32":
    import fcntl

LEAST_BYTES, ONE_OF = 16 * 2**20, 2
"""Less free room than this stays, and less than one of two bytes: it will be used again."""

_ORDERED = {"record_index": "book/index_in_order"}
"""Tables that are copied in an order -> the query of their rows."""


class ShrinkStep(StrEnum):
    """What has just been done when it is told; a process may die after any of them."""

    COPIED = "copied"
    """All tables are in the new file."""
    COMPARED = "compared"
    """They hold the same rows, durably."""
    CLOSED = "closed"
    """This process has closed the old file."""
    REPLACED = "replaced"
    """The new file has the name of the old one, durably."""


OnShrinkStep = Callable[[ShrinkStep], None]
OnTable = Callable[[float, int], None]
"""Is told the share of the rows that is copied, and how many these are."""


def unwatched(_step: ShrinkStep) -> None:
    """Nobody is looking."""


def uncounted(_fraction: float, _rows: int) -> None:
    """Nobody is counting."""


def new_file(file: Path) -> Path:
    """Where the new database is written."""
    return file.with_name(f"{file.name}.shrunk")


def is_worth_it(connection: duckdb.DuckDBPyConnection, file: Path) -> bool:
    """Whether enough of the file is free, and the disk has room for a second one.

    A file that is a link to another place stays: the new one would not be there.
    """
    if file.is_symlink():
        return False
    connection.execute("checkpoint")
    row = connection.execute(sql.load("book/room").text).fetchone()
    assert row, "there is one row"
    size, free = int(row[0]), int(row[1])
    has_room = shutil.disk_usage(file.parent).free > size - free + LEAST_BYTES
    return has_room and free >= LEAST_BYTES and free * ONE_OF >= size


@contextlib.contextmanager
def copied(
    connection: duckdb.DuckDBPyConnection, file: Path, on_table: OnTable, on_step: OnShrinkStep
) -> Iterator[Path]:
    """The durable copy of a database, which is removed unless it gets another name.

    Raises:
        duckdb.Error, StorageFailed: the disk is full, or the copy has other rows.
    """
    from analytics.files import sync

    new = new_file(file)
    discard(new)
    try:
        tables = _copy(connection, new, on_table)
        on_step(ShrinkStep.COPIED)
        _compare(connection, new, tables)
        new.chmod(0o600)
        _give_to_owner(new, file)
        sync(new)
        on_step(ShrinkStep.COMPARED)
        yield new
    except OSError as error:
        problem = f"{new} cannot be put in place ({error.strerror})"
        raise StorageFailed(problem=problem) from error
    finally:
        discard(new)


def replace(file: Path, new: Path, as_of: os.stat_result, on_step: OnShrinkStep) -> bool:
    """Gives the new file the name of the old one, which this process has closed.

    Args:
        file: the old one.
        new: the new one.
        as_of: the old one's state before it was copied.
        on_step: is told each step.

    Returns:
        False where another program has written, or is about to: the old one stays.
    """
    from analytics.files import sync

    on_step(ShrinkStep.CLOSED)
    with _alone(file) as is_alone:
        if not is_alone or _log(file).exists() or _state(file.stat()) != _state(as_of):
            return False
        new.replace(file)
    sync(file.parent)
    on_step(ShrinkStep.REPLACED)
    return True


def discard(new: Path) -> None:
    """Removes what a copy has left, or a process that was killed while it made one."""
    for each in (new, _log(new)):
        each.unlink(missing_ok=True)


def _copy(connection: duckdb.DuckDBPyConnection, new: Path, on_table: OnTable) -> list[str]:
    """Fills the new database, and returns the names of its tables."""
    sizes = dict(connection.execute(sql.load("book/table_sizes").text).fetchall())
    copying.copy_schema(connection, new)
    done = 0
    for table, rows in sizes.items():
        copying.copy_tables(connection, new, {table: _ORDERED.get(table)}, {})
        done += rows
        on_table(done / max(sum(sizes.values()), 1), done)
    # Detaching moves all from the log to the file; what stays behind found no room.
    if _log(new).exists():
        raise StorageFailed(problem=f"No space left on device for {new}")
    return [*sizes]


def _compare(connection: duckdb.DuckDBPyConnection, new: Path, tables: Sequence[str]) -> None:
    for table in tables:
        if not copying.is_same(connection, new, table):
            raise StorageFailed(problem=f"the copy of the table {table} has other rows")


def _give_to_owner(new: Path, file: Path) -> None:
    """Keeps whose file it is, also where another user, such as root, closes the month."""
    owner = file.stat()
    if sys.platform != "win32" and owner.st_uid != new.stat().st_uid:
        os.chown(new, owner.st_uid, owner.st_gid)


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[bool]:
    """Whether no other program has the file open; none can open it meanwhile."""
    with file.open("r+b") as held:
        if sys.platform != "win32":
            try:
                fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
        yield True


def _log(file: Path) -> Path:
    return file.with_name(f"{file.name}.wal")


def _state(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns
