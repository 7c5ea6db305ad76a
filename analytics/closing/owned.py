"""What the owner of a book put into its folder: an archive takes along what the book itself reads.

That is `book.toml`, the logo that it names, the templates and the reports. Links among the
templates are not read by a book and so not copied; a report or logo that is a link becomes a file.
"""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from analytics import configuration
from analytics.closing import folder
from analytics.errors import InvalidConfiguration
from analytics.sql import own_reports


def copy(book: Path, archive: Path) -> None:
    """Copies it, each file durably.

    What is wrong with it, such as a logo that is not there, is wrong in the archive too: it does
    not stand in the way of the records.

    Raises:
        OSError: a file cannot be read or written.
    """
    for below in _files(book):
        target = archive / below
        folder.make_private(archive, below.parent)
        shutil.copyfile(book / below, target)
        folder.sync(target)


def _files(book: Path) -> Iterator[Path]:
    """The files, below the book's folder."""
    if (book / configuration.FILE_NAME).exists():
        yield Path(configuration.FILE_NAME)
        with contextlib.suppress(InvalidConfiguration):
            logo = configuration.read(book).logo()
            if logo and (book / logo).is_file():
                yield logo
    reports = {file for file in own_reports(book).values() if file.is_file()}
    for name in configuration.FOLDERS:
        for path in sorted((book / name).rglob("*")):
            if path in reports or (path.is_file() and not path.is_symlink()):
                yield path.relative_to(book)
