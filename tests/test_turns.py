"""Whose turn it is: nobody opens a book before whoever had it has closed it entirely."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

import analytics
from analytics.engines import turns
from analytics.errors import BookLocked
from tests.conftest import assert_sound, new_book

HOLD = """
import sys, analytics
with analytics.open(sys.argv[1], read_only=sys.argv[2] == "read"):
    print("ready", flush=True)
    sys.stdin.readline()
"""

RECORD = """
import sys, analytics
with analytics.open(sys.argv[1], shared=True, wait_seconds=300) as book:
    for number in range(int(sys.argv[3])):
        book.create_account(f"{sys.argv[2]}-{number}")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    new_book(tmp_path / "book").close()
    return tmp_path / "book"


def is_free(path: Path, how: int) -> bool:
    """Whether another process could take its turn; this one asks as if it were another."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def test_an_open_book_is_held_until_it_is_closed(path: Path) -> None:
    with analytics.open(path):
        assert not is_free(path, fcntl.LOCK_SH)
    assert is_free(path, fcntl.LOCK_EX)
    with analytics.open(path, read_only=True):
        assert is_free(path, fcntl.LOCK_SH)
        assert not is_free(path, fcntl.LOCK_EX)
    with analytics.open(path, shared=True) as book:
        assert is_free(path, fcntl.LOCK_EX)
        book.create_account("acme")
        assert is_free(path, fcntl.LOCK_EX)


def test_a_process_that_opens_a_book_twice_has_one_turn(path: Path) -> None:
    with analytics.open(path, read_only=True), analytics.open(path, read_only=True) as book:
        book.query("select 1")
        assert not is_free(path, fcntl.LOCK_EX)
    assert is_free(path, fcntl.LOCK_EX)
    turns.give_back(path)


def test_a_book_that_cannot_be_opened_is_given_back(path: Path) -> None:
    (path / "book.duckdb").write_bytes(b"no database")
    with pytest.raises(analytics.Invalid):
        analytics.open(path)
    assert is_free(path, fcntl.LOCK_EX)


@pytest.mark.parametrize("how", ["write", "read"])
def test_the_turn_of_another_process_is_waited_for(how: str, path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        with pytest.raises(BookLocked, match="process" if how == "read" else f" {holder.pid} "):
            analytics.open(path, wait_seconds=0)
        holder.kill()
    analytics.open(path, wait_seconds=60).close()


def test_a_fork_does_not_keep_the_turn_of_its_parent(path: Path) -> None:
    reader, writer = os.pipe()
    with analytics.open(path):
        if not (child := os.fork()):
            os.read(reader, 1)
            os._exit(0)
    try:
        assert is_free(path, fcntl.LOCK_EX)
    finally:
        os.write(writer, b"x")
        os.waitpid(child, 0)
        os.close(reader)
        os.close(writer)


@pytest.mark.slow
def test_many_short_turns_lose_nothing(path: Path) -> None:
    """DuckDB's own lock alone loses about one commit in two hundred here."""
    names, turns_each = "abcdef", 25
    started = [
        subprocess.Popen([sys.executable, "-c", RECORD, str(path), name, str(turns_each)])
        for name in names
    ]
    assert [each.wait() for each in started] == [0] * len(names)
    with analytics.open(path, read_only=True) as book:
        found = {account.external_id for account in book.list_accounts()}
        assert found == {f"{name}-{number}" for name in names for number in range(turns_each)}
        assert_sound(book)
