"""Where logs put an answer, and when it happened."""

from datetime import UTC, datetime
from typing import Any

TIMES = ("timestamp", "time", "created_at", "logged_at")
"""Keys of a log's own time, the likeliest first."""

_BODIES = (("response", "body"), ("response",), ("body",))


def body_of(row: dict[str, Any], places: tuple[tuple[str, ...], ...] = _BODIES) -> dict[str, Any]:
    """The answer: the first object at one of the places, else the row itself."""
    for place in places:
        if place[0] in row:
            found = part(row, *place)
            if isinstance(found, dict):
                return found
    return row


def part(value: object, *path: str) -> Any:
    """What is at a path; None where there is nothing."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def instant_of(time: str | None) -> datetime | None:
    """A time as ISO 8601 writes it, in UTC where it names no zone; None where it is none."""
    try:
        at = datetime.fromisoformat(time or "")
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
