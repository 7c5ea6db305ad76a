"""The folder of closed months: files that are durable before the book names them.

A file is written under a name that nothing reads and gets its own, ``<batch>-<hash>.parquet``, once
it is on the disk. The batch is one closing; the hash is the beginning of its SHA-256. So no file is
ever written over another, and what a killed process leaves behind is found by its batch: nothing
that the book has not written itself is ever removed.
"""

import contextlib
import hashlib
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from analytics import files
from analytics.errors import StorageFailed

FOLDER = "usage"
_HASH_LENGTH = 12


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A durable file: its path below the book's folder, its size and its checksum."""

    path: str
    bytes: int
    sha256: str


def new_batch() -> str:
    """A name for the files of one closing that no other has."""
    return secrets.token_hex(4)


def partial(book: Path, month: str, batch: str) -> Path:
    """Where a file is written, in a folder that only the owner can enter.

    Raises:
        StorageFailed: the folder cannot be made.
    """
    folder = book / FOLDER / f"month={month}"
    try:
        make_private(book, folder.relative_to(book))
    except OSError as error:
        raise StorageFailed(problem=f"{folder} cannot be made ({error.strerror})") from error
    return folder / f".{batch}-{secrets.token_hex(4)}.partial"


def make_private(book: Path, below: Path) -> None:
    """Makes a folder below a book's, and those between, which only the owner can enter.

    Raises:
        OSError: one cannot be made.
    """
    for each in (*reversed(below.parents), below):
        (book / each).mkdir(mode=0o700, exist_ok=True)


def sync(written: Path) -> None:
    """Makes a file durable, and private.

    Raises:
        StorageFailed: the disk refuses.
    """
    try:
        written.chmod(0o600)
        files.sync(written)
    except OSError as error:
        raise StorageFailed(problem=f"{written} cannot be stored ({error.strerror})") from error


def place(book: Path, written: Path, batch: str) -> WrittenFile:
    """Gives a durable file its own name, durably.

    Raises:
        StorageFailed: the disk refuses.
    """
    try:
        digest = sha256(written)
        named = written.with_name(f"{batch}-{digest[:_HASH_LENGTH]}.parquet")
        size = written.stat().st_size
        written.rename(named)
        for folder in (named.parent, named.parent.parent, book):
            files.sync(folder)
    except OSError as error:
        raise StorageFailed(problem=f"{written} cannot be stored ({error.strerror})") from error
    return WrittenFile(named.relative_to(book).as_posix(), size, digest)


def remove(book: Path, batch: str, registered: Iterable[str]) -> bool:
    """Removes the files of a batch that are not registered; whether none is left of them."""
    kept = {book / path for path in registered}
    is_clear = True
    for file in _files(book, batch):
        if file in kept:
            continue
        try:
            file.unlink(missing_ok=True)
        except OSError:
            is_clear = False
    for folder in (book / FOLDER).glob("month=*"):
        with contextlib.suppress(OSError):
            folder.rmdir()  # only an empty one
    return is_clear


def unknown(book: Path, batches: Iterable[str], registered: Iterable[str]) -> list[str]:
    """Files that other readers of the folder would take for the book's, and are not.

    Args:
        book: the book's folder.
        batches: those whose leftovers the book knows of.
        registered: the paths of the book's files.
    """
    found = {file.relative_to(book).as_posix() for file in (book / FOLDER).rglob("*.parquet")}
    known = {*batches}
    return sorted(path for path in found - {*registered} if batch_of(path) not in known)


def batch_of(path: str) -> str:
    """The batch of a file, by its name."""
    return Path(path).name.partition("-")[0]


def sha256(path: Path) -> str:
    """The checksum of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(book: Path, batch: str) -> Iterator[Path]:
    folder = book / FOLDER
    yield from folder.glob(f"month=*/{batch}-*.parquet")
    yield from folder.glob(f"month=*/.{batch}-*.partial")
