"""Ctrl-C while months are closed, archived and verified: a sentence, 130, and nothing half done."""

import json
import os
import pty
import re
import shutil
import signal
from pathlib import Path

import pytest

import analytics
from tests.conftest import assert_sound, new_book, write_lines
from tests.test_cli import given, run, start
from tests.test_hostile import INTERRUPTED, interrupted

pytestmark = pytest.mark.slow

CALL = {"model": "gpt-4o", "context": "system", "input_tokens": 1}
RECORDS = 60
ROWS = 300_000

PLACES = {
    "close": (
        *("duckdb", "analytics.closing.moving", "analytics.usage.compaction"),
        *("hashlib:file_digest", "os:fsync", "commit"),
    ),
    "archive": (
        *("duckdb", "analytics.closing.archiving", "hashlib:file_digest", "os:fsync"),
        *("shutil:copyfile", "secrets:token_hex", "commit"),
    ),
    "verify": ("duckdb", "analytics.closing.files", "hashlib:file_digest"),
}
ARGUMENTS = {"close": ("close", "2026-10"), "archive": ("archive", "out"), "verify": ("verify",)}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a closed book: a month in files, and an open one."""
    folder = tmp_path_factory.mktemp("template")
    with new_book(folder / "book", require_transactions=False) as book:
        lines = (
            CALL | {"id": f"{n}", "occurred_at": f"2026-{9 + n % 2:02}-02"} for n in range(RECORDS)
        )
        log = write_lines(folder / "log.jsonl", *(json.dumps(line) for line in lines))
        assert book.ingest(log).appended == RECORDS
        book.close_month("2026-09")
    return folder


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template / "book", tmp_path / "book")
    return tmp_path


def state(home: Path, records: int = RECORDS) -> dict[str, str]:
    """Month -> status; each record is there once, and no file too many."""
    with analytics.open(home / "book") as book:
        assert_sound(book)
        assert book.query("select count(*) as n from usage_record").rows() == [{"n": records}]
        files = book.verify_files()
        assert not [file for file in files if file.problem]
        on_disk = (each for each in (home / "book" / "usage").rglob("*") if each.is_file())
        assert {each.relative_to(home / "book").as_posix() for each in on_disk} == {
            file.path for file in files
        }
        return {month.month: month.status for month in book.list_months()}


@pytest.mark.parametrize(
    ("what", "place"), [(w, p) for w, places in PLACES.items() for p in places]
)
def test_ctrl_c_leaves_a_month_open_or_closed_and_an_archive_whole_or_absent(
    home: Path, what: str, place: str
) -> None:
    ended = interrupted(place, *ARGUMENTS[what], cwd=home)
    assert ended == (130, INTERRUPTED)
    found = state(home)
    # Only a key that is pressed while it is committed comes too late to take it back.
    closed = ("open", "closed") if (what, place) == ("close", "commit") else ("open",)
    assert found.pop("2026-10") in closed
    assert found == {"2026-09": "closed"}
    assert [path.name for path in home.iterdir() if path.name != "book"] in ([], ["out"])
    if (home / "out").exists():
        assert run("check", "--book", "out", cwd=home).code == 0
        shutil.rmtree(home / "out")
    again = run(*ARGUMENTS[what], cwd=home)
    assert (again.code, again.err) == (0, "")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a book whose one month takes a while to sort."""
    folder = tmp_path_factory.mktemp("large")
    line = json.dumps(CALL | {"id": "%d", "occurred_at": "2026-10-%02d", "description": "%d"})
    log = write_lines(folder / "log.jsonl", *(line % (n, 1 + n % 28, n) for n in range(ROWS)))
    with new_book(folder / "book", require_transactions=False) as book:
        book.ingest(log)
    return folder


def test_ctrl_c_while_the_database_sorts_a_month(large: Path) -> None:
    """A terminal shows what is done; the key is pressed when DuckDB works, which must give way."""
    terminal, stderr = pty.openpty()
    with start(large, "close", "2026-10", stderr=stderr) as close:
        os.close(stderr)
        seen = b""
        while b"sorting and writing, 300,000 records" not in seen:
            seen += os.read(terminal, 4096)
        close.send_signal(signal.SIGINT)
        given(close.stdin).close()
        out = given(close.stdout).read()
        try:
            while part := os.read(terminal, 4096):
                seen += part
        except OSError:
            os.close(terminal)  # the other end has gone
        code = close.wait()
    text = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", seen.decode())
    assert (code, out) == (130, b"")
    assert INTERRUPTED in " ".join(text.split())
    assert state(large, ROWS) == {"2026-10": "open"}
