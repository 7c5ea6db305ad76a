"""Readers of other programs' logs that are slow and obvious: a loop over lines, a rule an `if`.

They say again, in another way, what `analytics/sources/formats` says: which lines are records, and
what they used. A reader gives rows as the load would see them; `settle` does what a load does with
them.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

METERS = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "output_reasoning_tokens",
    "web_searches",
)

Json = Any
Reader = Callable[[Sequence[Path]], Iterator["Row"]]


@dataclass(slots=True)
class Row:
    """One record, or one refusal; counts are texts, as they were read."""

    id: str | None = None
    time: Json = None
    model: Json = None
    counts: dict[str, str | None] = field(default_factory=dict)
    is_refused: bool = False
    place: str = ""
    """What the tags say, where a copy in another place is no duplicate."""


@dataclass(slots=True)
class Settled:
    """What a load makes of rows."""

    totals: dict[str, int]
    appended: int = 0
    duplicates: int = 0
    rejected: int = 0


def settle(rows: Iterator[Row]) -> Settled:
    """The sums of what is accepted, each record once."""
    done = Settled(dict.fromkeys(METERS, 0))
    seen: dict[str, tuple[Json, ...]] = {}
    for row in rows:
        counts = {name: _number(text) for name, text in row.counts.items()}
        if row.is_refused or not _is_usable(row):
            done.rejected += 1
            continue
        content = (
            row.place,
            _instant(row.time),
            _model(row.model),
            *(counts.get(each, 0) for each in METERS),
        )
        key = row.id or f"row {len(seen)}"
        if key in seen:
            done.duplicates += seen[key] == content
            done.rejected += seen[key] != content
            continue
        seen[key] = content
        done.appended += 1
        for name in METERS:
            done.totals[name] += counts.get(name) or 0
    return done


def _is_usable(row: Row) -> bool:
    counts = {name: _number(text) for name, text in row.counts.items()}
    if any(counts[name] is None for name, text in row.counts.items() if text is not None):
        return False
    cached = [counts.get(name) or 0 for name in METERS[1:4]]
    if sum(cached) > (counts.get("input_tokens") or 0):
        return False
    if (counts.get("output_reasoning_tokens") or 0) > (counts.get("output_tokens") or 0):
        return False
    if row.id is not None and row.id.startswith(("[", "{")):
        return False
    return _instant(row.time) is not None and _model(row.model) is not None


def _number(text: str | None) -> int | None:
    if text is None:
        return 0
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text, re.ASCII) else None


def _instant(time: Json) -> datetime | None:
    try:
        at = datetime.fromisoformat(time)
    except (TypeError, ValueError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at if datetime(2015, 1, 1, tzinfo=UTC) <= at <= datetime.now(UTC) else None


def _model(model: Json) -> str | None:
    name = (text(model) or "").strip()
    return None if name.startswith(("[", "{")) else name or None


def text(value: Json) -> str | None:
    """A value as SQL reads it: the JSON of what is no text."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))


def lines(paths: Sequence[Path]) -> Iterator[tuple[Path, int, Json]]:
    """The JSON object of each line, or None where there is none."""
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if not line.strip():
                continue
            try:
                found = json.loads(line)
            except ValueError:
                found = None
            yield path, number, found if isinstance(found, dict) else None


def within(value: Json, *keys: str) -> Json:
    """The value at a path, None where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def plus(*texts: str | None) -> str:
    """The sum of counts; of what is no count, a text that is none either."""
    given = [each for each in texts if each is not None]
    if not all(_number(each) is not None for each in given):
        return "no count"
    return str(sum(int(each) for each in given))


# Claude Code ---------------------------------------------------------------------------------


def claude_code(paths: Sequence[Path]) -> Iterator[Row]:
    """All lines of an answer as the one that counts.

    That is the parent's line before a side chain's, then the one with the most tokens.
    """
    answers: dict[str, list[tuple[Json, ...]]] = {}
    ended = {path: _last_time(path) for path in paths}
    for path, number, line in lines(paths):
        if line is None:
            yield Row(is_refused=True)
            continue
        message = line.get("message")
        usage, model = within(message, "usage"), within(message, "model")
        if (usage is None and line.get("type") != "assistant") or text(model) == "<synthetic>":
            continue
        counts = _claude_counts(usage)
        key = text(within(message, "id"))
        if counts is None:
            yield Row(is_refused=True)
        elif not key or not _is_usable(
            Row(key, line.get("timestamp"), model, counts | {"web_searches": None})
        ):
            yield Row(key or None, line.get("timestamp"), model, counts)
        else:
            is_side = line.get("isSidechain") in (True, "true")
            size = int(counts["input_tokens"]) + (_number(counts["output_tokens"]) or 0)
            time, session = (text(line.get(name)) or "" for name in ("timestamp", "sessionId"))
            order = (is_side, -size, time, ended[path], session, str(path), number)
            request = text(line.get("requestId")) or None
            copy = (order, request, is_side, line.get("timestamp"), model, counts)
            answers.setdefault(key, []).append(copy)
    for key, found in answers.items():
        parents = sorted({each[1] for each in found if each[1] and not each[2]})
        groups: dict[Json, list[tuple[Json, ...]]] = {}
        for each in found:
            own = None if each[2] else each[1]
            groups.setdefault(own or (parents or [None])[0], []).append(each)
        told = [(copy, min(group)) for group in groups.values() for copy in group]
        for _, (order, _, _, time, model, counts) in sorted(told, key=lambda pair: pair[0][0][5:]):
            yield Row(key, time, model, counts, place=order[4])


def _last_time(path: Path) -> datetime:
    """When a session ended: the last time of an answer in its file."""
    answers = [line for _, _, line in lines([path]) if line and line.get("type") == "assistant"]
    times = [_instant(line.get("timestamp")) for line in answers]
    return max((time for time in times if time), default=datetime.max.replace(tzinfo=UTC))


def _claude_counts(usage: Json) -> dict[str, Json] | None:
    if not isinstance(usage, dict):
        return None
    created, tools = usage.get("cache_creation"), usage.get("server_tool_use")
    if any(part is not None and not isinstance(part, dict) for part in (created, tools)):
        return None
    fresh, output = text(usage.get("input_tokens")), text(usage.get("output_tokens"))
    if fresh is None or output is None:
        return None
    read, written = (text(usage.get(f"cache_{kind}_input_tokens")) for kind in ("read", "creation"))
    hour, short = (text(within(created, f"ephemeral_{kind}_input_tokens")) for kind in ("1h", "5m"))
    given = [each for each in (fresh, read, written, hour, short) if each is not None]
    if any(_number(each) is None for each in (*given, output)):
        return {"input_tokens": "no count"}
    five_minutes = max(int(written or 0) - int(hour or 0), int(short or 0))
    return {
        "input_tokens": plus(fresh, read, hour, str(five_minutes)),
        "cache_read_tokens": read,
        "cache_write_tokens": str(five_minutes),
        "cache_write_1h_tokens": hour,
        "output_tokens": output,
        "web_searches": text(within(tools, "web_search_requests")),
    }


# Codex ---------------------------------------------------------------------------------------


def codex(paths: Sequence[Path]) -> Iterator[Row]:
    """What the last response used, of each event whose sum is another than the one before."""
    for path in paths:
        model: Json = None
        before: Json = None
        for _, _, line in lines([path]):
            if line is None:
                yield Row(is_refused=True)
                continue
            payload = line.get("payload")
            if line.get("type") == "turn_context":
                found = within(payload, "model")
                model = model if found is None else found
            if line.get("type") != "event_msg" or within(payload, "type") != "token_count":
                continue
            info = within(payload, "info")
            if info is None:
                continue
            total = within(info, "total_token_usage")
            repeats = isinstance(total, dict) and _five(total) == _five(before)
            previous, before = before, total if isinstance(total, dict) else before
            if repeats:
                continue
            row = _codex_row(line, model, info, previous)
            if row is not None:
                yield row


def _codex_row(line: Json, model: Json, info: Json, previous: Json) -> Row | None:
    total, last = within(info, "total_token_usage"), within(info, "last_token_usage")
    said = total if last is None else last
    key = "codex " + json.dumps([line.get("timestamp"), model, last, total])
    if not isinstance(info, dict) or not isinstance(said, dict):
        return Row(key, is_refused=True)
    counts = _five(said)
    assert counts is not None
    if last is None and isinstance(previous, dict):
        counts = _grown(counts, _five(previous)) or counts
    if re.fullmatch("0+", "".join(each for each in counts if each is not None)):
        return None
    if counts[0] is None or counts[3] is None:
        return Row(key, is_refused=True)
    names = (
        "input_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "output_tokens",
        "output_reasoning_tokens",
    )
    return Row(
        key,
        line.get("timestamp"),
        within(info, "model") or model,
        dict(zip(names, counts, strict=True)),
    )


def _five(usage: Json) -> tuple[str | None, ...] | None:
    if not isinstance(usage, dict):
        return None
    names = (
        "input_tokens",
        "cached_input_tokens",
        "cache_write_input_tokens",
        "output_tokens",
        "reasoning_output_tokens",
    )
    return tuple(text(usage.get(name)) for name in names)


def _grown(
    counts: tuple[str | None, ...], earlier: tuple[str | None, ...] | None
) -> tuple[str | None, ...] | None:
    assert earlier is not None
    pairs = [(_number(now), _number(was)) for now, was in zip(counts, earlier, strict=True)]
    if any(now is None or was is None for now, was in pairs):
        return None
    if pairs[0][0] < pairs[0][1] or pairs[3][0] < pairs[3][1]:  # type: ignore[operator]
        return None
    return tuple(str(now - was) for now, was in pairs)  # type: ignore[operator]
