"""Ten thousand lines of each log, many of them spoiled, against a slow and obvious reader.

What is accepted, refused and summed must be the same.
"""

import copy
import json
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics import Book
from tests import plain_export_readers, plain_readers
from tests.agent_sessions import write_claude_code, write_codex
from tests.export_rows import helicone_rows, langfuse_rows, otlp_rows
from tests.plain_readers import METERS, Reader, settle

HOSTILE = [None, "", "12", 1.5, -1, True, [], {}, [1], {"a": 1}, 10**20, "x", 10**15, "00012"]
LINES = 10_000
USAGE = (
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "cache_creation",
    "server_tool_use",
)
SUMS = ", ".join(f"cast(coalesce(sum({meter}), 0) as bigint) as {meter}" for meter in METERS)

Paths = list[tuple[Any, ...]]


def claude_code_lines(folder: Path, draw: random.Random) -> Iterator[Path]:
    root = write_claude_code(folder, seed=draw.randrange(1000), sessions=320)
    targets: Paths = [
        ("timestamp",),
        ("requestId",),
        ("message",),
        ("message", "id"),
        ("message", "model"),
        ("message", "usage"),
    ]
    targets += [("message", "usage", name) for name in USAGE]
    return spoil_files(sorted(root.rglob("*.jsonl")), draw, targets)


def codex_lines(folder: Path, draw: random.Random) -> Iterator[Path]:
    root = write_codex(folder, seed=draw.randrange(1000), sessions=450, forks=False)
    kinds = ("last_token_usage", "total_token_usage")
    targets: Paths = [("timestamp",), ("payload",), ("payload", "model"), ("payload", "info")]
    targets += [("payload", "info", kind) for kind in kinds]
    targets += [
        ("payload", "info", kind, name)
        for kind in kinds
        for name in ("input_tokens", "cached_input_tokens", "output_tokens")
    ]
    return spoil_files(sorted(root.rglob("*.jsonl")), draw, targets)


def otlp_lines(folder: Path, draw: random.Random) -> Iterator[Path]:
    span: tuple[Any, ...] = ("resourceSpans", 0, "scopeSpans", 0, "spans", 1)
    targets: Paths = [("resourceSpans",), (*span[:3],), span[:5], span]
    targets += [(*span, name) for name in ("traceId", "startTimeUnixNano", "attributes", "status")]
    targets += [(*span, "attributes", place, "value", "intValue") for place in range(3, 7)] * 3
    targets += [(*span, "attributes", place) for place in range(6)]
    return spoil_rows(folder / "spans.jsonl", otlp_rows(draw, LINES), draw, targets)


def langfuse_lines(folder: Path, draw: random.Random) -> Iterator[Path]:
    targets: Paths = [("id",), ("startTime",), ("model",), ("usageDetails",), ("type",)]
    targets += [
        ("usageDetails", name)
        for name in ("input", "output", "total", "input_cached_tokens", "output_reasoning_tokens")
    ]
    return spoil_rows(folder / "observations.jsonl", langfuse_rows(draw, LINES), draw, targets)


def helicone_lines(folder: Path, draw: random.Random) -> Iterator[Path]:
    targets: Paths = [
        (name,)
        for name in (
            "response_id",
            "request_created_at",
            "response_model",
            "prompt_tokens",
            "completion_tokens",
            "prompt_cache_read_tokens",
            "reasoning_tokens",
        )
    ]
    return spoil_rows(folder / "requests.jsonl", helicone_rows(draw, LINES), draw, targets)


def spoil_rows(
    path: Path, rows: Iterable[dict[str, Any]], draw: random.Random, targets: Paths
) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(spoiled(row, draw, targets) for row in rows)
    path.write_text(text, encoding="utf-8")
    yield path


def spoil_files(paths: list[Path], draw: random.Random, targets: Paths) -> Iterator[Path]:
    for path in paths:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        yield from spoil_rows(path, rows, draw, targets)


def spoiled(row: dict[str, Any], draw: random.Random, targets: Paths) -> str:
    """A line as it is, twice, cut short, or with one of its values another one or absent."""
    line = json.dumps(row)
    chance = draw.random()
    if chance < 0.6:
        return line + "\n"
    if chance < 0.65:
        return f"{line}\n{line}\n"
    if chance < 0.7:
        return line[: draw.randrange(1, len(line))] + "\n"
    changed = copy.deepcopy(row)
    *way, name = draw.choice(targets)
    place: Any = changed
    for key in way:
        place = step(place, key)
    if isinstance(place, dict) and draw.random() < 0.2:
        place.pop(name, None)
    elif isinstance(place, dict) or (isinstance(place, list) and name < len(place)):
        place[name] = draw.choice(HOSTILE)
    return json.dumps(changed) + "\n"


def step(place: Any, key: Any) -> Any:
    if isinstance(place, dict):
        return place.get(key)
    return place[key] if isinstance(place, list) and key < len(place) else None


CASES: dict[str, tuple[Callable[[Path, random.Random], Iterator[Path]], Reader]] = {
    "claude-code": (claude_code_lines, plain_readers.claude_code),
    "codex": (codex_lines, plain_readers.codex),
    "otlp": (otlp_lines, plain_export_readers.otlp),
    "langfuse": (langfuse_lines, plain_export_readers.langfuse),
    "helicone": (helicone_lines, plain_export_readers.helicone),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("seed", [1, 2])
def test_spoiled_lines_are_read_as_a_slow_reader_reads_them(
    name: str, seed: int, book: Book, tmp_path: Path
) -> None:
    write, read = CASES[name]
    paths = list(write(tmp_path / "log", random.Random(seed)))
    expected = settle(read(paths))
    done = book.ingest(tmp_path / "log", source=name)
    assert sum(path.read_text().count("\n") for path in paths) >= LINES
    assert (done.appended, done.rejected) == (expected.appended, expected.rejected)
    assert done.appended > 1000
    assert done.rejected > 100
    (totals,) = book.query(f"select {SUMS} from usage_record").rows()  # noqa: S608
    assert totals == expected.totals
