"""Lines of a log become rows of the native columns, and these checked records, part by part."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import repeat
from typing import TYPE_CHECKING

from analytics.rules.exact_json import decoded, decoded_each
from analytics.rules.reading import SkippedUsage, UnreadableUsage
from analytics.rules.record import Refused
from analytics.sources.checked import CheckedRows
from analytics.sources.formats.lines import Line, decode
from analytics.sources.formats.rows import Row
from analytics.sources.overrides import Overrides
from analytics.sources.processes import LEAST_LINES, Job, Read, ReadingProcesses

if TYPE_CHECKING:
    import pyarrow as pa

Found = Iterable[tuple[Line, Row | str]]
"""Lines with their rows, or with the reason why they are no usage."""

_BATCH = 512
"""Lines that are Python objects at once."""

NO_CALL = "no model call"
"""Why a line is skipped that its format says nothing of."""

FURTHER = 10**12
"""What further records of a line are numbered by, besides its own number: numbers are unique."""


@dataclass(frozen=True, slots=True)
class Format:
    """A log format.

    Args:
        title: what it is, in a few words.
        example: one row of it.
        read: decoded lines -> their rows; lines that are no usage have none.
        has_records: a line may hold several records, which are numbered through the file.
    """

    title: str
    example: str
    read: Callable[[Iterator[Line]], Found]
    has_records: bool = False


@dataclass(frozen=True, slots=True)
class each:  # noqa: N801 - it is called as a function is
    """The reader of a format whose lines do not depend on one another.

    Args:
        rows_of: a decoded line -> its rows; `SkippedUsage` where it is none of a model call.
    """

    rows_of: Callable[[Line], Iterable[Row]]

    def __call__(self, lines: Iterator[Line]) -> Iterator[tuple[Line, Row | str]]:
        """Lines with their rows, or why they have none."""
        for line in lines:
            if line.row is None:
                yield line, {"problem": line.problem}
                continue
            try:
                for row in self.rows_of(line):
                    yield line, row
            except SkippedUsage as error:
                yield line, error.problem
            except UnreadableUsage as error:
                yield line, {"problem": error.code}


class PartReader:
    """Reads the parts of a load; numbers the records of each file through its parts.

    Args:
        said: a source -> what was said of all its rows.
        latest: what happened later is in the future, in microseconds since 1970.
        processes: read many lines that do not depend on one another, if there are any.
    """

    def __init__(
        self,
        said: Callable[[str], Overrides],
        latest: int,
        processes: ReadingProcesses | None = None,
    ) -> None:
        self._said = said
        self._latest = latest
        self._processes = processes
        self._records: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        """Why lines and records were skipped."""

    def read(self, table: "pa.Table", found: Format, source: str) -> Read:
        """The records of a part.

        Args:
            table: lines, with the columns of `lines.line_schema`.
            found: their format.
            source: its name.
        """
        import pyarrow as pa

        is_worth_it = table.num_rows >= LEAST_LINES and isinstance(found.read, each)
        if not (self._processes and self._processes.count and is_worth_it):
            done = [self._read(table, found, source)]
        else:
            job = Job(source, self._said(source), self._latest)
            done = [
                answer or self._read(part, found, source)
                for part, answer in self._processes.read(table, job)
            ]
        for each_part in done:
            self.reasons += each_part.reasons
        tables = [each_part.table for each_part in done]
        skipped = sum(each_part.skipped for each_part in done)
        return Read(pa.concat_tables(tables), skipped, self.reasons)

    def _read(self, table: "pa.Table", found: Format, source: str) -> Read:
        import pyarrow as pa

        said = self._said(source)
        reasons: Counter[str] = Counter()
        records = CheckedRows(self._latest)
        places: list[int] = []
        texts: list[str] = []
        seen: dict[int, int] = {}
        skipped = 0
        for line, row in found.read(_lines(table, said)):
            seen[line.index] = nth = seen.get(line.index, 0) + 1
            placed = self._numbered(line, nth, found)
            if isinstance(row, str):
                reasons[row] += 1
                skipped += 1
                continue
            if found.has_records:
                line.row = None  # it is a file, or a page, of which the record is a part
            records.add((placed.path, placed.number, placed.scope), _record(line, row, said))
            places.append(line.index)
            if found.has_records:
                texts.append(line.text)
        if found.has_records:
            excerpts: pa.Array | pa.ChunkedArray = pa.array(texts, pa.large_string())
        else:
            # The texts stay where they are: as Python objects they would be there twice.
            excerpts = table.column("line")
            if places != list(range(table.num_rows)):
                excerpts = excerpts.take(pa.array(places, pa.int64()))
            if silent := table.num_rows - len(seen):
                reasons[NO_CALL] += silent
                skipped += silent
        return Read(records.table(excerpts), skipped, reasons)

    def _numbered(self, line: Line, nth: int, found: Format) -> Line:
        if found.has_records:
            # Each of its records is a line of its own here.
            self._records[line.path] += 1
            line.number = self._records[line.path]
            return line
        return line if nth == 1 else replace(line, number=line.number + (nth - 1) * FURTHER)


def _lines(table: "pa.Table", said: Overrides) -> Iterator[Line]:
    is_looked_into = bool(said.paths or said.account.path)
    index = 0
    for batch in table.to_batches(_BATCH):
        columns = (batch.column(name).to_pylist() for name in ("path", "line_number", "id_scope"))
        texts, problems = (batch.column(name).to_pylist() for name in ("line", "problem"))
        objects = decoded_each(texts) or repeat(None)
        for path, number, scope, text, problem, found in zip(
            *columns, texts, problems, objects, strict=False
        ):
            line = Line(path, number, scope, text or "", index, problem, found, is_looked_into)
            if found is None:
                decode(line)
            yield line
            index += 1


def _record(line: Line, row: Row, said: Overrides) -> Row | Refused:
    """The columns of a row with what was said of all of them, or why it has none."""
    problem = row.get("problem")
    if problem is not None:
        return Refused(problem, row.get("detail"))
    if any(str(row.get(name) or "").startswith(("{", "[")) for name in ("id", "provider", "model")):
        return Refused("bad_text")
    if said.is_nothing:
        return said.with_context(row)
    found = line.row
    if found is None and line.text:
        found = decoded(line.text)
    return said.over(row, found)
