"""XLSX: one sheet a table, streamed, with typed cells and totals.

A number in a spreadsheet is a double, which holds 15 digits of a decimal. So a money cell is its
amount to that precision, and under the table stand the totals twice: as a formula, which follows
the filter, and as text with every digit. Text is written as text, whatever it begins with: no cell
that came from a log is ever a formula or a link.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.money import exact_sum, plain
from analytics.records import METER_NAMES

if TYPE_CHECKING:
    import pyarrow as pa
    from xlsxwriter import Workbook as XlsxFile
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 1_048_576 - 4
"""The rows of a table that fit into a sheet, beside its heading, a gap and two lines of totals."""

MOST_TEXT = 32_767
"""UTF-16 units that a cell can hold; longer text is cut."""

_EXACT_DIGITS = 15
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - a constant, so that the same rows are the same bytes
_COUNTS = {*METER_NAMES, "billed_audio_milliseconds", "records", "unpriced"}
_COSTS = {"ListCost", "ContractedCost", "EffectiveCost", "BilledCost"}
_FORMATS = {
    "money": "#,##0.00####",
    "count": "#,##0",
    "day": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm:ss",
}
_WIDTHS = {"text": 24, "money": 16, "count": 14, "day": 12, "time": 20}
_KINDS = {"decimal": "money", "int": "count", "date": "day", "timestamp": "time"}

Cell = Callable[[int, int, Any], object]


class Workbook:
    """Sheets are added one after the other, each row is written as it is read."""

    def __init__(self, file: "XlsxFile") -> None:
        self._file = file
        self._formats = {
            kind: file.add_format({"num_format": text}) for kind, text in _FORMATS.items()
        }
        self._totals = {
            kind: file.add_format({"num_format": text, "bold": True, "top": 1})
            for kind, text in _FORMATS.items()
        }
        self._bold = file.add_format({"bold": True})
        self._right = file.add_format({"align": "right"})

    def add(self, name: str, batches: "pa.RecordBatchReader") -> int:
        """Adds a table as a sheet and returns its number of rows, at most `MOST_ROWS`.

        Instants must be UTC. Columns that can be added up get totals.
        """
        sheet = self._file.add_worksheet(name)
        kinds = {column.name: kind_of(str(column.type)) for column in batches.schema}
        for place, (column, kind) in enumerate(kinds.items()):
            sheet.set_column(place, place, max(_WIDTHS[kind], len(column) + 4))
            sheet.write_string(0, place, column, self._bold)
        sheet.freeze_panes(1, 0)
        cells = [self._cell(sheet, kind) for kind in kinds.values()]
        sums = {place: Decimal(0) for place, column in enumerate(kinds) if _has_sum(column, kinds)}
        row = 0
        for batch in batches:
            columns = [column.to_pylist() for column in batch.columns]
            for place, total in sums.items():
                given = (Decimal(value) for value in columns[place] if value is not None)
                sums[place] = exact_sum([total, *given])
            for values in zip(*columns, strict=True):
                row += 1
                for place, value in enumerate(values):
                    if value is not None:
                        cells[place](row, place, value)
        sheet.autofilter(0, 0, row, len(kinds) - 1)
        self._add_totals(sheet, row, list(kinds.values()), sums)
        return row

    def _cell(self, sheet: "Worksheet", kind: str) -> Cell:
        """How a value of a kind is written."""
        if kind == "text":
            return lambda row, place, value: sheet.write_string(row, place, cut(str(value)))
        shown = self._formats[kind]
        if kind in {"day", "time"}:
            return lambda row, place, value: sheet.write_datetime(
                row, place, without_zone(value), shown
            )
        return lambda row, place, value: self._number(sheet, row, place, value, shown)

    def _number(
        self, sheet: "Worksheet", row: int, place: int, value: int | Decimal, shown: "Format"
    ) -> None:
        """A number cell; a count with more digits than a double has is text instead."""
        if isinstance(value, int) and len(str(abs(value))) > _EXACT_DIGITS:
            sheet.write_string(row, place, str(value), self._right)
        else:
            sheet.write_number(row, place, value, shown)

    def _add_totals(
        self, sheet: "Worksheet", rows: int, kinds: Sequence[str], sums: dict[int, Decimal]
    ) -> None:
        """Row by row: what was passed cannot be written any more."""
        if not sums:
            return
        if 0 not in sums:
            sheet.write_string(rows + 2, 0, "Total", self._bold)
        for place, total in sums.items():
            shown = self._totals[kinds[place]]
            if rows:
                letters = _letters(place)
                formula = f"=SUBTOTAL(109,{letters}2:{letters}{rows + 1})"
                value = Decimal(format(total, f".{_EXACT_DIGITS}g"))
                sheet.write_formula(rows + 2, place, formula, shown, value)
            else:
                sheet.write_number(rows + 2, place, 0, shown)
        if 0 not in sums:
            sheet.write_string(rows + 3, 0, "Exact total", self._bold)
        for place, total in sums.items():
            sheet.write_string(rows + 3, place, plain(total), self._right)


@contextmanager
def workbook(path: Path) -> "Iterator[Workbook]":
    """A new XLSX file, complete when the block ends well. Its temporary files lie beside it."""
    import xlsxwriter

    with tempfile.TemporaryDirectory(prefix=".tokenbook-", dir=path.parent) as scratch:
        options = {"constant_memory": True, "tmpdir": scratch, "remove_timezone": False}
        with xlsxwriter.Workbook(str(path), options) as file:
            file.set_properties({"created": _MADE})
            yield Workbook(file)


def kind_of(arrow_type: str) -> str:
    """What a column of an Arrow type is in a sheet: text, money, count, day or time."""
    found = (kind for start, kind in _KINDS.items() if arrow_type.startswith(start))
    return next(found, "text")


def is_additive(column: str) -> bool:
    """Whether the sum of a column says anything: money, meters, numbers of records."""
    return column.endswith("_usd") or column in _COUNTS or column in _COSTS


def _has_sum(column: str, kinds: Mapping[str, str]) -> bool:
    """A report of one's own may call a text what it likes."""
    return is_additive(column) and kinds[column] in {"money", "count"}


def cut(text: str) -> str:
    """Text as long as a cell can be; an ellipsis says that there was more."""
    if len(text) * 2 <= MOST_TEXT or len(text.encode("utf-16-le")) <= MOST_TEXT * 2:
        return text
    room = text.encode("utf-16-le")[: (MOST_TEXT - 1) * 2]
    return room.decode("utf-16-le", errors="ignore") + "…"


def without_zone(value: date) -> date:
    """An instant as a spreadsheet has it: without a zone. A day stays a day."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _letters(place: int) -> str:
    """The letters of a column, counted from 0."""
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(place))
