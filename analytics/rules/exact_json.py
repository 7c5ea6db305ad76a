"""JSON with exact numbers, in which a key that stands twice is seen."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Repeated(dict[str, Any]):
    """An object in which a key stands twice; it has the first value."""


def decoded(text: str) -> Any:
    """What JSON says; an object with a key that stands twice is `Repeated`.

    Raises:
        ValueError: it is none.
        RecursionError: it is nested too deeply.
    """
    try:
        found = _decode(text)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
    if _has_each_once(text.encode(), found):
        return found
    return json.loads(text, parse_float=Decimal, object_pairs_hook=_first_wins)


def decoded_each(texts: Sequence[str]) -> list[dict[str, Any]] | None:
    """The objects that many texts say; None where one is no object, or may have a key twice."""
    try:
        found = list(map(_decode, texts))
    except (msgspec.DecodeError, TypeError, RecursionError):
        return None
    if any(type(each) is not dict for each in found):
        return None
    return found if _has_each_once("\n".join(texts).encode(), found) else None


def encoded(value: object) -> str:
    """JSON without spaces, each number with its own digits.

    Raises:
        TypeError, ValueError: it cannot be said in JSON.
    """
    return _encode(value).decode()


def _has_each_once(text: bytes, found: object) -> bool:
    """Whether no key stands twice; where that cannot be seen at once, it does not say so."""
    written = _encode(found)
    if written == text:
        return True
    if b" :" in text or b'\\\\":' in text or b"\t:" in text or b"\n:" in text or b"\r:" in text:
        return False  # keys cannot be counted by their colons
    return _key_count(text) == _key_count(written)


def _key_count(text: bytes) -> int:
    return text.count(b'":') - text.count(b'\\":')


def _first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    first = Repeated()
    for key, value in pairs:
        first.setdefault(key, value)
    return first
