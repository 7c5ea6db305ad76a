"""Makes a book aside and puts it in its place in one step.

Whatever ends the program before that, a killed process or a full disk, the folder has no book, and
the next attempt finds nothing in its way.
"""

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from analytics import configuration, prices
from analytics.engines.duckdb import DuckDBEngine
from analytics.engines.sessions import FILE_NAME
from analytics.errors import BookExists, InvalidArgument, StorageFailed

_ASIDE = ".new-"
"""How the folder is named in which a book is made."""

_HEAD_BYTES = 3 * 4096
"""What DuckDB writes first; a shorter file is one that a process was killed over."""

_EXPECTED = {
    *(FILE_NAME, f"{FILE_NAME}.wal", "tmp"),
    *(configuration.FILE_NAME, *configuration.FOLDERS),
}
"""What may be in the folder of a new book: what a crash left, and what its owner prepared."""


def make_book(folder: Path, settings: Mapping[str, str]) -> None:
    """Makes a book with the built-in prices.

    Args:
        folder: new or empty, but for what an attempt that did not end has left.
        settings: by name.

    Raises:
        BookExists: the folder has a book, or another process was faster.
        InvalidArgument: the folder has other files.
        NotABook: the folder has a database of another program.
        StorageFailed: the folder cannot be written.
    """
    _make_folder(folder)
    _refuse_made(folder)
    aside = folder / f"{_ASIDE}{secrets.token_hex(4)}"
    try:
        aside.mkdir(mode=0o700)
        _fill(aside, settings)
        _put_in_place(aside / FILE_NAME, folder / FILE_NAME)
    except (StorageFailed, OSError) as error:
        # Who is first clears away what the others are working on.
        if (folder / FILE_NAME).exists():
            raise BookExists(path=folder) from None
        if isinstance(error, StorageFailed):
            raise
        raise StorageFailed(problem=f"{folder} cannot be made ({error.strerror})") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    for left in folder.glob(f"{_ASIDE}*"):
        shutil.rmtree(left, ignore_errors=True)


def _make_folder(folder: Path) -> None:
    """Makes a private folder; what an attempt that did not end has left counts as nothing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        others = {path.name for path in folder.iterdir() if not path.name.startswith(_ASIDE)}
        if others - _EXPECTED:
            problem = f"{folder} has other files; choose a folder that is new or empty"
            raise InvalidArgument(name="path", problem=problem)
        folder.chmod(0o700)
    except OSError as error:
        raise StorageFailed(problem=f"{folder} cannot be made ({error.strerror})") from error


def _refuse_made(folder: Path) -> None:
    """Refuses a folder with a book; removes a database that has nothing in it yet."""
    file = folder / FILE_NAME
    if not file.exists():
        return
    if not _is_head(file):
        engine = DuckDBEngine(folder)
        try:
            version = engine.schema_version()
        finally:
            engine.close()
        if version:
            raise BookExists(path=folder)
    for left in (file, folder / f"{FILE_NAME}.wal"):
        left.unlink(missing_ok=True)


def _is_head(file: Path) -> bool:
    """Whether it is the start of a database that nobody has finished."""
    with file.open("rb") as opened:
        start = opened.read(_HEAD_BYTES)
    return not start or (len(start) < _HEAD_BYTES and start[8:12] == b"DUCK")


def _fill(aside: Path, settings: Mapping[str, str]) -> None:
    engine = DuckDBEngine(aside)
    try:
        with engine.atomic():
            engine.migrate()
            for name, value in settings.items():
                engine.execute("book/set_setting", name=name, value=value)
            prices.import_builtin(engine)
    finally:
        engine.close()
    # Closing moves all from the log to the file; what stays behind found no room.
    if (aside / f"{FILE_NAME}.wal").exists():
        raise StorageFailed(problem=f"No space left on device for {aside.parent / FILE_NAME}")


def _put_in_place(made: Path, place: Path) -> None:
    """Gives the file its name, unless another process was faster."""
    with made.open("rb") as file:
        os.fsync(file.fileno())
    try:
        place.hardlink_to(made)
    except OSError:
        if place.exists():
            raise
        made.rename(place)  # a disk that knows no links
