"""Rows of a source that is not native become `source_row`, by the source's own query."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from analytics.records import COLUMNS, METERS, SYNONYMS
from analytics.sources.accounts import SYSTEM, AccountRule, to_pointer
from analytics.sources.formats import format_of
from analytics.sources.formats.reading import Format, PartReader
from analytics.sources.lines import has_list
from analytics.sources.parts import Part
from analytics.sources.registry import SOURCES

if TYPE_CHECKING:
    import pyarrow as pa

    from analytics.engines import Writer

_IN_SECONDS = {meter.seconds for meter in METERS}
_SAME = {other: name for name, other in SYNONYMS if other not in _IN_SECONDS}


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a load says of all rows, over what their source's query finds.

    Args:
        paths: column -> JSON pointer into the row.
        constants: column -> text.
        account: where the row names its customer.
    """

    paths: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    account: AccountRule = field(default_factory=AccountRule)

    @property
    def is_system_else(self) -> bool:
        """Whether a row that names nobody is usage of one's own."""
        return self.account.fallback == SYSTEM


def overrides(
    mapping: Mapping[str, str], constants: Mapping[str, str], account: AccountRule
) -> Overrides:
    """What ``--map``, ``--set`` and ``--account-from`` mean for the rows of a source."""
    named = {column: column for column in COLUMNS} | _SAME
    return Overrides(
        {named[column]: to_pointer(path) for column, path in mapping.items()},
        {named[column]: text for column, text in constants.items()},
        account,
    )


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


def expose(engine: "Writer", part: Part, said: Overrides) -> None:
    """Makes a part of a source readable as `source_row`."""
    if part.rows is not None:
        engine.keep("read_row", part.rows)
        engine.define("mapped", "sources/read_rows")
        _complete(engine, said)
        return
    if part.table is not None:
        engine.expose_rows("source_line", part.table)
    else:
        assert part.lines is not None
        engine.expose_lines("source_line", part.lines, {}, {})
    engine.define("log_line", "sources/checked_line")
    engine.define("mapped", SOURCES[part.source].query)
    _complete(engine, said)


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
    read = reader.read(lines, found)
    count = read.table.num_rows + read.skipped
    return replace(part, lines=None, rows=read.table, row_count=count, is_document=False)


def _elements(engine: "Writer", lines: "pa.Table", numbered: str) -> "pa.Table":
    """The elements of lists, a line each."""
    engine.expose_lines("source_line", lines, {}, {})
    engine.define("record", "sources/elements")
    return engine.arrow(numbered)


def _complete(engine: "Writer", said: Overrides) -> None:
    engine.define("complete_row", "sources/complete")
    engine.expose_overridden("said_row", "complete_row", said)
    engine.define("source_row", "sources/completed")
