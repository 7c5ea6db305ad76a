"""Lines of JSON as objects: exact numbers, and of a key that stands twice the first value."""

from dataclasses import dataclass
from typing import Any

from analytics.rules.exact_json import decoded

BAD_JSON, NOT_AN_OBJECT = "bad_json", "not_an_object"


@dataclass(slots=True)
class Line:
    """One line of a file, or one record that a line holds."""

    path: str
    number: int
    scope: str | None
    text: str
    index: int
    """Its place in the part."""
    problem: str | None = None
    """Why it is no object: the code of a rejection."""
    row: dict[str, Any] | None = None
    """What it says, where it has no problem."""
    is_looked_into: bool = False
    """Whether the load looks for something in it besides what its format reads."""


def forget(line: Line) -> None:
    """Drops what a line says, for a format that holds many of them.

    The text of a line that is looked into stays: the customer may be named in it.
    """
    line.row = None
    if not line.is_looked_into:
        line.text = ""


def decode(line: Line) -> None:
    """Decodes a line, or finds its problem."""
    if line.problem is not None:
        return
    try:
        found = decoded(line.text)
    except (ValueError, RecursionError):
        line.problem = BAD_JSON
        return
    if isinstance(found, dict):
        line.row = found
    else:
        line.problem = NOT_AN_OBJECT
