"""A spool becomes part of a book: each line once, whoever is killed, and where.

Writers and drainers that are killed are processes which send SIGKILL to themselves at a named step.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

import analytics
from analytics import Book, Recorder
from analytics.book.spools import NotInTheBook
from analytics.cli import cli
from analytics.errors import InvalidArgument, SpoolNotFound
from analytics.spool import folder
from analytics.spool.steps import DRAINER_STEPS, WRITER_STEPS, Step
from tests.conftest import assert_sound, new_book, write_lines

if TYPE_CHECKING:
    from collections.abc import Callable

CALL: dict[str, Any] = {"model_id": "gpt-4o", "context": "system", "input_tokens": 1000}

WRITE = """
import os, signal, sys, analytics
def kill(step):
    if step == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
recorder = analytics.Recorder(sys.argv[1], fsync="each", rotate_bytes=200, on_step=kill)
for number in range(5):
    made = recorder.record(model_id="gpt-4o", context="system", input_tokens=number)
    print(made, flush=True)
recorder.close()
"""

DRAIN = """
import os, signal, sys, analytics
def kill(step):
    if step == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)
with analytics.open(sys.argv[1], shared=True, wait_seconds=60) as book:
    book.drain_spool(sys.argv[2], keep=sys.argv[4:] == ["keep"], on_step=kill)
"""

FOLLOW = """
import sys, threading, analytics
with analytics.open(sys.argv[1], shared=True, wait_seconds=60) as book:
    stop = threading.Event()
    for done in book.follow_spool(sys.argv[2], stop, poll_seconds=0.02):
        pass
"""


def run(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)


def start(code: str, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)])


def fill(spool: Path, records: int, **limits: Any) -> list[str]:
    """Records, in complete segments; their ids."""
    with Recorder(spool, fsync="each", **limits) as recorder:
        return [recorder.record(**CALL) for _ in range(records)]


def recorded(book: Book) -> list[str]:
    return sorted(each.id for each in book.get_usage(limit=10_000).usage_records or ())


def left(spool: Path) -> list[str]:
    """The files directly in a spool."""
    return [path.name for path in spool.iterdir() if path.is_file()]


def test_each_record_of_a_spool_gets_into_the_book_once(book: Book, tmp_path: Path) -> None:
    made = fill(tmp_path / "spool", 20, rotate_bytes=500)
    done = book.drain_spool(tmp_path / "spool")
    assert done is not None
    assert (done.rows, done.appended, done.duplicates, done.rejected) == (20, 20, 0, 0)
    assert done.segments > 1
    assert recorded(book) == sorted(made)
    assert left(tmp_path / "spool") == []
    assert book.drain_spool(tmp_path / "spool") is None


def test_drained_segments_are_kept_where_that_is_asked_for(book: Book, tmp_path: Path) -> None:
    fill(tmp_path / "spool", 3)
    book.drain_spool(tmp_path / "spool", keep=True)
    [kept] = (tmp_path / "spool" / "done").iterdir()
    again = book.ingest(kept)
    assert (again.appended, again.duplicates) == (0, 3)


def test_a_segment_that_is_there_again_is_not_loaded_again(book: Book, tmp_path: Path) -> None:
    """As after a crash between the commit and the removal of the file; its lines have no ids."""
    spool = tmp_path / "spool"
    spool.mkdir()
    said = {"occurred_at": "2026-10-05", "context": "system", "model": "gpt-4o", "requests": 1}
    line = json.dumps(said)
    done = None
    for _ in range(2):
        write_lines(spool / "a.jsonl", line, line)
        done = book.drain_spool(spool)
        assert left(spool) == []
    assert done is not None
    assert done.load_ids == []
    assert done.rows == 0
    assert len(recorded(book)) == 2
    write_lines(spool / "b.jsonl", line, line)
    book.drain_spool(spool)
    assert len(recorded(book)) == 4, "equal lines of two segments are two records"


def test_a_name_with_other_content_is_another_segment(book: Book, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    for number in range(3):
        spool.mkdir(exist_ok=True)
        write_lines(spool / "a.jsonl", row(f"r{number}"))
        book.drain_spool(spool, keep=True)
    assert recorded(book) == ["r0", "r1", "r2"]
    assert len(list((spool / "done").iterdir())) == 3


def row(name: str) -> str:
    call = {"occurred_at": "2026-10-05", "context": "system", "model": "o3", "requests": 1}
    return json.dumps({"id": name} | call)


def test_a_torn_line_of_a_dead_writer_does_not_count_and_swallows_nothing(
    book: Book, tmp_path: Path
) -> None:
    text = f"{row('a')}\n{row('b')}\n{row('c')}"
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "dead.jsonl.open").write_text(text[:-10])
    (tmp_path / "spool" / "empty.jsonl.open").write_text("")
    write_lines(tmp_path / "spool" / "next.jsonl", row("d"))
    done = book.drain_spool(tmp_path / "spool", keep=True)
    assert done is not None
    assert (done.adopted, done.rejected) == (1, 0)
    assert recorded(book) == ["a", "b", "d"]
    assert (tmp_path / "spool" / "done" / "dead.torn.jsonl").exists()


def test_the_last_line_of_a_complete_segment_needs_no_line_end(book: Book, tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "foreign.jsonl").write_text(f"{row('a')}\n{row('b')}")
    assert book.backlog(tmp_path / "spool").records == 2
    book.drain_spool(tmp_path / "spool")
    assert recorded(book) == ["a", "b"]


def test_what_a_living_writer_has_is_left_alone(book: Book, tmp_path: Path) -> None:
    with Recorder(tmp_path / "spool", fsync="each") as recorder:
        made = recorder.record(**CALL)
        (tmp_path / "spool" / "other.part").write_text(row("unfinished"))
        (tmp_path / "spool" / ".hidden.jsonl").write_text(row("hidden"))
        (tmp_path / "spool" / "notes.txt").write_text("nothing")
        assert book.drain_spool(tmp_path / "spool") is None
    done = book.drain_spool(tmp_path / "spool")
    assert done is not None
    assert recorded(book) == [made]
    assert sorted(left(tmp_path / "spool")) == [".hidden.jsonl", "notes.txt", "other.part"]


def test_rejected_lines_keep_their_segment_and_can_be_tried_again(
    book: Book, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    with Recorder(spool) as recorder:
        recorder.record(**CALL)
        recorder.record(model_id="gpt-4o", external_id="late", input_tokens=5)
    done = book.drain_spool(spool)
    assert done is not None
    assert (done.appended, done.rejected) == (1, 1)
    assert done.first_rejections[0].code == "unknown_account"
    [kept] = (spool / "rejected").iterdir()
    assert done.first_rejections[0].path == str(kept.resolve())
    book.create_account("late")
    again = book.retry_load(done.load_ids[0])
    assert (again.appended, again.duplicates, again.rejected) == (1, 1, 0)


def test_a_torn_line_counts_no_more_when_its_segment_is_tried_again(
    book: Book, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    late = json.dumps(json.loads(row("late")) | {"context": "customer", "external_id": "late"})
    (spool / "dead.jsonl.open").write_text(f"{row('a')}\n{late}\n{row('torn')[:-10]}")
    done = book.drain_spool(spool)
    assert done is not None
    assert [each.name for each in (spool / "rejected").iterdir()] == ["dead.torn.jsonl"]
    book.create_account("late")
    again = book.retry_load(done.load_ids[0])
    assert (again.appended, again.duplicates, again.rejected) == (1, 1, 0)
    assert recorded(book) == ["a", "late"]


def test_what_a_drain_did_is_printed(tmp_path: Path) -> None:
    """Its segments, those of dead writers, and how to try rejected rows again."""
    new_book(tmp_path / "book").close()
    spool = tmp_path / "spool"
    fill(spool, 2)
    late = json.dumps(json.loads(row("late")) | {"context": "customer", "external_id": "late"})
    (spool / "dead.jsonl.open").write_text(f"{late}\n")
    options = ["--book", str(tmp_path / "book"), "--spool", str(spool)]
    done = CliRunner().invoke(cli, ["ingest", *options], catch_exceptions=False)
    assert done.exit_code == 0
    text = " ".join(done.stdout.split())
    assert "2 appended, 0 duplicates, 1 rejected" in text
    assert "1 of writers that had died" in text
    assert "unknown_account" in text
    assert "'tokenbook rejections retry" in text


def test_accounts_are_made_where_that_is_asked_for(book: Book, tmp_path: Path) -> None:
    with Recorder(tmp_path / "spool") as recorder:
        recorder.record(model_id="gpt-4o", external_id="new", input_tokens=5)
    done = book.drain_spool(tmp_path / "spool", create_accounts=True)
    assert done is not None
    assert (done.appended, done.accounts_created) == (1, 1)


def test_a_drained_load_can_be_taken_back(book: Book, tmp_path: Path) -> None:
    fill(tmp_path / "spool", 3)
    done = book.drain_spool(tmp_path / "spool", keep=True)
    assert done is not None
    assert book.undo_load(done.load_ids[0]).removed == 3
    assert book.ingest(tmp_path / "spool" / "done").appended == 3


def test_large_backlogs_take_several_transactions(book: Book, tmp_path: Path) -> None:
    made = fill(tmp_path / "spool", 30, rotate_bytes=300)
    from analytics.usage.draining import DrainOptions, drain

    done = drain(
        book._engine, tmp_path / "spool", DrainOptions(batch_bytes=1000), lambda _f, _r: None
    )
    assert done is not None
    assert len(done.load_ids) > 2
    assert done.appended == 30
    assert recorded(book) == sorted(made)


def test_a_spool_that_is_not_there_is_an_error(book: Book, tmp_path: Path) -> None:
    for ask in (book.drain_spool, book.backlog):
        with pytest.raises(SpoolNotFound):
            ask(tmp_path / "nowhere")
    with pytest.raises(InvalidArgument, match="spool"):
        book.backlog()


# Not in the book yet


def test_answers_warn_of_what_is_not_in_the_book_yet(tmp_path: Path) -> None:
    new_book(tmp_path / "book").close()
    spool = tmp_path / "spool"
    fill(spool, 3)
    with Recorder(spool, fsync="each") as recorder:
        recorder.record(**CALL)
        with analytics.open(tmp_path / "book", read_only=True, spool=spool) as book:
            waiting = book.backlog()
            assert (waiting.records, waiting.segments) == (4, 2)
            assert waiting.oldest_at is not None
            asks: list[Callable[[], object]] = [
                book.get_usage_summary,
                book.get_usage,
                lambda: book.report("by-model"),
                lambda: book.query("select 1"),
                lambda: book.draft_invoices("2026-10"),
            ]
            for ask in asks:
                with pytest.warns(NotInTheBook, match="4 records are in .* and not in the book"):
                    ask()
    with analytics.open(tmp_path / "book", spool=spool) as book:
        book.drain_spool(spool)
        assert book.backlog().records == 0
        assert book.backlog().oldest_at is None
        assert book.get_usage_summary().record_count == 4


def test_what_is_in_the_book_is_no_backlog_while_its_file_is_there(tmp_path: Path) -> None:
    new_book(tmp_path / "book").close()
    fill(tmp_path / "spool", 3)
    killed = run(DRAIN, tmp_path / "book", tmp_path / "spool", Step.COMMITTED)
    assert killed.returncode == -signal.SIGKILL
    assert len(left(tmp_path / "spool")) == 1
    with analytics.open(tmp_path / "book", read_only=True) as book:
        assert book.backlog(tmp_path / "spool").records == 0
        assert book.get_usage_summary().record_count == 3


# The command


def test_the_command_drains_once_and_says_what_it_did(tmp_path: Path) -> None:
    new_book(tmp_path / "book").close()
    spool = tmp_path / "spool"
    fill(spool, 2)
    options = ["--book", str(tmp_path / "book"), "--spool", str(spool)]
    warned = CliRunner().invoke(cli, ["summary", *options])
    assert "Warning: 2 records are in" in warned.stderr.replace("\n", " ")
    done = CliRunner().invoke(cli, ["ingest", *options, "--json"])
    assert json.loads(done.stdout)["appended"] == 2
    assert CliRunner().invoke(cli, ["ingest", *options]).stdout.startswith("Nothing to load")
    assert CliRunner().invoke(cli, ["summary", *options]).stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["usage.jsonl", "--spool", "spool"],
        ["usage.jsonl", "--keep"],
        ["--spool", "spool", "--dry-run"],
        ["--spool", "spool", "--map", "a=b"],
    ],
    ids=" ".join,
)
def test_options_that_do_not_go_together_are_refused(arguments: list[str]) -> None:
    assert CliRunner().invoke(cli, ["ingest", *arguments]).exit_code == 2


@pytest.mark.slow
@pytest.mark.parametrize("signalled", [signal.SIGINT, signal.SIGTERM])
def test_following_ends_cleanly_and_holds_the_book_only_to_write(
    signalled: signal.Signals, tmp_path: Path
) -> None:
    new_book(tmp_path / "book").close()
    spool = tmp_path / "spool"
    spool.mkdir()
    command = [sys.executable, "-m", "analytics", "ingest", "--book", str(tmp_path / "book")]
    with subprocess.Popen(
        [*command, "--spool", str(spool), "--follow", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as follower:
        assert follower.stdout is not None
        for number in (1, 2):
            fill(spool, number)
            assert json.loads(follower.stdout.readline())["appended"] == number
            with analytics.open(tmp_path / "book") as book:
                book.create_account(f"beside-{number}")
        follower.send_signal(signalled)
        rest, errors = follower.communicate()
    assert (follower.returncode, rest, errors) == (0, "", "")


# Killed at each step


def test_every_step_is_a_writers_or_a_drainers() -> None:
    assert {*WRITER_STEPS, *DRAINER_STEPS} == set(Step)


@pytest.mark.parametrize("step", WRITER_STEPS)
def test_a_writer_that_is_killed_at_any_step_loses_nothing_acknowledged(
    step: Step, book: Book, tmp_path: Path
) -> None:
    """It dies once without and once with segments before; one record may be there unreported."""
    writer = run(WRITE, tmp_path / "spool", step)
    told = writer.stdout.split()
    assert writer.returncode == -signal.SIGKILL
    book.drain_spool(tmp_path / "spool")
    found = recorded(book)
    assert set(told) <= set(found)
    assert len(found) - len(told) <= 1
    assert left(tmp_path / "spool") == []


@pytest.mark.slow
@pytest.mark.parametrize("step", DRAINER_STEPS)
def test_a_drainer_that_is_killed_at_any_step_moves_each_record_once(
    step: Step, tmp_path: Path
) -> None:
    keep = DRAINER_STEPS.index(step) % 2 == 0
    new_book(tmp_path / "book").close()
    spool = tmp_path / "spool"
    made = fill(spool, 4, rotate_bytes=200)
    (spool / "dead.jsonl.open").write_text(f"{row('orphan')}\n{row('torn')[:20]}")
    for _ in range(2):
        drainer = run(DRAIN, tmp_path / "book", spool, step, *(["keep"] if keep else []))
        assert drainer.returncode in (-signal.SIGKILL, 0)
    with analytics.open(tmp_path / "book") as book:
        book.drain_spool(spool, keep=keep)
        assert recorded(book) == sorted([*made, "orphan"])
        assert left(spool) == []
        assert sum(each.duplicates for each in book.list_loads()) == 0
        assert_sound(book)
    if keep:
        assert len(list((spool / "done").iterdir())) == 3


@pytest.mark.slow
def test_two_drainers_move_each_record_once(tmp_path: Path) -> None:
    new_book(tmp_path / "book").close()
    spool = tmp_path / "spool"
    spool.mkdir()
    followers = [start(FOLLOW, tmp_path / "book", spool) for _ in range(2)]
    made = [each for _ in range(10) for each in fill(spool, 20, rotate_bytes=1000)]
    drained = threading.Event()
    while left(spool):
        drained.wait(0.05)
    for follower in followers:
        follower.kill()
        follower.wait()
    with analytics.open(tmp_path / "book") as book:
        assert recorded(book) == sorted(made)
        assert_sound(book)


def test_an_orphan_is_told_by_its_lock(tmp_path: Path) -> None:
    with Recorder(tmp_path, fsync="each") as recorder:
        recorder.record(**CALL)
        assert folder.adopt_orphans(tmp_path) == 0
        descriptor = os.open(folder.files(tmp_path)[0].path, os.O_RDONLY)
        assert not folder.lock(descriptor)
        os.close(descriptor)
