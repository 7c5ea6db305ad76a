"""Text files of any size as batches of lines, decompressed as they are read.

Lines are cut here, not by a CSV reader: a bad byte, a NUL, a mixed line end or a very long line
then spoils one line, not the file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.errors import UnknownFormat

if TYPE_CHECKING:
    import pyarrow as pa

Report = Callable[[int, int], None]
"""Called with the bytes and the lines of a file that have been read."""

CHUNK_BYTES = 8 * 1024 * 1024
_BLANK_BYTES = 16
"""Blank lines are looked for where a line is no longer than this; a longer one is rejected."""


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
            ("line", pa.large_string()),
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


def open_stream(file: SourceFile) -> tuple[Any, Any]:
    """The file as stored, and as text bytes: the same where it is not compressed."""
    import pyarrow as pa

    raw = file.path.open("rb")
    return raw, pa.CompressedInputStream(raw, file.compression) if file.compression else raw


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
    raw, stream = open_stream(file)
    with raw:
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

    if not data.endswith(b"\n"):
        data += b"\n"
    parts = data.split(b"\n")
    parts.pop()
    count = len(parts)
    # Each line keeps its line end, which JSON does not mind: so no byte has to be copied.
    ends = pc.cumulative_sum(pc.add(pa.array(map(len, parts), pa.int64()), 1))
    lines = _strings(data, pa.concat_arrays([pa.array([0], pa.int64()), ends]))
    problem = pa.nulls(count, pa.string())
    if not _is_unicode(lines):
        lines, problem = _repaired(lines)
    batch = pa.RecordBatch.from_arrays(
        [
            pa.repeat(name, count),
            pa.array(range(first_number, first_number + count), pa.int64()),
            pa.repeat(pa.scalar(id_scope, pa.string()), count),
            lines,
            problem,
        ],
        schema=schema,
    )
    if min(map(len, parts)) > _BLANK_BYTES:
        return batch
    return batch.filter(pa.array([bool(part.strip()) for part in parts]))


def _strings(data: bytes, offsets: "pa.Array") -> "pa.Array":
    import pyarrow as pa

    buffers = [None, offsets.buffers()[1], pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_string(), len(offsets) - 1, buffers)


def _is_unicode(texts: "pa.Array") -> bool:
    import pyarrow as pa

    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _repaired(texts: "pa.Array") -> tuple["pa.Array", "pa.Array"]:
    """The texts with what is not UTF-8 replaced, and which were: the slow way, for a rare chunk."""
    import pyarrow as pa

    decoded = [_decode(text) for text in texts.cast(pa.large_binary()).to_pylist()]
    return (
        pa.array([text for text, _ in decoded], pa.large_string()),
        pa.array([problem for _, problem in decoded], pa.string()),
    )


def _decode(part: bytes) -> tuple[str, str | None]:
    try:
        return part.decode("utf-8"), None
    except UnicodeDecodeError:
        return part.decode("utf-8", errors="replace"), "bad_encoding"
