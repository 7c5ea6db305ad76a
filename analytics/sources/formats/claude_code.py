"""Answers of a model in Claude Code's session files.

A streamed answer stands on several lines, a forked or resumed session repeats the lines of another,
and a side chain those of its parent under another request id: of one answer the line with the most
tokens counts, the parent's before a side chain's. An answer that is still being written is left for
the next load. All lines of one answer get the content of the one that counts: the others are
duplicates.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from analytics.rules import anthropic
from analytics.rules.reading import UnreadableUsage
from analytics.sources.formats.envelopes import instant_of, part
from analytics.sources.formats.lines import Line, forget
from analytics.sources.formats.reading import Format
from analytics.sources.formats.rows import Row, first_text, refused, rows_of, tags_of, text

_PROJECT = re.compile(r"/projects/([^/]+)/")
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_GROWING = timedelta(hours=1)


@dataclass(slots=True)
class _Answer:
    """One line that tells of an answer."""

    line: Line
    rows: list[Row]
    message_id: str | None
    request_id: str | None
    session: str
    is_side: bool
    is_fork: bool
    is_fast: bool
    is_ended: bool
    tokens: int | None
    time: str | None
    at: datetime | None

    @property
    def is_usable(self) -> bool:
        """Whether it can be compared with other lines of the same answer."""
        return (
            self.tokens is not None
            and bool(self.message_id)
            and self.at is not None
            and bool((self.rows[0].get("model") or "").strip())
            and not any(
                (value or "").startswith(("{", "["))
                for value in (self.message_id, self.rows[0].get("model"))
            )
        )


def _read(lines: Iterator[Line]) -> Iterator[tuple[Line, Row | str]]:
    answers: list[_Answer] = []
    for line in lines:
        if line.row is None:
            yield line, {"problem": line.problem}
        elif (answer := _answer(line, line.row)) is not None:
            answers.append(answer)
        forget(line)
    usable = [answer for answer in answers if answer.is_usable]
    told = _told(usable, _ends(answers))
    for answer in answers:
        counting = told[answer.line.index] if answer.is_usable else answer
        if counting is None:
            yield answer.line, "an answer that is still being written"
            continue
        # What the load looks for in a copy is what it finds in the line that counts.
        answer.line.text = counting.line.text
        for row in counting.rows:
            yield answer.line, row


def _answer(line: Line, entry: dict[str, Any]) -> _Answer | None:
    # What a subagent did is also reported as progress of its parent's session.
    inner = part(entry, "data", "message")
    progress = part(inner, "message")
    message = entry.get("message") if progress is None else progress
    usage, model = part(message, "usage"), text(part(message, "model"))
    is_answer = text(entry.get("type")) == "assistant"
    if (usage is None and not is_answer) or model == "<synthetic>":
        return None
    time = first_text(part(inner, "timestamp"), entry.get("timestamp"))
    session, forked = text(entry.get("sessionId")), text(part(entry, "forkedFrom", "sessionId"))
    in_path = _PROJECT.search(line.path)
    said: dict[str, Any] = {
        "id": text(part(message, "id")) or None,
        "occurred_at": time,
        "model": model,
        "tags": tags_of(
            session=session if forked is None else forked,
            project=first_text(entry.get("cwd"), in_path[1] if in_path else None),
        ),
    }
    rows, tokens = _counted(usage, said)
    request = first_text(part(inner, "requestId"), entry.get("requestId"))
    side = first_text(part(inner, "isSidechain"), entry.get("isSidechain"))
    return _Answer(
        line=line,
        rows=rows,
        message_id=said["id"],
        request_id=request or None,
        session=session or "",
        is_side=side == "true",
        is_fork=forked is not None,
        is_fast=part(usage, "speed") is not None,
        is_ended=part(message, "stop_reason") is not None,
        tokens=tokens,
        time=time,
        at=instant_of(time),
    )


def _counted(usage: object, said: dict[str, Any]) -> tuple[list[Row], int | None]:
    """The rows of a usage, and how many tokens it has in all; None where it cannot be read."""
    try:
        readings = anthropic.read({"usage": usage, "model": said["model"]})
    except UnreadableUsage as error:
        return [refused(error, said)], None
    first = readings[0].meters
    tokens = first.get("input_tokens", 0) + first.get("output_tokens", 0)
    return list(rows_of(readings, said)), tokens


def _ends(answers: Iterable[_Answer]) -> dict[str, tuple[str | None, datetime]]:
    """Of each file its last answer, and when it ended."""
    ends: dict[str, tuple[str | None, datetime]] = {}
    for answer in answers:
        last, at = ends.get(answer.line.path, (None, _LONG_AGO))
        ends[answer.line.path] = (answer.message_id or last, max(at, answer.at or at))
    return ends


def _told(
    usable: list[_Answer], ends: dict[str, tuple[str | None, datetime]]
) -> dict[int, _Answer | None]:
    """Of each line the one of its answer that counts; None while that is being written."""
    since = datetime.now(UTC) - _GROWING
    groups: dict[tuple[str | None, str], list[_Answer]] = defaultdict(list)
    parents = _parents(usable)
    for answer in usable:
        own = None if answer.is_side else answer.request_id
        groups[answer.message_id, own or parents[answer.message_id]].append(answer)
    told: dict[int, _Answer | None] = {}
    for group in groups.values():
        is_growing = all(
            answer.message_id == ends[answer.line.path][0]
            and not answer.is_ended
            and answer.at is not None
            and answer.at > since
            for answer in group
        )
        counting = None if is_growing else min(group, key=lambda one: _order(one, ends))
        told |= {answer.line.index: counting for answer in group}
    return told


def _parents(usable: list[_Answer]) -> dict[str | None, str]:
    """A copy in a side chain has a request id of its own; the parent's is taken for both."""
    found: dict[str | None, list[tuple[bool, str]]] = defaultdict(list)
    for answer in usable:
        if answer.request_id is not None:
            found[answer.message_id].append((answer.is_side, answer.request_id))
        else:
            found[answer.message_id] += []
    return {key: min(requests)[1] if requests else "" for key, requests in found.items()}


def _order(answer: _Answer, ends: dict[str, tuple[str | None, datetime]]) -> tuple[Any, ...]:
    return (
        answer.is_side,
        -(answer.tokens or 0),
        not answer.is_fast,
        answer.is_fork,
        answer.time or "",
        ends[answer.line.path][1],
        answer.session,
        answer.line.path,
        answer.line.number,
    )


FORMAT = Format(
    title="Claude Code session files",
    example=(
        '{"type": "assistant", "timestamp": "2026-10-05T12:00:00.000Z", "sessionId": "5b1e", '
        '"cwd": "/srv/shop", "requestId": "req_01", "message": {"id": "msg_01", "type": "message", '
        '"model": "claude-sonnet-4-5-20250929", "stop_reason": "end_turn", "usage": '
        '{"input_tokens": 5, "cache_read_input_tokens": 128955, "cache_creation_input_tokens": '
        '1253, "output_tokens": 310}}}'
    ),
    read=_read,
)
