"""Files for other programs: CSV, Parquet, JSON lines, Arrow, XLSX, and cost and usage as FOCUS.

They are streamed, in a fixed order, whole or not at all; the same book gives the same bytes. Money
keeps all its digits (in XLSX: see `workbook`). In CSV, text that a spreadsheet would run as a
formula gets an apostrophe in front.
"""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from analytics import sql
from analytics.engines import Limits
from analytics.errors import (
    InvalidArgument,
    OutputExists,
    ReportNotFound,
    StorageFailed,
    TooManyRows,
)
from analytics.exports import focus, own
from analytics.exports.cells import csv_cell, csv_writer
from analytics.files import atomic_file
from analytics.records import ExportResult

if TYPE_CHECKING:
    from analytics.engines import Reader

__all__ = ["FOCUS", "FORMATS", "REPORTS", "TABLES", "csv_cell", "csv_writer", "export"]

FORMATS = ("csv", "parquet", "jsonl", "arrow", "xlsx")
REPORTS = "reports"
FOCUS = "focus"
TABLES = {
    name: f"exports/{name}"
    for name in ("usage", "transactions", "reservations", "accounts", "rejections")
}
"""What can be exported besides reports, and the query of each."""

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
        what: usage, transactions, reservations, accounts, rejections, focus, reports or a report;
            one of the book's own runs in the sandbox of ad hoc queries.
        path: the file.
        file_format: one of `FORMATS`; None takes it from the file's ending.
        parameters: of a `reports.Filter`.
        replace: whether a file that exists may be replaced.
        tags: of focus only: the tags by which its rows are told apart; ``*`` is all.
        leave_out_unpriced: of focus only: write it without the records that have no price.

    Raises:
        ReportNotFound: there is nothing of that name.
        InvalidQuery: a report of the book's own is not one SELECT, or cannot run.
        InvalidArgument: the format does not exist, or does not go with what is exported.
        OutputExists: the file exists and may not be replaced.
        StorageFailed: the file cannot be written.
        TooManyRows: the rows do not fit into a sheet.
        UnpricedExport: records without a price would be missing in the FOCUS file.
    """
    chosen = _format(file_format, path)
    query = _query(engine, what)
    _refuse_filters(what, query, parameters)
    _refuse_mismatch(what, chosen, is_told_apart=bool(tags) or leave_out_unpriced)
    _check_path(path, replace=replace)
    if not query.name:
        return _write_own(engine, query, path, chosen, what, parameters)
    with engine.session(), atomic_file(path) as partial:
        if what == REPORTS:
            return _write_reports(engine, partial, parameters)
        left_out = 0
        if what == FOCUS:
            left_out = focus.prepare(
                engine, parameters, tags=tags, leave_out_unpriced=leave_out_unpriced
            )
            parameters = {**parameters, "issuer_name": focus.issuer(engine)}
        return ExportResult(_write(engine, query.name, partial, chosen, what, parameters), left_out)


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


def _query(engine: "Reader", what: str) -> sql.Query:
    """The query of a table or report; one of the book's own has a text and no name."""
    known = {**TABLES, FOCUS: focus.CHARGES, REPORTS: "exports/overview", **_reports()}
    if what in known:
        return sql.load(known[what])
    own = sql.own_reports(engine.path)
    if what not in own:
        raise ReportNotFound(name=what, names=", ".join([*known, *own]))
    return sql.parse("", sql.own_report(own[what]))


def _reports() -> dict[str, str]:
    """The built-in reports and their queries."""
    names = (name for name in sql.names("reports") if "_" not in name.partition("/")[2])
    return {name.partition("/")[2]: name for name in names}


def _refuse_filters(what: str, query: sql.Query, parameters: "Mapping[str, object]") -> None:
    """A filter that means nothing here is refused: the file would have more than was asked for."""
    if what in {FOCUS, REPORTS}:
        return
    taken = query.parameters
    for name, value in parameters.items():
        # The id goes with the account as it was given, where a query reads records.
        if value is not None and name not in taken and name != "account_id":
            named = "dates" if name in _ALWAYS else name
            raise InvalidArgument(name=named, problem=f"{what} cannot be narrowed by it")


def _refuse_mismatch(what: str, chosen: str, *, is_told_apart: bool) -> None:
    if what != FOCUS and is_told_apart:
        raise InvalidArgument(name="tags", problem="only 'focus' is told apart by tags")
    if what == REPORTS and chosen != "xlsx":
        raise InvalidArgument(name="format", problem="all reports in one file are an xlsx file")


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


def _write_own(
    engine: "Reader",
    query: sql.Query,
    path: Path,
    chosen: str,
    what: str,
    parameters: "Mapping[str, object]",
) -> ExportResult:
    """Runs a report of the book's own in the sandbox, and writes what it gave."""
    table = engine.sandbox(query.text, Limits(), parameters)
    with atomic_file(path) as partial:
        return ExportResult(own.write(table, partial, chosen, what))


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
