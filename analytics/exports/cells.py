"""Values as cells of CSV, where Python writes it."""

import csv
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TextIO

from analytics.money import plain
from analytics.period import iso

if TYPE_CHECKING:
    from _csv import Writer

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_cell(value: object) -> object:
    """A value as a cell of CSV: plain decimals, ISO times, no text that a spreadsheet would run."""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def csv_writer(file: TextIO) -> "Writer":
    """Writes rows that end in a line feed. A text with a carriage return is quoted too."""
    # Up to Python 3.12 the writer quotes only those line ends that it writes itself.
    return csv.writer(_LineFeeds(file), lineterminator="\r\n")


class _LineFeeds:
    """A file whose rows end in a line feed alone."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, row: str) -> int:
        """Writes a row, which comes whole."""
        return self._file.write(row.removesuffix("\r\n") + "\n")
