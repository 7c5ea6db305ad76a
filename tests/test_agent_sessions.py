"""Coding agents' sessions, loaded again, in parts, in another order, while they grow."""

import json
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import analytics
from analytics import Book
from tests.agent_sessions import write_claude_code, write_codex
from tests.conftest import assert_sound, examples, new_book
from tests.export_rows import otlp_rows
from tests.test_ccusage import claude_line, write

CONTENT = "select * exclude (load_id, recorded_at) from usage_record order by record_id"
AGENTS: dict[str, Callable[..., Path]] = {"claude-code": write_claude_code, "codex": write_codex}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, closed book."""
    path = tmp_path_factory.mktemp("template") / "book"
    new_book(path).close()
    return path


def content(template: Path, folder: Path, *loads: list[Path]) -> list[dict[str, Any]]:
    """The records of a new book after some loads."""
    with analytics.open(Path(shutil.copytree(template, folder))) as book:
        for paths in loads:
            assert book.ingest(*paths).rejected == 0
        assert_sound(book)
        return book.query(CONTENT).rows()


@pytest.mark.examples
@pytest.mark.parametrize("agent", AGENTS)
def test_the_order_of_files_and_loads_does_not_matter(
    agent: str, template: Path, tmp_path: Path
) -> None:
    sessions = examples(6, 15)
    root = AGENTS[agent](tmp_path / "home", sessions=sessions)
    files = sorted(root.rglob("*.jsonl"))
    at_once = content(template, tmp_path / "one", [root])
    assert len(at_once) > 6 * sessions
    assert content(template, tmp_path / "two", files[::-1], [root]) == at_once
    halves = (files[::2], files[1::2], files)
    ids = [row["record_id"] for row in at_once]
    with analytics.open(Path(shutil.copytree(template, tmp_path / "three"))) as book:
        for half in halves:
            book.ingest(*half)
        rows = book.query(CONTENT).rows()
    assert [row["record_id"] for row in rows] == ids
    for name in ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_1h_tokens"):
        assert sum(row[name] for row in rows) == sum(row[name] for row in at_once)


@pytest.mark.parametrize("agent", AGENTS)
def test_each_session_and_project_is_a_tag(agent: str, book: Book, tmp_path: Path) -> None:
    root = AGENTS[agent](tmp_path / "home", sessions=9)
    done = book.ingest(root)
    assert done.sources == {agent: done.rows - done.skipped}
    query = "select distinct tags ->> '$.project' as project, tags ->> '$.session' as session"
    rows = book.query(f"{query} from usage_record").rows()
    projects = {
        "claude-code": {"/srv/shop", "/srv/blog", "/srv/lab"},
        "codex": {"/srv/shop"},
    }
    assert {row["project"] for row in rows} == projects[agent]
    sessions = {path.stem[-36:] for path in root.rglob("*.jsonl") if "agent" not in path.name}
    assert {row["session"] for row in rows} <= sessions
    assert len({row["session"] for row in rows}) > 5


def test_a_session_that_is_resumed_between_two_loads_keeps_its_tag(
    book: Book, tmp_path: Path
) -> None:
    """The copy's name comes first in the alphabet; its session goes on after the first one."""
    project = tmp_path / "projects" / "-srv-shop"
    first = claude_line() | {"sessionId": "zzz"}
    write(project / "zzz.jsonl", first)
    assert book.ingest(tmp_path / "projects").appended == 1
    later = claude_line("msg_2", "req_2") | {"timestamp": "2026-03-28T10:00:00.000Z"}
    write(project / "aaa.jsonl", first | {"sessionId": "aaa"}, later | {"sessionId": "aaa"})
    done = book.ingest(tmp_path / "projects")
    assert (done.appended, done.duplicates, done.rejected) == (1, 2, 0)
    query = "select record_id, tags ->> '$.session' as session from usage_record order by record_id"
    rows = book.query(query).rows()
    assert [(row["record_id"], row["session"]) for row in rows] == [
        ("msg_1", "zzz"),
        ("msg_2", "aaa"),
    ]


def test_an_answer_that_is_being_written_waits_for_the_next_load(
    book: Book, tmp_path: Path
) -> None:
    now = datetime.now(UTC) - timedelta(seconds=90)
    file = tmp_path / "projects" / "-srv-shop" / "5b1e.jsonl"

    def line(message: str, second: int, output: int, stop: str | None) -> dict[str, Any]:
        made = claude_line(message, f"req_{message}", output_tokens=output)
        made["message"]["stop_reason"] = stop
        return made | {"timestamp": (now + timedelta(seconds=second)).isoformat()}

    earlier = line("msg_1", 0, 7, None)
    write(file, earlier, line("msg_2", 1, 1, None))
    done = book.ingest(file)
    assert (done.appended, done.skipped, done.rejected) == (1, 1, 0)
    write(file, earlier, line("msg_2", 1, 1, None), line("msg_2", 2, 310, "end_turn"))
    done = book.ingest(file)
    assert (done.appended, done.duplicates, done.rejected) == (1, 2, 0)
    rows = book.query("select record_id, output_tokens from usage_record order by record_id").rows()
    assert [row["output_tokens"] for row in rows] == [7, 310]


def test_what_was_said_never_enters_the_book(book: Book, tmp_path: Path) -> None:
    root = write_claude_code(tmp_path / "home", sessions=3)
    said = "the launch code is 0000"
    for path in root.rglob("*.jsonl"):
        path.write_text(path.read_text().replace("x" * 40, said))
    book.ingest(root)
    rows = json.dumps(book.query(CONTENT).rows(), default=str)
    assert said not in rows
    assert "usage of the shop" not in rows


def test_a_session_that_has_no_answer_yet_is_known_too(book: Book, tmp_path: Path) -> None:
    """One file that nobody knows would fail the load of a whole folder."""
    kinds = ("queue-operation", "permission-mode", "custom-title", "last-prompt", "pr-link")
    for kind in kinds:
        write(tmp_path / "projects" / f"{kind}.jsonl", {"type": kind, "sessionId": "5b1e"})
    write(tmp_path / "projects" / "summary.jsonl", {"type": "summary", "leafUuid": "u1"})
    done = book.ingest(tmp_path / "projects")
    assert (done.files, done.rows, done.skipped) == (6, 6, 6)


def test_a_line_of_thousands_of_spans_is_known_and_taken_apart(book: Book, tmp_path: Path) -> None:
    """A collector's batch holds up to 8,192 spans: more than what is looked at of other logs."""
    line = otlp_rows(random.Random(7), 1)[0]
    (scope,) = line["resourceSpans"][0]["scopeSpans"]
    prompt = {"key": "gen_ai.input.messages", "value": {"stringValue": "x" * 2000}}
    call = scope["spans"][1]
    scope["spans"] = [
        {**call, "spanId": f"{number:016x}", "attributes": [*call["attributes"], prompt]}
        for number in range(1000)
    ]
    write(tmp_path / "spans.jsonl", line, line)
    assert (tmp_path / "spans.jsonl").stat().st_size > 4_000_000
    done = book.ingest(tmp_path / "spans.jsonl")
    assert (done.appended, done.duplicates) == (1000, 1000)
    assert done.sources == {"otlp": 2000}
