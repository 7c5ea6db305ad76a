"""Logs of other programs against the native format: the same usage, each in its own shape."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import analytics
from benchmarks.bench import Bench, remove, say, seconds
from benchmarks.results import Goal, Result, Sample
from benchmarks.workload import Workload, write

Row = dict[str, Any]
Writer = Callable[[Iterable[Row]], Iterator[Row]]

ROWS = 100_000
AGAINST_NATIVE = Goal(2, at_most=True)
_SPANS_A_LINE = 50
_ANSWERS_A_SESSION = 1_000


def run(bench: Bench) -> list[Result]:
    """Loads the same rows from each log and from the native format, in turns."""
    count = min(ROWS, bench.scale.loaded)
    native = bench.folder / "native.jsonl"
    write(Workload(count, accounts=100), [native])
    files = {name: write_log(native, name) for name in SHAPES}
    took: dict[str, list[float]] = {name: [] for name in ("native", *files)}
    for number in range(bench.scale.rounds):
        say(f"sources: round {number + 1} of {bench.scale.rounds}")
        for name, file in {"native": native, **files}.items():
            took[name].append(load(bench, file, name, count))
    for file in (native, *files.values()):
        remove(file)
    peer = Sample(tuple(took["native"]))
    return [
        Result(
            "sources",
            f"{count:,} records from {name}",
            "ours, native JSONL",
            peer,
            sample := Sample(tuple(took[name])),
            sample.median / peer.median,
            AGAINST_NATIVE,
        )
        for name in files
    ]


def load(bench: Bench, file: Path, source: str, count: int) -> float:
    """The seconds of a load into an empty book."""
    folder = bench.folder / "sources"
    with analytics.create(folder) as book:
        took = seconds(lambda: book.ingest(file, source=source, create_accounts=True))
        (done,) = book.list_loads()
        assert (done.appended, done.rejected) == (count, 0), f"each row of {source} is a record"
    remove(folder)
    return took


def write_log(native: Path, source: str) -> Path:
    """The rows of a native file in another program's shape."""
    file = native.with_name(f"{source}.jsonl")
    with native.open(encoding="utf-8") as lines, file.open("w", encoding="utf-8") as target:
        for row in SHAPES[source](json.loads(line) for line in lines):
            target.write(json.dumps(row, separators=(",", ":")) + "\n")
    return file


def _claude_code(rows: Iterable[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows):
        cached = row.get("cache_read_tokens", 0)
        usage = {
            "input_tokens": row["input_tokens"] - cached,
            "cache_read_input_tokens": cached,
            "output_tokens": row["output_tokens"],
        }
        yield {
            "type": "assistant",
            "timestamp": row["occurred_at"],
            "sessionId": f"session-{number // _ANSWERS_A_SESSION}",
            "requestId": f"req_{number}",
            "cwd": "/srv/shop",
            "message": {
                "id": row["id"],
                "model": "claude-sonnet-4-5-20250929",
                "stop_reason": "end_turn",
                "usage": usage,
            },
        }


def _codex(rows: Iterable[Row]) -> Iterator[Row]:
    total = {"input_tokens": 0, "cached_input_tokens": 0, "output_tokens": 0}
    meta = {"id": "session-1", "cwd": "/srv/shop", "model_provider": "openai"}
    yield {"timestamp": "2026-10-01T00:00:00Z", "type": "session_meta", "payload": meta}
    for row in rows:
        last = {
            "input_tokens": row["input_tokens"],
            "cached_input_tokens": row.get("cache_read_tokens", 0),
            "output_tokens": row["output_tokens"],
        }
        total = {name: total[name] + max(count, 1) for name, count in last.items()}
        info = {"model": "gpt-5-codex", "total_token_usage": total, "last_token_usage": last}
        payload = {"type": "token_count", "info": info}
        yield {"timestamp": row["occurred_at"], "type": "event_msg", "payload": payload}


def _otlp(rows: Iterable[Row]) -> Iterator[Row]:
    spans: list[Row] = []
    for number, row in enumerate(rows):
        texts = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.response.model": "gpt-4o-2024-08-06",
        }
        counts = {
            "gen_ai.usage.input_tokens": row["input_tokens"],
            "gen_ai.usage.cache_read.input_tokens": row.get("cache_read_tokens", 0),
            "gen_ai.usage.output_tokens": row["output_tokens"],
        }
        attributes = [{"key": key, "value": {"stringValue": text}} for key, text in texts.items()]
        attributes += [
            {"key": key, "value": {"intValue": str(count)}} for key, count in counts.items()
        ]
        start = 1_790_812_800_000_000_000 + number * 10**9
        spans.append(
            {
                "traceId": f"{number:032x}",
                "spanId": f"{number:016x}",
                "startTimeUnixNano": str(start),
                "endTimeUnixNano": str(start + 10**9),
                "attributes": attributes,
            }
        )
        if len(spans) == _SPANS_A_LINE:
            yield {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
            spans = []
    if spans:
        yield {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}


def _langfuse(rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        cached = row.get("cache_read_tokens", 0)
        usage = {
            "input": row["input_tokens"] - cached,
            "input_cached_tokens": cached,
            "output": row["output_tokens"],
        }
        yield {
            "id": row["id"],
            "type": "GENERATION",
            "startTime": row["occurred_at"],
            "traceId": row["id"],
            "model": "gpt-4o",
            "usageDetails": usage,
        }


def _helicone(rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        cached = row.get("cache_read_tokens", 0)
        yield {
            "response_id": row["id"],
            "request_created_at": row["occurred_at"],
            "response_status": 200,
            "provider": "OPENAI",
            "response_model": "gpt-4o-2024-08-06",
            "prompt_tokens": row["input_tokens"] - cached,
            "prompt_cache_read_tokens": cached,
            "completion_tokens": row["output_tokens"],
        }


SHAPES: dict[str, Writer] = {
    "claude-code": _claude_code,
    "codex": _codex,
    "otlp": _otlp,
    "langfuse": _langfuse,
    "helicone": _helicone,
}
"""How a native row looks in each log. A new source needs a line here to be measured."""
