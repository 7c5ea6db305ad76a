"""Parts of other programs' logs become parts of checked records."""

from dataclasses import replace
from typing import TYPE_CHECKING

from analytics.sources.formats import format_of
from analytics.sources.formats.reading import Format, PartReader
from analytics.sources.lines import has_list
from analytics.sources.parts import Part

if TYPE_CHECKING:
    import pyarrow as pa

    from analytics.engines import Writer


def prepare(part: Part, reader: PartReader) -> Part:
    """The part with its rows, where they can be read without the engine."""
    found = format_of(part.source)
    if found is None or part.lines is None or part.is_document:
        return part
    if found.has_records and has_list(part.lines):
        return part
    return _with_rows(part, reader, part.lines, found)


def split(engine: "Writer", part: Part, reader: PartReader) -> Part:
    """The part with a line for each record: lists are taken apart.

    Of a source that is read in Python it has the rows already.
    """
    if part.rows is not None:
        return part
    found = format_of(part.source)
    if found is not None:
        return _read(engine, part, reader, found)
    if part.lines is None or not part.is_document:
        return part
    lines = _elements(engine, part.lines, "sources/numbered")
    engine.expose_lines("source_line", lines, {}, {})
    engine.hold_more("earlier_records", "sources/records_read")
    return replace(part, lines=lines, row_count=lines.num_rows, is_document=False)


def _read(engine: "Writer", part: Part, reader: PartReader, found: Format) -> Part:
    """The rows of a part, read in Python; lists and tables become lines of JSON before."""
    if part.table is not None:
        engine.expose_rows("source_line", part.table)
        lines = engine.arrow("sources/lines")
    else:
        assert part.lines is not None
        lines = part.lines
        if found.has_records and (part.is_document or has_list(lines)):
            lines = _elements(engine, lines, "sources/numbered_elements")
        elif part.is_document:
            lines = _elements(engine, lines, "sources/numbered")
            engine.expose_lines("source_line", lines, {}, {})
            engine.hold_more("earlier_records", "sources/records_read")
    return _with_rows(part, reader, lines, found)


def _with_rows(part: Part, reader: PartReader, lines: "pa.Table", found: Format) -> Part:
    read = reader.read(lines, found, part.source)
    count = read.table.num_rows + read.skipped
    return replace(part, lines=None, rows=read.table, row_count=count, is_document=False)


def _elements(engine: "Writer", lines: "pa.Table", numbered: str) -> "pa.Table":
    """The elements of lists, a line each."""
    engine.expose_lines("source_line", lines, {}, {})
    engine.define("record", "sources/elements")
    return engine.arrow(numbered)
