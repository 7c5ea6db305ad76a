"""CSV files as batches of text columns, each row accounted for.

The dialect is read from the headings, never guessed from the rows. A row with too few or too many
cells, or with a bad byte, is a row with a problem; it neither vanishes nor ends the load.
"""

import codecs
import csv
import io
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from analytics.engines import NUMBER, PROBLEM, UNNAMED
from analytics.errors import UnknownFormat
from analytics.sources.lines import CHUNK_BYTES, SourceFile, open_stream

if TYPE_CHECKING:
    import pyarrow as pa

_DELIMITERS = (",", ";", "\t", "|")
_HEADING_BYTES = 1024 * 1024
_LONGEST_CHARACTER = 4

_SUBSTITUTE = "\x1a"
"""Stands for a byte that is no UTF-8. It is ASCII's own character for that; a cell of a damaged
file that has it in earnest is rejected with the others."""

_ESCAPED = re.compile("[\udc80-\udcff]")


class CsvTable:
    """A CSV file: its headings, and its rows as batches. An empty file has neither.

    Args:
        file: the file, with its compression.

    Raises:
        UnknownFormat: it has content but no headings, or cannot be decompressed.
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
        except csv.Error:
            problem = "its first line is too long for headings, or a quote in it is never closed"
            raise UnknownFormat(path=file.name, problem=problem) from None
        self.headings = [heading.strip() or f"{UNNAMED}{n}" for n, heading in enumerate(headings)]
        self._heading_lines = reader.line_num
        if text and all(heading.startswith(UNNAMED) for heading in self.headings):
            raise UnknownFormat(path=file.name, problem="its first line has no headings")

    def read(self) -> "Iterator[tuple[pa.RecordBatch, int]]":
        """The rows as batches of `NUMBER`, `PROBLEM` and the headings, all cells as text.

        The headings are row 1. Each batch comes with the bytes of the file that have been read.
        """
        import pyarrow as pa

        if not self.headings:
            return
        cells = [(heading, pa.string()) for heading in self.headings]
        schema = pa.schema([(NUMBER, pa.int64()), (PROBLEM, pa.string()), *cells])
        ragged: list[tuple[int, str]] = []
        # The parser reads ahead, so a number here may belong to a later batch.
        taken: set[int] = set()

        def set_aside(row: Any) -> str:
            ragged.append((row.number, row.text.replace(_SUBSTITUTE, "\ufffd")))
            taken.add(row.number)
            return "skip"

        raw, stream = open_stream(self._file)
        with raw:
            text = _Text(stream)
            number = 2
            for batch in self._rows(text, set_aside):
                numbers, number = _numbers(number, batch.num_rows, taken)
                yield _checked(schema, numbers, batch, is_damaged=text.is_damaged), raw.tell()
                if ragged:
                    yield _ragged(schema, ragged), raw.tell()
                    ragged.clear()
            if ragged:
                yield _ragged(schema, ragged), raw.tell()
        if text.quotes % 2:
            problem = "a quote is opened and never closed, so rows after it would be lost"
            raise UnknownFormat(path=self._file.name, problem=problem)

    def _rows(
        self, stream: "_Text", set_aside: "Callable[[Any], str]"
    ) -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        names = [f"c{n}" for n in range(len(self.headings))]
        try:
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
                    ignore_empty_lines=False,
                    invalid_row_handler=set_aside,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    check_utf8=False,
                    strings_can_be_null=False,
                ),
            ) as batches:
                yield from batches
        except pa.ArrowInvalid as error:
            problem = f"it cannot be read as CSV, so nothing was loaded ({error})"
            if "block boundar" in str(error):
                problem = (
                    f"a row is longer than {CHUNK_BYTES // 1024**2} MB, or a quote in it is never"
                    " closed, so nothing was loaded"
                )
            raise UnknownFormat(path=self._file.name, problem=problem) from None
        except OSError as error:
            problem = f"it cannot be decompressed ({error}), so nothing was loaded"
            raise UnknownFormat(path=self._file.name, problem=problem) from None
        finally:
            stream.end()


class _Text(io.RawIOBase):
    """A stream as UTF-8 whatever it holds, since Arrow fails over a row that is not.

    A byte that is no UTF-8 becomes `_SUBSTITUTE`. The quotes that pass are counted: an odd number
    means that one was left open. Arrow reads ahead in a thread of its own, also when it has failed
    over what it has: `end` lets it find an end, before the file is closed or the program ends.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._reading = threading.Lock()
        self._has_ended = False
        self.quotes = 0
        self.is_damaged = False

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes: no more than asked for, with what was left of a character before."""
        with self._reading:
            return b"" if self._has_ended else self._next(size - _LONGEST_CHARACTER)

    def end(self) -> None:
        """Has no more bytes for anyone, from when the last read has ended."""
        with self._reading:
            self._has_ended = True

    def _next(self, size: int) -> bytes:
        data: bytes = self._stream.read(size)
        self.quotes += data.count(b'"')
        if data.isascii() and not self._decoder.getstate()[0]:
            return data
        text = self._decoder.decode(data, final=not data)
        try:
            return text.encode()
        except UnicodeEncodeError:
            self.is_damaged = True
            return _ESCAPED.sub(_SUBSTITUTE, text).encode()


def _delimiter(text: str, file: SourceFile) -> str:
    if ".tsv" in file.path.suffixes:
        return "\t"
    first_line = text.partition("\n")[0]
    return max(_DELIMITERS, key=first_line.count)


def _numbers(first: int, count: int, taken: set[int]) -> "tuple[pa.Array, int]":
    """The numbers of a batch's rows, which are those that no ragged row has, and the next one."""
    import pyarrow as pa

    if max(taken, default=0) < first:
        return pa.arange(first, first + count), first + count
    numbers: list[int] = []
    number = first
    while len(numbers) < count:
        if number not in taken:
            numbers.append(number)
        number += 1
    return pa.array(numbers, pa.int64()), number


def _checked(
    schema: "pa.Schema", numbers: "pa.Array", batch: "pa.RecordBatch", *, is_damaged: bool
) -> "pa.RecordBatch":
    """A batch with its numbers, without its blank rows; rows with a bad byte are marked."""
    import pyarrow as pa

    problem, columns = pa.nulls(batch.num_rows, pa.string()), batch.columns
    if is_damaged:
        problem, columns = _repaired(batch)
    arrays = [numbers, problem, *columns]
    return _without_blanks(pa.RecordBatch.from_arrays(arrays, schema=schema), columns)


def _repaired(batch: "pa.RecordBatch") -> "tuple[pa.Array, list[pa.Array]]":
    """The problem of each row that has a bad byte, and the columns with what stands for one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    is_bad = pa.repeat(pa.scalar(value=False), batch.num_rows)
    columns = []
    for column in batch.columns:
        is_bad = pc.or_(is_bad, pc.match_substring(column, _SUBSTITUTE))
        columns.append(pc.replace_substring(column, _SUBSTITUTE, "\ufffd"))
    return pc.if_else(is_bad, "bad_encoding", pa.scalar(None, pa.string())), columns


def _without_blanks(batch: "pa.RecordBatch", cells: "Sequence[pa.Array]") -> "pa.RecordBatch":
    """A batch without the rows that say nothing in any cell."""
    import pyarrow as pa
    import pyarrow.compute as pc

    is_blank = pa.repeat(pa.scalar(value=True), batch.num_rows)
    for column in cells:
        is_blank = pc.and_(is_blank, pc.equal(pc.binary_length(column), 0))
        if not pc.any(is_blank).as_py():
            return batch
    return batch.filter(pc.invert(is_blank))


def _ragged(schema: "pa.Schema", rows: Sequence[tuple[int, str]]) -> "pa.RecordBatch":
    """Rows with too few or too many cells: their text stands in the first column."""
    import pyarrow as pa

    nothing = pa.nulls(len(rows), pa.string())
    text = pa.array([text for _, text in rows], pa.string())
    numbers = pa.array([number for number, _ in rows], pa.int64())
    problem = pa.repeat("bad_columns", len(rows))
    others = [nothing] * (len(schema) - 3)
    return pa.RecordBatch.from_arrays([numbers, problem, text, *others], schema=schema)
