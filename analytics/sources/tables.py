"""CSV files as batches of text columns, each row accounted for.

The dialect is read from the headings, never guessed from the rows. A row with too few or too many
cells, or with a bad byte, is a row with a problem; it neither vanishes nor ends the load.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from analytics.engines import NUMBER, PROBLEM, UNNAMED
from analytics.errors import UnknownFormat
from analytics.sources.lines import CHUNK_BYTES, SourceFile, open_stream

if TYPE_CHECKING:
    import pyarrow as pa

_DELIMITERS = (",", ";", "\t", "|")
_HEADING_BYTES = 1024 * 1024


class CsvTable:
    """A CSV file: its headings, and its rows as batches.

    Args:
        file: the file, with its compression.

    Raises:
        UnknownFormat: it has no headings, or cannot be decompressed.
    """

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        raw, stream = open_stream(file)
        with raw:
            try:
                start = stream.read(_HEADING_BYTES)
            except OSError as error:
                problem = f"it cannot be decompressed ({error})"
                raise UnknownFormat(path=file.name, problem=problem) from None
        text = start.decode("utf-8-sig", errors="replace")
        if "\ufffd" in text.partition("\n")[0] or "\0" in text.partition("\n")[0]:
            problem = "its headings are not UTF-8; save it in that encoding"
            raise UnknownFormat(path=file.name, problem=problem)
        self.delimiter = _delimiter(text, file)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter)
        try:
            headings = next(reader, [])
        except csv.Error as error:
            raise UnknownFormat(path=file.name, problem=f"its headings: {error}") from None
        self.headings = [heading.strip() or f"{UNNAMED}{n}" for n, heading in enumerate(headings)]
        self._heading_lines = reader.line_num
        if all(heading.startswith(UNNAMED) for heading in self.headings):
            raise UnknownFormat(path=file.name, problem="its first line has no headings")

    def read(self) -> "Iterator[tuple[pa.RecordBatch, int]]":
        """The rows as batches of `NUMBER`, `PROBLEM` and the headings, all cells as text.

        The headings are row 1. Each batch comes with the bytes of the file that have been read.
        """
        import pyarrow as pa

        cells = [(heading, pa.string()) for heading in self.headings]
        schema = pa.schema([(NUMBER, pa.int64()), (PROBLEM, pa.string()), *cells])
        ragged: list[tuple[int, str]] = []
        # The parser reads ahead, so a number here may belong to a later batch.
        taken: set[int] = set()

        def set_aside(row: Any) -> str:
            ragged.append((row.number, row.text))
            taken.add(row.number)
            return "skip"

        raw, stream = open_stream(self._file)
        with raw:
            counted = _CountsQuotes(stream)
            number = 2
            for batch in self._rows(counted, set_aside):
                numbers, number = _numbers(number, batch.num_rows, taken)
                yield _checked(schema, numbers, batch), raw.tell()
                if ragged:
                    yield _ragged(schema, ragged), raw.tell()
                    ragged.clear()
            if ragged:
                yield _ragged(schema, ragged), raw.tell()
        if counted.quotes % 2:
            problem = "a quote is opened and never closed, so rows after it would be lost"
            raise UnknownFormat(path=self._file.name, problem=problem)

    def _rows(
        self, stream: "_CountsQuotes", set_aside: "Callable[[Any], str]"
    ) -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        names = [f"c{n}" for n in range(len(self.headings))]
        try:
            # Arrow reads ahead in a thread, which must have ended before the file is closed.
            with arrow_csv.open_csv(
                stream,
                read_options=arrow_csv.ReadOptions(
                    column_names=names,
                    skip_rows=self._heading_lines,
                    use_threads=False,
                    block_size=CHUNK_BYTES,
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=self.delimiter,
                    newlines_in_values=True,
                    invalid_row_handler=set_aside,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    check_utf8=False,
                    strings_can_be_null=False,
                ),
            ) as batches:
                yield from batches
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            problem = f"it cannot be read as CSV, so nothing was loaded ({error})"
            raise UnknownFormat(path=self._file.name, problem=problem) from None


class _CountsQuotes(io.RawIOBase):
    """A stream that counts the quotes that pass: an odd number means that one was left open."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.quotes = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data: bytes = self._stream.read(size)
        self.quotes += data.count(b'"')
        return data


def _delimiter(text: str, file: SourceFile) -> str:
    if ".tsv" in file.path.suffixes:
        return "\t"
    first_line = text.partition("\n")[0]
    return max(_DELIMITERS, key=first_line.count)


def _numbers(first: int, count: int, taken: set[int]) -> tuple[list[int], int]:
    """The numbers of a batch's rows, which are those that no ragged row has, and the next one."""
    numbers: list[int] = []
    number = first
    while len(numbers) < count:
        if number not in taken:
            numbers.append(number)
        number += 1
    return numbers, number


def _checked(
    schema: "pa.Schema", numbers: Sequence[int], batch: "pa.RecordBatch"
) -> "pa.RecordBatch":
    """A batch with its numbers; where a cell is not UTF-8 it is replaced and its row marked."""
    import pyarrow as pa

    problems: list[str | None] = [None] * batch.num_rows
    columns = []
    for column in batch.columns:
        try:
            column.validate(full=True)
            columns.append(column)
        except pa.ArrowInvalid:
            cells = column.cast(pa.binary()).to_pylist()
            for row, cell in enumerate(cells):
                if not _is_utf8(cell):
                    problems[row] = "bad_encoding"
            columns.append(pa.array([cell.decode("utf-8", "replace") for cell in cells]))
    arrays = [pa.array(numbers, pa.int64()), pa.array(problems, pa.string()), *columns]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _ragged(schema: "pa.Schema", rows: Sequence[tuple[int, str]]) -> "pa.RecordBatch":
    """Rows with too few or too many cells: their text stands in the first column."""
    import pyarrow as pa

    nothing = pa.nulls(len(rows), pa.string())
    text = pa.array([text for _, text in rows], pa.string())
    numbers = pa.array([number for number, _ in rows], pa.int64())
    problem = pa.repeat("bad_columns", len(rows))
    others = [nothing] * (len(schema) - 3)
    return pa.RecordBatch.from_arrays([numbers, problem, text, *others], schema=schema)


def _is_utf8(cell: bytes) -> bool:
    try:
        cell.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
