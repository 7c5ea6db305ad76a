"""What a value of `book.toml` may be: each kind reads a TOML value or says what is wrong."""

import re
from collections.abc import Callable
from string import Formatter
from typing import Any

Kind = Callable[[Any], Any]
"""Reads a value.

Raises:
    ValueError: what it should be instead, to follow the key's name.
"""

_LONGEST = 2_000
_NUMBER = re.compile(r"\{number(?::0?\d{1,2})?\}")
_FIELDS = {"year", "month", "number"}


def text(value: Any) -> str:
    """One line of text, not empty."""
    found = _text(value)
    if "\n" in found:
        raise ValueError("must be one line")
    return found


def paragraph(value: Any) -> str:
    """Text of one line or more."""
    return _text(value)


def lines(value: Any) -> tuple[str, ...]:
    """A list of lines, or one text whose lines are meant."""
    if isinstance(value, str):
        value = value.splitlines()
    if not isinstance(value, list) or not value:
        raise ValueError('must be a list of texts, like ["Main Street 1", "10115 Berlin"]')
    return tuple(text(line) for line in value)


def whole(least: int, most: int) -> Kind:
    """A whole number between two, both included."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"must be a whole number between {least} and {most}")
        return value

    return read


def choice(*allowed: str) -> Kind:
    """One of a few texts."""

    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(map(repr, allowed))}")
        return str(value)

    return read


def choices(*allowed: str) -> Kind:
    """A list of some of a few texts; it may be empty."""

    def read(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(each in allowed for each in value):
            raise ValueError(f"must be a list of some of {', '.join(map(repr, allowed))}")
        return tuple(dict.fromkeys(value))

    return read


def number_format(value: Any) -> str:
    """How documents are numbered: text with ``{number}`` at the end, and ``{year}``, ``{month}``.

    What stands before the number is the series: with ``{year}`` in it, numbers begin anew each
    year.
    """
    found = text(value)
    problem = 'must end in {number}, like "INV-{year}-{number:04}"'
    try:
        names = [name for _, name, _, _ in Formatter().parse(found) if name is not None]
    except ValueError:
        raise ValueError(problem) from None
    if not _NUMBER.search(found) or _NUMBER.split(found)[-1] or names.count("number") != 1:
        raise ValueError(problem)
    if unknown := set(names) - _FIELDS:
        raise ValueError(f"has {{{min(unknown)}}}; there are {{year}}, {{month}}, {{number}}")
    if re.search(r"[^A-Za-z0-9_.{}:-]", found) or not (found[0].isalnum() or found[0] == "{"):
        raise ValueError("may hold letters, digits, '-', '_' and '.' beside the braces")
    return found


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a text that is not empty")
    if len(value) > _LONGEST:
        raise ValueError(f"must have at most {_LONGEST:,} characters")
    return value.strip()
