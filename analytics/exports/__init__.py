"""Files for other programs: CSV, Parquet, JSON lines, Arrow, XLSX, and cost and usage as FOCUS.

They are streamed, in a fixed order, whole or not at all; the same book gives the same bytes. Money
keeps all its digits (in XLSX: see `workbook`). In CSV, text that a spreadsheet would run as a
formula gets an apostrophe in front.
"""

import os
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from analytics import sql
from analytics.errors import (
    InvalidArgument,
    OutputExists,
    ReportNotFound,
    StorageFailed,
    TooManyRows,
)
from analytics.exports import focus
from analytics.files import atomic_file
from analytics.money import plain
from analytics.period import iso
from analytics.records import ExportResult

if TYPE_CHECKING:
    from analytics.engines import Reader

FORMATS = ("csv", "parquet", "jsonl", "arrow", "xlsx")
REPORTS = "reports"
FOCUS = "focus"
TABLES = {
    name: f"exports/{name}"
    for name in ("usage", "transactions", "reservations", "accounts", "rejections")
}
"""What can be exported besides reports, and the query of each."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_ENDINGS = {f".{name}": name for name in FORMATS} | {".ndjson": "jsonl", ".feather": "arrow"}
_ALWAYS = {"start_day", "end_day"}


def export(
    engine: "Reader",
    what: str,
    path: Path,
    *,
    file_format: str | None,
    parameters: "Mapping[str, object]",
    replace: bool,
    tags: Collection[str] = (),
    leave_out_unpriced: bool = False,
) -> ExportResult:
    """Writes a table, a report, all reports (``reports``, XLSX) or ``focus`` to a file.

    Args:
        engine: the book.
        what: usage, transactions, reservations, accounts, rejections, focus, reports or a report.
        path: the file.
        file_format: one of `FORMATS`; None takes it from the file's ending.
        parameters: of a `reports.Filter`.
        replace: whether a file that exists may be replaced.
        tags: of focus only: the tags by which its rows are told apart; ``*`` is all.
        leave_out_unpriced: of focus only: write it without the records that have no price.

    Raises:
        ReportNotFound: there is nothing of that name.
        InvalidArgument: the format does not exist, or does not go with what is exported.
        OutputExists: the file exists and may not be replaced.
        StorageFailed: the file cannot be written.
        TooManyRows: the rows do not fit into a sheet.
        UnpricedExport: records without a price would be missing in the FOCUS file.
    """
    chosen = _format(file_format, path)
    query = _query(what)
    _refuse_filters(what, query, parameters)
    if what != FOCUS and (tags or leave_out_unpriced):
        raise InvalidArgument(name="tags", problem="only 'focus' is told apart by tags")
    if what == REPORTS and chosen != "xlsx":
        raise InvalidArgument(name="format", problem="all reports in one file are an xlsx file")
    _check_path(path, replace=replace)
    with engine.session(), atomic_file(path) as partial:
        if what == REPORTS:
            return _write_reports(engine, partial, parameters)
        left_out = 0
        if what == FOCUS:
            left_out = focus.prepare(
                engine, parameters, tags=tags, leave_out_unpriced=leave_out_unpriced
            )
            parameters = {**parameters, "issuer_name": focus.issuer(engine)}
        return ExportResult(_write(engine, query, partial, chosen, what, parameters), left_out)


def csv_cell(value: object) -> object:
    """A value as a cell of CSV: plain decimals, ISO times, no text that a spreadsheet would run."""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def _format(given: str | None, path: Path) -> str:
    if given is None:
        if path.suffix.lower() in _ENDINGS:
            return _ENDINGS[path.suffix.lower()]
        problem = f"{path.name!r} has none of the endings {', '.join(_ENDINGS)}; name the format"
        raise InvalidArgument(name="format", problem=problem)
    if given not in FORMATS:
        problem = f"{given!r} is none of {', '.join(FORMATS)}"
        raise InvalidArgument(name="format", problem=problem)
    return given


def _query(what: str) -> str:
    known = {**TABLES, FOCUS: focus.CHARGES, REPORTS: "exports/overview", **_reports()}
    if what not in known:
        raise ReportNotFound(name=what, names=", ".join(known))
    return known[what]


def _reports() -> dict[str, str]:
    """The built-in reports and their queries."""
    names = (name for name in sql.names("reports") if "_" not in name.partition("/")[2])
    return {name.partition("/")[2]: name for name in names}


def _refuse_filters(what: str, query: str, parameters: "Mapping[str, object]") -> None:
    """A filter that means nothing here is refused: the file would have more than was asked for."""
    if what in {FOCUS, REPORTS}:
        return
    taken = sql.load(query).parameters
    for name, value in parameters.items():
        # The id goes with the account as it was given, where a query reads records.
        if value is not None and name not in taken and name != "account_id":
            named = "dates" if name in _ALWAYS else name
            raise InvalidArgument(name=named, problem=f"{what} cannot be narrowed by it")


def _check_path(path: Path, *, replace: bool) -> None:
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


def _write(
    engine: "Reader",
    query: str,
    partial: Path,
    chosen: str,
    what: str,
    parameters: "Mapping[str, object]",
) -> int:
    if chosen == "arrow":
        return _write_arrow(engine, query, partial, parameters)
    if chosen == "xlsx":
        return _write_sheets(engine, partial, {what: query}, parameters)[what]
    return engine.export(query, partial, chosen, **parameters)


def _write_arrow(
    engine: "Reader", query: str, partial: Path, parameters: "Mapping[str, object]"
) -> int:
    """An Arrow IPC file, not compressed: every Arrow library reads it, and can map it."""
    import pyarrow as pa

    rows = 0
    with (
        engine.stream(query, **parameters) as batches,
        pa.OSFile(str(partial), "wb") as sink,
        pa.ipc.new_file(sink, batches.schema) as writer,
    ):
        for batch in batches:
            # DuckDB leaves what was in memory where a value is null; a copy has zeros there.
            writer.write_batch(batch.take(pa.array(range(batch.num_rows), pa.int32())))
            rows += batch.num_rows
    return rows


def _write_reports(
    engine: "Reader", partial: Path, parameters: "Mapping[str, object]"
) -> ExportResult:
    queries = {"overview": "exports/overview", **_reports()}
    sheets = _write_sheets(engine, partial, queries, parameters)
    return ExportResult(sum(sheets.values()), sheets=sheets)


def _write_sheets(
    engine: "Reader",
    partial: Path,
    queries: "Mapping[str, str]",
    parameters: "Mapping[str, object]",
) -> dict[str, int]:
    """One sheet a query; returns their numbers of rows."""
    from analytics.exports.workbook import MOST_ROWS, workbook

    for query in queries.values():
        rows = engine.count(query, **parameters)
        if rows > MOST_ROWS:
            raise TooManyRows(rows=f"{rows:,}", most=f"{MOST_ROWS:,}")
    sheets = {}
    with workbook(partial) as book:
        for name, query in queries.items():
            with engine.stream(query, **parameters) as batches:
                sheets[name] = book.add(name, batches)
    return sheets
