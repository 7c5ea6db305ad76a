"""Appends usage records, each exactly once.

One pipeline serves a single record and a file of millions. All of it is set-based SQL of
`queries/usage/`:

1. `raw`: what was read, line by line or as a table of text (`sources`).
2. `source_row`: the native columns as text (`queries/sources/<format>.sql`).
3. `staged`: typed values, or the code of a rejection.
4. `unrated`: account, content and identity of each usable row.
5. `rated`: model and price, or the reason for none (`rating`).
6. `verdict`: which rows are duplicates or conflicts; the rest is `accepted`.

Then records, roll-up delta, identity index, rejections and the load itself land in one database
transaction.
"""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import simplejson
from simplejson.raw_json import RawJSON

from analytics import rating, sources
from analytics.errors import (
    AccountNotFound,
    InvalidArgument,
    InvalidUsage,
    RejectedRows,
    UsageConflict,
)
from analytics.period import instant
from analytics.records import Load, LoadResult, Rejection

if TYPE_CHECKING:
    from analytics.engines import Reader, Row, Writer

Progress = Callable[[float, int], None]
"""Called with the fraction done (0 to 1) and the rows read so far."""

STAGING_SHARE = 0.6
"""How much of a load's time goes into reading; the rest identifies, rates and stores."""

ID_SCOPES = ("book", "file")
FORMATS = ("jsonl", "csv", "parquet")


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How to read files.

    Args:
        format: jsonl, csv or parquet where a file's ending does not say it.
        mapping: native column -> column, key or JSON path of the file.
        constants: native column -> text that each row gets.
        create_accounts: make an account for an external id that is seen for the first time.
        id_scope: "book": equal rows without an id are one record wherever they stand; "file": in
            each file.
        strict: any rejected row fails the whole load, with nothing written.
    """

    format: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    create_accounts: bool = False
    id_scope: str = "book"
    strict: bool = False


def ingest(
    engine: "Writer",
    paths: Sequence[str],
    options: LoadOptions,
    progress: Progress | None = None,
) -> LoadResult:
    """Appends the usage in files, folders, globs or standard input (``-``).

    Raises:
        FileMissing: a path names nothing.
        UnknownFormat: a file's format cannot be told, or the file cannot be read as that.
        InvalidArgument: a column that is mapped or set does not exist.
        RejectedRows: a row was rejected and `strict` was asked for.
    """
    sources.check_targets("--map", options.mapping)
    sources.check_targets("--set", options.constants)
    if options.id_scope not in ID_SCOPES:
        raise InvalidArgument(name="id_scope", problem=f"choose one of {', '.join(ID_SCOPES)}")
    stdin_copy = engine.path / "tmp-stdin"
    try:
        files = sources.find_files(paths, options.format, stdin_copy)
        with engine.atomic():
            load = _Load(engine, create_accounts=options.create_accounts)
            _stage_files(load, files, options, progress or _no_progress)
            return load.finish(
                ", ".join(paths), len(files), strict=options.strict, progress=progress
            )
    finally:
        stdin_copy.unlink(missing_ok=True)


def record(engine: "Writer", fields: Mapping[str, Any]) -> str:
    """Appends one usage record and returns its id; the same id and content again change nothing.

    Args:
        engine: the book.
        fields: native columns; None means absent. Without an id the record gets a random one,
            without occurred_at it happened now.

    Raises:
        InvalidUsage: the record cannot be right; the message says why.
        AccountNotFound: there is no such account.
        UsageConflict: the id is recorded with other content.
    """
    row = {name: value for name, value in fields.items() if value is not None}
    record_id = row.setdefault("id", f"usage_{secrets.token_hex(12)}")
    with engine.atomic():
        load = _Load(engine, create_accounts=False, default_time=True)
        text = simplejson.dumps(row, default=_json_value, use_decimal=False, ensure_ascii=False)
        engine.expose_lines("raw", sources.lines_of_text(text, "record"), {}, {})
        load.stage("jsonl")
        result = load.finish("record", 0, strict=False, keep_rejections=False)
        if result.rejected:
            _refuse(result.first_rejections[0], row)
    return str(record_id)


def list_loads(engine: "Reader") -> list[Load]:
    """What was loaded, newest first."""
    return [
        Load(
            **row
            | {
                "started_at": row["started_at"].replace(tzinfo=UTC),
                "finished_at": row["finished_at"].replace(tzinfo=UTC),
            }
        )
        for row in engine.rows("usage/loads")
    ]


def milliseconds(seconds: Decimal | int | str) -> int:
    """Seconds of audio in whole milliseconds, rounded half up as in a load.

    Raises:
        InvalidArgument: it is no number of 0 or more.
    """
    problem = f"{seconds!r} is not a number of seconds of 0 or more"
    if isinstance(seconds, float):
        raise InvalidArgument(
            name="audio_duration_seconds", problem="give a Decimal or a text, not a float"
        )
    try:
        exact = Decimal(seconds)
        rounded = int((exact * 1000).to_integral_value(ROUND_HALF_UP))
    except ArithmeticError:
        raise InvalidArgument(name="audio_duration_seconds", problem=problem) from None
    if not 0 <= rounded < 10**15:
        raise InvalidArgument(name="audio_duration_seconds", problem=problem)
    return rounded


class _Load:
    """One load under way, inside one database transaction."""

    def __init__(
        self, engine: "Writer", *, create_accounts: bool, default_time: bool = False
    ) -> None:
        self.engine = engine
        self._started = time.monotonic()
        self._now = datetime.now(UTC).replace(tzinfo=None)
        self._is_staged = False
        self._parameters = {
            "default_time": self._now if default_time else None,
            "latest_time": self._now + timedelta(days=1),
            "create_accounts": create_accounts,
            "billing_timezone": engine.row("book/setting", name="billing_timezone")["value"],
        }

    def stage(self, source: str) -> int:
        """Adds what `raw` holds, in a source's format, to `staged`; returns the number of rows."""
        self.engine.define("source_row", f"sources/{source}")
        add = self.engine.append if self._is_staged else self.engine.materialise
        self._is_staged = True
        return add("staged", "usage/stage", **self._parameters)

    def finish(
        self,
        source: str,
        files: int,
        *,
        strict: bool,
        keep_rejections: bool = True,
        progress: Progress | None = None,
    ) -> LoadResult:
        """Identifies, rates and stores what was staged."""
        engine = self.engine
        advance = progress or _no_progress
        created = self._create_accounts()
        engine.define("unrated", "usage/unrated")
        rating.rate(engine)
        advance(0.75, 0)
        engine.materialise("verdict", "usage/verdict")
        engine.define("accepted", "usage/accepted")
        engine.define("rejected", "usage/rejected")
        outcome = engine.row("usage/outcome")
        advance(0.8, 0)
        assert outcome["rated"] == outcome["usable"], "a row found several prices, or was dropped"
        if strict and outcome["rejected"]:
            raise self._rejected_rows(outcome["rejected"])
        load_id = engine.row("usage/next_load")["load_id"]
        self._store(load_id, outcome, advance)
        if outcome["rejected"] and keep_rejections:
            engine.execute("usage/insert_rejections", load_id=load_id)
        counts = {"files": files, "accounts_created": created}
        if keep_rejections or not outcome["rejected"]:
            self._insert_load(load_id, source, counts | outcome)
        result = self._result(load_id, files, created, outcome)
        engine.release("staged", "rated", "verdict")
        return result

    def _create_accounts(self) -> int:
        if not self._parameters["create_accounts"]:
            return 0
        return self.engine.execute("usage/create_accounts", recorded_at=self._now)

    def _store(self, load_id: int, outcome: "Row", advance: Progress) -> None:
        if outcome["appended"]:
            for query, share in (("records", 0.92), ("daily", 0.95), ("index", 1.0)):
                self.engine.execute(f"usage/insert_{query}", load_id=load_id, recorded_at=self._now)
                advance(share, 0)

    def _insert_load(self, load_id: int, source: str, counts: Mapping[str, int]) -> None:
        self.engine.execute(
            "usage/insert_load",
            load_id=load_id,
            source=source,
            started_at=self._now,
            finished_at=datetime.now(UTC).replace(tzinfo=None),
            **counts,
        )

    def _result(self, load_id: int, files: int, created: int, outcome: "Row") -> LoadResult:
        return LoadResult(
            load_id=load_id,
            files=files,
            rows=outcome["row_count"],
            appended=outcome["appended"],
            duplicates=outcome["duplicates"],
            rejected=outcome["rejected"],
            rejected_by_code=self._rejected_by_code() if outcome["rejected"] else {},
            unpriced=outcome["unpriced"],
            accounts_created=created,
            seconds=time.monotonic() - self._started,
            first_rejections=self._first_rejections() if outcome["rejected"] else (),
        )

    def _rejected_by_code(self) -> dict[str, int]:
        rows = self.engine.rows("usage/rejection_counts")
        return {row["code"]: row["rejections"] for row in rows}

    def _first_rejections(self) -> list[Rejection]:
        return [
            Rejection(row["path"], row["line_number"], row["code"], row["message"], row["excerpt"])
            for row in self.engine.rows("usage/first_rejections")
        ]

    def _rejected_rows(self, rejected: int) -> RejectedRows:
        codes = ", ".join(f"{code} {count}" for code, count in self._rejected_by_code().items())
        first = self._first_rejections()[0]
        place = f"{first.path}:{first.line} {first.message}"
        return RejectedRows(rejected=rejected, codes=codes, first=place)


def _stage_files(
    load: _Load, files: Sequence[sources.SourceFile], options: LoadOptions, progress: Progress
) -> None:
    total = sum(file.size_bytes for file in files) or 1
    done = rows = 0
    for file in files:

        def report(position: int, lines: int, done: int = done, rows: int = rows) -> None:
            progress(STAGING_SHARE * (done + position) / total, rows + lines)

        rows += _stage_file(load, file, options, report)
        done += file.size_bytes


def _stage_file(
    load: _Load, file: sources.SourceFile, options: LoadOptions, report: sources.Report
) -> int:
    """Stages a file and returns the number of its rows."""
    engine = load.engine
    scope = str(file.path) if options.id_scope == "file" else None
    if file.format == "jsonl":
        batches = sources.read_lines(file, scope, report)
        engine.expose_lines("raw", batches, options.mapping, options.constants)
        return load.stage("jsonl")
    headings = engine.headings(file.path, file.format)
    table = sources.match_columns(file, headings, options.mapping, options.constants, scope)
    engine.expose_table("raw", table, sources.COLUMNS)
    with engine.watch(lambda fraction: report(int(fraction * file.size_bytes), 0)):
        return load.stage("table")


def _no_progress(_fraction: float, _rows: int) -> None:
    """Nobody is looking."""


def _refuse(rejection: Rejection, row: Mapping[str, Any]) -> None:
    if rejection.code == "id_conflict":
        raise UsageConflict(record_id=row["id"])
    if rejection.code == "unknown_account":
        raise AccountNotFound(account=row.get("account_id") or row.get("external_id"))
    raise InvalidUsage(problem=rejection.message)


def _json_value(value: object) -> object:
    if isinstance(value, datetime):
        return instant(value, "occurred_at").isoformat()
    if isinstance(value, Decimal):
        return RawJSON(format(value, "f"))
    raise InvalidArgument(name="usage", problem=f"{value!r} cannot be recorded")
