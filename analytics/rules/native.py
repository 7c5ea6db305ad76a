"""Rows of the native form: which column a key is, and what becomes of keys that are none.

Of those, a count is kept as one of the other meters, so that the record is held and names it, and
what decides the price goes into the variant; any other short scalar is a tag. Prompts do not belong
in a billing book.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from analytics.records.columns import COLUMNS, SYNONYMS, spellings_of
from analytics.records.meters import METERS, UNSTORED_METERS
from analytics.rules import variants
from analytics.rules.blocks import snake
from analytics.rules.counting import counts_never, is_count_like, meter_name
from analytics.rules.exact_json import Repeated, decoded
from analytics.rules.reading import TOTAL_MISMATCH, BadUsage
from analytics.rules.record import LARGEST_COUNT, Refused, values_of_text

TAG_LENGTH = 256
"""Longer values of keys that nothing knows are dropped."""

MOST_KEYS = 256
"""So many keys that nothing knows are no row of a log."""

_IN_SECONDS = {meter.seconds for meter in METERS}
_SAME = {other: name for name, other in SYNONYMS if other not in _IN_SECONDS}
_COLUMN = {key: _SAME.get(name, name) for name in COLUMNS for key in spellings_of(name)}
_UNSTORED = {key: name for name in UNSTORED_METERS for key in spellings_of(name)}
_BLOCKS = frozenset(("usage", "usage_details", "usage_metadata", "usage_object", "token_usage"))
"""Keys of an object that is a provider's usage block: its counts are not read here, but named."""

_COUNTED = frozenset(
    (
        *("token", "tokens", "character", "characters", "page", "pages", "image", "images"),
        *("search", "searches", "queries", "units", "audio"),
    )
)
"""A key of the user's own counts what is billed if one of these is among its words: how often a
call was tried again is no usage."""

_LIMITS = frozenset(
    (
        *("max", "min", "maximum", "minimum", "budget", "quota", "allowed", "available", "left"),
        *("window", "size"),
    )
)
_OLLAMA = frozenset(("eval_count", "prompt_eval_count"))
_TOTALS = frozenset(("total_tokens", "total_token_count", "tokens_total"))
_APART = re.compile(r"[^a-z0-9]+")
_DIGITS = re.compile(r"\d{1,15}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?=[.]?\d)[\d,_' ]*([.]\d*)?([eE][+-]?\d{1,3})?", re.ASCII)
_GAPS = re.compile(r"[,_' ]")
_MOST_DEPTH = 16


def columns_of(row: Mapping[str, Any], *, is_text: bool = False) -> dict[str, Any]:
    """The columns that a row says, by the names that the rule book knows.

    Args:
        row: an object of JSON, or the cells of a table that are not empty.
        is_text: its numbers are texts, as in a table.

    Raises:
        Refused: a column is given twice, or there are too many keys that nothing knows.
    """
    if isinstance(row, Repeated):
        raise Refused("repeated_key")
    found: dict[str, Any] = {}
    surplus: dict[str, Any] = {}
    for key, value in row.items():
        column = _COLUMN.get(key)
        if column is None:
            surplus[key] = value
        elif value is not None:
            if column in found:
                raise Refused("repeated_key")
            found[column] = value
    if len(surplus) > MOST_KEYS:
        raise Refused("too_many_keys")
    if is_text:
        found = values_of_text(found)
    if surplus:
        _keep(found, surplus, is_text=is_text)
    return found


def is_plain_key(key: str) -> bool:
    """Whether what a key of one's own says is a tag, and nothing else."""
    name = _words(key)
    return not (
        key in _UNSTORED
        or name in variants.STANDARD
        or name in _BLOCKS
        or name in _TOTALS
        or _counts(name)
    )


def _keep(found: dict[str, Any], surplus: Mapping[str, Any], *, is_text: bool) -> None:
    meters: dict[str, Any] = {}
    tags: dict[str, Any] = {}
    for key, value in surplus.items():
        name = _words(key)
        if value is None or (name in variants.STANDARD and type(value) is not bool):
            continue
        if key in _UNSTORED:
            if _UNSTORED[key] in meters:
                raise Refused("repeated_key")
            meters[_UNSTORED[key]] = _count(value, value) if is_text else value
        elif counted := _counted(found, key, name, value):
            meters |= counted
        elif _is_short(value):
            tags[key] = value
    _add(found, "other_meters", meters)
    _add(found, "variant", _served(surplus))
    own = found.get("tags", {})
    if tags and isinstance(own, Mapping) and not isinstance(own, Repeated):
        found["tags"] = {**tags, **own}


def _counted(found: Mapping[str, Any], key: str, name: str, value: Any) -> dict[str, int]:
    """What a key that nothing knows counts."""
    if name in _BLOCKS:
        block = _object(value)
        return _inside(key, block, is_named=not isinstance(block, Mapping | list))
    if name in _TOTALS:
        return _contradicted(found, _number(value))
    return _inside(key, value, is_named=True) if _counts(name) else {}


def _add(found: dict[str, Any], column: str, more: Mapping[str, Any]) -> None:
    """Adds to what a column says already, where that is an object; else it is refused as it is."""
    own = found.get(column, {})
    if not more:
        return
    if column == "variant" and isinstance(own, str):
        own = _object(own)
        own = variants.pairs_of(own) if isinstance(own, str) else own
    if not isinstance(own, Mapping) or isinstance(own, Repeated):
        return
    if not own.keys().isdisjoint(more):
        raise Refused("repeated_key")
    found[column] = {**own, **more}


def _words(key: str) -> str:
    """A key in lower case with its words apart, however it is written."""
    spelled = key.lower() if key.isupper() else snake(key)
    return _APART.sub("_", spelled).strip("_")


def _counts(name: str) -> bool:
    words = set(name.split("_"))
    if counts_never(name) or not words.isdisjoint(_LIMITS):
        return False
    if name in _OLLAMA or any(word.endswith("tokens") for word in words):
        return True
    return (is_count_like(name) or name.endswith("_calls")) and not words.isdisjoint(_COUNTED)


def _count(value: Any, other: Any) -> Any:
    """A count, also in quotes; else something other."""
    if type(value) is int and 0 <= value <= LARGEST_COUNT:
        return value
    if type(value) is str and _DIGITS.fullmatch(value):
        return int(value)
    return other


def _number(value: Any) -> int:
    """How much a value counts: 0 for nothing, and 1 where nobody can say how much."""
    number = value
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value.strip()):
            return 0
        number = Decimal(_GAPS.sub("", value.strip()))
    if type(number) is bool or not isinstance(number, int | Decimal) or not number:
        return 0
    is_known = 0 < number <= LARGEST_COUNT and number == int(number)
    return int(number) if is_known else 1


def _inside(path: str, value: Any, *, is_named: bool, depth: int = 0) -> dict[str, int]:
    """What a value counts, or what is in it, by its place.

    Args:
        path: its key, with those that it stands in.
        value: a number, a text, or an object or list of such.
        is_named: a key that it stands in says that it counts; else a number does by itself.
        depth: how many objects and lists it stands in.
    """
    if depth > _MOST_DEPTH:
        return {meter_name(path): 1}
    if not isinstance(value, Mapping | list):
        number = _number(value) if is_named or not isinstance(value, str) else 0
        return {meter_name(path): number} if number else {}
    found: dict[str, int] = {}
    for key, each in value.items() if isinstance(value, Mapping) else ((None, v) for v in value):
        name = "" if key is None else _words(key)
        if counts_never(name):
            continue
        place = path if key is None else f"{path}.{key}"
        named = is_named or is_count_like(name)
        for meter, number in _inside(place, each, is_named=named, depth=depth + 1).items():
            found[meter] = min(found.get(meter, 0) + number, LARGEST_COUNT)
    return found


def _object(value: Any) -> Any:
    """An object or list that is written as text, as tables have it; anything else as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return decoded(value)
    except (ValueError, RecursionError):
        return [1]  # it says something, and nobody knows what


def _served(surplus: Mapping[str, Any]) -> dict[str, str]:
    """What keys of one's own, or else of a usage block, say that decides the price."""
    served: dict[str, str] = {}
    given: set[str] = set()
    for key, value in surplus.items():
        name = _words(key)
        if name not in variants.STANDARD or value is None or type(value) is bool:
            continue
        if name in given:
            raise Refused("repeated_key")
        given.add(name)
        _serve(served, name, value)
    for key, value in surplus.items():
        block = _object(value) if _words(key) in _BLOCKS else None
        for inner, said in block.items() if isinstance(block, Mapping) else ():
            name = _words(inner)
            if name in variants.STANDARD and name not in given and said is not None:
                _serve(served, name, said)
    return served


def _serve(served: dict[str, str], name: str, value: Any) -> None:
    try:
        variants.add(served, name, str(value) if isinstance(value, Decimal) else value)
    except BadUsage:
        raise Refused("bad_variant", value) from None


def _contradicted(found: Mapping[str, Any], total: int) -> dict[str, int]:
    """The difference of a stated total, where it is not what the row counts."""
    whole = sum(_number(found.get(name)) for name in ("input_tokens", "output_tokens"))
    return {TOTAL_MISMATCH: abs(total - whole)} if total and total != whole else {}


def _is_short(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= TAG_LENGTH
    return isinstance(value, bool | int | Decimal) and len(str(value)) <= TAG_LENGTH
