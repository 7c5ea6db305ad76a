"""One load under way: from staged rows to stored records, inside one database transaction."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import simplejson

from analytics import rating, sources
from analytics.errors import RejectedRows, StorageFailed, UnknownFormat
from analytics.records import LoadPreview, LoadResult, PreviewedModel, Rejection
from analytics.sources.lines import Report, SourceFile, read_lines
from analytics.sources.tables import CsvTable

if TYPE_CHECKING:
    from analytics.engines import Row, Writer

Progress = Callable[[float, int], None]
"""Called with the fraction done (0 to 1) and the rows read so far."""

RECORD = "record"
"""The source of a load that is one recorded call."""

STAGING_SHARE = 0.6
"""How much of a load's time goes into reading; the rest identifies, rates and stores."""


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

    def text(self, paths: Sequence[str]) -> str:
        """As JSON together with what is read, so that a load can be repeated from any folder."""
        return simplejson.dumps(
            {
                "paths": [
                    path if path == sources.STDIN else str(Path(path).absolute()) for path in paths
                ],
                "format": self.format,
                "mapping": dict(self.mapping),
                "constants": dict(self.constants),
                "create_accounts": self.create_accounts,
                "id_scope": self.id_scope,
            },
            ensure_ascii=False,
        )


class Load:
    """One load under way, inside one database transaction."""

    def __init__(
        self, engine: "Writer", *, create_accounts: bool, default_time: bool = False
    ) -> None:
        self.engine = engine
        self._started = time.monotonic()
        self._now = datetime.now(UTC).replace(tzinfo=None)
        self._is_staged = False
        self._created = 0
        self.rows = 0
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
        count = add("staged", "usage/stage", **self._parameters)
        self.rows += count
        return count

    def judge(self, progress: Progress) -> "Row":
        """Identifies and rates what was staged; returns what is to become of it."""
        engine = self.engine
        self._created = self._create_accounts()
        engine.define("unrated", "usage/unrated")
        rating.rate(engine)
        progress(0.75, self.rows)
        engine.materialise("verdict", "usage/verdict")
        engine.materialise("conflict_text", "usage/no_conflict_text")
        engine.define("accepted", "usage/accepted")
        engine.define("rejected", "usage/rejected")
        outcome = engine.row("usage/outcome")
        progress(0.8, self.rows)
        assert outcome["rated"] == outcome["usable"], "a row found several prices, or was dropped"
        return outcome

    def store(
        self,
        outcome: "Row",
        paths: Sequence[str],
        options: LoadOptions,
        files: int,
        progress: Progress,
    ) -> LoadResult:
        """Stores the accepted records, the rejections and the load itself."""
        load_id = self.engine.row("usage/next_load")["load_id"]
        if outcome["appended"]:
            for query, share in (("records", 0.92), ("daily", 0.95), ("index", 1.0)):
                self.engine.execute(f"usage/insert_{query}", load_id=load_id, recorded_at=self._now)
                progress(share, self.rows)
        if outcome["rejected"]:
            self.engine.execute("usage/insert_rejections", load_id=load_id)
        self.engine.execute(
            "usage/insert_load",
            load_id=load_id,
            source="\n".join(paths),
            options=options.text(paths),
            started_at=self._now,
            finished_at=datetime.now(UTC).replace(tzinfo=None),
            files=files,
            accounts_created=self._created,
            **outcome,
        )
        return self.result(outcome, files, load_id)

    def result(self, outcome: "Row", files: int, load_id: int | None) -> LoadResult:
        """What became of the rows; without a load id it was a dry run, and there is a preview."""
        return LoadResult(
            load_id=load_id,
            files=files,
            rows=outcome["row_count"],
            appended=outcome["appended"],
            duplicates=outcome["duplicates"],
            rejected=outcome["rejected"],
            rejected_by_code=self.rejected_by_code() if outcome["rejected"] else {},
            unpriced=outcome["unpriced"],
            accounts_created=self._created,
            seconds=time.monotonic() - self._started,
            first_rejections=self.first_rejections() if outcome["rejected"] else (),
            preview=self._preview() if load_id is None else None,
        )

    def release(self) -> None:
        """Gives back the room that the load took."""
        self.engine.release("staged", "rated", "verdict", "conflict_text")

    def _preview(self) -> LoadPreview:
        totals = self.engine.row("usage/preview_totals")
        return LoadPreview(
            first_at=_utc(totals["first_at"]),
            last_at=_utc(totals["last_at"]),
            accounts=totals["accounts"],
            input_tokens=totals["input_tokens"],
            output_tokens=totals["output_tokens"],
            cost_usd=totals["cost_usd"],
            models=[PreviewedModel(**row) for row in self.engine.rows("usage/preview_models")],
        )

    def _create_accounts(self) -> int:
        if not self._parameters["create_accounts"]:
            return 0
        return self.engine.execute("usage/create_accounts", recorded_at=self._now)

    def rejected_by_code(self) -> dict[str, int]:
        """How many rows were rejected, by code."""
        rows = self.engine.rows("usage/rejection_counts")
        return {row["code"]: row["rejections"] for row in rows}

    def first_rejections(self) -> list[Rejection]:
        """The first few rejected rows."""
        return [
            Rejection(row["path"], row["line_number"], row["code"], row["message"], row["excerpt"])
            for row in self.engine.rows("usage/first_rejections")
        ]

    def refuse(self, rejected: int) -> RejectedRows:
        """The error that says why nothing was loaded."""
        codes = ", ".join(f"{code} {count}" for code, count in self.rejected_by_code().items())
        first = self.first_rejections()[0]
        place = f"{first.path}:{first.line} {first.message}"
        return RejectedRows(rejected=rejected, codes=codes, first=place)


def read_conflicts(load: Load, files: Sequence[SourceFile], options: LoadOptions) -> None:
    """Reads the text of rows in conflict once more: to keep it for all rows would cost too much."""
    names = {row["path"] for row in load.engine.rows("usage/conflict_paths")}
    for file in files:
        if file.name in names:
            source = _expose(load, file, options, lambda _bytes, _rows: None)
            load.engine.define("source_row", f"sources/{source}")
            load.engine.append("conflict_text", "usage/conflict_text")


def stage_files(
    load: Load, files: Sequence[SourceFile], options: LoadOptions, progress: Progress
) -> None:
    """Stages files one after the other and reports how far it is."""
    total = sum(file.size_bytes for file in files) or 1
    done = rows = 0
    for file in files:

        def report(position: int, lines: int, done: int = done, rows: int = rows) -> None:
            progress(STAGING_SHARE * (done + position) / total, rows + lines)

        rows += _stage_file(load, file, options, report)
        done += file.size_bytes


def _stage_file(load: Load, file: SourceFile, options: LoadOptions, report: Report) -> int:
    """Stages a file and returns the number of its rows."""
    source = _expose(load, file, options, report)
    if file.format == "parquet":
        with load.engine.watch(lambda fraction: report(int(fraction * file.size_bytes), 0)):
            return _stage_stream(load, file, source)
    return _stage_stream(load, file, source)


def _expose(load: Load, file: SourceFile, options: LoadOptions, report: Report) -> str:
    """Makes a file readable as `raw`, once, and returns the source that reads it."""
    engine = load.engine
    scope = str(file.path) if options.id_scope == "file" else None
    if file.format == "jsonl":
        batches = read_lines(file, scope, report)
        replaced = sources.other_names([*options.mapping, *options.constants])
        engine.expose_lines("raw", batches, options.mapping, options.constants, replaced)
        return "jsonl"
    if file.format == "csv":
        rows = CsvTable(file)
        headings, batches = rows.headings, rows.read(report)
    else:
        headings, batches = engine.headings(file.path), None
    table = sources.match_columns(
        file, headings, options.mapping, options.constants, scope, batches
    )
    engine.expose_table("raw", table, sources.COLUMNS)
    return "table"


def _stage_stream(load: Load, file: SourceFile, source: str) -> int:
    """Stages what is exposed; a file that breaks off is no fault of the storage."""
    try:
        return load.stage(source)
    except StorageFailed as error:
        problem = str(error.facts["problem"])
        if "Python exception" not in problem and "stream" not in problem:
            raise
        text = f"it cannot be read to its end, so nothing was loaded ({problem})"
        raise UnknownFormat(path=file.name, problem=text) from error


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
