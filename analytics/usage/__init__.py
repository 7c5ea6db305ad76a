"""Appends usage records, each exactly once.

A single record is appended by itself (`recording`). One pipeline serves files of millions:

1. What was read is checked: plain rows of native files by `queries/usage/plain.sql`, all others,
   and those of other programs' logs, one by one by the rule book (`analytics.rules.record`).
2. `staged`: with account, content and identity; or the code of a rejection.
3. `rated`: model and price, or the reason for none (`rating`).
4. `verdict`: which rows are duplicates or conflicts; the rest is `accepted`.

Then records, roll-up delta, identity index, rejections and the load itself land in one database
transaction.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics import sources
from analytics.errors import InvalidArgument, InvalidUsage, TokenbookError
from analytics.records import LoadResult, UsageRecord
from analytics.rules import record as rule_book
from analytics.rules.record import Refused, by_column, check, microseconds_of
from analytics.sources.accounts import AccountRule
from analytics.sources.lines import SourceFile
from analytics.sources.processes import reading_processes
from analytics.sources.registry import NATIVE, SOURCES
from analytics.sources.sniffing import identify
from analytics.usage.loading import Load, Progress, load_files
from analytics.usage.options import LoadOptions
from analytics.usage.recording import append, append_many, fold

if TYPE_CHECKING:
    from analytics.engines import Writer

ID_SCOPES = ("book", "file")
FORMATS = ("jsonl", "csv", "parquet")


def ingest(
    engine: "Writer",
    paths: Sequence[str],
    options: LoadOptions,
    *,
    dry_run: bool = False,
    processes: int = 1,
    progress: Progress | None = None,
) -> LoadResult:
    """Appends the usage in files, folders, globs or standard input (``-``).

    Args:
        engine: the book.
        paths: what to load.
        options: how to read it.
        dry_run: do all of it, tell what would happen, and take it back.
        processes: read large logs of other programs; with one they are read in this.
        progress: is told how far the load is.

    Raises:
        FileMissing: a path names nothing.
        UnknownFormat: a file's format cannot be told, or the file cannot be read as that.
        UnknownSource: a file is of no source that is known, or of several.
        InvalidArgument: a column that is mapped or set does not exist.
        RejectedRows: a row was rejected and `strict` was asked for.
    """
    sources.check_targets("--map", options.mapping)
    sources.check_targets("--set", options.constants)
    if options.id_scope not in ID_SCOPES:
        raise InvalidArgument(name="id_scope", problem=f"choose one of {', '.join(ID_SCOPES)}")
    if not paths or not all(paths):
        raise InvalidArgument(name="paths", problem="name a file, a folder, a glob or -")
    if options.format not in (None, *FORMATS):
        problem = f"{options.format!r} is none of {', '.join(FORMATS)}"
        raise InvalidArgument(name="format", problem=problem)
    stdin_copy = engine.path / "tmp-stdin"
    try:
        files = find_sources(paths, options, stdin_copy)
        with engine.atomic(keep=not dry_run), reading_processes(processes) as reading:
            fold(engine)
            load = Load(engine, options, reading)
            load_files(load, files, progress or _no_progress)
            if options.strict and load.rejected and not dry_run:
                raise load.refuse()
            if dry_run:
                return load.rehearsed(len(files))
            return _with_unclaimed(engine, options, load.finish(paths, len(files)))
    finally:
        stdin_copy.unlink(missing_ok=True)


def _with_unclaimed(engine: "Writer", options: LoadOptions, done: LoadResult) -> LoadResult:
    """The result with the records that have no customer because nobody was told where to look."""
    nowhere = AccountRule()
    is_asked = NATIVE in done.sources or any(
        options.account(source) != nowhere or not SOURCES[source].accounts
        for source in done.sources
    )
    if is_asked or options.account_else or not done.appended:
        return done
    counted = engine.row("usage/unclaimed", load_id=done.load_id)
    return replace(done, unclaimed=counted["records"])


def find_sources(paths: Sequence[str], options: LoadOptions, stdin_copy: Path) -> list[SourceFile]:
    """The files that are named, each with its source.

    Raises:
        InvalidArgument: a path into the rows of a source was given, and a file is native.
    """
    is_mapped = bool(options.mapping or options.constants)
    named = options.format or ("jsonl" if options.source else None)
    found = sources.find_files(paths, options.format, stdin_copy, fallback=named)
    files = [identify(file, options.source, is_mapped=is_mapped) for file in found]
    for file in files:
        is_native = file.source == NATIVE and file.size_bytes
        if is_native and (options.account_from or options.account_else):
            problem = f"{file.name} is native; use --map external_id=PATH or --set external_id=ID"
            raise InvalidArgument(name="account_from", problem=problem)
    return files


def record(engine: "Writer", fields: Mapping[str, Any]) -> UsageRecord:
    """Appends one usage record and returns it; the same id and content again change nothing.

    Args:
        engine: the book.
        fields: native columns; None means absent. Without an id the record gets a random one,
            without occurred_at it happened now.

    Raises:
        InvalidUsage: the record cannot be right; the message says why.
        AccountNotFound: there is no such account.
        UsageConflict: the id is recorded with other content.
    """
    now = datetime.now(UTC)
    checked = _checked(fields, now)
    with engine.atomic(forget=False):
        return append(engine, checked, now, is_id_new=not fields.get("id"))


def record_many(
    engine: "Writer", records: Sequence[Mapping[str, Any] | TokenbookError]
) -> list[UsageRecord | TokenbookError]:
    """Appends records in one transaction; what becomes of one is nothing to the others.

    Args:
        engine: the book.
        records: fields as `record` takes them; or an error that one has met already.

    Returns:
        In their order, what `record` would return or raise for each.
    """
    now = datetime.now(UTC)
    checked: list[dict[str, Any] | TokenbookError] = []
    for fields in records:
        try:
            if isinstance(fields, TokenbookError):
                raise fields
            checked.append(_checked(fields, now))
        except TokenbookError as error:
            checked.append(error)
    with engine.atomic(forget=False):
        return append_many(engine, checked, now)


def _checked(fields: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What the rule book says of a single record, with an id."""
    row = {name: value for name, value in fields.items() if value is not None}
    row["id"] = row.get("id") or f"usage_{secrets.token_hex(12)}"
    latest = microseconds_of(now + timedelta(days=1))
    try:
        return check(by_column(row), latest, default_time=microseconds_of(now))
    except Refused as error:
        raise InvalidUsage(problem=error.problem) from None


def milliseconds(seconds: Decimal | int | str) -> int:
    """Seconds of audio in whole milliseconds, rounded half up as in a load.

    Raises:
        InvalidArgument: it is no number of 0 or more.
    """
    try:
        return rule_book.milliseconds(seconds)
    except Refused:
        problem = f"{seconds!r} is not a number of seconds of 0 or more: a Decimal or a text"
        raise InvalidArgument(name="audio_duration_seconds", problem=problem) from None


def _no_progress(_fraction: float, _rows: int) -> None:
    """Nobody is looking."""
