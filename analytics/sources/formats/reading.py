"""Lines of a log become rows of the native columns, and these an Arrow table, a part at a time."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from analytics.records import COLUMNS
from analytics.rules.reading import SkippedUsage, UnreadableUsage
from analytics.sources.formats.lines import Line, decode
from analytics.sources.formats.rows import Row

if TYPE_CHECKING:
    import pyarrow as pa

Found = Iterable[tuple[Line, Row | str]]
"""Lines with their rows, or with the reason why they are no usage."""

_BATCH = 4096
"""Lines that are Python objects at once."""

_LEFT_OUT = {"model_id", "cached_tokens", "cache_write_5m_tokens"}
NAMES = tuple(name for name in COLUMNS if name not in _LEFT_OUT)

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


def each(rows_of: Callable[[Line], Iterable[Row]]) -> Callable[[Iterator[Line]], Found]:
    """The reader of a format whose lines do not depend on one another.

    Args:
        rows_of: a decoded line -> its rows; `SkippedUsage` where it is none of a model call.
    """

    def read(lines: Iterator[Line]) -> Iterator[tuple[Line, Row | str]]:
        for line in lines:
            if line.row is None:
                yield line, {"problem": line.problem}
                continue
            try:
                for row in rows_of(line):
                    yield line, row
            except SkippedUsage as error:
                yield line, error.problem
            except UnreadableUsage as error:
                yield line, {"problem": error.code}

    return read


@dataclass(slots=True)
class Read:
    """A part as a table of native columns, and how many of its lines were no usage."""

    table: "pa.Table"
    skipped: int


class PartReader:
    """Reads the parts of a load; numbers the records of each file through its parts."""

    def __init__(self) -> None:
        self._records: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        """Why lines and records were skipped."""

    def read(self, table: "pa.Table", found: Format) -> Read:
        """The rows of a part.

        Args:
            table: lines, with the columns of `lines.line_schema`.
            found: their format.
        """
        import pyarrow as pa

        batches: list[pa.RecordBatch] = []
        waiting: list[tuple[Line, Row]] = []
        places: list[int] = []
        seen: Counter[int] = Counter()
        skipped = 0
        for line, row in found.read(map(_decoded, _lines(table))):
            seen[line.index] += 1
            placed = self._numbered(line, seen[line.index], found)
            if isinstance(row, str):
                self.reasons[row] += 1
                skipped += 1
                continue
            waiting.append((placed, row))
            places.append(line.index)
            if len(waiting) >= _BATCH:
                batches.append(_batch(waiting, found))
                waiting = []
        batches.append(_batch(waiting, found))
        rows = pa.Table.from_batches(batches)
        if not found.has_records:
            # The texts stay where they are: as Python objects they would be there twice.
            texts = table.column("line")
            if places != list(range(table.num_rows)):
                texts = texts.take(pa.array(places, pa.int64()))
            rows = rows.append_column("line", texts)
        rows = rows.append_column("excerpt", rows.column("line"))
        if not found.has_records and (silent := table.num_rows - len(seen)):
            self.reasons[NO_CALL] += silent
            skipped += silent
        return Read(rows, skipped)

    def _numbered(self, line: Line, nth: int, found: Format) -> Line:
        if found.has_records:
            # Each of its records is a line of its own here.
            self._records[line.path] += 1
            line.number = self._records[line.path]
            return line
        return line if nth == 1 else replace(line, number=line.number + (nth - 1) * FURTHER)


def _lines(table: "pa.Table") -> Iterator[Line]:
    index = 0
    for batch in table.to_batches(_BATCH):
        columns = (batch.column(name).to_pylist() for name in ("path", "line_number", "id_scope"))
        texts = (batch.column(name).to_pylist() for name in ("line", "problem"))
        for path, number, scope, text, problem in zip(*columns, *texts, strict=True):
            yield Line(path, number, scope, text or "", index, problem)
            index += 1


def _decoded(line: Line) -> Line:
    decode(line)
    return line


def _batch(rows: Sequence[tuple[Line, Row]], found: Format) -> "pa.RecordBatch":
    import pyarrow as pa

    arrays: dict[str, Any] = {
        "path": pa.array([line.path for line, _ in rows], pa.string()),
        "line_number": pa.array([line.number for line, _ in rows], pa.int64()),
        "id_scope": pa.array([line.scope for line, _ in rows], pa.string()),
        "problem": pa.array([row.get("problem") for _, row in rows], pa.string()),
    }
    if found.has_records:
        arrays["line"] = pa.array([line.text for line, _ in rows], pa.large_string())
    given = {name for _, row in rows for name in row}
    for name in NAMES:
        if name in given:
            arrays[name] = pa.array([row.get(name) for _, row in rows], pa.string())
        else:
            arrays[name] = pa.nulls(len(rows), pa.string())
    return pa.RecordBatch.from_arrays(list(arrays.values()), names=list(arrays))
