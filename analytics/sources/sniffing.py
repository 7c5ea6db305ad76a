"""Tells which source a file is of, from its first rows or its headings."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from analytics.errors import FileUnreadable, UnknownFormat, UnknownSource
from analytics.records import COLUMNS
from analytics.sources.lines import MAX_DOCUMENT_BYTES, MAX_LINE_BYTES, SourceFile, open_stream
from analytics.sources.registry import NATIVE, SOURCES, describe, fitting
from analytics.sources.tables import CsvTable

_SAMPLE_BYTES = 512 * 1024
_SAMPLE_ROWS = 100
_VAGUE = {"id", "model", "provider", "description", "tags", "context", "variant", "requests"}
"""Columns of the native format that other programs' logs have too."""


def identify(file: SourceFile, source: str | None, *, is_mapped: bool) -> SourceFile:
    """The file with its source, and whether it is one JSON document rather than lines of it.

    Args:
        file: what to look into.
        source: what it is, where that was said.
        is_mapped: its columns are mapped or set: if nothing else fits, it is taken as native.

    Raises:
        InvalidArgument: there is no such source.
        UnknownSource: it fits no source, or several.
        UnknownFormat: it cannot be read as what its name says.
    """
    if source is not None:
        describe(source)
    if file.format == "jsonl":
        head = _head(file)
        is_document = _is_document(file, head)
        file = replace(file, is_document=is_document)
        rows = list(_json_rows(file, head))
    else:
        rows = list(_csv_rows(file) if file.format == "csv" else _parquet_rows(file))
    return replace(file, source=source or _source(file, rows, is_mapped=is_mapped))


def _source(file: SourceFile, rows: list[dict[str, Any]], *, is_mapped: bool) -> str:
    found = sorted(set().union(*map(fitting, rows)))
    if len(found) == 1:
        return found[0]
    if found:
        problem = f"its rows look like {' and like '.join(found)}"
        raise UnknownSource(path=file.name, problem=problem, names=", ".join(found))
    if is_mapped or not rows or any(_is_telling(key) for row in rows for key in row):
        return NATIVE
    problem = "its rows look like no log that is known"
    raise UnknownSource(path=file.name, problem=problem, names=", ".join(SOURCES))


def _is_telling(key: str) -> bool:
    folded = key.strip().lower().replace("_", "")
    return folded in {name.replace("_", "") for name in COLUMNS if name not in _VAGUE}


def _head(file: SourceFile) -> str:
    raw, stream = open_stream(file)
    with raw:
        try:
            data: bytes = stream.read(_SAMPLE_BYTES)
            while b"\n" not in data and len(data) <= MAX_LINE_BYTES:
                more = stream.read(_SAMPLE_BYTES)
                if not more:
                    break
                data += more
        except OSError as error:
            problem = f"it cannot be decompressed ({error}), so nothing was loaded"
            raise UnknownFormat(path=file.name, problem=problem) from None
    return data.decode("utf-8-sig", errors="replace").lstrip()


def _is_document(file: SourceFile, head: str) -> bool:
    """Whether a file is one list, or one object over several lines."""
    if head.startswith("["):
        return True
    first_line = head.partition("\n")[0]
    if not head.startswith("{") or _is_json(first_line) or not head.partition("\n")[2].strip():
        return False
    return _is_json(_document(file))


def _document(file: SourceFile) -> str:
    raw, stream = open_stream(file)
    with raw:
        data: bytes = stream.read(MAX_DOCUMENT_BYTES + 1)
    return "" if len(data) > MAX_DOCUMENT_BYTES else data.decode("utf-8-sig", errors="replace")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _json_rows(file: SourceFile, head: str) -> Iterator[dict[str, Any]]:
    if file.is_document and head.startswith("["):
        yield from _elements(head)
        return
    for line in [_document(file)] if file.is_document else head.split("\n", _SAMPLE_ROWS):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found


def _elements(head: str) -> Iterator[dict[str, Any]]:
    """The first objects of a list, as many as there are in the sample."""
    decoder = json.JSONDecoder()
    position = 1
    for _ in range(_SAMPLE_ROWS):
        position += len(head[position:]) - len(head[position:].lstrip(", \t\r\n"))
        try:
            found, position = decoder.raw_decode(head, position)
        except (ValueError, RecursionError):
            return
        if isinstance(found, dict):
            yield found


def _csv_rows(file: SourceFile) -> Iterator[dict[str, Any]]:
    table = CsvTable(file)
    if not table.headings:
        return
    raw, stream = open_stream(file)
    with raw:
        text = stream.read(_SAMPLE_BYTES).decode("utf-8-sig", errors="replace")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=table.delimiter)
    rows: list[list[str]] = []
    try:
        rows += [row for _, row in zip(range(3), reader, strict=False)][1:]
    except csv.Error:
        rows = []
    for cells in rows or [[]]:
        yield dict.fromkeys(table.headings) | dict(zip(table.headings, cells, strict=False))


def _parquet_rows(file: SourceFile) -> Iterable[dict[str, Any]]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        schema = parquet.read_schema(file.path)
    except PermissionError as error:
        raise FileUnreadable(path=file.name, problem="no permission") from error
    except (pa.ArrowException, OSError) as error:
        problem = "it cannot be read as Parquet, so nothing was loaded"
        raise UnknownFormat(path=file.name, problem=problem) from error
    return [{field.name: _shape(field.type) for field in schema}]


def _shape(kind: Any) -> Mapping[str, Any] | None:
    import pyarrow as pa

    return {field.name: _shape(field.type) for field in kind} if pa.types.is_struct(kind) else None
