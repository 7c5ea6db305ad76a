"""Synthetic session files of coding agents, laid out as Claude Code and Codex lay out theirs.

Everything that is known to be counted wrong is in them: streamed answers on several lines, sessions
that were resumed or forked into other files, side chains that repeat their parent under another
request id, subagents, cache writes for five minutes and for an hour, repeated and reset sums. The
same seed gives the same bytes.
"""

import json
import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

CLAUDE_MODELS = (
    "claude-opus-4-5-20251101",
    "claude-sonnet-4-5-20250929",
    "claude-haiku-4-5-20251001",
)
CODEX_MODELS = ("gpt-5", "gpt-5-codex", "gpt-5-mini")
FIRST_DAY = datetime(2026, 3, 27, tzinfo=UTC)

Line = dict[str, Any]


def write_claude_code(
    folder: Path, seed: int = 7, sessions: int = 12, *, in_order: bool = False
) -> Path:
    """A folder as ``~/.claude`` is, with several projects; returns ``projects``.

    Sessions begin on any day, and the copy of one may be in another project and end before it; or
    they come one after the other, and a copy is where its original is.
    """
    draw = random.Random(seed)
    projects = folder / "projects"
    written: list[tuple[str, list[Line]]] = []
    for number in range(sessions):
        is_copy = number % 3 == 2
        project = f"-srv-{('shop', 'blog', 'blog' if in_order else 'lab')[number % 3]}"
        session = _uuid(draw)
        day = number if in_order else None
        lines = list(_claude_session(draw, session, project, day))
        if is_copy:
            lines = _resumed(draw, session, written[-1][1]) + lines
        _write(projects / project / f"{session}.jsonl", lines)
        written.append((session, lines))
        if number % 4 == 1:
            side = _side_chain(draw, session, project, lines)
            _write(projects / project / session / "subagents" / f"agent-{number}.jsonl", side)
    return projects


def _claude_session(
    draw: random.Random, session: str, project: str, day: int | None
) -> Iterator[Line]:
    at = FIRST_DAY + timedelta(minutes=draw.randrange(5 * 24 * 60))
    if day is not None:
        at = FIRST_DAY + timedelta(days=day)
    folder = project.replace("-", "/")
    model = draw.choice(CLAUDE_MODELS)
    shared = {"sessionId": session, "cwd": folder, "version": "2.1.63", "userType": "external"}
    yield {"type": "summary", "summary": "usage of the shop", "leafUuid": _uuid(draw)}
    for _ in range(draw.randrange(3, 15)):
        at += timedelta(seconds=draw.randrange(20, 4000))
        yield {
            "type": "user",
            "timestamp": _text(at),
            "uuid": _uuid(draw),
            **shared,
            "message": {"role": "user", "content": 'What does "usage":{} mean?'},
        }
        yield from _claude_answer(draw, at, model, shared)
        if draw.random() < 0.05:
            yield _synthetic(draw, at, shared)


def _claude_answer(
    draw: random.Random, at: datetime, model: str, shared: Mapping[str, Any]
) -> Iterator[Line]:
    message, request = f"msg_{draw.getrandbits(80):020x}", f"req_{draw.getrandbits(80):020x}"
    usage = _claude_usage(draw)
    blocks = draw.randrange(1, 4)
    for block in range(blocks):
        is_last = block == blocks - 1
        said = (
            usage if is_last else usage | {"output_tokens": min(block + 1, usage["output_tokens"])}
        )
        yield {
            "type": "assistant",
            "timestamp": _text(at + timedelta(seconds=block)),
            "uuid": _uuid(draw),
            **shared,
            "isSidechain": False,
            "requestId": request,
            "message": {
                "id": message,
                "type": "message",
                "role": "assistant",
                "model": model,
                "content": [{"type": "text", "text": "x" * 40}],
                "stop_reason": "end_turn" if is_last else None,
                "usage": said,
            },
        }


def _claude_usage(draw: random.Random) -> Line:
    written, hour = draw.choice([(0, 0), (draw.randrange(1, 9000), 0), (4000, 1500), (800, 800)])
    usage: Line = {
        "input_tokens": draw.randrange(1, 60),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": draw.randrange(0, 90_000),
        "output_tokens": draw.randrange(5, 3000),
        "service_tier": "standard",
    }
    if (written and draw.random() < 0.7) or hour:
        usage["cache_creation"] = {
            "ephemeral_5m_input_tokens": written - hour,
            "ephemeral_1h_input_tokens": hour,
        }
    return usage


def _synthetic(draw: random.Random, at: datetime, shared: Mapping[str, Any]) -> Line:
    usage = {"input_tokens": 0, "output_tokens": 0}
    message = {"id": _uuid(draw), "model": "<synthetic>", "role": "assistant", "usage": usage}
    return {
        "type": "assistant",
        "timestamp": _text(at),
        "isApiErrorMessage": True,
        **shared,
        "message": message,
    }


def _resumed(draw: random.Random, session: str, earlier: Sequence[Line]) -> list[Line]:
    """The lines of a session that another one was made of: the same, but for the session's id."""
    copied = [line | {"sessionId": session} for line in earlier if "sessionId" in line]
    return copied[: draw.choice(_ends(copied))]


def _ends(lines: Sequence[Line]) -> list[int]:
    """How many lines there are up to the end of each answer."""
    return [n for n, line in enumerate(lines, 1) if line["message"].get("stop_reason")]


def _side_chain(
    draw: random.Random, session: str, project: str, parent: Sequence[Line]
) -> list[Line]:
    """A subagent's file: its parent's answers under other request ids, then its own."""
    answers = [line for line in parent if line["type"] == "assistant"]
    answers = answers[: _ends(answers)[1]]
    copies = [
        line | {"isSidechain": True, "requestId": f"req_{draw.getrandbits(80):020x}"}
        for line in answers
    ]
    own = [
        line | {"isSidechain": True, "agentId": "a1"}
        for line in _claude_session(draw, session, project, None)
        if line["type"] == "assistant"
    ]
    return copies + own


def write_codex(folder: Path, seed: int = 7, sessions: int = 9, *, forks: bool = True) -> Path:
    """A folder as ``~/.codex`` is; returns it."""
    draw = random.Random(seed)
    earlier: list[Line] = []
    for number in range(sessions):
        began = FIRST_DAY + timedelta(minutes=draw.randrange(5 * 24 * 60))
        thread = _uuid7(draw, began)
        if forks and number % 3 == 2:
            lines = _forked(draw, thread, began, earlier)
        else:
            lines = _codex_session(draw, thread, began)
        earlier = lines
        name = f"rollout-{began:%Y-%m-%dT%H-%M-%S}-{thread}.jsonl"
        _write(folder / "sessions" / f"{began:%Y/%m/%d}" / name, lines)
        if number == 0:
            _write(folder / "archived_sessions" / f"{began:%Y/%m/%d}" / name, lines)
    return folder


def _codex_session(draw: random.Random, thread: str, began: datetime) -> list[Line]:
    meta = {
        "id": thread,
        "timestamp": _text(began),
        "cwd": "/srv/shop",
        "originator": "codex_cli_rs",
        "cli_version": "0.98.0",
        "model_provider": "openai",
    }
    lines: list[Line] = [_event(began, "session_meta", meta)]
    lines += _codex_turns(draw, began, {})
    return lines


def _codex_turns(draw: random.Random, began: datetime, so_far: Mapping[str, int]) -> Iterator[Line]:
    at, total, model = began, dict(so_far), draw.choice(CODEX_MODELS)
    for _ in range(draw.randrange(2, 6)):
        at += timedelta(seconds=draw.randrange(5, 5000))
        turn = _uuid7(draw, at)
        yield _event(at, "event_msg", {"type": "task_started", "turn_id": turn})
        yield _event(at, "turn_context", {"turn_id": turn, "cwd": "/srv/shop", "model": model})
        yield _event(at, "event_msg", {"type": "token_count", "info": None, "rate_limits": {}})
        for _ in range(draw.randrange(1, 5)):
            at += timedelta(seconds=draw.randrange(2, 60))
            last = _codex_usage(draw)
            total = {key: total.get(key, 0) + count for key, count in last.items()}
            info = {
                "total_token_usage": total,
                "last_token_usage": last,
                "model_context_window": 272_000,
            }
            yield _event(at, "event_msg", {"type": "token_count", "info": info})
            if draw.random() < 0.4:
                at += timedelta(seconds=1)
                yield _event(at, "event_msg", {"type": "token_count", "info": info})


def _codex_usage(draw: random.Random) -> dict[str, int]:
    read, output = draw.randrange(0, 120_000), draw.randrange(10, 3000)
    prompt = read + draw.randrange(100, 9000)
    return {
        "input_tokens": prompt,
        "cached_input_tokens": read,
        "output_tokens": output,
        "reasoning_output_tokens": draw.randrange(0, output),
        "total_tokens": prompt + output,
    }


def _forked(
    draw: random.Random, thread: str, began: datetime, parent: Sequence[Line]
) -> list[Line]:
    """A spawned thread: its own meta, its parent's lines stamped anew, then its own turns."""
    source = {"subagent": {"thread_spawn": {"parent_thread_id": parent[0]["payload"]["id"]}}}
    meta = parent[0]["payload"] | {
        "id": thread,
        "timestamp": _text(began),
        "forked_from_id": parent[0]["payload"]["id"],
        "source": source,
    }
    copies = [line | {"timestamp": _text(began)} for line in parent]
    sums = [
        line["payload"]["info"]["total_token_usage"]
        for line in parent
        if line["payload"].get("info")
    ]
    own = _codex_turns(draw, began + timedelta(seconds=5), sums[-1])
    return [_event(began, "session_meta", meta), *copies, *own]


def _event(at: datetime, kind: str, payload: Mapping[str, Any]) -> Line:
    return {"timestamp": _text(at), "type": kind, "payload": dict(payload)}


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _uuid(draw: random.Random) -> str:
    return str(uuid.UUID(int=draw.getrandbits(128), version=4))


def _uuid7(draw: random.Random, at: datetime) -> str:
    milliseconds = int(at.timestamp() * 1000)
    number = milliseconds << 80 | 0x7 << 76 | draw.getrandbits(12) << 64 | 0b10 << 62
    return str(uuid.UUID(int=number | draw.getrandbits(62)))


def _write(path: Path, lines: Sequence[Line]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines)
    path.write_text(text, encoding="utf-8")
