"""ccusage reads the same session files: tokens and cost of each day are equal, or it is said why.

ccusage is the tool that most people know the usage of their coding agents from. It comes from npm;
where it cannot be had, these tests are skipped. Its prices are those that its package carries.
"""

import json
import os
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.agent_sessions import write_claude_code, write_codex
from tests.conftest import assert_sound, new_book

PACKAGE = "ccusage@20.0.24"
ROUNDING = Decimal("1e-9")
"""It adds binary floating point numbers."""

DAYS = """
select
    strftime(local_day, '%Y-%m-%d') as day,
    cast(sum(input_tokens - cache_read_tokens - cache_write_tokens - cache_write_1h_tokens)
        as bigint) as input,
    cast(sum(cache_write_tokens + cache_write_1h_tokens) as bigint) as written,
    cast(sum(cache_read_tokens) as bigint) as read,
    cast(sum(output_tokens) as bigint) as output,
    sum(cost_usd) as cost
from rated_usage
group by local_day
order by local_day
"""

Day = dict[str, Any]
Line = dict[str, Any]


@pytest.fixture(scope="session")
def ccusage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, installed for this run."""
    if shutil.which("npm") is None:
        pytest.skip("there is no npm to install ccusage with")
    folder = tmp_path_factory.mktemp("ccusage")
    command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    program = folder / "node_modules" / ".bin" / "ccusage"
    if done.returncode != 0 or not program.exists():
        pytest.skip(f"npm cannot install {PACKAGE}: {done.stderr[-300:]}")
    version = subprocess.run(
        [str(program), "--version"], capture_output=True, text=True, check=False
    )
    if PACKAGE.partition("@")[2] not in version.stdout:
        pytest.skip(f"{PACKAGE} does not run here: {version.stderr[-300:]}")
    return program


def theirs(program: Path, agent: str, folder: Path, timezone: str = "UTC") -> list[Day]:
    """What ccusage says of each day."""
    home = {"claude": "CLAUDE_CONFIG_DIR", "codex": "CODEX_HOME"}[agent]
    options = ["--json", "--offline", "--timezone", timezone]
    options += ["--mode", "calculate"] if agent == "claude" else []
    done = subprocess.run(
        [str(program), agent, "daily", *options],
        env={**os.environ, home: str(folder), "TZ": timezone},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = json.loads(done.stdout, parse_float=Decimal)
    return [
        {
            "day": day["date"],
            "input": day["inputTokens"],
            "written": day["cacheCreationTokens"],
            "read": day["cacheReadTokens"],
            "output": day["outputTokens"],
            "cost": Decimal(day["totalCost"] if agent == "claude" else day["costUSD"]),
        }
        for day in found["daily"]
    ]


def ours(folder: Path, book_folder: Path, timezone: str = "UTC") -> tuple[list[Day], Any]:
    """What a book says of each day, and how the load went."""
    with new_book(book_folder, billing_timezone=timezone) as book:
        done = book.ingest(folder)
        assert_sound(book)
        return book.query(DAYS).rows(), done


def write(path: Path, *lines: Line) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("timezone", ["UTC", "Asia/Kolkata", "America/Los_Angeles"])
@pytest.mark.parametrize("agent", ["claude", "codex"])
def test_tokens_and_cost_of_each_day_are_those_of_ccusage(
    agent: str, timezone: str, ccusage: Path, tmp_path: Path
) -> None:
    folder = tmp_path / agent
    if agent == "claude":
        write_claude_code(folder, seed=len(timezone), sessions=40)
    else:
        write_codex(folder, seed=len(timezone), sessions=40)
    expected = theirs(ccusage, agent, folder, timezone)
    days, done = ours(folder, tmp_path / "book", timezone)
    assert len(days) >= 5
    assert (done.rejected, done.unpriced) == (0, 0)
    for mine, other in zip(days, expected, strict=True):
        assert {**mine, "cost": None} == {**other, "cost": None}
        assert abs(mine["cost"] - other["cost"]) < ROUNDING


def claude_line(message: str = "msg_1", request: str = "req_1", **usage: Any) -> Line:
    return {
        "type": "assistant",
        "timestamp": "2026-03-27T10:00:00.000Z",
        "sessionId": "5b1e",
        "requestId": request,
        "version": "2.1.63",
        "message": {
            "id": message,
            "model": usage.pop("model", "claude-sonnet-4-5-20250929"),
            "stop_reason": "end_turn",
            "usage": {"input_tokens": 10, "output_tokens": 20, **usage},
        },
    }


def codex_line(kind: str, second: int, **payload: Any) -> Line:
    return {"timestamp": f"2025-03-27T10:00:{second:02d}.000Z", "type": kind, "payload": payload}


def token_count(second: int, prompt: int, output: int) -> Line:
    usage = {
        "input_tokens": prompt,
        "cached_input_tokens": 0,
        "output_tokens": output,
        "reasoning_output_tokens": 0,
        "total_tokens": prompt + output,
    }
    info = {"total_token_usage": usage, "last_token_usage": usage}
    return codex_line("event_msg", second, type="token_count", info=info)


DIFFERENCES: dict[str, tuple[str, list[Line], Day, Day, int]] = {
    "a request above 200,000 tokens costs the higher rate as a whole": (
        "claude",
        [claude_line(input_tokens=250_000, output_tokens=1000)],
        {"input": 250_000, "output": 1000, "cost": "1.5225"},
        {"input": 250_000, "output": 1000, "cost": "0.915"},
        0,
    ),
    "web searches are billed": (
        "claude",
        [claude_line(server_tool_use={"web_search_requests": 3})],
        {"input": 10, "output": 20, "cost": "0.03033"},
        {"input": 10, "output": 20, "cost": "0.00033"},
        0,
    ),
    "two answers under one id are one record and one conflict": (
        "claude",
        [claude_line(), claude_line(request="req_2", output_tokens=50)],
        {"input": 10, "output": 20, "cost": "0.00033"},
        {"input": 20, "output": 70, "cost": "0.00111"},
        1,
    ),
    "a cache write that the breakdown leaves out is counted": (
        "claude",
        [
            claude_line(
                cache_creation_input_tokens=1000,
                cache_creation={"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            )
        ],
        {"input": 10, "written": 1000, "output": 20, "cost": "0.00408"},
        {"input": 10, "written": 0, "output": 20, "cost": "0.00033"},
        0,
    ),
    "a line with an empty field counts": (
        "claude",
        [{**claude_line(), "cwd": None}, claude_line("msg_2", "req_2")],
        {"input": 20, "output": 40, "cost": "0.00066"},
        {"input": 10, "output": 20, "cost": "0.00033"},
        0,
    ),
    "usage costs what it cost at the time": (
        "codex",
        [codex_line("turn_context", 0, model="o3"), token_count(1, 1_000_000, 0)],
        {"input": 1_000_000, "output": 0, "cost": "10"},
        {"input": 1_000_000, "output": 0, "cost": "0.55"},
        0,
    ),
    "usage of a model that the log does not name is refused": (
        "codex",
        [
            token_count(1, 1000, 10),
            codex_line("turn_context", 2, model="o3"),
            token_count(3, 2000, 10),
        ],
        {"input": 2000, "output": 10, "cost": "0.0204"},
        {"input": 3000, "output": 20},
        1,
    ),
}
"""What is different and right: the agent, its lines, our day, theirs, and how many we refuse."""


@pytest.mark.slow
@pytest.mark.parametrize("title", DIFFERENCES)
def test_a_difference_to_ccusage_is_the_one_that_is_documented(
    title: str, ccusage: Path, tmp_path: Path
) -> None:
    agent, lines, mine, other, refused = DIFFERENCES[title]
    place = {"claude": "projects/-srv-shop/5b1e.jsonl", "codex": "sessions/2025/rollout.jsonl"}
    write(tmp_path / agent / place[agent], *lines)
    (day,), done = ours(tmp_path / agent, tmp_path / "book")
    (their_day,) = theirs(ccusage, agent, tmp_path / agent)
    assert done.rejected == refused
    assert_day(day, mine)
    assert_day(their_day, other)
    page = Path(__file__).parents[1] / "docs" / "sources" / f"{agent}.md"
    assert title in page.read_text(encoding="utf-8").lower().replace("\n", " ")


def assert_day(day: Day, expected: Day) -> None:
    for name, value in expected.items():
        if name == "cost":
            assert abs(day["cost"] - Decimal(value)) < ROUNDING
        else:
            assert day[name] == value
