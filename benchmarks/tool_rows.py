"""Rows of coding agents' sessions and of observability tools, by number."""

from collections.abc import Callable
from typing import Any

Row = dict[str, Any]


def claude_code(number: int) -> Row:
    """An answer in a session."""
    return {
        "type": "assistant",
        "timestamp": f"2026-10-{number % 28 + 1:02}T12:00:00.000Z",
        "sessionId": f"session-{number // 1000}",
        "requestId": f"request-{number}",
        "cwd": "/srv/shop",
        "version": "2.1.63",
        "message": {
            "id": f"claude-code-{number}",
            "model": "claude-sonnet-4-5-20250929",
            "content": [{"type": "text", "text": "A short answer. " * 12}],
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


def codex(number: int) -> Row:
    """What a session used so far, and the last response."""
    last = {
        "input_tokens": 1000 + number % 900,
        "cached_input_tokens": number % 700,
        "output_tokens": number % 500 + 1,
        "reasoning_output_tokens": 0,
    }
    total = {name: count + number for name, count in last.items()}
    info = {"model": "gpt-5-codex", "total_token_usage": total, "last_token_usage": last}
    return {
        "timestamp": f"2026-10-{number % 28 + 1:02}T12:00:00.000Z",
        "type": "event_msg",
        "payload": {"type": "token_count", "info": info},
    }


def otlp(number: int) -> Row:
    """A line with one span."""
    texts = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.response.model": "gpt-4o-2024-08-06",
    }
    counts = {
        "gen_ai.usage.input_tokens": 1000 + number % 900,
        "gen_ai.usage.cache_read.input_tokens": number % 700,
        "gen_ai.usage.output_tokens": number % 500,
    }
    attributes = [{"key": key, "value": {"stringValue": text}} for key, text in texts.items()]
    attributes += [{"key": key, "value": {"intValue": str(n)}} for key, n in counts.items()]
    span = {
        "traceId": f"{number:032x}",
        "spanId": f"{number:016x}",
        "name": "chat gpt-4o",
        "startTimeUnixNano": str(1_790_812_800_000_000_000 + number * 10**9),
        "endTimeUnixNano": str(1_790_812_801_000_000_000 + number * 10**9),
        "attributes": attributes,
    }
    return {"resourceSpans": [{"scopeSpans": [{"scope": {"name": "app"}, "spans": [span]}]}]}


def langfuse(number: int) -> Row:
    """A generation, as the UI exports it."""
    return {
        "id": f"langfuse-{number}",
        "type": "GENERATION",
        "startTime": f"2026-10-{number % 28 + 1:02}T12:00:00.000Z",
        "traceId": f"trace-{number // 3}",
        "userId": f"user-{number % 100}",
        "model": "gpt-4o",
        "usageDetails": {
            "input": 1000 + number % 900,
            "input_cached_tokens": number % 700,
            "output": number % 500,
        },
        "output": "A short answer. " * 12,
        "totalCost": 0.0085,
    }


def helicone(number: int) -> Row:
    """A request, as the export tool writes it."""
    return {
        "response_id": f"helicone-{number}",
        "request_created_at": f"2026-10-{number % 28 + 1:02}T12:00:00.000Z",
        "response_status": 200,
        "provider": "OPENAI",
        "response_model": "gpt-4o-2024-08-06",
        "prompt_tokens": 1000 + number % 900,
        "prompt_cache_read_tokens": number % 700,
        "completion_tokens": number % 500,
        "request_user_id": f"user-{number % 100}",
        "response_body": {"text": "A short answer. " * 12},
        "costUSD": 0.0085,
    }


TOOL_WRITERS: dict[str, Callable[[int], Row]] = {
    "claude-code": claude_code,
    "codex": codex,
    "otlp": otlp,
    "langfuse": langfuse,
    "helicone": helicone,
}
"""Source -> what makes a row of it."""
