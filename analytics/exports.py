"""CSV, Parquet and JSON lines for other programs: streamed, in a fixed order, whole or not at all.

Money keeps all its digits. In CSV, text that a spreadsheet would run as a formula gets an
apostrophe in front.
"""

import os
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from analytics import sql
from analytics.errors import InvalidArgument, OutputExists, ReportNotFound, StorageFailed
from analytics.files import atomic_file
from analytics.money import plain
from analytics.period import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analytics.engines import Reader

FORMATS = ("csv", "parquet", "jsonl")
USAGE = "usage"
REJECTIONS = "rejections"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


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
    try:
        is_folder, exists = path.is_dir(), os.path.lexists(path)
        if "\0" in str(path):
            raise ValueError(path)  # noqa: TRY301 - is_dir and lexists let it pass
    except (OSError, ValueError):
        raise StorageFailed(problem=f"{str(path)[:80]!r} cannot be a path") from None
    if is_folder:
        raise StorageFailed(problem=f"{path} is a folder; name a file")
    if exists and not replace:
        raise OutputExists(path=path)
    with atomic_file(path) as partial:
        return engine.export(_query(what), partial, file_format, **parameters)


def csv_cell(value: object) -> object:
    """A value as a cell of CSV: plain decimals, ISO times, no text that a spreadsheet would run."""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def _query(what: str) -> str:
    if what == USAGE:
        return "exports/usage"
    if what == REJECTIONS:
        return "exports/rejections"
    known = [
        USAGE,
        REJECTIONS,
        *(
            name.partition("/")[2]
            for name in sql.names("reports")
            if "_" not in name.partition("/")[2]
        ),
    ]
    if what not in known:
        raise ReportNotFound(name=what, names=", ".join(known))
    return f"reports/{what}"
