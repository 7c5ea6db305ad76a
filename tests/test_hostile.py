"""What an unkind world does: huge and damaged files, full disks, signals, permissions, texts.

Commands are real processes. Whatever happens to one: a sentence says so, there is no traceback, the
book is as before or has the whole load, its checks pass, and the same command then succeeds.
"""

import csv
import ctypes
import gzip
import json
import os
import platform
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import analytics
from analytics import Book
from analytics.cli import main
from tests.conftest import assert_sound, write_lines
from tests.test_cli import clean_environment
from tests.test_documents import HOSTILE, RAW, Page

pytestmark = pytest.mark.slow

MEGABYTE = 1024 * 1024
IS_LINUX = platform.system() == "Linux"
AT = "2025-10-05T12:00:00Z"
MEMORY = 2048
"""Megabytes that no command may take, whatever its input."""
PATIENCE = 30
"""Seconds after which a command hangs."""


def usage(record_id: str, **values: object) -> str:
    """A line of JSONL that is fine but for what is given."""
    row = {"id": record_id, "occurred_at": AT, "context": "system", "model": "gpt-4o"}
    return json.dumps(row | {"input_tokens": 1} | values)


@dataclass(frozen=True)
class Ended:
    """How a command ended; megabytes of memory that it took at most."""

    code: int
    out: str
    err: str
    megabytes: int


def command(
    *arguments: object, cwd: Path, stdin: bytes = b"", before: Callable[[], None] | None = None
) -> Ended:
    """Runs `tokenbook`; `before` runs in the new process first. Memory is limited in any case."""

    def limit() -> None:
        if IS_LINUX:
            resource.setrlimit(resource.RLIMIT_AS, (16384 * MEGABYTE, 16384 * MEGABYTE))
        if before:
            before()

    out, err = cwd / "stdout.txt", cwd / "stderr.txt"
    with out.open("wb") as to_out, err.open("wb") as to_err:
        process = subprocess.Popen(
            [sys.executable, "-m", "analytics", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=to_out,
            stderr=to_err,
            cwd=cwd,
            env=clean_environment(),
            preexec_fn=limit,  # noqa: PLW1509 - the limit is for this one process
        )
        assert process.stdin
        with suppress(BrokenPipeError):  # it has ended without reading
            process.stdin.write(stdin)
        with suppress(BrokenPipeError):
            process.stdin.close()
        status, used = _ended(process.pid)
        process.returncode = os.waitstatus_to_exitcode(status)
    said, complained = (path.read_text(encoding="utf-8") for path in (out, err))
    out.unlink()
    err.unlink()
    return Ended(
        process.returncode, said, complained, used.ru_maxrss // (1024 if IS_LINUX else MEGABYTE)
    )


def _ended(pid: int) -> tuple[int, resource.struct_rusage]:
    """How a process ended and what it took; one that hangs is killed and fails the test."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found, status, used = os.wait4(pid, os.WNOHANG)
        if found:
            return status, used
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)
    os.wait4(pid, 0)
    raise AssertionError(f"no end after {PATIENCE} seconds")


def refused(ended: Ended, *codes: int) -> str:
    """The sentence of a command that failed as it should, on one line, without anybody's jargon."""
    assert ended.code in codes, ended
    assert ended.err.startswith("Error: "), ended.err
    assert ended.out == ""
    jargon = r"Traceback|Exception|Errno|unexpected|\{|registered as|straddling|Invalid:"
    assert not re.search(jargon, ended.err), ended.err
    return ended.err


def record_ids(path: Path) -> list[str]:
    """The ids of what is recorded, in a book whose checks pass."""
    with analytics.open(path, read_only=True) as book:
        assert_sound(book)
        rows = book.query("select record_id from usage_record order by record_id").rows()
        return [row["record_id"] for row in rows]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed book."""
    path = tmp_path_factory.mktemp("template") / "book"
    analytics.create(path, markup_percent=20, require_transactions=False).close()
    return path


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    """A folder with a book in it."""
    shutil.copytree(template, tmp_path / "book")
    return tmp_path


@pytest.fixture
def book(home: Path) -> Iterator[Book]:
    """That book, sound at the end."""
    with analytics.open(home / "book") as book:
        yield book
        assert_sound(book)


@pytest.fixture(scope="module")
def shared(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """A book for many small tests, sound at the end."""
    with analytics.open(shutil.copytree(template, tmp_path_factory.mktemp("shared") / "b")) as book:
        yield book
        assert_sound(book)


# Lines of fifty megabytes

LONG = 50 * 1000 * 1000
LONG_LINES: dict[str, tuple[Callable[[], str], str]] = {
    "no JSON": (lambda: "x" * LONG, "line_too_long"),
    "brackets": (lambda: "[" * LONG, "line_too_long"),
    "a prompt": (lambda: usage("long", prompt="x" * LONG), "line_too_long"),
    "keys": (
        lambda: usage("long", **{f"k{number}": number for number in range(100_000)}),
        "too_many_keys",
    ),
}
"""What a long line has, and the code of its rejection."""


@pytest.mark.parametrize("name", LONG_LINES)
def test_a_line_of_fifty_megabytes_spoils_at_most_itself(home: Path, name: str) -> None:
    """The lines around it are loaded, its excerpt is short, and memory stays within bounds."""
    line, code = LONG_LINES[name]
    write_lines(home / "log.jsonl", usage("a"), line(), usage("b"))
    ended = command("ingest", "log.jsonl", "--json", cwd=home)
    assert ended.code == 0, ended.err
    result = json.loads(ended.out)
    assert set(record_ids(home / "book")) - {"long"} == {"a", "b"}
    assert result["appended"] == 2
    assert result["rejected_by_code"] == {code: 1}
    assert all(len(each["excerpt"]) <= 512 for each in result["first_rejections"])
    assert ended.megabytes < MEMORY


@pytest.mark.parametrize("size", [9_000_000, LONG])
def test_a_huge_cell_is_loaded_or_refused_in_a_sentence(home: Path, size: int) -> None:
    """No cell of a CSV may take all memory, but the reason must be told."""
    row = f"%s,{AT},system,gpt-4o,1,%s"
    heading = "id,occurred_at,context,model,requests,description"
    write_lines(home / "log.csv", heading, row % ("a", "x" * size), row % ("b", "x"))
    ended = command("ingest", "log.csv", cwd=home)
    if ended.code:
        assert "log.csv" in refused(ended, 2)
        assert record_ids(home / "book") == []
    else:
        assert "b" in record_ids(home / "book")
    assert ended.megabytes < MEMORY


def test_a_huge_heading_is_loaded_or_refused_in_a_sentence(home: Path) -> None:
    write_lines(home / "log.csv", f"id,{'x' * 200_000}", "a,1")
    ended = command("ingest", "log.csv", cwd=home)
    assert ended.code == 0 or refused(ended, 2)


@pytest.mark.parametrize("headings", ["id,id", "team,team", "team, team", "Model,modelId"])
def test_a_heading_that_stands_twice_is_refused(
    shared: Book, tmp_path: Path, headings: str
) -> None:
    file = write_lines(tmp_path / "log.csv", f"{headings},occurred_at", f"a,b,{AT}")
    with pytest.raises(analytics.Invalid, match=r"more than once; rename one|they mean the same"):
        shared.ingest(file)


@pytest.mark.parametrize(
    ("delimiter", "line_end"), [(",", "\n"), (";", "\r\n"), ("\t", "\r"), ("|", "\n")]
)
def test_any_usual_delimiter_and_line_end_of_a_csv_is_understood(
    shared: Book, tmp_path: Path, delimiter: str, line_end: str
) -> None:
    """Also where cells have the others; the last line has no end."""
    text = "a;b,c|d\te"
    rows = (
        ("id", "occurred_at", "context", "model", "requests", "description"),
        *((f"{delimiter}{line_end}{n}", AT, "system", "gpt-4o", 1, text) for n in range(2)),
    )
    lines = (delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    (tmp_path / "log.csv").write_bytes(line_end.join(lines).encode())
    result = shared.ingest(tmp_path / "log.csv")
    assert (result.appended, result.rejected) == (2, 0)
    where = f"where load_id = {result.load_id}"
    found = shared.query(f"select description from usage_record {where}").rows()  # noqa: S608
    assert found == [{"description": text}] * 2


# Gzip bombs


def bomb(path: Path, head: bytes, filler: bytes, megabytes: int, tail: bytes = b"") -> Path:
    """A small gzip file of a lot of filler: a block that is compressed once and written often."""
    unit = filler * (16 * MEGABYTE // len(filler))
    times = megabytes // 16
    parts, checksum = [b"\x1f\x8b\x08\0\0\0\0\0\0\x03"], 0
    for data, count, mode in ((head, 1, zlib.Z_FULL_FLUSH), (unit, times, zlib.Z_FULL_FLUSH),
                              (tail, 1, zlib.Z_FINISH)):  # fmt: skip
        packer = zlib.compressobj(1, zlib.DEFLATED, -15)
        parts += [packer.compress(data) + packer.flush(mode)] * count
        for _ in range(count):
            checksum = zlib.crc32(data, checksum)
    size = (len(head) + len(unit) * times + len(tail)) % 2**32
    path.write_bytes(b"".join(parts) + checksum.to_bytes(4, "little") + size.to_bytes(4, "little"))
    assert path.stat().st_size < 8 * MEGABYTE
    return path


HEADING = b"id,occurred_at,context,model\na,2025-10-05,system,gpt-4o\n"


def zstd_bomb(path: Path, megabytes: int) -> Path:
    """A small zstd file of a line and a lot of zeros."""
    with pa.OSFile(str(path), "wb") as raw, pa.CompressedOutputStream(raw, "zstd") as packed:
        packed.write(f"{usage('a')}\n".encode())
        for _ in range(megabytes // 16):
            packed.write(b"\0" * (16 * MEGABYTE))
        packed.write(b'\n{"id":"b"}\n')
    assert path.stat().st_size < MEGABYTE
    return path


BOMBS: dict[str, tuple[bytes, bytes, int]] = {
    "zeros.jsonl.gz": (usage("a").encode() + b"\n", b"\0", 1024),
    "zeros.csv.gz": (HEADING, b"\0", 1024),
    "heading.csv.gz": (b"", b"x", 1024),
}
"""File to its start, what follows without end, and how many megabytes of that."""


@pytest.mark.parametrize("name", BOMBS)
def test_a_gzip_bomb_takes_no_more_memory_than_a_file(home: Path, name: str) -> None:
    """It is a rejection where lines can be told apart, else a sentence; the book stays sound."""
    bomb(home / name, *BOMBS[name], b'\n{"id":"b"}\n')
    ended = command("ingest", name, "--json", cwd=home)
    assert ended.megabytes < MEMORY
    assert "Traceback" not in ended.err
    if ended.code:
        error = json.loads(ended.err)["error"]
        assert name in error["message"]
        assert not re.search("Exception|straddling|unexpected|limit \\(", error["message"])
        assert record_ids(home / "book") == []
    else:
        result = json.loads(ended.out)
        assert (result["appended"], result["rejected"]) == (1, 2)
        assert record_ids(home / "book") == ["a"]


def test_a_zstd_bomb_takes_no_more_memory_than_a_file(home: Path) -> None:
    zstd_bomb(home / "zeros.jsonl.zst", 1024)
    ended = command("ingest", "zeros.jsonl.zst", "--json", cwd=home)
    assert (ended.code, ended.megabytes < MEMORY) == (0, True)
    assert json.loads(ended.out)["rejected_by_code"].keys() == {"line_too_long", "missing_time"}
    assert record_ids(home / "book") == ["a"]


def test_a_gzip_file_of_several_members_is_read_to_its_end(home: Path) -> None:
    """As `cat a.gz b.gz` makes it."""
    members = [gzip.compress(f"{usage(name)}\n".encode()) for name in ("a", "b", "c")]
    (home / "log.jsonl.gz").write_bytes(b"".join(members))
    assert command("ingest", "log.jsonl.gz", cwd=home).code == 0
    assert record_ids(home / "book") == ["a", "b", "c"]


@pytest.mark.parametrize("kept", [0.3, 0.999])
def test_a_gzip_file_that_breaks_off_loads_nothing(
    shared: Book, tmp_path: Path, kept: float
) -> None:
    lines = (usage(f"broken-{number}") for number in range(20_000))
    whole = gzip.compress("\n".join(lines).encode())
    (tmp_path / "log.jsonl.gz").write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(analytics.Invalid, match=r"log\.jsonl\.gz"):
        shared.ingest(tmp_path / "log.jsonl.gz")
    assert not shared.query("select 1 from usage_record where record_id like 'broken-%'").rows()


# Parquet

PLAIN: dict[str, object] = {"id": "p", "occurred_at": AT, "context": "system", "model": "gpt-4o"}
PLAIN |= {"storage_searches": 0}


def parquet(path: Path, columns: Mapping[str, Any]) -> Path:
    """A Parquet file of one row that is fine but for the columns that are given."""
    plain = {name: pa.array([value]) for name, value in PLAIN.items()}
    pq.write_table(pa.table(plain | dict(columns)), path)
    return path


def one(value: object, kind: pa.DataType | None = None) -> Any:
    """A column of one value."""
    return pa.array([value], kind)


SEVEN = {"input_tokens": 7}
NO_INPUT = {"input_tokens": 0}
PARQUET_TYPES: dict[str, tuple[dict[str, Any], str | dict[str, Any]]] = {
    "unsigned": ({"input_tokens": one(7, pa.uint64())}, SEVEN),
    "decimal": ({"input_tokens": one(Decimal(7), pa.decimal128(38, 0))}, SEVEN),
    "digits": ({"input_tokens": one("7")}, SEVEN),
    "nothing": ({"input_tokens": pa.nulls(1)}, {"input_tokens": 0}),
    "too large": ({"input_tokens": one(2**64 - 1, pa.uint64())}, "bad_count"),
    "negative": ({"input_tokens": one(-1, pa.int8())}, "bad_count"),
    "decimal places": ({"input_tokens": one(Decimal("7.5"))}, "bad_count"),
    "float": ({"input_tokens": one(7.0)}, "bad_count"),
    "no number": ({"input_tokens": one(float("nan"))}, "bad_count"),
    "boolean": ({"input_tokens": one(value=True)}, "bad_count"),
    "list": ({"input_tokens": one([7])}, "bad_count"),
    "struct": ({"input_tokens": one({"a": 7})}, "bad_count"),
    "epoch": (
        {"occurred_at": one(1_760_000_000)},
        {"occurred_at": datetime(2025, 10, 9, 8, 53, 20)},  # noqa: DTZ001 - as SQL has it
    ),
    "time of day": ({"occurred_at": one(1, pa.time64("us"))}, "bad_time"),
    "nanoseconds": (
        {"occurred_at": one(1_759_665_600_123_456_789, pa.timestamp("ns", "Asia/Kolkata"))},
        {"occurred_at": datetime(2025, 10, 5, 12, 0, 0, 123_456)},  # noqa: DTZ001 - as SQL has it
    ),
    "day": ({"occurred_at": one(20_000, pa.date32())}, {"local_day": date(2024, 10, 4)}),
    "number for a text": ({"description": one(42)}, {"description": "42"}),
    "duration": (
        {"audio_duration_seconds": one(1_500_000, pa.duration("us"))},
        {"audio_milliseconds": 1500},
    ),
    "duration in nanoseconds": (
        {"audioDurationSeconds": one(2_000_499_999, pa.duration("ns"))},
        {"audio_milliseconds": 2000},
    ),
    "duration in seconds": (
        {"audio_duration_seconds": one(61, pa.duration("s"))},
        {"audio_milliseconds": 61_000},
    ),
    "duration below zero": ({"audio_duration_seconds": one(-1, pa.duration("s"))}, "bad_duration"),
    "duration for a count": ({"input_tokens": one(5, pa.duration("ms"))}, "bad_count"),
    "duration nobody knows": (
        {"latency": one(1_500, pa.duration("ms"))},
        {"tags": '{"latency":"1.500"}'},
    ),
    "seconds of time": ({"audio_duration_seconds": one(12.5)}, {"audio_milliseconds": 12_500}),
    "tiny seconds": ({"audio_duration_seconds": one(1e-7)}, {"audio_milliseconds": 0}),
    "list of two ids": ({"id": one(["a", "b"], pa.list_(pa.string(), 2))}, "bad_text"),
    "no list of ids": ({"external_id": one(None, pa.list_(pa.string()))}, NO_INPUT),
    "list of ids": ({"id": one(["a"])}, "bad_text"),
    "model in a struct": ({"model": one({"name": "gpt-4o"})}, "bad_text"),
    "list of variants": ({"variant": one(["a=1"])}, "bad_text"),
    "list of tags": ({"tags": one(["a"])}, "bad_tags"),
    "nested tags": ({"tags": one({"a": {"b": [1]}})}, {"tags": '{"a":{"b":[1]}}'}),
    "map of meters": (
        {"other_meters": one([("foo", 3)], pa.map_(pa.string(), pa.int64()))},
        {"other_meters": '{"foo":3}'},
    ),
}
"""Columns of a row; the code of its rejection, or what is recorded."""


@pytest.mark.parametrize("name", PARQUET_TYPES)
def test_parquet_of_other_types_is_taken_exactly_or_rejected(
    shared: Book, tmp_path: Path, name: str
) -> None:
    columns, wanted = PARQUET_TYPES[name]
    file = parquet(tmp_path / "log.parquet", {"id": one(name)} | columns)
    result = shared.ingest(file)
    if isinstance(wanted, str):
        assert result.rejected_by_code == {wanted: 1}
        return
    where = f"where load_id = {result.load_id}"
    (row,) = shared.query(f"select * from usage_record {where}").rows()  # noqa: S608
    assert {key: row[key] for key in wanted} == wanted


@pytest.fixture(scope="module")
def whole_parquet(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A Parquet file of several row groups, not compressed."""
    path = tmp_path_factory.mktemp("parquet") / "log.parquet"
    rows = [PLAIN | {"id": f"p-{number}", "input_tokens": number} for number in range(5000)]
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=500, compression="none")
    return path.read_bytes()


@pytest.mark.parametrize("kept", [0, 3, 8, 100, 0.5, -1, -4, -9])
def test_parquet_that_breaks_off_loads_nothing(
    shared: Book, tmp_path: Path, whole_parquet: bytes, kept: float
) -> None:
    length = int(len(whole_parquet) * kept) if isinstance(kept, float) else kept
    (tmp_path / "log.parquet").write_bytes(whole_parquet[:length])
    before = shared.get_usage_summary().record_count
    with pytest.raises(analytics.Invalid, match=r"log\.parquet"):
        shared.ingest(tmp_path / "log.parquet")
    assert shared.get_usage_summary().record_count == before


@pytest.mark.parametrize("start", [20_083, 41_249])
def test_parquet_that_is_damaged_inside_is_the_callers_mistake(
    shared: Book, tmp_path: Path, whole_parquet: bytes, start: int
) -> None:
    # Elsewhere damage makes other numbers of numbers: a file without checksums cannot tell.
    damaged = whole_parquet[:start] + b"\xff\xfe\x93" * 300 + whole_parquet[start + 900 :]
    (tmp_path / "log.parquet").write_bytes(damaged)
    before = shared.get_usage_summary().record_count
    with pytest.raises(analytics.Invalid, match=r"log\.parquet"):
        shared.ingest(tmp_path / "log.parquet")
    assert shared.get_usage_summary().record_count == before


HEADINGS: dict[str, tuple[str, ...]] = {
    "two cases of one": ("Team", "team"),
    "none": ("", "team"),
    "DuckDB's own": ("file_row_number",),
    "ours": ("path", "line_number", "problem", "excerpt", "surplus", "id_scope"),
    "SQL": ('x"; drop table account; --', "' or 1=1 --"),
    "odd": ("a\0b", "{{ 7*7 }}", "\x1b[2J", "\u202e", "🙂", "x" * 10_000),
}


@pytest.mark.parametrize("name", HEADINGS)
def test_any_heading_of_parquet_becomes_a_tag_or_is_refused(
    book: Book, tmp_path: Path, name: str
) -> None:
    headings = HEADINGS[name]
    columns = {heading: one(f"cell {number}") for number, heading in enumerate(headings)}
    try:
        result = book.ingest(parquet(tmp_path / "log.parquet", columns))
    except analytics.Invalid:
        return
    assert result.appended == 1
    (row,) = book.query("select tags from usage_record").rows()
    wanted = {heading: f"cell {number}" for number, heading in enumerate(headings)}
    assert json.loads(row["tags"]) == {key: text for key, text in wanted.items() if key}


def test_headings_of_a_csv_that_differ_in_case_are_refused(book: Book, home: Path) -> None:
    heading = "id,occurred_at,context,model,Team,team"
    file = write_lines(home / "log.csv", heading, f"a,{AT},system,gpt-4o,red,blue")
    with pytest.raises(analytics.Invalid, match="more than once"):
        book.ingest(file)


# A full disk


@contextmanager
def small_disk(path: Path, kilobytes: int) -> Iterator[Callable[[], None]]:
    """A disk of some size at a path; what it yields makes it large."""
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(path)]
    if not IS_LINUX or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here")

    def enlarge() -> None:
        larger = ["mount", "-o", "remount,size=512m", str(path)]
        subprocess.run(larger, check=True, capture_output=True)

    try:
        yield enlarge
    finally:
        subprocess.run(["umount", str(path)], check=True, capture_output=True)


ROWS = 100_000


@pytest.fixture(scope="module")
def big_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log whose load takes a second and some megabytes."""
    line = usage("b-%07d", description="call %d of a day")
    line = line.replace('"input_tokens": 1', '"requests": 1, "n": "x"')
    lines = (line % (number, number * 7919 % ROWS) for number in range(ROWS))
    return write_lines(tmp_path_factory.mktemp("big") / "big.jsonl", *lines)


def assert_loads_whole(path: Path, log: Path) -> None:
    """The book has none of the log, or all of it; it takes the rest, and then passes its checks."""
    with analytics.open(path) as book:
        known = book.get_usage_summary().record_count
        assert known in {0, ROWS}
        result = book.ingest(log)
        assert (result.appended, result.duplicates) == (ROWS - known, known)
        assert_sound(book)


def test_a_load_that_fills_the_disk_is_taken_back(
    template: Path, tmp_path: Path, big_log: Path
) -> None:
    with small_disk(tmp_path / "disk", 5000) as enlarge:
        shutil.copytree(template, tmp_path / "disk" / "book")
        ended = command("ingest", big_log, "--book", tmp_path / "disk" / "book", cwd=tmp_path)
        assert "No space left on device. Nothing was changed." in refused(ended, 5)
        enlarge()
        assert record_ids(tmp_path / "disk" / "book") == []
        assert_loads_whole(tmp_path / "disk" / "book", big_log)


def test_a_load_that_meets_a_limit_of_file_size_is_taken_back(home: Path, big_log: Path) -> None:
    """Where no disk can be mounted this is the nearest to a full one."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000 * 1024, 5000 * 1024))

    ended = command("ingest", big_log, cwd=home, before=limit)
    assert "Nothing was changed." in refused(ended, 5)
    assert record_ids(home / "book") == []


def test_a_full_disk_stops_what_writes_and_nothing_else(template: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 8000) as enlarge:
        disk = tmp_path / "disk"
        shutil.copytree(template, disk / "book")
        fill(disk)
        record = ("record", "--system", "--model", "gpt-4o", "--input-tokens", "1", "--id", "a")
        for line in (record, ("accounts", "create", "--external-id", "acme")):
            ended = command(*line, "--book", disk / "book", cwd=tmp_path)
            assert "No space left on device. Nothing was changed." in refused(ended, 5)
        assert command("summary", "--book", disk / "book", cwd=tmp_path).code == 0
        enlarge()
        assert record_ids(disk / "book") == []
        assert command(*record, "--book", disk / "book", cwd=tmp_path).code == 0
        assert record_ids(disk / "book") == ["a"]


def test_a_book_that_found_no_room_can_be_made_later(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 500) as enlarge:
        fill(tmp_path / "disk")
        init = ("init", "--book", tmp_path / "disk" / "book")
        assert "No space left" in refused(command(*init, cwd=tmp_path), 5)
        enlarge()
        assert command(*init, cwd=tmp_path).code == 0


def fill(disk: Path) -> None:
    """Takes all the room that a disk has left."""
    try:
        with (disk / "filler").open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass
    except OSError:
        return


def test_standard_input_that_fills_the_disk_is_taken_back(template: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 8000):
        path = tmp_path / "disk" / "book"
        shutil.copytree(template, path)
        fill(tmp_path / "disk")
        lines = f"{usage('a')}\n" * 5000
        ended = command("ingest", "-", "--book", path, cwd=tmp_path, stdin=lines.encode())
        assert [each.name for each in path.iterdir()] == ["book.duckdb"]
        assert "No space left on device" in refused(ended, 5)


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
def test_an_export_that_fills_the_disk_leaves_the_old_file(
    home: Path, tmp_path: Path, file_format: str
) -> None:
    texts = (usage(f"a-{number}", description="x" * 400) for number in range(3000))
    with analytics.open(home / "book") as book:
        book.ingest(write_lines(home / "log.jsonl", *texts))
    with small_disk(tmp_path / "disk", 500):
        path = tmp_path / "disk" / "old"
        path.write_text("precious", encoding="utf-8")
        export = ("export", "usage", "--format", file_format, "--to", path, "--force")
        ended = command(*export, cwd=home)
        assert ended.code == 5
        assert [each.name for each in path.parent.iterdir()] == ["old"]
        assert path.read_text(encoding="utf-8") == "precious"
        assert "No space left on device" in refused(ended, 5)


# Signals


@dataclass(frozen=True)
class Watched:
    """A load under way, as the system sees it."""

    process: subprocess.Popen[bytes]
    book: Path
    log: Path
    size_before: int

    def holds(self, path: Path) -> bool:
        """Whether the process has a file open."""
        return self.position(path) is not None

    def position(self, path: Path) -> int | None:
        """How far the process has read a file; None where it is not open."""
        folder = Path(f"/proc/{self.process.pid}")
        for link in _list(folder / "fd"):
            try:
                if link.readlink() == path:
                    text = (folder / "fdinfo" / link.name).read_text(encoding="ascii")
                    return int(text.split()[1])
            except OSError:
                continue
        return None

    @property
    def seconds(self) -> float:
        """The processor time that it took."""
        try:
            text = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        except OSError:
            return 0
        ticks = text.rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    @property
    def grown(self) -> int:
        """The bytes that the book has more than before."""
        return self.book.joinpath("book.duckdb").stat().st_size - self.size_before

    @property
    def is_committing(self) -> bool:
        """Whether the write-ahead log of the commit is there."""
        log = self.book / "book.duckdb.wal"
        try:
            return log.stat().st_size > 0
        except OSError:
            return False


def _list(folder: Path) -> Sequence[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return ()


MOMENTS: dict[str, Callable[[Watched], bool]] = {
    "the book is open": lambda load: load.holds(load.book / "book.duckdb"),
    "the log is open": lambda load: load.holds(load.log),
    "half is read": lambda load: (load.position(load.log) or 0) > load.log.stat().st_size // 2,
    "it has worked a little": lambda load: load.seconds > 0.4,
    "it has worked longer": lambda load: load.seconds > 0.55,
    "and longer": lambda load: load.seconds > 0.7,
    "and still": lambda load: load.seconds > 0.85,
    "the book grows": lambda load: load.grown > 0,
    "the book has grown": lambda load: load.grown > 4 * MEGABYTE,
    "it commits": lambda load: load.is_committing,
}
"""When a signal comes; each load passes most of them, wherever it is fast or slow."""


def signalled(home: Path, log: Path, moment: str, number: int) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a load that gets a signal at some moment."""
    path = home / "book"
    size = (path / "book.duckdb").stat().st_size
    with subprocess.Popen(
        [sys.executable, "-m", "analytics", "ingest", str(log)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=home,
        env=clean_environment(),
    ) as process:
        load = Watched(process, path, log, size)
        while process.poll() is None and not MOMENTS[moment](load):
            time.sleep(0.001)
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out.decode(), err.decode()


needs_proc = pytest.mark.skipif(not IS_LINUX, reason="/proc tells how far a load is")
INTERRUPTED = "Interrupted. What was under way is there whole or not at all."


@needs_proc
@pytest.mark.parametrize("moment", MOMENTS)
def test_ctrl_c_at_any_moment_leaves_the_whole_load_or_nothing(
    home: Path, big_log: Path, moment: str
) -> None:
    code, out, err = signalled(home, big_log, moment, signal.SIGINT)
    assert (code, err.strip()) in {(130, INTERRUPTED), (0, "")}
    assert [path.name for path in (home / "book").iterdir()] == ["book.duckdb"]
    with analytics.open(home / "book") as book:
        assert book.get_usage_summary().record_count in ({0, ROWS} if code else {ROWS})
        assert_sound(book)
    assert bool(out) == (code == 0)


@needs_proc
@pytest.mark.parametrize("moment", ["and longer", "the book grows"])
def test_a_load_that_is_killed_leaves_nothing(home: Path, big_log: Path, moment: str) -> None:
    """As a power cut does: the next command finds a sound book and needs no repair."""
    code, out, err = signalled(home, big_log, moment, signal.SIGKILL)
    assert err == ""
    assert (code, bool(out)) in {(-signal.SIGKILL, False), (0, True)}
    assert len(record_ids(home / "book")) == (0 if code else ROWS)


@needs_proc
def test_a_load_that_was_killed_is_loaded_again(home: Path, big_log: Path) -> None:
    signalled(home, big_log, "it commits", signal.SIGKILL)
    assert_loads_whole(home / "book", big_log)


# What runs the program and is interrupted by itself, at a place that a signal from outside would
# rarely hit.
INTERRUPTS = """
import os, runpy, signal, sys

def interrupt():
    os.kill(os.getpid(), signal.SIGINT)

class Imports:
    def find_spec(self, name, path=None, target=None):
        if name == place:
            sys.meta_path.remove(self)
            interrupt()

def interrupted(function):
    def call(*given, **named):
        result = function(*given, **named)
        interrupt()
        return result
    return call

place, sys.argv = sys.argv[1], ["tokenbook", *sys.argv[2:]]
sys.meta_path.insert(0, Imports())
if place == "commit":
    from duckdb import DuckDBPyConnection
    setattr(DuckDBPyConnection, place, interrupted(getattr(DuckDBPyConnection, place)))
if ":" in place:
    name, function = place.split(":")
    module = __import__(name)
    setattr(module, function, interrupted(getattr(module, function)))
runpy.run_module("analytics", run_name="__main__")
"""
PLACES = ("analytics.errors", "click", "analytics.cli.usage", "duckdb", "pyarrow", "commit")
"""A module that is imported, a function of DuckDB that returns, or any as `module:function`."""


def interrupted(place: str, *arguments: str, cwd: Path) -> tuple[int, str]:
    """Exit code and stderr of a command that interrupts itself at a place; never a traceback."""
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTS, place, *arguments],
        cwd=cwd,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert "Traceback" not in ran.stderr
    return ran.returncode, ran.stderr.strip()


@pytest.mark.parametrize("place", PLACES)
def test_ctrl_c_is_no_traceback_and_says_what_became_of_the_load(home: Path, place: str) -> None:
    """It says no more than it can know: the load may have ended as the key was pressed."""
    write_lines(home / "log.jsonl", usage("a"))
    ended = (*interrupted(place, "ingest", "log.jsonl", cwd=home), record_ids(home / "book"))
    # Only a key that is pressed while the load is committed comes too late to take it back.
    too_late = [(130, INTERRUPTED, ["a"])] if place == "commit" else []
    assert ended in [(130, INTERRUPTED, []), (0, "", ["a"]), *too_late]


@pytest.mark.parametrize("place", ["analytics.book.making", "analytics.prices", "duckdb", "commit"])
def test_ctrl_c_while_a_book_is_made_leaves_room_for_it(tmp_path: Path, place: str) -> None:
    ended = interrupted(place, "init", cwd=tmp_path)
    assert ended == (130, INTERRUPTED)
    assert not (tmp_path / "book").exists() or list((tmp_path / "book").iterdir()) == []
    assert command("init", cwd=tmp_path).code == 0
    assert record_ids(tmp_path / "book") == []


@pytest.mark.parametrize("place", ["analytics.usage", "analytics.exports", "duckdb"])
def test_ctrl_c_while_something_is_written_leaves_nothing_half_done(home: Path, place: str) -> None:
    """One record, and an export."""
    record = ("record", "--system", "--model", "gpt-4o", "--input-tokens", "1", "--id", "a")
    export = ("export", "usage", "--format", "csv", "--to", "out/usage.csv")
    for arguments in (record, export):
        code, said = interrupted(place, *arguments, cwd=home)
        assert code in {0, 130}
        assert code == 0 or said == INTERRUPTED
    assert record_ids(home / "book") == (["a"] if place == "analytics.exports" else [])
    left = [path.name for path in home.rglob("*") if path.name.startswith(".")]
    assert left == []


def test_a_book_that_is_left_half_made_is_cleared_away(tmp_path: Path, template: Path) -> None:
    """A process that was killed leaves a folder aside, which stands in nobody's way."""
    (tmp_path / "book").mkdir()
    shutil.copytree(template, tmp_path / "book" / ".new-0a1b2c3d")
    with pytest.raises(analytics.NotFound):
        analytics.open(tmp_path / "book")
    analytics.create(tmp_path / "book").close()
    assert [path.name for path in (tmp_path / "book").iterdir()] == ["book.duckdb"]


def test_a_file_that_only_looks_like_a_book_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    write_lines(tmp_path / "book" / "book.duckdb", "precious")
    with pytest.raises(analytics.Invalid, match="is not a tokenbook book"):
        analytics.create(tmp_path / "book")
    assert (tmp_path / "book" / "book.duckdb").read_text("utf-8") == "precious\n"


@pytest.mark.parametrize("size", [0, 100, 4096, 8192])
def test_a_book_that_was_killed_while_it_was_made_is_made_again(
    tmp_path: Path, template: Path, size: int
) -> None:
    """DuckDB writes three blocks of 4,096 bytes first; the process may end between any two."""
    start = (template / "book.duckdb").read_bytes()[:size]
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "book.duckdb").write_bytes(start)
    analytics.create(tmp_path / "book").close()
    assert record_ids(tmp_path / "book") == []


# Permissions

_DROP_FROM_BOUNDING_SET = 24
_IGNORES_PERMISSIONS = (1, 2)


def as_anyone() -> None:
    """In a new process: from here on permissions bind, also where root runs the tests."""
    if os.geteuid() == 0:
        for capability in _IGNORES_PERMISSIONS:
            ctypes.CDLL(None).prctl(_DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)


needs_permissions = pytest.mark.skipif(
    os.geteuid() == 0 and not IS_LINUX, reason="root may read and write everything"
)


@contextmanager
def closed(path: Path, mode: int = 0) -> Iterator[None]:
    """A file or folder that may not be read or written for a while."""
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(before)


@needs_permissions
@pytest.mark.parametrize(
    ("locked", "asked"),
    [
        ("logs/a.jsonl", "logs/a.jsonl"),
        ("logs/a.parquet", "logs/a.parquet"),
        ("logs", "logs/a.jsonl"),
        ("logs", "logs"),
        ("logs", "logs/*.jsonl"),
        ("logs", "l?gs/*.jsonl"),
        ("logs/deep", "logs"),
        ("logs/deep", "logs/**/*.jsonl"),
        ("logs/deep", "logs/*/*.jsonl"),
    ],
)
def test_what_may_not_be_read_is_never_left_out_in_silence(
    home: Path, locked: str, asked: str
) -> None:
    """A sentence that says what may not be read, and nothing of the rest is loaded."""
    (home / "logs" / "deep").mkdir(parents=True)
    for name in ("a.jsonl", "deep/b.jsonl"):
        write_lines(home / "logs" / name, usage(name))
    parquet(home / "logs" / "a.parquet", {})
    with closed(home / locked):
        ended = command("ingest", asked, cwd=home, before=as_anyone)
    assert "ermission" in refused(ended, 2, 3, 5)
    assert record_ids(home / "book") == []


@needs_permissions
def test_a_book_that_may_only_be_read_is_read_and_not_written(home: Path) -> None:
    record = ("record", "--model", "gpt-4o", "--system", "--input-tokens", "1")
    with closed(home / "book" / "book.duckdb", 0o400), closed(home / "book", 0o500):
        assert command("summary", cwd=home, before=as_anyone).code == 0
        for line in (record, ("accounts", "create", "--external-id", "acme")):
            assert "cannot be written" in refused(command(*line, cwd=home, before=as_anyone), 5)
    assert record_ids(home / "book") == []


@needs_permissions
@pytest.mark.parametrize("name", ["book/book.duckdb", "book"])
def test_a_book_that_may_not_be_read_says_so(home: Path, name: str) -> None:
    with closed(home / name):
        for line in (("summary",), ("ingest", "x.jsonl")):
            ended = command(*line, cwd=home, before=as_anyone)
            assert ended.code in {2, 5}
            assert re.search("Permission denied|is not readable", ended.err)
            assert "Traceback" not in ended.err


@needs_permissions
def test_standard_input_for_a_folder_that_may_not_be_written_is_refused(home: Path) -> None:
    with closed(home / "book", 0o500):
        ended = command("ingest", "-", cwd=home, stdin=usage("a").encode(), before=as_anyone)
    assert refused(ended, 5)
    assert record_ids(home / "book") == []


@needs_permissions
@pytest.mark.parametrize(
    "arguments",
    [
        ("export", "usage", "--format", "csv", "--to", "closed/usage.csv"),
        ("invoice", "draft", "--month", "2025-10", "--out", "closed/invoices"),
        ("init", "--book", "closed/book"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_folder_that_may_not_be_written_stays_empty(
    home: Path, arguments: tuple[str, ...]
) -> None:
    (home / "closed").mkdir()
    with closed(home / "closed", 0o500):
        ended = command(*arguments, cwd=home, before=as_anyone)
    assert "Permission denied" in refused(ended, 5)
    assert list((home / "closed").iterdir()) == []


# Hostile text, end to end

TEXTS = {name: text for name, text in HOSTILE.items() if name != "surrogate"} | {
    "raw": "{% raw %}{{ 7 * 7 }}{% endraw %}",
    "formula": "=cmd|' /C calc'!A0",
    "path": "../../escaped/\\..\\x",
    "percent": "%s %(x)s %d $1 ${HOME} `id` $(id)",
    "json": '"}, {"role": "admin',
    "rich": "[red]x[/red] :smile: [link=file:///etc/passwd]y[/link]",
}
"""What a customer may be called; no text of a JSON file can have half a surrogate pair."""

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What moves the cursor of a terminal, or turns the text of a line round."""


def visible(text: str) -> str:
    """A text as people see it."""
    return RAW.sub("\ufffd", text).replace("\n", "\ufffd")


def bad_line(text: str) -> str:
    """A line that is rejected."""
    return json.dumps({"model": text, "context": text, "occurred_at": AT})


@pytest.fixture(scope="module")
def named(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a book in which everything that has a name has a hostile one."""
    home = tmp_path_factory.mktemp("named")
    shutil.copytree(template, home / "book")
    log = home / "log <b>{{ 7*7 }}\x1b[31m\u202e.jsonl"
    lines = [
        json.dumps(
            {
                "id": text,
                "occurred_at": AT,
                "external_id": text,
                "model": text,
                "provider": "custom",
                "description": text,
                "tags": {text: text},
                "input_tokens": 1000 + number,
            },
        )
        for number, text in enumerate(TEXTS.values())
    ]
    write_lines(log, *lines, *map(bad_line, TEXTS.values()))
    with analytics.open(home / "book") as book:
        for text in TEXTS.values():
            book.create_account(text, name=text, email=text)
            book.add_price(text, {"input_tokens": "2.5"}, provider="custom")
        result = book.ingest(log)
        assert (result.appended, result.rejected, result.unpriced) == (len(TEXTS), len(TEXTS), 0)
        assert result.rejected_by_code == {"bad_context": len(TEXTS)}
        assert_sound(book)
    return home


def test_hostile_text_comes_back_as_it_was(named: Path) -> None:
    """From every function of Python, to the last character, NUL included."""
    texts = set(TEXTS.values())
    with analytics.open(named / "book", read_only=True) as book:
        for account in book.list_accounts():
            assert account.external_id == account.name == account.email
        assert {account.external_id for account in book.list_accounts()} == texts
        records = book.get_usage(limit=100).usage_records or ()
        assert {record.id for record in records} == texts
        for record in records:
            assert record.external_id == record.description == record.id
            assert record.model_as_sent == record.id.strip()
            assert record.tags == {record.id: record.id}
            found = book.get_usage_summary(account=record.id)
            assert (found.record_count, found.unpriced_count) == (1, 0)
        excerpts = {row.excerpt for row in book.list_rejections()}
        assert excerpts == {bad_line(text)[:512] for text in texts}


Says = Callable[..., tuple[object, str, str]]


@pytest.fixture
def says(named: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Says:
    """Runs a command in this process, with that book: its exit code, stdout and stderr."""
    monkeypatch.chdir(named)
    monkeypatch.delenv("TOKENBOOK", raising=False)

    def says(*arguments: object) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["tokenbook", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    return says


TERMINAL: dict[str, tuple[str, ...]] = {
    "accounts": ("accounts", "list"),
    "summary": ("summary", "--month", "2025-10"),
    "by-account": ("report", "by-account"),
    "by-model": ("report", "by-model"),
    "usage": ("usage",),
    "query": ("query", "select * from rated_usage"),
    "loads": ("loads", "list"),
    "rejections": ("rejections", "list"),
    "models": ("models", "--provider", "custom"),
    "missing": ("prices", "missing"),
    "invoices": ("invoice", "draft", "--month", "2025-10"),
    "one invoice": ("invoice", "draft", "--month", "2025-10", "--account", TEXTS["jinja"]),
    "prices": ("prices", "show", TEXTS["html"], "--provider", "custom"),
    "no account": ("accounts", "update", "\x1b[2J\u202e<b>"),
    "no model": ("prices", "show", "\x1b[2J\u202e{{ 7*7 }}"),
    "no file": ("ingest", "\x1b[2J\u202e.jsonl"),
    "no query": ("query", "select '\x1b[2J' from \u202e"),
}


@pytest.mark.parametrize("name", TERMINAL)
def test_hostile_text_never_reaches_the_terminal_raw(says: Says, name: str) -> None:
    """Neither in a table nor in an error; and none of it is evaluated."""
    code, out, err = says(*TERMINAL[name])
    assert code == 0 or err.startswith("Error: ")
    assert (code == 0) == (not name.startswith("no "))
    assert not CONTROL.search(out + err)
    assert not re.search(r"\b49\b", out)


@pytest.mark.parametrize("name", ["accounts", "summary", "rejections", "invoices"])
def test_json_says_hostile_text_exactly(says: Says, name: str) -> None:
    """And has no control character that is not escaped."""
    code, out, _ = says(*TERMINAL[name], "--json")
    assert code == 0
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", out)
    found = json.loads(out)
    texts = set(TEXTS.values())
    if name == "accounts":
        assert {each["name"] for each in found} == texts
    elif name == "summary":
        assert set(found["by_model"]) == {text.strip() for text in texts}
    elif name == "rejections":
        excerpts = {each["excerpt"] for each in found}
        assert excerpts == {bad_line(text)[:512] for text in texts}
    else:
        assert {each["customer"]["name"] for each in found} == texts


def test_json_has_no_control_characters_of_eight_bits(says: Says) -> None:
    _, out, _ = says("query", "select chr(155) || '31m' as c", "--json")
    assert json.loads(out) == [{"c": "\x9b31m"}]
    assert not re.search(r"[\x7f-\x9f]", out)


def test_invoices_of_hostile_names_are_pages_without_a_script(says: Says, tmp_path: Path) -> None:
    """Every file lies in the folder; pages have the text as text, JSON has it exactly."""
    code, _, err = says("invoice", "draft", "--month", "2025-10", "--out", tmp_path / "out")
    assert code == 0, err
    files = sorted((tmp_path / "out").rglob("*"))
    assert {path.parent for path in files} == {tmp_path / "out"}
    assert all(re.fullmatch(r"[\w.-]+", path.name, re.ASCII) for path in files)
    pages = [path for path in files if path.suffix == ".html"]
    assert len(pages) == len(TEXTS) + 1
    shown = ""
    for path in pages:
        text = path.read_text(encoding="utf-8")
        page = Page(text)
        assert not RAW.search(text)
        assert page.open == []
        assert not {"script", "link", "img", "iframe", "object", "base", "form"} & set(page.tags)
        for tag, attribute, value in page.attributes:
            assert not attribute.startswith("on"), tag
            assert attribute != "href" or re.fullmatch(r"\./[\w.~%/-]*", value)
        shown += page.text
    assert all(visible(text.strip()) in shown for text in TEXTS.values())
    contents = [json.loads(path.read_text("utf-8")) for path in files if path.suffix == ".json"]
    assert {each["customer"]["name"] for each in contents} == set(TEXTS.values())
    assert {line["model"] for each in contents for line in each["lines"]} == {
        text.strip() for text in TEXTS.values()
    }


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "parquet"])
def test_exports_have_hostile_text_exactly(says: Says, tmp_path: Path, file_format: str) -> None:
    """In CSV what a spreadsheet would run has an apostrophe in front, and nothing else differs."""
    path = tmp_path / f"usage.{file_format}"
    assert says("export", "usage", "--format", file_format, "--to", path)[0] == 0
    if file_format == "parquet":
        rows = pq.read_table(path).to_pylist()
    elif file_format == "jsonl":
        lines = path.read_bytes().split(b"\n")
        rows = [json.loads(line) for line in lines if line]
    else:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    texts = set(TEXTS.values())
    if file_format == "csv":
        texts = {f"'{text}" if text[0] in "=+-@\t\r" else text for text in texts}
    for column in ("id", "external_id", "description"):
        assert {row[column] for row in rows} == texts


ARGUMENTS = ("control", "long")


@pytest.mark.parametrize("name", ARGUMENTS)
def test_hostile_arguments_are_kept_as_they_are(home: Path, name: str) -> None:
    """`accounts create` and `record`; an argument of a process cannot have a NUL."""
    text = TEXTS[name].replace("\0", "")
    ids = ("--external-id", text)
    made = command("accounts", "create", *ids, "--name", text, "--json", cwd=home)
    assert made.code == 0, made.err
    account = json.loads(made.out)
    assert (account["external_id"], account["name"]) == (text, text)
    about = ("--description", text, "--tag", f"k={text}", "--id", text)
    recorded = command("record", *ids, "--model", text, *about, "--input-tokens", 7, cwd=home)
    assert recorded.code == 0, recorded.err
    assert not CONTROL.search(recorded.out)
    with analytics.open(home / "book", read_only=True) as book:
        (record,) = book.get_usage().usage_records or ()
        assert_sound(book)
    assert (record.id, record.external_id, record.description) == (text, text, text)
    assert (record.tags, record.model_as_sent) == ({"k": text}, text)
