"""Files that grow are loaded as they grow: nothing twice, nothing lost, whatever happens."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

import analytics
from analytics import Book, LoadResult
from analytics.errors import InvalidArgument
from analytics.usage.following import Follower
from analytics.usage.options import LoadOptions
from tests.agent_sessions import write_claude_code, write_codex
from tests.conftest import assert_sound, examples, new_book, some


def call(number: int, *, has_id: bool = True) -> str:
    """One line of native usage."""
    row = {"occurred_at": "2026-10-05T12:00:00Z", "context": "system", "model": "gpt-4o"}
    known = {"id": f"call-{number}"} if has_id else {}
    return json.dumps({**known, **row, "input_tokens": number}) + "\n"


def append(path: Path, *lines: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(lines))


def follower(book: Book, *paths: Path, told: list[str] | None = None) -> Follower:
    """One that has just started."""
    notes = [] if told is None else told
    return Follower(book._engine, [str(path) for path in paths], LoadOptions(), notes.append)


def steps(follower: Follower) -> list[LoadResult]:
    """All loads until nothing is new."""
    found = []
    while done := follower.step():
        found.append(done)
    return found


def appended(follower: Follower) -> int:
    return sum(done.appended for done in steps(follower))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "calls.jsonl"


def test_what_is_appended_is_loaded_once_and_a_torn_line_waits(book: Book, log: Path) -> None:
    following = follower(book, log)
    assert steps(following) == []
    append(log, call(1), call(2), call(3)[:20])
    assert appended(following) == 2
    append(log, call(3)[20:], call(4))
    assert appended(following) == 2
    assert steps(following) == []
    assert appended(follower(book, log)) == 0
    append(log, call(5))
    (done,) = steps(follower(book, log))
    assert (done.rows, done.appended, done.duplicates) == (1, 1, 0)


def test_equal_lines_without_an_id_are_as_many_as_they_are(book: Book, log: Path) -> None:
    """In one load or in several, and the whole file loaded again adds nothing."""
    append(log, *[call(7, has_id=False)] * 2)
    assert appended(follower(book, log)) == 2
    append(log, call(7, has_id=False))
    assert appended(follower(book, log)) == 1
    append(log, call(7, has_id=False), call(8, has_id=False))
    assert appended(follower(book, log)) == 2
    assert book.ingest(log).appended == 0


@pytest.mark.parametrize("is_restarted", [False, True])
@pytest.mark.parametrize("way", ["renamed", "copied", "renamed in the folder"])
def test_a_rotated_file_is_read_to_its_end(
    book: Book, log: Path, way: str, *, is_restarted: bool
) -> None:
    following = follower(book, log)
    append(log, call(1))
    assert appended(following) == 1
    append(log, call(2), call(3)[:-1])
    old = log.with_name("calls.1.jsonl" if "folder" in way else "calls.jsonl.1")
    if way == "copied":
        old.write_bytes(log.read_bytes())
        log.write_text("")
    else:
        log.rename(old)
        assert appended(following) == 1, "whole lines of the moved file, also before a new one"
    append(log, call(4))
    following = follower(book, log) if is_restarted else following
    assert appended(following) == (3 if way == "copied" else 2)
    append(log, call(5))
    assert appended(following) == 1
    assert book.get_usage_summary().record_count == 5


def test_a_truncated_file_begins_anew(book: Book, log: Path) -> None:
    following = follower(book, log)
    append(log, call(1), call(2))
    assert appended(following) == 2
    log.write_text(call(3))
    assert appended(following) == 1
    log.write_text("")
    assert steps(following) == []
    append(log, call(4))
    assert appended(following) == 1


def test_a_folder_is_followed_with_what_comes_into_it(book: Book, tmp_path: Path) -> None:
    folder, told = tmp_path / "logs", list[str]()
    folder.mkdir()
    following = follower(book, folder, told=told)
    append(folder / "a.jsonl", call(1))
    append(folder / "strange.jsonl", '{"room": "kitchen"}\n')
    assert appended(following) == 1
    assert [note for note in told if "strange.jsonl" in note]
    append(folder / "b.jsonl", call(2))
    append(folder / "a.jsonl", call(3))
    (done,) = steps(following)
    assert (done.files, done.appended) == (2, 2)
    table = folder / "c.csv"
    table.write_text("id,occurred_at,context,model,input_tokens\nc-1,2026-10-05,system,gpt-4o,5\n")
    assert steps(following) == [], "a table is read once nobody writes to it"
    before = time.time() - 60
    os.utime(table, (before, before))
    assert appended(following) == 1
    assert steps(following) == []


def test_a_table_is_told_by_what_is_written_to_it(book: Book, tmp_path: Path) -> None:
    """While it is empty it could be any."""
    table = tmp_path / "logs" / "calls.csv"
    table.parent.mkdir()
    table.touch()
    os.utime(table, times=(time.time() - 60,) * 2)
    following = follower(book, table.parent)
    assert appended(following) == 0
    case = Path(__file__).parent / "sources" / "helicone" / "table.csv"
    table.write_bytes(case.read_bytes())
    os.utime(table, times=(time.time() - 59,) * 2)
    [done] = steps(following)
    assert (set(done.sources), done.rejected) == ({"helicone"}, 0)
    assert done.appended


def test_rejected_lines_have_their_numbers_in_the_file(book: Book, log: Path) -> None:
    following = follower(book, log)
    append(log, call(1), "\n", "no json\n")
    steps(following)
    append(log, call(2), "no json either\n")
    steps(following)
    assert sorted(each.line for each in book.list_rejections()) == [3, 5]


def test_a_load_that_fails_leaves_the_position_where_it_was(
    book: Book, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, call(1))
    following = follower(book, log)
    execute = book._engine.execute

    def fail(query: str, **parameters: object) -> int:
        if query == "usage/insert_position":
            raise KeyboardInterrupt
        return execute(query, **parameters)

    with monkeypatch.context() as patch:
        patch.setattr(book._engine, "execute", fail)
        with pytest.raises(KeyboardInterrupt):
            following.step()
    assert book.get_usage_summary().record_count == 0
    assert appended(follower(book, log)) == 1


def test_two_followers_of_a_file_load_it_once(book: Book, log: Path) -> None:
    append(log, *[call(7, has_id=False)] * 3)
    one, other = follower(book, log), follower(book, log)
    assert appended(one) + appended(other) == 3
    append(log, call(7, has_id=False))
    assert appended(other) + appended(one) == 1


def test_what_has_no_end_cannot_be_judged_as_a_whole(book: Book, log: Path) -> None:
    with pytest.raises(InvalidArgument):
        Follower(book._engine, [str(log)], LoadOptions(strict=True), print)
    with pytest.raises(InvalidArgument):
        Follower(book._engine, ["-"], LoadOptions(), print)


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Path]:
    """A book that nobody holds."""
    new_book(tmp_path / "book").close()
    yield tmp_path / "book"
    with analytics.open(tmp_path / "book") as book:
        assert_sound(book)


def start(book: Path, log: Path) -> "subprocess.Popen[str]":
    command = [
        sys.executable,
        "-m",
        "analytics",
        "ingest",
        "--follow",
        str(log),
        "--book",
        str(book),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(process: "subprocess.Popen[str]", text: str) -> None:
    """Reads what a command prints until it says something."""
    assert process.stdout
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(process.communicate()[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_follows_until_a_signal_and_holds_the_book_only_to_write(
    shared: Path, log: Path, number: signal.Signals
) -> None:
    append(log, call(1), call(2))
    process = start(shared, log)
    wait_for(process, "2 appended")
    with analytics.open(shared, wait_seconds=10) as book:
        assert book.get_usage_summary().record_count == 2
    append(log, call(3))
    wait_for(process, "1 appended")
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, "Traceback" in errors) == (0, False)


AGENTS: dict[str, Callable[..., Path]] = {
    "claude-code": partial(write_claude_code, in_order=True),
    "codex": write_codex,
}
CONTENT = "select * exclude (load_id, recorded_at) from usage_record order by record_id"


def pause(lines: list[str], chance: random.Random) -> int:
    """How many lines of a session stand when it pauses: not within an answer of several lines."""
    return chance.choice(
        [
            number
            for number, line in enumerate(lines, 1)
            if json.loads(line).get("message", {}).get("stop_reason", "none") is not None
        ]
    )


def grow(file: Path, lines: list[str]) -> None:
    """Appends what a file lacks; nobody has written to it for a while."""
    file.parent.mkdir(parents=True, exist_ok=True)
    known = file.stat().st_size if file.exists() else 0
    append(file, "".join(lines)[known:])
    before = time.time() - 3600
    os.utime(file, (before, before + len(lines)))


@pytest.mark.examples
@pytest.mark.parametrize("agent", some(AGENTS, 2))
def test_the_sessions_of_coding_agents_are_followed(agent: str, tmp_path: Path) -> None:
    """One begins while the one before it ends, each pauses, files move, the follower starts anew:
    as if all were loaded at once."""
    chance = random.Random(11)
    root = AGENTS[agent](tmp_path / "home", sessions=examples(3, 5))
    files = sorted(root.rglob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
    sessions = [
        (path.relative_to(root), path.read_text(encoding="utf-8").splitlines(keepends=True))
        for path in files
    ]
    live, moved = tmp_path / "live", tmp_path / "live" / "archive"
    with new_book(tmp_path / "at-once") as book:
        assert book.ingest(root).rejected == 0
        wanted = book.query(CONTENT).rows()
    with new_book(tmp_path / "followed") as book:
        following = follower(book, live)
        for number in range(len(sessions) + 1):
            if number < len(sessions):
                path, lines = sessions[number]
                grow(live / path, lines[: pause(lines, chance)])
            if number:
                path, lines = sessions[number - 1]
                grow(live / path, lines)
            found = steps(following)
            assert [done.rejected for done in found] in ([], [0]), (number, found)
            if number % 2:
                following = follower(book, live)
        assert steps(following) == []
        moved.mkdir()
        for path, _ in sessions[::2]:
            (live / path).rename(moved / path.name)
        assert appended(following) == appended(follower(book, live)) == 0
        assert book.query(CONTENT).rows() == wanted
        assert_sound(book)


@pytest.mark.slow
@pytest.mark.parametrize("agent", AGENTS)
def test_killed_while_sessions_grow_nothing_is_lost_or_doubled(
    agent: str, shared: Path, tmp_path: Path
) -> None:
    """Each process loads what the one before it may have left, and dies with more to load."""
    chance = random.Random(13)
    root = AGENTS[agent](tmp_path / "home", sessions=6)
    live = tmp_path / "live"
    live.mkdir()
    for file in sorted(root.rglob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        grow(live / file.relative_to(root), lines[: pause(lines, chance)])
        process = start(shared, live)
        wait_for(process, "appended")
        grow(live / file.relative_to(root), lines)
        process.kill()
        process.communicate()
    with new_book(tmp_path / "at-once") as book:
        book.ingest(root)
        wanted = book.query(CONTENT).rows()
    with analytics.open(shared) as book:
        steps(follower(book, live))
        assert book.query(CONTENT).rows() == wanted
        assert book.list_rejections() == []


@pytest.mark.slow
def test_killed_again_and_again_nothing_is_lost_or_doubled(shared: Path, log: Path) -> None:
    written, chance = 0, random.Random(7)
    for _ in range(12):
        process = start(shared, log)
        for _ in range(chance.randrange(1, 5)):
            count = chance.randrange(1, 200)
            numbers = range(written, written + count)
            append(log, *(call(n) for n in numbers))
            written += count
            wait_for(process, "appended")
        process.kill()
        process.communicate()
        if chance.random() < 0.5:
            log.rename(log.with_name(f"calls.jsonl.{written}"))
    process = start(shared, log)
    append(log, call(1_000_000))
    wait_for(process, "appended")
    process.kill()
    process.communicate()
    with analytics.open(shared, read_only=True) as book:
        assert book.get_usage_summary().record_count == written + 1
