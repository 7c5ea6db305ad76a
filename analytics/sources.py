"""Log formats: finds files, tells their format, exposes them for `queries/sources/<format>.sql`.

Lines are read here in chunks, not by the database's CSV reader: a bad byte, a NUL, a mixed line end
or a very long line then spoils one line, not the file. Decompression streams, so memory does not
grow with the file. Tables (CSV, Parquet) are read by the engine; here only their columns are
matched.
"""

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.errors import FileMissing, InvalidArgument, UnknownFormat
from analytics.records import METER_NAMES, UNSTORED_METERS
from analytics.sql import resource

if TYPE_CHECKING:
    import pyarrow as pa

Report = Callable[[int, int], None]
"""Called with the bytes and the lines of a file that have been read."""

CHUNK_BYTES = 8 * 1024 * 1024
STDIN = "-"

COLUMNS: tuple[str, ...] = (
    "id",
    "occurred_at",
    "context",
    "account_id",
    "external_id",
    "transaction_id",
    "provider",
    "model",
    "model_id",
    "usage_type",
    "variant",
    "description",
    "tags",
    "other_meters",
    "cached_tokens",
    "cache_write_5m_tokens",
    "audio_duration_seconds",
    *METER_NAMES,
)
"""The columns of the native format. `model_id`, `cached_tokens`, `cache_write_5m_tokens` and
`audio_duration_seconds` are other names for `model`, `cache_read_tokens`, `cache_write_tokens` and
`audio_milliseconds`."""

FORMATS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}
_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file to load: its format (jsonl, csv, parquet) and compression (gzip, zstd or none)."""

    name: str
    path: Path
    format: str
    compression: str | None

    @property
    def size_bytes(self) -> int:
        """The size on disk."""
        return self.path.stat().st_size


@dataclass(frozen=True, slots=True)
class TableSource:
    """A table file whose columns are matched to those of the native format."""

    name: str
    path: Path
    format: str
    id_scope: str | None
    columns: Mapping[str, str]
    """Native column -> column of the file."""
    constants: Mapping[str, str]
    meters: Mapping[str, str]
    """Meter that is not stored -> column of the file."""
    surplus: Sequence[str]
    """Columns of the file that nothing maps: tags, where they are short."""


@dataclass(frozen=True, slots=True)
class BuiltinPrices:
    """The built-in price files that come with the program (`data/prices/`)."""

    folder: Path
    version: str
    """The version of genai-prices that they were made from."""

    def path(self, name: str) -> Path:
        """The path of one of the files."""
        return self.folder / name

    def lines(self, name: str) -> "pa.RecordBatchReader":
        """The lines of ``<name>.jsonl``."""
        path = self.path(f"{name}.jsonl")
        return read_lines(SourceFile(name, path, "jsonl", None), None, lambda _bytes, _lines: None)


def builtin_prices() -> BuiltinPrices:
    """The built-in price files."""
    folder = resource("data", "prices")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return BuiltinPrices(folder, manifest["genai_prices"])


def find_files(paths: Iterable[str], file_format: str | None, stdin_copy: Path) -> list[SourceFile]:
    """The files that paths, folders, globs and ``-`` name, each once, in a fixed order.

    Args:
        paths: files, folders (searched for known endings), glob patterns, or ``-`` for standard
            input.
        file_format: jsonl, csv or parquet where the ending does not say it.
        stdin_copy: where standard input is put, so that it can be read like a file.

    Raises:
        FileMissing: a path names nothing.
        UnknownFormat: a file's format cannot be told.
    """
    found: dict[Path, SourceFile] = {}
    for text in paths:
        for path, name in _expand(text, stdin_copy):
            if path not in found:
                found[path] = _source_file(path, name, file_format)
    return list(found.values())


def read_lines(file: SourceFile, id_scope: str | None, report: Report) -> "pa.RecordBatchReader":
    """The file's lines in batches, without blank ones.

    Columns are path, line_number, id_scope, line and problem.

    `report` is called with the bytes of the file and the lines that have been read.
    """
    import pyarrow as pa

    schema = pa.schema(
        [
            ("path", pa.string()),
            ("line_number", pa.int64()),
            ("id_scope", pa.string()),
            ("line", pa.string()),
            ("problem", pa.string()),
        ]
    )

    def batches() -> Iterator[pa.RecordBatch]:
        number = 1
        for data, position in _whole_lines(file):
            yield _batch(schema, file.name, id_scope, number, data)
            number += data.count(b"\n")
            report(position, number - 1)

    return pa.RecordBatchReader.from_batches(schema, batches())


def lines_of_text(text: str, name: str) -> "pa.RecordBatchReader":
    """One line of JSON as a batch, for a single record."""
    import pyarrow as pa

    batch = pa.record_batch(
        {
            "path": pa.array([name], pa.string()),
            "line_number": pa.array([1], pa.int64()),
            "id_scope": pa.array([None], pa.string()),
            "line": pa.array([text], pa.string()),
            "problem": pa.array([None], pa.string()),
        }
    )
    return pa.RecordBatchReader.from_batches(batch.schema, [batch])


def match_columns(
    file: SourceFile,
    headings: Sequence[str],
    mapping: Mapping[str, str],
    constants: Mapping[str, str],
    id_scope: str | None,
) -> TableSource:
    """Matches a table's columns to ours: by ``--map``, else by name in snake_case or camelCase.

    Raises:
        InvalidArgument: ``--map`` names a column that the file does not have.
    """
    columns: dict[str, str] = {}
    for target, heading in mapping.items():
        if heading not in headings:
            known = ", ".join(headings)
            problem = f"{file.name} has no column {heading!r}; it has {known}"
            raise InvalidArgument(name=f"--map {target}={heading}", problem=problem)
        columns[target] = heading
    used = set(columns.values())
    native = {_folded(name): name for name in COLUMNS}
    unstored = {_folded(name): name for name in UNSTORED_METERS}
    meters: dict[str, str] = {}
    surplus: list[str] = []
    for heading in headings:
        if heading in used:
            continue
        folded = _folded(heading)
        own = native.get(folded)
        if own and own not in columns and own not in constants:
            columns[own] = heading
        elif not own and folded in unstored:
            meters[unstored[folded]] = heading
        elif not own:
            surplus.append(heading)
    _refuse_two_names(file, columns)
    return TableSource(
        name=file.name,
        path=file.path,
        format=file.format,
        id_scope=id_scope,
        columns={name: heading for name, heading in columns.items() if name not in constants},
        constants=constants,
        meters=meters,
        surplus=surplus,
    )


def check_targets(option: str, targets: Iterable[str]) -> None:
    """Refuses a ``--map`` or ``--set`` of a column that the native format does not have.

    Raises:
        InvalidArgument: with the columns that there are.
    """
    for target in targets:
        if target not in COLUMNS:
            problem = f"there is no column {target!r}; the columns are {', '.join(COLUMNS)}"
            raise InvalidArgument(name=f"{option} {target}", problem=problem)


def _refuse_two_names(file: SourceFile, columns: Mapping[str, str]) -> None:
    for one, other in (
        ("model", "model_id"),
        ("cache_read_tokens", "cached_tokens"),
        ("cache_write_tokens", "cache_write_5m_tokens"),
        ("audio_milliseconds", "audio_duration_seconds"),
    ):
        if one in columns and other in columns:
            problem = (
                f"{file.name} has both {columns[one]!r} and {columns[other]!r}; they mean the same"
            )
            raise InvalidArgument(name="columns", problem=problem)


def _folded(name: str) -> str:
    return name.strip().lower().replace("_", "")


def _expand(text: str, stdin_copy: Path) -> Iterator[tuple[Path, str]]:
    if text == STDIN:
        with stdin_copy.open("wb") as target:
            shutil.copyfileobj(sys.stdin.buffer, target)
        yield stdin_copy, STDIN
        return
    path = Path(text)
    if path.is_dir():
        matches = sorted(p for p in path.rglob("*") if p.is_file() and _known_format(p))
    elif path.exists():
        matches = [path]
    else:
        matches = sorted(p for p in Path(path.anchor).glob(_pattern(path)) if p.is_file())
    if not matches:
        raise FileMissing(path=text)
    for match in matches:
        yield match.resolve(), str(match)


def _pattern(path: Path) -> str:
    return str(path.relative_to(path.anchor)) if path.anchor else str(path)


def _known_format(path: Path) -> str | None:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSIONS:
        suffixes.pop()
    return FORMATS.get(suffixes[-1]) if suffixes else None


def _source_file(path: Path, name: str, file_format: str | None) -> SourceFile:
    known = file_format or _known_format(path) or ("jsonl" if name == STDIN else None)
    if known is None:
        raise UnknownFormat(path=name, problem="its format cannot be told from its name")
    return SourceFile(name, path, known, _COMPRESSIONS.get(path.suffix.lower()))


def _whole_lines(file: SourceFile) -> Iterator[tuple[bytes, int]]:
    """Chunks that end at a line end, each with how far the file has been read, in bytes."""
    pieces: list[bytes] = []
    position = 0
    for chunk, position in _chunks(file):
        cut = chunk.rfind(b"\n") + 1
        pieces.append(chunk[:cut] if cut else chunk)
        if cut:
            yield b"".join(pieces), position
            pieces = [chunk[cut:]]
    if rest := b"".join(pieces):
        yield rest, position


def _chunks(file: SourceFile) -> Iterator[tuple[bytes, int]]:
    import pyarrow as pa

    with file.path.open("rb") as raw:
        stream = pa.CompressedInputStream(raw, file.compression) if file.compression else raw
        is_first = True
        try:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk.removeprefix(b"\xef\xbb\xbf") if is_first else chunk, raw.tell()
                is_first = False
        except OSError as error:
            problem = f"it cannot be decompressed ({error}), so nothing was loaded"
            raise UnknownFormat(path=file.name, problem=problem) from None


def _batch(
    schema: "pa.Schema", name: str, id_scope: str | None, first_number: int, data: bytes
) -> "pa.RecordBatch":
    import pyarrow as pa
    import pyarrow.compute as pc

    problems: list[str | None] | None = None
    try:
        text = pa.array([data.decode("utf-8", errors="strict")], pa.large_string())
        lines = pc.split_pattern(text, "\n").values
    except UnicodeDecodeError:
        parts = data.split(b"\n")
        decoded = [_decode(part) for part in parts]
        lines = pa.array([line for line, _ in decoded], pa.large_string())
        problems = [problem for _, problem in decoded]
    lines = lines.cast(pa.string())
    count = len(lines)
    numbers = pa.array(range(first_number, first_number + count), pa.int64())
    problem = pa.array(problems, pa.string()) if problems else pa.nulls(count, pa.string())
    batch = pa.RecordBatch.from_arrays(
        [
            pa.repeat(name, count),
            numbers,
            pa.repeat(pa.scalar(id_scope, pa.string()), count),
            lines,
            problem,
        ],
        schema=schema,
    )
    return batch.filter(pc.not_equal(pc.utf8_trim_whitespace(lines), ""))


def _decode(part: bytes) -> tuple[str, str | None]:
    try:
        return part.decode("utf-8"), None
    except UnicodeDecodeError:
        return part.decode("utf-8", errors="replace"), "bad_encoding"
