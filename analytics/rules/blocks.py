"""Looks into answers: dicts and objects of the providers' packages, in both spellings."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

from analytics.rules.reading import BadCount, BadUsage

MAX_DIGITS = 15
_LIMIT = 10**MAX_DIGITS
_DIGITS = re.compile(r"[0-9]{1,15}", re.ASCII)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_CAMEL = re.compile(r"_([a-z0-9])")
_REMEMBERED = 10_000
_snakes: dict[str, str] = {}
_camels: dict[str, str] = {}
_taught: dict[str, str] = {}
_spellings: dict[int, frozenset[str]] = {}

_SCALARS = (str, bytes, int, float, Decimal, Enum, list, tuple, set, frozenset)


def get(source: object, name: str) -> Any:
    """A key or attribute in either spelling; None where there is none, or nothing to look in."""
    if type(source) is dict:
        found = source.get(name)
        if found is not None:
            return found
        other = _camels.get(name) or camel(name)
        return None if other == name else source.get(other)
    if source is None or isinstance(source, _SCALARS):
        return None
    if isinstance(source, Mapping):
        found = source.get(name)
        return source.get(camel(name)) if found is None else found
    return _attribute(source, name)


def _attribute(source: object, name: str) -> Any:
    fields = getattr(source, "__dict__", None)
    if fields is not None and fields.get(name) is not None:
        return fields[name]
    if not hasattr(source, "__pydantic_fields_set__"):
        found = getattr(source, name, None)
        return getattr(source, camel(name), None) if found is None else found
    if name.startswith("_"):
        return getattr(source, name, None)
    # Asking one of these for what it has not costs microseconds, so only where it could be.
    extra = getattr(source, "__pydantic_extra__", None)
    return extra.get(name, extra.get(camel(name))) if extra else None


def within(source: object, *names: str) -> Any:
    """What is at a path; None where it ends before."""
    for name in names:
        source = get(source, name)
    return source


def text(source: object, name: str) -> str | None:
    """A text, also of an enumeration; None where it is empty or no text."""
    value = get(source, name)
    named = getattr(value, "value", value)
    return named if isinstance(named, str) and named else None


def listed(source: object, name: str) -> Iterable[Any]:
    """The elements of a list; none where there is no list."""
    value = get(source, name)
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else ()


def is_object(value: object) -> bool:
    """Whether something has keys: a mapping, or an object of a package."""
    if type(value) is dict:
        return True
    if isinstance(value, Mapping):
        return True
    if value is None or isinstance(value, _SCALARS):
        return False
    return hasattr(value, "__dict__") or bool(_slots(value))


def members(value: object) -> Iterable[tuple[Any, Any]]:
    """The keys of an object with what they hold, those unknown to its package included."""
    if type(value) is dict:
        return value.items()
    if isinstance(value, Mapping):
        return value.items()
    fields = getattr(value, "__dict__", None)
    if fields is None:
        return [(name, getattr(value, name, None)) for name in _slots(value)]
    found = [(name, each) for name, each in fields.items() if not name.startswith("_")]
    extra = getattr(value, "__pydantic_extra__", None)
    return [*found, *extra.items()] if extra else found


def _slots(value: object) -> Iterable[str]:
    """The names of the fields of an object that keeps them in slots."""
    kinds = ("__dataclass_fields__", "__struct_fields__", "__slots__")
    found = next((names for kind in kinds if (names := getattr(value, kind, None))), ())
    return [found] if isinstance(found, str) else list(found)


def snake(name: object) -> str:
    """A key in lower snake_case, whichever way it is spelled."""
    known = _snakes.get(name) if isinstance(name, str) else None
    if known is None:
        spelled = str(name)
        known = _taught.get(spelled) or _HUMP.sub("_", spelled).lower()
        _remember(_snakes, spelled, known)
    return known


def camel(name: str) -> str:
    """A snake_case key in camelCase."""
    known = _camels.get(name)
    if known is None:
        known = _CAMEL.sub(lambda match: match[1].upper(), name)
        _remember(_camels, name, known)
    return known


def learn(name: str) -> None:
    """Makes the camelCase of a known key its own: ``ephemeral5mInputTokens`` has lost a bound."""
    _taught[camel(name)] = name


def count(value: object, name: str, meter: str | None = None) -> int:
    """A count: a whole number of 0 or more, also one in quotes.

    Raises:
        BadCount: it is none.
    """
    if type(value) is int:
        number = value
    elif _is_written_number(value):
        number = int(value)  # type: ignore[call-overload]
    else:
        raise BadCount(name, value, meter)
    if not 0 <= number < _LIMIT:
        raise BadCount(name, value, meter)
    return number


def _is_written_number(value: object) -> bool:
    if isinstance(value, str):
        return _DIGITS.fullmatch(value) is not None
    return isinstance(value, float | Decimal) and is_whole(value)


def milliseconds(value: object, name: str) -> int:
    """The whole milliseconds of a number of seconds, exactly rounded half up.

    Raises:
        BadCount: it is no number of 0 or more.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise BadCount(name, value, "audio_milliseconds")
    try:
        seconds = Decimal(str(value))
    except ArithmeticError:
        raise BadCount(name, value, "audio_milliseconds") from None
    if not seconds.is_finite() or not 0 <= seconds < 10**12:
        raise BadCount(name, value, "audio_milliseconds")
    return int((seconds * 1000).quantize(Decimal(1), rounding="ROUND_HALF_UP"))


def money(value: object) -> Decimal | None:
    """An amount from its own digits; None where it is no amount of 0 or more."""
    if (
        value is None
        or isinstance(value, bool)
        or not isinstance(value, str | int | float | Decimal)
    ):
        return None
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        return None
    return amount if amount.is_finite() and 0 <= amount < _LIMIT else None


def is_whole(value: float | Decimal) -> bool:
    """Whether a number has no fraction."""
    try:
        return int(value) == value
    except (ValueError, OverflowError, ArithmeticError):
        return False


def some_key(source: object, names: Mapping[str, str]) -> str | None:
    """What the first key means that an object has of these; None where it has none of them."""
    if type(source) is dict and source.keys().isdisjoint(_both(names)):
        return None
    return next((said for name, said in names.items() if get(source, name) is not None), None)


def required_object(value: object, name: str) -> object:
    """An object, or None where it is absent.

    Raises:
        BadUsage: it is something else.
    """
    if value is not None and not is_object(value):
        raise BadUsage(f"{name} is no object: {value!r:.80}")
    return value


def _remember(known: dict[str, str], name: str, spelled: str) -> None:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[name] = spelled


def _both(names: Mapping[str, str]) -> frozenset[str]:
    """Names in both spellings."""
    known = _spellings.get(id(names))
    if known is None:
        known = _spellings[id(names)] = frozenset((*names, *map(camel, names)))
    return known
