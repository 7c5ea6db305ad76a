"""One load under way: from staged rows to stored records, inside one database transaction."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from analytics import rating, sources
from analytics.errors import RejectedRows, StorageFailed, UnknownFormat
from analytics.records import (
    COLUMNS,
    LoadPreview,
    LoadResult,
    PreviewedAccount,
    PreviewedModel,
    Rejection,
)
from analytics.rules.record import microseconds_of
from analytics.sources import TableSource, native, records
from analytics.sources.checked import CheckedRows
from analytics.sources.formats.reading import PartReader
from analytics.sources.lines import SourceFile
from analytics.sources.overrides import Overrides, overrides
from analytics.sources.parts import PART_ROWS, Layout, Part, read_parts
from analytics.sources.processes import ReadingProcesses
from analytics.sources.registry import NATIVE
from analytics.usage import plain
from analytics.usage.compaction import compact_crowded
from analytics.usage.options import LoadOptions

if TYPE_CHECKING:
    import pyarrow as pa

    from analytics.engines import Writer

Progress = Callable[[float, int], None]
"""Called with the fraction done (0 to 1) and the rows read so far."""

_JUDGED, _STORED = 0.65, 0.95
"""How much of a part's time is over when it is rated, and when its records are stored."""

_COUNTS = ("row_count", "appended", "duplicates", "rejected", "unpriced", "accounts_created")

_SAMPLE_LINES = 20_000
"""Which keys plain lines have is seen from so many."""

_LATER_SAMPLE_LINES = 4_000
"""The same once a part was seen: names of models that it had are known by then."""


class Load:
    """One load under way, inside one database transaction.

    Parts are staged until there are enough of them, then judged and stored together. Plain rows
    (`plain`) take a short way of their own, up to where it is told whether they are new.
    """

    def __init__(
        self,
        engine: "Writer",
        options: LoadOptions,
        processes: ReadingProcesses | None = None,
    ) -> None:
        self.engine = engine
        self.options = options
        self.load_id = engine.row("usage/next_load")["load_id"]
        self._started = time.monotonic()
        self._now = datetime.now(UTC).replace(tzinfo=None)
        self._outcome: Counter[str] = Counter()
        self._staged: list[Part] = []
        self._rows = Counter[str]()
        self._has_shapes = False
        self._sources: Counter[str] = Counter()
        self._skipped = 0
        now = self._now.replace(tzinfo=UTC)
        latest = now + timedelta(days=1)
        self._latest = microseconds_of(latest)
        self._reader = PartReader(self._said_of, self._latest, processes)
        self._parameters = {
            "latest_time": latest.replace(tzinfo=None),
            "create_accounts": options.create_accounts,
            "billing_timezone": engine.row("book/setting", name="billing_timezone")["value"],
        }
        engine.hold("earlier_content", "usage/no_earlier_content")
        engine.hold("staged", "usage/no_staged")
        engine.hold("earlier_records", "sources/no_records")

    @property
    def staged_rows(self) -> int:
        """How many rows are staged, and not stored yet."""
        return sum(part.row_count for part in self._staged)

    def prepare(self, part: Part) -> Part:
        """A part of another program's log with its rows, read while the one before is loaded."""
        return records.prepare(part, self._reader)

    def stage(self, part: Part) -> None:
        """Adds a part to `plain`, or row by row to `staged`: typed, or the code of a rejection."""
        if part.source != NATIVE:
            self._stage_foreign(part)
            return
        part = records.split(self.engine, part, self._reader)
        self._staged.append(part)
        self._sources[part.source] += part.row_count
        try:
            if part.table is not None:
                self._stage_table(part, part.table)
            else:
                self._stage_lines(part)
        except StorageFailed as error:
            if part.table is None or part.table.batches is not None:
                raise
            problem = f"it cannot be read to its end, so nothing was loaded ({error})"
            raise UnknownFormat(path=part.table.name, problem=problem) from error

    def settle(self, progress: Callable[[float], None]) -> None:
        """Identifies and rates what was staged, and stores what is new of it."""
        engine = self.engine
        load = {"load_id": self.load_id, "recorded_at": self._now}
        created = self._rate_staged() + self._identify_plain()
        progress(_JUDGED)
        engine.hold("verdict", "usage/verdict")
        outcome = Counter(engine.row("usage/verdicts"))
        outcome["accounts_created"] = created
        outcome["row_count"] = self.staged_rows
        outcome["rejected"] = outcome["conflicts"]
        if self._rows["plain"]:
            outcome["appended"] += engine.execute("usage/insert_plain", **load)
        if self._rows["staged"]:
            engine.define("accepted", "usage/accepted")
            staged = engine.row("usage/outcome")
            assert staged["rated"] == staged["usable"], "a row found several prices, or was dropped"
            outcome["appended"] += engine.execute("usage/insert_records", **load)
            outcome["unpriced"] += staged["unpriced"]
            outcome["rejected"] += staged["rejected"]
        progress(_STORED)
        if outcome["appended"]:
            engine.execute("usage/insert_index")
        if outcome["rejected"]:
            self._reject()
        if self._rows["staged"]:
            engine.hold_more("earlier_content", "usage/earlier_content")
        self._outcome.update(outcome)
        engine.release(*self._rows, "identified", "verdict")
        self._staged = []
        self._rows.clear()

    def finish(self, paths: Sequence[str], files: int) -> LoadResult:
        """Rolls up what was stored, writes the load itself down, says what became of its rows."""
        if self._outcome["appended"]:
            self.engine.execute("usage/insert_daily", load_id=self.load_id)
            compact_crowded(self.engine)
        self.engine.execute(
            "usage/insert_load",
            load_id=self.load_id,
            source="\n".join(paths),
            options=self.options.text(paths),
            started_at=self._now,
            finished_at=datetime.now(UTC).replace(tzinfo=None),
            files=files,
            **{name: self._outcome[name] for name in _COUNTS},
        )
        return self.result(files)

    def result(self, files: int) -> LoadResult:
        """What became of the rows."""
        rejected = self._outcome["rejected"]
        return LoadResult(
            load_id=self.load_id,
            files=files,
            rows=self._outcome["row_count"] + self._skipped,
            appended=self._outcome["appended"],
            duplicates=self._outcome["duplicates"],
            rejected=rejected,
            rejected_by_code=self.rejected_by_code() if rejected else {},
            unpriced=self._outcome["unpriced"],
            accounts_created=self._outcome["accounts_created"],
            seconds=time.monotonic() - self._started,
            first_rejections=self.first_rejections() if rejected else (),
            preview=None,
            skipped=self._skipped,
            skipped_by_reason=dict(self._reader.reasons),
            sources=dict(self._sources),
        )

    def rehearsed(self, files: int) -> LoadResult:
        """What would become of the rows, with a preview, in a load that is taken back."""
        totals = self.engine.row("usage/preview_totals", load_id=self.load_id)
        models = self.engine.rows("usage/preview_models", load_id=self.load_id)
        accounts = self.engine.rows("usage/preview_accounts", load_id=self.load_id)
        preview = LoadPreview(
            first_at=_utc(totals["first_at"]),
            last_at=_utc(totals["last_at"]),
            accounts=totals["accounts"],
            input_tokens=totals["input_tokens"],
            output_tokens=totals["output_tokens"],
            cost_usd=totals["cost_usd"],
            models=[PreviewedModel(**row) for row in models],
            by_account=[PreviewedAccount(**row) for row in accounts],
        )
        return replace(self.result(files), load_id=None, preview=preview)

    @property
    def rejected(self) -> int:
        """How many rows were rejected so far."""
        return self._outcome["rejected"]

    def rejected_by_code(self) -> dict[str, int]:
        """How many rows were rejected, by code."""
        rows = self.engine.rows("usage/rejection_counts", load_id=self.load_id)
        return {row["code"]: row["rejections"] for row in rows}

    def first_rejections(self) -> list[Rejection]:
        """The first few rejected rows."""
        return [
            Rejection(row["path"], row["line_number"], row["code"], row["message"], row["excerpt"])
            for row in self.engine.rows("usage/first_rejections", load_id=self.load_id)
        ]

    def refuse(self) -> RejectedRows:
        """The error that says why nothing was loaded."""
        codes = ", ".join(f"{code} {count}" for code, count in self.rejected_by_code().items())
        first = self.first_rejections()[0]
        place = f"{first.path}:{first.line} {first.message}"
        return RejectedRows(rejected=self.rejected, codes=codes, first=place)

    def _stage_foreign(self, part: Part) -> None:
        """Stages the records of a part of another program's log."""
        engine = self.engine
        part = records.split(engine, part, self._reader)
        assert part.rows is not None
        rows = part.rows.num_rows
        engine.keep("read_row", part.rows)
        engine.define("typed_row", "usage/typed_of_read")
        plain.resolve_names(engine)
        if self._keep_plain(rows):
            self._stage(engine.arrow("usage/rest_read"))
        self._staged.append(replace(part, row_count=rows))
        self._sources[part.source] += rows
        self._skipped += part.row_count - rows

    def _stage_table(self, part: Part, table: TableSource) -> None:
        """Keeps the plain rows of a table file, and stages the others."""
        engine = self.engine
        engine.expose_table("raw", table, COLUMNS)
        rest = "usage/all_cells"
        if plain.may_hold(table):
            plain.expose_table(engine)
            plain.resolve_names(engine)
            if not self._keep_plain(part.row_count):
                return
            rest = "usage/rest_cells"
        self._stage(native.check_cells(engine.arrow(rest), self._checking()))

    def _stage_lines(self, part: Part) -> None:
        """Keeps the plain lines of a part, and stages the others."""
        engine = self.engine
        shapes = self._sample(part)
        self._expose_lines(part)
        rest = "usage/all_lines"
        if shapes is not None:
            plain.expose_lines(engine, "source_line", shapes)
            if not self._keep_plain(part.row_count):
                return
            rest = "usage/rest_line"
        self._stage(native.check_lines(engine.arrow(rest), self._checking()))

    def _keep_plain(self, count: int) -> int:
        """Keeps the plain ones of so many typed rows; returns how many others there are."""
        found, rest = plain.stage(self.engine, self._parameters, more="plain" in self._rows)
        assert found + rest == count, "a plain row found several prices, or was dropped"
        self._rows["plain"] += found
        return rest

    def _sample(self, part: Part) -> plain.Shapes | None:
        """Looks at the first lines of a part: their shapes, the names of models."""
        self._expose_lines(part, _LATER_SAMPLE_LINES if self._has_shapes else _SAMPLE_LINES)
        self._has_shapes = True
        shapes = plain.find_shapes(
            {tuple(row["keys"]): row["line_count"] for row in self.engine.rows("sources/shapes")}
        )
        if shapes is not None:
            plain.expose_lines(self.engine, "source_line", shapes)
            plain.resolve_names(self.engine)
        return shapes

    def _checking(self) -> CheckedRows:
        return CheckedRows(self._latest)

    def _stage(self, checked: "pa.Table") -> None:
        """Stages records that the rule book has checked: with their accounts and content."""
        engine = self.engine
        engine.keep("checked_row", checked)
        hold = engine.hold_more if "staged" in self._rows else engine.hold
        self._rows["staged"] += hold("staged", "usage/stage", **self._parameters)
        engine.release("checked_row")

    def _rate_staged(self) -> int:
        """Rates the staged rows into `rated`; returns how many accounts they created."""
        engine = self.engine
        if not self._rows["staged"]:
            engine.hold("identified", "usage/no_identified")
            return 0
        if engine.hold("given_transaction", "usage/given_transactions"):
            engine.hold("staged", "usage/check_transactions")
        created = engine.execute("usage/create_accounts", recorded_at=self._now)
        engine.define("unrated", "usage/unrated")
        rating.rate(engine, store=engine.hold)
        self._rows["rated"] = engine.hold("identified", "usage/identified")
        return created

    def _identify_plain(self) -> int:
        """Adds the plain rows to `identified`; returns how many accounts they created."""
        engine = self.engine
        if not self._rows["plain"]:
            return 0
        engine.hold_more("identified", "usage/identified_plain")
        return engine.execute("usage/create_plain_accounts", recorded_at=self._now)

    def _said_of(self, source: str) -> Overrides:
        options = self.options
        return overrides(options.mapping, options.constants, options.account(source))

    def _expose_text(self, part: Part) -> None:
        """Makes the texts of a part readable as `part_text`."""
        if part.rows is not None:
            self.engine.keep("read_row", part.rows)
            self.engine.define("part_text", "usage/text_of_read")
        elif part.table is not None:
            self.engine.expose_table("raw", part.table, COLUMNS)
            self.engine.define("part_text", "usage/text_of_table")
        else:
            self._expose_lines(part)
            self.engine.define("part_text", "usage/text_of_lines")

    def _expose_lines(self, part: Part, most: int | None = None) -> None:
        """Makes the lines of a part, or the first of them, readable as `source_line`."""
        assert part.lines is not None
        options = self.options
        self.engine.expose_lines(
            "source_line",
            lines=part.lines if most is None else part.lines.slice(0, most),
            mapping=options.mapping,
            constants=options.constants,
            removed=sources.other_names([*options.mapping, *options.constants]),
        )

    def _reject(self) -> None:
        """Stores the rejected rows; the text of those in conflict is looked up in their parts."""
        engine = self.engine
        engine.hold("conflict_text", "usage/no_conflict_text")
        names = {row["path"] for row in engine.rows("usage/conflict_paths")}
        for part in self._staged:
            if names and names & part.paths:
                self._expose_text(part)
                engine.hold_more("conflict_text", "usage/conflict_text")
        engine.define("rejected", "usage/rejected")
        engine.execute("usage/insert_rejections", load_id=self.load_id)


def load_files(load: Load, files: Sequence[SourceFile], progress: Progress) -> None:
    """Loads files part by part, and reports how far it is."""
    options = load.options
    layout = Layout(options.mapping, options.constants, options.id_scope == "file")
    total = sum(file.size_bytes for file in files) or 1
    done = rows = 0

    def settle(position: int) -> None:
        share = (position - done) / total
        load.settle(lambda fraction: progress(done / total + fraction * share, rows))

    for part in read_parts(files, layout, load.prepare):
        rows += part.row_count
        load.stage(part)
        if load.staged_rows >= PART_ROWS:
            settle(part.position)
            done = part.position
    if load.staged_rows:
        settle(total)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
