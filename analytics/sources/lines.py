"""Text files of any size as batches of lines, decompressed as they are read.

Lines are cut here, not by a CSV reader: a bad byte, a NUL, a mixed line end or a very long line
then spoils one line, not the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.errors import FileUnreadable, UnknownFormat

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK_BYTES = 8 * 1024 * 1024
MAX_LINE_BYTES = 16 * 1024 * 1024
"""A longer line is rejected, so that a file without line ends cannot take all memory."""

MAX_DOCUMENT_BYTES = 256 * 1024 * 1024
"""The most that a file which is one JSON document may hold: it is read at once."""

_BLANK_BYTES = 16
"""Blank lines are looked for where a line is no longer than this; a longer one is rejected."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file to load: its format (jsonl, csv, parquet) and compression (gzip, zstd or none).

    Args:
        name: what messages call it.
        path: where it is.
        format: jsonl, csv or parquet.
        compression: gzip, zstd or None.
        is_torn: what follows its last line end does not count: whoever wrote it died there.
        scope: where equal rows without an id are one, if ids have the scope of a file; its path
            where nothing is given.
        source: its log format (`registry.SOURCES`).
        is_document: it is one JSON list or object, not lines of them.
    """

    name: str
    path: Path
    format: str
    compression: str | None
    is_torn: bool = False
    scope: str | None = None
    source: str = "native"
    is_document: bool = False

    @property
    def size_bytes(self) -> int:
        """The size on disk."""
        return self.path.stat().st_size


def line_schema() -> "pa.Schema":
    """The columns of lines: path, line_number, id_scope, line and problem."""
    import pyarrow as pa

    return pa.schema(
        [
            ("path", pa.string()),
            ("line_number", pa.int64()),
            ("id_scope", pa.string()),
            ("line", pa.large_string()),
            ("problem", pa.string()),
        ]
    )


def read_lines(file: SourceFile, id_scope: str | None) -> "Iterator[tuple[pa.RecordBatch, int]]":
    """The file's lines in batches of `line_schema`, without blank ones.

    Each comes with the number of bytes of the file that have been read by then.
    """
    schema = line_schema()
    number = 1
    for data, position, is_cut in _whole_lines(file):
        batch = _batch(schema, file.name, id_scope, number, data)
        yield _marked(batch, "line_too_long") if is_cut else batch, position
        number += data.count(b"\n") or 1


def read_document(file: SourceFile, id_scope: str | None) -> "pa.RecordBatch":
    """A file that is one JSON document as one line.

    Raises:
        UnknownFormat: it is too large to be read at once, or cannot be decompressed.
    """
    raw, stream = open_stream(file)
    with raw:
        try:
            data: bytes = stream.read(MAX_DOCUMENT_BYTES + 1)
        except OSError as error:
            problem = f"it cannot be decompressed ({error}), so nothing was loaded"
            raise UnknownFormat(path=file.name, problem=problem) from None
    if len(data) > MAX_DOCUMENT_BYTES:
        problem = "it is one JSON document of more than 256 MB; make it JSON lines first"
        raise UnknownFormat(path=file.name, problem=problem)
    text, problem_code = _decode(data.removeprefix(b"\xef\xbb\xbf"))
    return _rows_of(file.name, id_scope, text, problem_code).to_batches()[0]


def lines_of_bytes(
    name: str, id_scope: str | None, first_number: int, data: bytes, problem: str | None = None
) -> "pa.RecordBatch":
    """Lines of a file as a batch of `line_schema`, without blank ones, numbered from a number."""
    if problem is not None:
        data = data.decode("utf-8", "replace").encode()
    batch = _batch(line_schema(), name, id_scope, first_number, data)
    return batch if problem is None else _marked(batch, problem)


def has_list(lines: "pa.Table") -> bool:
    """Whether a line of a table of `line_schema` begins like a JSON list."""
    import pyarrow.compute as pc

    found = pc.any(pc.match_substring_regex(lines["line"], r"^\s*\["))
    return bool(found.as_py())


def _rows_of(name: str, id_scope: str | None, text: str, problem: str | None) -> "pa.Table":
    import pyarrow as pa

    row = {"path": name, "line_number": 1, "id_scope": id_scope, "line": text, "problem": problem}
    return pa.Table.from_pylist([row], schema=line_schema())


def open_stream(file: SourceFile) -> tuple[Any, Any]:
    """The file as stored, and as text bytes: the same where it is not compressed."""
    import pyarrow as pa

    try:
        raw = file.path.open("rb")
    except OSError as error:
        raise FileUnreadable(path=file.name, problem=error.strerror) from error
    return raw, pa.CompressedInputStream(raw, file.compression) if file.compression else raw


def _whole_lines(file: SourceFile) -> Iterator[tuple[bytes, int, bool]]:
    """Chunks that end at a line end, each with how far the file has been read, in bytes.

    Of a line that is longer than `MAX_LINE_BYTES` only the start comes, by itself and marked.
    """
    pieces: list[bytes] = []
    size = position = 0
    is_skipping = False
    for chunk, position in _chunks(file):
        cut = chunk.rfind(b"\n") + 1
        if is_skipping:
            if not cut:
                continue
            is_skipping = False
            chunk = chunk[chunk.index(b"\n") + 1 :]  # noqa: PLW2901 - the rest of that chunk
            cut = chunk.rfind(b"\n") + 1
        if cut:
            yield b"".join([*pieces, chunk[:cut]]), position, False
            pieces, size = [], 0
        pieces.append(chunk[cut:])
        size += len(chunk) - cut
        if size > MAX_LINE_BYTES:
            yield b"".join(pieces)[:CHUNK_BYTES].decode("utf-8", "replace").encode(), position, True
            pieces, size = [], 0
            is_skipping = True
    if (rest := b"".join(pieces)) and not file.is_torn:
        yield rest, position, False


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
    octets = pa.Array.from_buffers(pa.uint8(), len(data), [None, pa.py_buffer(data)])
    ends = pc.indices_nonzero(pc.equal(octets, pa.scalar(ord("\n"), pa.uint8())))
    # Each line keeps its line end, which JSON does not mind: so no byte has to be copied.
    starts = pa.concat_arrays([pa.array([0], pa.int64()), pc.add(ends.cast(pa.int64()), 1)])
    lines = _strings(data, starts)
    count = len(lines)
    problem = pa.nulls(count, pa.string())
    if not _is_unicode(lines):
        lines, problem = _repaired(lines)
    batch = pa.RecordBatch.from_arrays(
        [
            pa.repeat(name, count),
            pa.arange(first_number, first_number + count),
            pa.repeat(pa.scalar(id_scope, pa.string()), count),
            lines,
            problem,
        ],
        schema=schema,
    )
    if pc.min(pc.binary_length(lines)).as_py() > _BLANK_BYTES:
        return batch
    return batch.filter(pc.greater(pc.binary_length(pc.ascii_trim_whitespace(lines)), 0))


def _marked(batch: "pa.RecordBatch", problem: str) -> "pa.RecordBatch":
    import pyarrow as pa

    column = batch.schema.get_field_index("problem")
    return batch.set_column(column, "problem", pa.repeat(problem, batch.num_rows))


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
