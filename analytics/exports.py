"""CSV, Parquet and JSON lines for other programs: streamed, in a fixed order, complete or not there at all.

Money keeps all its digits. In CSV, text that a spreadsheet would run as a formula gets an apostrophe in front.
"""

import contextlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from analytics import sql
from analytics.errors import InvalidArgument, OutputExists, ReportNotFound, StorageFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analytics.engines import Reader

FORMATS = ("csv", "parquet", "jsonl")
USAGE = "usage"


def export(
    engine: "Reader",
    what: str,
    path: Path,
    *,
    file_format: str,
    parameters: "Mapping[str, object]",
    replace: bool,
) -> int:
    """Writes usage records (``usage``) or a report to a file and returns the number of rows.

    Raises:
        ReportNotFound: there is nothing of that name.
        InvalidArgument: the format does not exist.
        OutputExists: the file exists and may not be replaced.
        StorageFailed: the file cannot be written.
    """
    if file_format not in FORMATS:
        problem = f"{file_format!r} is none of {', '.join(FORMATS)}"
        raise InvalidArgument(name="format", problem=problem)
    if path.exists() and not replace:
        raise OutputExists(path=path)
    with atomic_file(path) as partial:
        return engine.export(_query(what), partial, file_format, **parameters)


@contextlib.contextmanager
def atomic_file(path: Path) -> "Iterator[Path]":
    """A path beside `path` to write to; it takes its place when the block ends well, and goes otherwise.

    Raises:
        StorageFailed: the folder cannot be written.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    except OSError as error:
        raise StorageFailed(problem=f"{path} cannot be written ({error.strerror})") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _query(what: str) -> str:
    if what == USAGE:
        return "exports/usage"
    known = [USAGE, *(name.partition("/")[2] for name in sql.names("reports") if "-" in name)]
    if what not in known:
        raise ReportNotFound(name=what, names=", ".join(known))
    return f"reports/{what}"
