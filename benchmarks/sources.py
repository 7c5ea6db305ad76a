"""Loads of other programs' logs, against a load of as many native rows in the same rounds."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench, remove, say
from benchmarks.child import measure
from benchmarks.results import Goal, Result, Sample
from benchmarks.tool_rows import TOOL_WRITERS

MOST = 100_000
HALF = Goal(0.5, at_most=False)
MODELS = {
    "litellm": "gpt-4o",
    "openai": "gpt-4o-2024-08-06",
    "anthropic": "claude-sonnet-4-5-20250929",
    "gemini": "gemini-2.5-flash",
    "bedrock": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
}
ANSWER = "A short answer, as models give it. " * 6
"""What is said takes room in a real log, and is read over."""

Row = dict[str, Any]


def run(bench: Bench) -> list[Result]:
    """Measures each source in turns with the native format."""
    count = min(bench.scale.loaded, MOST)
    files = {name: bench.folder / f"{name}.jsonl" for name in WRITERS}
    say(f"files of {count:,} rows in {len(files)} formats")
    for name, file in files.items():
        write(file, count, WRITERS[name])
    took: dict[str, list[float]] = {name: [] for name in files}
    for number in range(bench.scale.rounds):
        say(f"sources: round {number + 1} of {bench.scale.rounds}")
        for name, file in files.items():
            took[name].append(load(bench, file, count))
    for file in files.values():
        remove(file)
    rates = {name: Sample(tuple(values)).rate(count) for name, values in took.items()}
    native = rates.pop("native")
    return [
        Result(
            "sources",
            f"{count:,} rows of {name}",
            "ours, native",
            native,
            rate,
            rate.median / native.median,
            HALF,
        )
        for name, rate in rates.items()
    ]


def write(file: Path, count: int, row: Callable[[int], Row]) -> None:
    """A file with so many rows."""
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row(number)) + "\n" for number in range(count))


def load(bench: Bench, file: Path, count: int) -> float:
    """The seconds of a load on the command line into a new book."""
    book = bench.folder / "sources-book"
    program = [sys.executable, "-m", "analytics"]
    measure([*program, "init", "--book", str(book)])
    os.sync()
    done = measure([*program, "ingest", str(file), "--book", str(book), "--json"])
    result = json.loads(done.output)
    assert (result["appended"], result["unpriced"]) == (count, 0), "each row is new and has a price"
    remove(book)
    return done.seconds


def native(number: int) -> Row:
    """A native row."""
    return {
        "id": f"native-{number}",
        "occurred_at": f"2026-10-{number % 28 + 1:02}T12:00:00Z",
        "context": "system",
        "provider": "openai",
        "model": "gpt-4o",
        "input_tokens": 1000 + number % 900,
        "cached_tokens": number % 700,
        "output_tokens": number % 500,
    }


def litellm(number: int) -> Row:
    """A row of the spend log."""
    return {
        "request_id": f"litellm-{number}",
        "call_type": "acompletion",
        "spend": 0.0085,
        "total_tokens": 1001 + number % 900 + number % 500,
        "prompt_tokens": 1000 + number % 900,
        "completion_tokens": number % 500 + 1,
        "startTime": f"2026-10-{number % 28 + 1:02}T12:00:00.123Z",
        "model": MODELS["litellm"],
        "custom_llm_provider": "openai",
        "cache_hit": "False",
        "end_user": f"user-{number % 100}",
        "metadata": {
            "user_api_key_alias": "prod",
            "usage_object": {"prompt_tokens_details": {"cached_tokens": number % 700}},
        },
        "response": {"choices": [{"message": {"content": ANSWER}}]},
    }


def openai(number: int) -> Row:
    """A chat completion."""
    return {
        "id": f"openai-{number}",
        "object": "chat.completion",
        "created": 1791201600 + number,
        "model": MODELS["openai"],
        "choices": [{"index": 0, "message": {"role": "assistant", "content": ANSWER}}],
        "usage": {
            "prompt_tokens": 1000 + number % 900,
            "completion_tokens": number % 500,
            "total_tokens": 0,
            "prompt_tokens_details": {"cached_tokens": number % 700, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        },
        "service_tier": "default",
    }


def anthropic(number: int) -> Row:
    """A message in a log's envelope."""
    return {
        "timestamp": f"2026-10-{number % 28 + 1:02}T12:00:00Z",
        "response": {
            "id": f"anthropic-{number}",
            "type": "message",
            "model": MODELS["anthropic"],
            "content": [{"type": "text", "text": ANSWER}],
            "stop_reason": "end_turn",
            "usage": {
                "input_tokens": number % 900,
                "cache_read_input_tokens": number % 700,
                "cache_creation_input_tokens": number % 300,
                "output_tokens": number % 500,
                "service_tier": "standard",
            },
        },
    }


def gemini(number: int) -> Row:
    """An answer in a log's envelope."""
    return {
        "timestamp": f"2026-10-{number % 28 + 1:02}T12:00:00Z",
        "response": {
            "responseId": f"gemini-{number}",
            "modelVersion": MODELS["gemini"],
            "candidates": [{"content": {"parts": [{"text": ANSWER}]}, "finishReason": "STOP"}],
            "usageMetadata": {
                "promptTokenCount": 1000 + number % 900,
                "cachedContentTokenCount": number % 700,
                "candidatesTokenCount": number % 500,
                "thoughtsTokenCount": number % 90,
                "totalTokenCount": 0,
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 1000 + number % 900}],
            },
        },
    }


def bedrock(number: int) -> Row:
    """A call in the invocation log."""
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": f"2026-10-{number % 28 + 1:02}T12:00:00Z",
        "region": "us-east-1",
        "requestId": f"bedrock-{number}",
        "operation": "Converse",
        "modelId": MODELS["bedrock"],
        "input": {"inputTokenCount": number % 900, "cacheReadInputTokenCount": number % 700},
        "output": {"outputBodyJson": {"text": ANSWER}, "outputTokenCount": number % 500},
    }


WRITERS: dict[str, Callable[[int], Row]] = {
    "native": native,
    "litellm": litellm,
    "openai": openai,
    "anthropic": anthropic,
    "gemini": gemini,
    "bedrock": bedrock,
    **TOOL_WRITERS,
}
"""Source -> what makes a row of it."""
