"""Reads objects and dicts alike, in snake_case and in camelCase, and counts strictly."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from analytics.errors import InvalidUsage


@dataclass(slots=True)
class Call:
    """What a response says of one model call: the model, and fields of `Recorder.record`."""

    model_id: str | None
    provider: str | None = None
    usage_type: str | None = None
    variant: dict[str, str] = field(default_factory=dict)
    tags: dict[str, Any] = field(default_factory=dict)
    meters: dict[str, Any] = field(default_factory=dict)
    """Only those that are not zero."""

    def fields(self) -> dict[str, Any]:
        """As keyword arguments, without the model."""
        named = {
            "provider": self.provider,
            "usage_type": self.usage_type,
            "variant": self.variant,
            "tags": self.tags,
        }
        return {name: value for name, value in named.items() if value} | self.meters


def get(source: object, name: str) -> Any:
    """A key or attribute; None where there is none, or where there is nothing to look in."""
    if source is None:
        return None
    if isinstance(source, Mapping):
        return source.get(name, source.get(_camel(name)))
    return getattr(source, name, None)


def text(source: object, name: str) -> str | None:
    """A text, also of an enumeration, in lower case where it is one."""
    value = get(source, name)
    named = getattr(value, "value", value)
    return named if isinstance(named, str) and named else None


def count(source: object, *names: str) -> int:
    """A count by the first of its names that is there; 0 where none is.

    Raises:
        InvalidUsage: it is no whole number of 0 or more.
    """
    for name in names:
        value = get(source, name)
        if value is None:
            continue
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if type(value) is not int or value < 0:
            raise InvalidUsage(problem=f"the response's {name} is no count: {value!r}")
        return value
    return 0


def meters(**counts: int) -> dict[str, int]:
    """The counts that are not zero."""
    return {name: number for name, number in counts.items() if number}


def no_usage(response: object, hint: str) -> InvalidUsage:
    """The error of a response that does not say what it used."""
    return InvalidUsage(problem=f"the {type(response).__name__} has no usage; {hint}")


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)
