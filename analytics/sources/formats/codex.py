"""Model responses in Codex's session files (rollouts).

An event says what the session used so far and what the last response did; events that repeat the
same sum are no responses. A forked or spawned session begins with a copy of its parent's events,
told by turn ids of an older time; copies that are not are duplicates, in the parent's session.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

from analytics.rules import blocks
from analytics.rules.exact_json import encoded
from analytics.rules.forms import Form, take_apart
from analytics.rules.reading import (
    BadCount,
    BadUsage,
    MissingUsage,
    Reading,
    UnreadableUsage,
)
from analytics.rules.totals import settle
from analytics.sources.formats.envelopes import instant_of, part
from analytics.sources.formats.lines import Line, forget
from analytics.sources.formats.reading import Format
from analytics.sources.formats.rows import Row, first_text, refused, row_of, tags_of, text

_FORM = Form.of(
    {
        "input_tokens": "input_tokens",
        "cached_input_tokens": "cache_read_tokens",
        "cache_write_input_tokens": "cache_writes",
        "output_tokens": "output_tokens",
        "reasoning_output_tokens": "output_reasoning_tokens",
        "total_tokens": "total_tokens",
    }
)
"""github.com/openai/codex, `TokenUsage`: cached tokens are inside the input, reasoning inside the
output."""

_COUNTS = tuple(name for name in _FORM.roles if name != "total_tokens")
_KINDS = ("session_meta", "turn_context", "task_started", "token_count", "token_usage_record")
_MINTED = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{22}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Session:
    """One file: what it says of itself, and the events that are its responses."""

    path: str
    id: str | None = None
    provider: str | None = None
    folder: str | None = None
    began_at: datetime | None = None
    is_fork: bool = False
    is_named: bool = False
    turns: list[tuple[int, datetime]] = field(default_factory=list)
    model: str | None = None
    turn_folder: str | None = None
    previous: dict[str, Any] | None = None
    first_record: int | None = None
    events: list["_Event"] = field(default_factory=list)

    def is_copied(self, event: "_Event") -> bool:
        """Whether an event is a copy of one of the session that this one was forked from."""
        if not self.is_fork:
            return False
        if self.turns:
            began = self.began_at
            own = [line for line, at in self.turns if began is not None and at >= began]
            return event.line.number < min(own, default=event.line.number + 1)
        at = instant_of(event.row.get("occurred_at"))
        if at is None or self.began_at is None:
            return False
        return at < self.began_at + timedelta(seconds=1)


@dataclass(slots=True)
class _Event:
    line: Line
    row: Row
    is_record: bool
    folder: str | None


def _read(lines: Iterator[Line]) -> Iterator[tuple[Line, Row]]:
    sessions: dict[str, _Session] = {}
    for line in lines:
        if line.row is None:
            yield line, {"problem": line.problem}
        else:
            session = sessions.setdefault(line.path, _Session(line.path))
            _take(session, line, line.row)
        forget(line)
    events = [
        (session, event)
        for session in sessions.values()
        for event in session.events
        if _is_own(session, event)
    ]
    told = _told(events)
    for session, event in events:
        event.row["provider"] = session.provider
        tags, first = told[_content(event)]
        if tags:
            event.row["tags"] = tags
        event.line.text = first.text
        yield event.line, event.row


def _is_own(session: _Session, event: _Event) -> bool:
    first = session.first_record
    is_told = event.is_record or first is None or event.line.number < first
    return is_told and not session.is_copied(event)


def _take(session: _Session, line: Line, entry: dict[str, Any]) -> None:
    payload = entry.get("payload")
    kind = text(entry.get("type"))
    if kind == "event_msg":
        kind = text(part(payload, "type"))
    if kind not in _KINDS:
        return
    if kind == "session_meta" and not session.is_named:
        _name(session, entry, payload)
    if kind in {"turn_context", "task_started"}:
        minted = _minted(text(part(payload, "turn_id")))
        if minted is not None:
            session.turns.append((line.number, minted))
    if kind == "turn_context":
        session.model = first_text(part(payload, "model"), session.model)
        session.turn_folder = first_text(part(payload, "cwd"), session.turn_folder)
    is_record = kind == "token_usage_record"
    if is_record and session.first_record is None:
        session.first_record = line.number
    if is_record or (kind == "token_count" and part(payload, "info") is not None):
        _count(session, line, entry, is_record=is_record)


def _name(session: _Session, entry: dict[str, Any], payload: object) -> None:
    """A rollout of a fork has the parent's `session_meta` too; the first one is its own."""
    session.is_named = True
    session.id = text(part(payload, "id"))
    session.provider = text(part(payload, "model_provider"))
    session.folder = text(part(payload, "cwd"))
    session.began_at = instant_of(first_text(part(payload, "timestamp"), entry.get("timestamp")))
    parents = (
        part(payload, "forked_from_id"),
        part(payload, "parent_thread_id"),
        part(payload, "source", "subagent", "thread_spawn", "parent_thread_id"),
    )
    session.is_fork = any(parent is not None for parent in parents)


def _count(session: _Session, line: Line, entry: dict[str, Any], *, is_record: bool) -> None:
    payload = entry.get("payload")
    info = part(payload, "info")
    total = part(info, "total_token_usage")
    last = part(payload, "usage") if is_record else part(info, "last_token_usage")
    previous = None
    if not is_record and isinstance(total, dict):
        previous, session.previous = session.previous, total
        if previous is not None and _five(total) == _five(previous):
            return
    time, model = text(entry.get("timestamp")), first_text(part(info, "model"), session.model)
    named = text(part(payload, "response_id")) if is_record else None
    said: dict[str, Any] = {
        "id": named or _id(time, model, last, total),
        "occurred_at": time,
        "model": model,
    }
    try:
        reading = _reading(last, total, previous)
    except UnreadableUsage as error:
        row = refused(error, said)
    else:
        if not reading.meters and not reading.other_meters:
            return
        row = row_of(reading, said)
    folder = session.turn_folder or session.folder
    session.events.append(_Event(line, row, is_record, folder))


def _reading(last: object, total: object, previous: dict[str, Any] | None) -> Reading:
    block = total if last is None else last
    if block is None:
        raise MissingUsage("it has no usage")
    if not isinstance(block, dict):
        raise BadUsage("the usage is no object")
    if last is None and previous is not None:
        block = _growth(block, previous)
    reading = Reading()
    counts = take_apart(block, _FORM)
    if "input_tokens" not in counts.known or "output_tokens" not in counts.known:
        raise MissingUsage("it does not say its input and its output")
    settle(reading, counts, _FORM)
    return reading


def _growth(total: dict[str, Any], previous: dict[str, Any]) -> dict[str, Any]:
    """What the sum grew by since the event before; a sum that fell began anew."""
    try:
        now, before = (
            {name: blocks.count(each[name], name) for name in _COUNTS if each.get(name) is not None}
            for each in (total, previous)
        )
    except BadCount:
        return total
    for name in ("input_tokens", "output_tokens"):
        if name not in now or name not in before or now[name] < before[name]:
            return total
    return {name: number - before.get(name, 0) for name, number in now.items()}


def _told(
    events: list[tuple[_Session, _Event]],
) -> dict[tuple[Any, ...], tuple[dict[str, Any], Line]]:
    """Of the copies of one response, the session and the project of the first one, and its line."""
    first: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    told: dict[tuple[Any, ...], tuple[dict[str, Any], Line]] = {}
    for session, event in events:
        content = _content(event)
        order = (
            session.is_fork,
            session.began_at is None,
            session.began_at or _EPOCH,
            session.id is None,
            session.id or "",
            session.path,
            event.line.number,
        )
        if content not in first or order < first[content]:
            first[content] = order
            told[content] = tags_of(session=session.id, project=event.folder), event.line
    return told


def _content(event: _Event) -> tuple[Any, ...]:
    names = ("id", "input_tokens", "cache_read_tokens", "output_tokens")
    return tuple(event.row.get(name) for name in names)


def _five(usage: dict[str, Any]) -> tuple[str | None, ...]:
    return tuple(text(usage.get(name)) for name in _COUNTS)


def _id(time: str | None, model: str | None, last: object, total: object) -> str:
    found = (time, model, *(encoded(each) if each is not None else None for each in (last, total)))
    content = "|".join(each for each in found if each is not None)
    return "codex_" + md5(content.encode(), usedforsecurity=False).hexdigest()


def _minted(turn_id: str | None) -> datetime | None:
    """A UUID of version 7 begins with its time in milliseconds."""
    if turn_id is None or not _MINTED.fullmatch(turn_id):
        return None
    return _EPOCH + timedelta(milliseconds=int(turn_id.replace("-", "")[:12], 16))


FORMAT = Format(
    title="Codex session files",
    example=(
        '{"timestamp": "2026-10-05T12:00:00.000Z", "type": "event_msg", "payload": {"type": '
        '"token_count", "info": {"model": "gpt-5-codex", "last_token_usage": {"input_tokens": '
        '117231, "cached_input_tokens": 115584, "output_tokens": 402, '
        '"reasoning_output_tokens": 64}}}}'
    ),
    read=_read,
)
