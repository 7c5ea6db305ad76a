"""Rows of what observability tools export, drawn at random: the same seed, the same rows."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.agent_sessions import CLAUDE_MODELS, CODEX_MODELS

FIRST = datetime(2026, 9, 1, tzinfo=UTC)

Row = dict[str, Any]


def otlp_rows(draw: random.Random, lines: int) -> list[Row]:
    """Lines of the collector's file exporter: an agent's span and the calls below it."""
    return [_otlp_line(draw, number) for number in range(lines)]


def _otlp_line(draw: random.Random, number: int) -> Row:
    trace = f"{draw.getrandbits(128):032x}"
    calls = [_call(draw, trace, number) for _ in range(draw.randrange(1, 5))]
    sums = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "clerk",
        "gen_ai.usage.input_tokens": 10**6,
        "gen_ai.usage.output_tokens": 10**5,
    }
    agent = _span(draw, trace, number, sums)
    service = {"key": "service.name", "value": {"stringValue": "shop"}}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": [service]},
                "scopeSpans": [{"scope": {"name": "instrumentation"}, "spans": [agent, *calls]}],
            }
        ]
    }


def _call(draw: random.Random, trace: str, number: int) -> Row:
    prompt, output = draw.randrange(1, 90_000), draw.randrange(1, 4000)
    read, write = draw.randrange(0, prompt), 0
    thought = draw.choice([0, 0, draw.randrange(0, output)])
    names = draw.randrange(3)
    attributes: Row
    if names == 0:
        attributes = {
            "gen_ai.operation.name": draw.choice(["chat", "text_completion", "generate_content"]),
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-5",
            "gen_ai.response.model": "gpt-5-2025-08-07",
            "gen_ai.usage.input_tokens": prompt,
            "gen_ai.usage.cache_read.input_tokens": read,
            "gen_ai.usage.output_tokens": output,
            "gen_ai.usage.reasoning.output_tokens": thought,
        }
    elif names == 1:
        write = draw.randrange(0, 2000)
        attributes = {
            "gen_ai.system": "anthropic",
            "llm.request.type": "chat",
            "gen_ai.request.model": draw.choice(CLAUDE_MODELS),
            "gen_ai.usage.prompt_tokens": draw.choice([prompt + write, min(prompt, read)]),
            "gen_ai.usage.cache_read_input_tokens": read,
            "gen_ai.usage.cache_creation_input_tokens": write,
            "gen_ai.usage.completion_tokens": output,
        }
    else:
        attributes = {
            "openinference.span.kind": "LLM",
            "llm.model_name": "gpt-5-mini",
            "llm.token_count.prompt": prompt,
            "llm.token_count.prompt_details.cache_read": read,
            "llm.token_count.completion": output,
            "llm.token_count.completion_details.reasoning": thought,
        }
    return _span(draw, trace, number, {**attributes, "user.id": f"user-{draw.randrange(5)}"})


def _span(draw: random.Random, trace: str, number: int, attributes: Row) -> Row:
    at = int((FIRST + timedelta(seconds=97 * number)).timestamp()) * 10**9 + 123_456_789
    pairs = [
        {
            "key": name,
            "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value},
        }
        for name, value in attributes.items()
    ]
    return {
        "traceId": trace,
        "spanId": f"{draw.getrandbits(64):016x}",
        "name": "call",
        "kind": 3,
        "startTimeUnixNano": str(at),
        "endTimeUnixNano": str(at + 10**9),
        "attributes": pairs,
        "status": {},
    }


def langfuse_rows(draw: random.Random, lines: int) -> list[Row]:
    """Observations as the UI exports them."""
    rows = []
    for number in range(lines):
        at = FIRST + timedelta(seconds=97 * number)
        read, thought = draw.randrange(0, 9000), draw.choice([0, draw.randrange(0, 900)])
        usage = {
            "input": draw.randrange(1, 9000),
            "input_cached_tokens": read,
            "output": draw.randrange(1, 900),
            "output_reasoning_tokens": thought,
        }
        style = draw.randrange(4)
        if style == 0:
            usage["total"] = sum(usage.values())
        elif style == 1:
            usage["input"] += read
            usage["output"] += thought
            usage["total"] = usage["input"] + usage["output"]
        rows.append(
            {
                "id": f"{draw.getrandbits(64):016x}",
                "type": draw.choice(
                    ["GENERATION", "GENERATION", "GENERATION", "AGENT", "EMBEDDING"]
                ),
                "startTime": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "traceId": f"trace-{number // 3}",
                "userId": f"user-{draw.randrange(5)}",
                "level": "DEFAULT",
                "model": draw.choice(CODEX_MODELS),
                "usageDetails": usage,
                "totalCost": 0.01,
            }
        )
    return rows


def helicone_rows(draw: random.Random, lines: int) -> list[Row]:
    """Requests as the export tool writes them."""
    rows = []
    for number in range(lines):
        at = FIRST + timedelta(seconds=97 * number)
        is_failed = draw.random() < 0.05
        rows.append(
            {
                "response_id": f"{draw.getrandbits(64):016x}",
                "response_created_at": at.strftime("%Y-%m-%dT%H:%M:%S.500Z"),
                "response_status": 429 if is_failed else 200,
                "request_id": f"{draw.getrandbits(64):016x}",
                "request_created_at": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "request_user_id": f"user-{draw.randrange(5)}",
                "request_properties": {"environment": "production"},
                "provider": "OPENAI",
                "response_model": draw.choice(CODEX_MODELS),
                "prompt_tokens": None if is_failed else draw.randrange(1, 9000),
                "prompt_cache_read_tokens": None if is_failed else draw.randrange(0, 9000),
                "prompt_cache_write_tokens": 0,
                "completion_tokens": None if is_failed else draw.randrange(1, 900),
                "reasoning_tokens": None if is_failed else draw.choice([0, 70]),
                "cache_reference_id": "hit" if draw.random() < 0.05 else None,
                "costUSD": 0.01,
            }
        )
    return rows
