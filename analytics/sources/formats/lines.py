"""Lines of JSON as objects: exact numbers, and of a key that stands twice the first value."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

BAD_JSON, NOT_AN_OBJECT = "bad_json", "not_an_object"

_DECODE = msgspec.json.Decoder(float_hook=Decimal).decode
_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


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


def forget(line: Line) -> Line:
    """A line without what it says, for a format that holds many of them."""
    line.text, line.row = "", None
    return line


def decode(line: Line) -> None:
    """Decodes a line, or finds its problem."""
    if line.problem is not None:
        return
    try:
        found = _DECODE(line.text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        line.problem = BAD_JSON
        return
    if type(found) is not dict:
        line.problem = NOT_AN_OBJECT
    elif _has_each_once(line.text.encode(), found):
        line.row = found
    else:
        line.row = json.loads(line.text, parse_float=Decimal, object_pairs_hook=_first_wins)


def decoded(text: str) -> Any:
    """What JSON says, with exact numbers.

    Raises:
        msgspec.DecodeError: it is none.
    """
    return _DECODE(text)


def dumps(value: object) -> str:
    """JSON of what was decoded, without spaces, each number with its own digits."""
    return _ENCODE(value).decode()


def _has_each_once(text: bytes, found: dict[str, Any]) -> bool:
    """Whether no key stands twice; where that cannot be seen at once, it does not say so."""
    written = _ENCODE(found)
    if written == text:
        return True
    if b" :" in text or b'\\\\":' in text or b"\t:" in text or b"\n:" in text or b"\r:" in text:
        return False  # keys cannot be counted by their colons
    return _key_count(text) == _key_count(written)


def _key_count(text: bytes) -> int:
    return text.count(b'":') - text.count(b'\\":')


def _first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found
