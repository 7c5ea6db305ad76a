"""Free room goes back to the disk: the same rows in a smaller file, whatever kills the process."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

import analytics
from analytics import Book
from analytics.engines import shrinking
from analytics.engines.duckdb import DuckDBEngine
from analytics.engines.shrinking import ShrinkStep
from analytics.errors import BookLocked, StorageFailed
from tests.conftest import assert_sound, write_lines

RECORDS = 10_000
FILE = "book.duckdb"

SHRINK = """
import os, resource, signal, sys
from pathlib import Path
from analytics.engines import shrinking
from analytics.engines.duckdb import DuckDBEngine
book, step, limit = sys.argv[1:]
shrinking.LEAST_BYTES, shrinking.ONE_OF = 1, 1000
def kill(reached):
    if reached == step:
        os.kill(os.getpid(), signal.SIGKILL)
engine = DuckDBEngine(Path(book))
if int(limit):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
engine.shrink(on_step=kill)
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed book of two loads, with a closed month and one that stays open."""
    folder = tmp_path_factory.mktemp("template")
    with analytics.create(folder / "book", require_transactions=False) as book:
        for load in range(2):
            rows = range(load * RECORDS // 2, (load + 1) * RECORDS // 2)
            log = write_lines(folder / "log.jsonl", *(json.dumps(line(row)) for row in rows))
            book.ingest(log, create_accounts=True)
        book.close_month("2026-09")
    return folder / "book"


def line(number: int) -> dict[str, object]:
    day = f"2026-{'10' if number % 20 == 0 else '09'}-{1 + number % 28:02}T12:00:00Z"
    call: dict[str, object] = {"id": f"call-{number}", "occurred_at": day, "model": "gpt-4o"}
    return call | {"external_id": f"customer-{number % 5}", "input_tokens": number}


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    path = Path(shutil.copytree(template, tmp_path / "book"))
    analytics.open(path).close()  # its views find the files in the new place
    return path


@pytest.fixture
def _eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if any free room were worth it."""
    monkeypatch.setattr(shrinking, "LEAST_BYTES", 1)
    monkeypatch.setattr(shrinking, "ONE_OF", 1000)


def answers(book: Book) -> tuple[object, ...]:
    """What a book says of its usage."""
    found = book.query("select count(*) as n, sum(input_tokens) as t from usage_record").rows()
    return found, book.get_usage_summary(), book.get_usage(limit=1000).usage_records


def tables(path: Path) -> dict[str, object]:
    """Table -> the number and a hash of its rows, as any client does."""
    with duckdb.connect(str(path / FILE), read_only=True) as connection:
        names = connection.execute("select table_name from duckdb_tables()").fetchall()
        query = "select count(*), sum(hash(t)) from {} t"
        return {name: connection.execute(query.format(name)).fetchone() for (name,) in names}


def schema(path: Path) -> object:
    """Tables, their constraints and views, as texts."""
    with duckdb.connect(str(path / FILE), read_only=True) as connection:
        found = connection.execute(
            "select sql from duckdb_tables() union all"
            " select sql from duckdb_views() where not internal order by all"
        )
        return found.fetchall()


def assert_whole(path: Path, before: dict[str, object]) -> None:
    """Each row is there once, for us and for a bare client, and nothing is left behind."""
    assert tables(path) == before
    with analytics.open(path) as book:
        assert_sound(book)
    assert sorted(each.name for each in path.iterdir()) == [FILE, "usage"]
    assert tables(path) == before


@pytest.mark.usefixtures("_eager")
def test_the_same_rows_take_less_room(path: Path) -> None:
    before, said, size = tables(path), schema(path), (path / FILE).stat().st_size
    with analytics.open(path) as book:
        told = answers(book)
        shrunk = book.shrink()
        assert shrunk
        assert (shrunk.bytes_before, shrunk.bytes_after) == (size, (path / FILE).stat().st_size)
        assert shrunk.bytes_after < size
        assert answers(book) == told
        again = book.shrink()
        assert again is None or again.bytes_after <= shrunk.bytes_after
        book.record_usage(model_id="gpt-4o", external_id="customer-1", id="one", input_tokens=1)
        assert answers(book) != told
        assert_sound(book)
        assert book.undo_load(3).removed == 1
    assert_whole(path, before | {"load": tables(path)["load"]})
    assert schema(path) == said
    assert (path / FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("_eager")
def test_the_index_of_ids_is_one_run_afterwards(path: Path) -> None:
    """So a look for one id reads one part of the index, and not one of each load's."""
    with analytics.open(path) as book:
        book.shrink()
    with duckdb.connect(str(path / FILE), read_only=True) as connection:
        runs = connection.execute(
            "select count(*) from (select id_hash < lag(id_hash) over (order by rowid) as falls"
            " from record_index) where falls"
        ).fetchone()
    assert runs == (0,)


@pytest.mark.usefixtures("_eager")
def test_a_book_that_is_taken_for_each_call(path: Path) -> None:
    before = tables(path)
    with analytics.open(path, shared=True) as book:
        told = answers(book)
        assert book.shrink()
        assert answers(book) == told
    assert_whole(path, before)


@pytest.mark.parametrize("step", ShrinkStep)
def test_killed_at_any_step(path: Path, step: ShrinkStep) -> None:
    before = tables(path)
    done = subprocess.run([sys.executable, "-c", SHRINK, str(path), step, "0"], check=False)
    assert done.returncode == -signal.SIGKILL, f"{step} was not reached"
    left = (path / f"{FILE}.shrunk").exists()
    assert left == (step is not ShrinkStep.REPLACED)
    assert_whole(path, before)


@pytest.mark.usefixtures("_eager")
@pytest.mark.parametrize("step", ShrinkStep)
def test_ctrl_c_at_any_step(path: Path, step: ShrinkStep) -> None:
    before = tables(path)

    def interrupt(reached: ShrinkStep) -> None:
        if reached is step:
            raise KeyboardInterrupt

    engine = DuckDBEngine(path)
    with pytest.raises(KeyboardInterrupt):
        engine.shrink(on_step=interrupt)
    assert not (path / f"{FILE}.shrunk").exists()
    assert engine.rows("usage/loads", load_id=None, limit=9), "it is open again"
    engine.close()
    assert_whole(path, before)


def test_a_full_disk_leaves_the_book_as_it_is(path: Path) -> None:
    before = tables(path)
    command = [sys.executable, "-c", SHRINK, str(path), "none", str(2**20)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert StorageFailed.__name__ in done.stderr
    assert_whole(path, before)


WRITE = """
import duckdb, sys
with duckdb.connect(sys.argv[1]) as other:
    other.execute("insert into load select * replace (9 as load_id) from load where load_id = 1")
"""
HOLD = """
import duckdb, sys
with duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read"):
    print("ready", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.usefixtures("_eager")
def test_another_program_that_writes_meanwhile_loses_nothing(path: Path) -> None:
    def write(reached: ShrinkStep) -> None:
        if reached is ShrinkStep.CLOSED:
            subprocess.run([sys.executable, "-c", WRITE, str(path / FILE)], check=True)

    engine = DuckDBEngine(path)
    assert engine.shrink(on_step=write) is None
    assert {row["load_id"] for row in engine.rows("usage/loads", load_id=None, limit=9)} == {
        1,
        2,
        9,
    }
    engine.close()
    assert not (path / f"{FILE}.shrunk").exists()


@pytest.mark.usefixtures("_eager")
def test_a_file_that_another_program_has_open_stays(path: Path) -> None:
    """It reads: one that writes would have to be gone before this process can go on."""
    before, reading = tables(path), []

    def read(reached: ShrinkStep) -> None:
        if reached is ShrinkStep.CLOSED:
            command = [sys.executable, "-c", HOLD, str(path / FILE), "read"]
            reader = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            assert reader.stdout
            assert reader.stdout.readline() == b"ready\n"
            reading.append(reader)

    engine = DuckDBEngine(path, wait_seconds=0)
    with pytest.raises(BookLocked, match="python"):
        engine.shrink(on_step=read)
    reading[0].communicate(b"\n")
    engine.close()
    assert_whole(path, before)


@pytest.mark.usefixtures("_eager")
def test_a_book_that_is_open_twice_stays(path: Path) -> None:
    before = tables(path)
    with analytics.open(path) as book, analytics.open(path) as other:
        assert book.shrink() is None
        assert answers(book) == answers(other)
    assert_whole(path, before)


@pytest.mark.usefixtures("_eager")
def test_a_file_in_another_place_stays(path: Path, tmp_path: Path) -> None:
    before = tables(path)
    there = (path / FILE).rename(tmp_path / "elsewhere.duckdb")
    (path / FILE).symlink_to(there)
    with analytics.open(path) as book:
        assert book.shrink() is None
    assert (path / FILE).is_symlink()
    assert tables(path) == before


@pytest.mark.usefixtures("_eager")
@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root gives away")
def test_the_file_stays_its_owners(path: Path) -> None:
    os.chown(path / FILE, 12345, 12346)
    with analytics.open(path) as book:
        assert book.shrink()
    assert ((path / FILE).stat().st_uid, (path / FILE).stat().st_gid) == (12345, 12346)


def test_little_room_stays(path: Path) -> None:
    before = (path / FILE).stat()
    with analytics.open(path) as book:
        assert book.shrink() is None
    assert (path / FILE).stat().st_ino == before.st_ino


def test_close_gives_room_back_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "book"
    analytics.create(path).close()
    with duckdb.connect(str(path / FILE)) as connection:
        connection.execute("create table large as select hash(i) as h from range(4000000) t(i)")
        connection.execute("drop table large")
    command = [sys.executable, "-m", "analytics", "close", "2026-09", "--book", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "The database gave its free room back: " in done.stdout
    assert (path / FILE).stat().st_size < 2**23
