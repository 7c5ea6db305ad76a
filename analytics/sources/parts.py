"""Files of any size as parts that fit into memory, the next one read while one is loaded.

Consecutive files of JSON lines share parts, so that a thousand small files are not a thousand
loads. A part of a table file has rows of that file only: its columns are its own.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from analytics.errors import FileUnreadable, UnknownFormat
from analytics.sources import TableSource, match_columns, whole_table
from analytics.sources.lines import SourceFile, read_document, read_lines
from analytics.sources.registry import NATIVE, SOURCES
from analytics.sources.tables import CsvTable

if TYPE_CHECKING:
    import pyarrow as pa

PART_ROWS = 3 * 122_880
"""A part's rows: whole row groups of DuckDB, since what does not fill one is written twice. Fewer
make a load plan its queries more often, more take memory."""

PART_BYTES = 192 * 1024 * 1024
"""What the rows of a part may take in memory, whatever their number."""

RECORD_PART_BYTES = 96 * 1024 * 1024
"""The same for lines that hold several records."""

LONG_PART_BYTES = 16 * 1024 * 1024
"""The same for long lines that hold several records: while those are taken out, a line takes ten
times its own memory, and 2,048 lines are taken at once."""

_LONG_LINE_BYTES = 2 * 1024
"""From how many bytes on, on average, lines are long."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows: of files of JSON lines, or of one table file."""

    lines: "pa.Table | None"
    table: TableSource | None
    row_count: int
    position: int
    """How many bytes of all files have been read when the part has been."""
    source: str = NATIVE
    is_document: bool = False
    """Whether each line is a whole document, which may be a list of rows."""
    rows: "pa.Table | None" = None
    """Its rows in the native columns, where they were read in Python; then it has no lines."""

    @property
    def paths(self) -> set[str]:
        """What messages call the files that it has rows of."""
        if self.table is not None:
            return {self.table.name}
        lines = self.lines if self.rows is None else self.rows
        assert lines is not None
        return set(lines["path"].unique().to_pylist())


@dataclass(frozen=True, slots=True)
class Layout:
    """How files are read: native column -> theirs, native column -> text, scope of ids."""

    mapping: Mapping[str, str]
    constants: Mapping[str, str]
    is_file_scope: bool


def _as_it_is(part: Part) -> Part:
    return part


def read_parts(
    files: Sequence[SourceFile], layout: Layout, prepare: Callable[[Part], Part] = _as_it_is
) -> Iterator[Part]:
    """The parts of files, in order; while one is used, a thread reads the next, and prepares it.

    Raises:
        UnknownFormat: a file cannot be read as what it should be.
        InvalidArgument: a table file has no column of that name, or two that mean the same.
    """
    parts = map(prepare, _parts(files, layout))
    with ThreadPoolExecutor(max_workers=1) as pool:
        ahead = pool.submit(next, parts, None)
        while (part := ahead.result()) is not None:
            ahead = pool.submit(next, parts, None)
            yield part


def _parts(files: Sequence[SourceFile], layout: Layout) -> Iterator[Part]:
    lines = _Gathered()
    before = 0
    for file in files:
        if lines.row_count and (file.format != "jsonl" or lines.kind != _kind(file)):
            yield lines.take(before)
        lines.kind = _kind(file)
        is_whole = file.is_document or SOURCES[file.source].whole_files
        if file.format == "jsonl":
            for batch, position in _line_batches(file, layout):
                lines.add(batch)
                while lines.is_full and not is_whole:
                    yield lines.take(before + position)
            if lines.is_full:
                yield lines.take(before + file.size_bytes, everything=is_whole)
        else:
            read = _csv_parts if file.format == "csv" else _parquet_parts
            for part in read(file, layout):
                yield replace(part, position=before + part.position)
        before += file.size_bytes
    if lines.row_count:
        yield lines.take(before)


def _kind(file: SourceFile) -> tuple[str, bool]:
    return file.source, file.is_document


def _line_batches(file: SourceFile, layout: Layout) -> "Iterator[tuple[pa.RecordBatch, int]]":
    if not file.is_document:
        return read_lines(file, _scope(file, layout))
    return iter([(read_document(file, _scope(file, layout)), file.size_bytes)])


def _csv_parts(file: SourceFile, layout: Layout) -> Iterator[Part]:
    csv = CsvTable(file)
    if not csv.headings:
        return  # an empty file
    table = _match(file, csv.headings, layout)
    rows = _Gathered(table)
    rows.kind = _kind(file)
    for batch, position in csv.read():
        rows.add(batch)
        while rows.is_full:
            yield rows.take(position)
    if rows.row_count:
        yield rows.take(file.size_bytes)


def _parquet_parts(file: SourceFile, layout: Layout) -> Iterator[Part]:
    import pyarrow as pa
    from pyarrow import parquet

    if not os.access(file.path, os.R_OK):
        raise FileUnreadable(path=file.name, problem="no permission")
    try:
        metadata = parquet.read_metadata(file.path)
        schema = metadata.schema.to_arrow_schema()
    except (pa.ArrowException, OSError) as error:
        problem = "it cannot be read as Parquet, so nothing was loaded"
        raise UnknownFormat(path=file.name, problem=problem) from error
    table = replace(_match(file, schema.names, layout), durations=_durations(schema))
    for first in range(0, metadata.num_rows, PART_ROWS):
        count = min(PART_ROWS, metadata.num_rows - first)
        position = file.size_bytes * (first + count) // metadata.num_rows
        yield Part(None, replace(table, rows=(first, count)), count, position, file.source)


def _durations(schema: "pa.Schema") -> dict[str, Decimal]:
    """The columns that pyarrow has written as durations, and their units in seconds."""
    import pyarrow as pa

    units = {"s": 0, "ms": -3, "us": -6, "ns": -9}
    return {
        each.name: Decimal(1).scaleb(units[each.type.unit])
        for each in schema
        if pa.types.is_duration(each.type)
    }


def _match(file: SourceFile, headings: Sequence[str], layout: Layout) -> TableSource:
    if file.source != NATIVE:
        return whole_table(file, headings, _scope(file, layout))
    return match_columns(file, headings, layout.mapping, layout.constants, _scope(file, layout))


def _scope(file: SourceFile, layout: Layout) -> str | None:
    return (file.scope or str(file.path)) if layout.is_file_scope else None


class _Gathered:
    """Batches until they make a part."""

    def __init__(self, table: TableSource | None = None) -> None:
        self._table = table
        self._batches: list[pa.RecordBatch] = []
        self._bytes = 0
        self._has_long = False
        self.row_count = 0
        self.kind: tuple[str, bool] = (NATIVE, False)
        """The source of the rows, and whether each is a whole document."""

    @property
    def is_full(self) -> bool:
        """Whether it is time to take them."""
        limit = PART_BYTES
        if SOURCES[self.kind[0]].has_records:
            limit = LONG_PART_BYTES if self._has_long else RECORD_PART_BYTES
        return self.row_count >= PART_ROWS or self._bytes >= limit

    def add(self, batch: "pa.RecordBatch") -> None:
        """One batch more."""
        self._batches.append(batch)
        self._bytes += batch.nbytes
        self._has_long |= batch.nbytes > batch.num_rows * _LONG_LINE_BYTES
        self.row_count += batch.num_rows

    def take(self, position: int, *, everything: bool = False) -> Part:
        """The first rows as a part; what is left and what follows makes another one."""
        import pyarrow as pa

        gathered = pa.Table.from_batches(self._batches)
        rows = gathered.slice(0, None if everything else PART_ROWS)
        self._batches, self._bytes, self.row_count, self._has_long = [], 0, 0, False
        for batch in gathered.slice(rows.num_rows).to_batches():
            self.add(batch)
        if self._table is None:
            return Part(rows, None, rows.num_rows, position, *self.kind)
        table = replace(self._table, batches=rows)
        return Part(None, table, rows.num_rows, position, *self.kind)
