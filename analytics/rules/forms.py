"""The form of a usage block as data, and how a block is taken apart by it.

Every key of a block is looked at once: it is known, known to count nothing of its own, or kept
under its own path if it looks like a count. So nothing that was billed can get lost on the way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Self

from analytics.rules import blocks
from analytics.rules.counting import FREE, is_count_like, meter_name
from analytics.rules.reading import BadCount, BadUsage

INSIDE, BESIDE, EITHER = "inside", "beside", "either"
"""Where a part stands: inside its whole, beside it, or as the total says."""

PART = ""
"""The role of a count that another one includes: what remains of a total, a sum of known counts."""

KEPT = "*"
"""The role of a count that is known to be billed, and that no meter is for."""

_DEPTH = 12

Handler = Callable[[Any, str, "Counts"], None]


@dataclass(slots=True)
class Counts:
    """What a block counts: by role where it is known, else by path."""

    known: dict[str, int] = field(default_factory=dict)
    other: dict[str, int] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    """Where a known count stands."""

    def add(self, role: str, number: int, path: str, form: "Form") -> None:
        """Takes a count. Of two that contradict each other the form's first one is it.

        The other is kept under its name, so that the record waits for somebody to look at it.
        """
        before = self.known.get(role)
        if not before:
            self.known[role], self.paths[role] = number, path
        elif number not in {0, before}:
            known = self.paths.get(role, path)
            if form.ranks.get(path, 0) < form.ranks.get(known, 0):
                self.known[role], self.paths[role] = number, path
                path, number = known, before
            self.keep(path, number)

    def keep(self, path: str, number: int) -> None:
        """Keeps a count that nothing knows, if it is not zero."""
        if number:
            name = meter_name(path)
            self.other[name] = min(self.other.get(name, 0) + number, 10**15 - 1)


@dataclass(frozen=True, slots=True)
class Form:
    """How a provider's usage block is written.

    Args:
        roles: path in snake_case -> the native meter, or a name that `totals` knows; `PART`.
        handlers: path of a list or object -> the function that reads it.
        cache: whether cached tokens stand inside the input.
        reasoning: whether reasoning tokens stand inside the output.
        reasoning_default: of `EITHER`, what holds where no total tells.
        repeats_cache: the stated total counts cached tokens once more.
    """

    roles: Mapping[str, str]
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    cache: str = INSIDE
    reasoning: str = INSIDE
    reasoning_default: str = INSIDE
    repeats_cache: bool = False
    ranks: Mapping[str, int] = field(default_factory=dict)
    """The order of the paths: which of two is right that mean the same."""
    containers: frozenset[str] = frozenset()
    """Paths that hold further known ones: what stands there must be an object."""

    @classmethod
    def of(cls, roles: Mapping[str, str], **options: Any) -> Self:
        """A form of these roles."""
        return cls(roles, **options, ranks=_ranks(roles), containers=_containers(roles))

    def but(self, roles: Mapping[str, str] | None = None, **options: Any) -> Self:
        """The same form with a twist."""
        merged = {**self.roles, **(roles or {})}
        if handlers := options.pop("handlers", None):
            options["handlers"] = {**self.handlers, **handlers}
        return replace(
            self, roles=merged, ranks=_ranks(merged), containers=_containers(merged), **options
        )


def take_apart(block: object, form: Form) -> Counts:
    """Every count of a block.

    Raises:
        BadUsage: the block, or a part of it that is known, is no object.
        BadCount: a count is none.
    """
    if not blocks.is_object(block):
        raise BadUsage(f"the usage is no object: {block!r:.80}")
    counts = Counts()
    _walk(block, "", form, counts, _DEPTH)
    return counts


def keep_all(block: object, path: str, counts: Counts) -> None:
    """Keeps whatever counts something in a block that nothing knows."""
    _walk(block, f"{path}.", _NOTHING, counts, _DEPTH)


def _walk(block: object, before: str, form: Form, counts: Counts, depth: int) -> None:
    roles, handlers = form.roles, form.handlers
    for key, value in blocks.members(block):
        if value is None:
            continue
        name = blocks.snake(key)
        path = before + name
        role = roles.get(path)
        if role is not None:
            _take(role, value, path, counts, form)
        elif path in handlers:
            handlers[path](value, path, counts)
        elif path in form.containers and not blocks.is_object(value):
            raise BadUsage(f"{path} is no object: {value!r:.80}")
        elif isinstance(value, int | float | Decimal | str):
            if is_count_like(name) and path not in FREE:
                counts.keep(path, _unknown_count(value, path))
        else:
            _deeper(value, path, form, counts, depth)


def _deeper(value: object, path: str, form: Form, counts: Counts, depth: int) -> None:
    """What stands in an object, or in the objects of a list."""
    if not depth:
        raise BadUsage(f"{path} is nested too deep")
    if isinstance(value, list | tuple):
        for element in value:
            if blocks.is_object(element) or isinstance(element, list | tuple):
                _deeper(element, path, form, counts, depth - 1)
    elif blocks.is_object(value):
        _walk(value, f"{path}.", form, counts, depth - 1)


def _take(role: str, value: object, path: str, counts: Counts, form: Form) -> None:
    if role == PART:
        return
    if role == "audio_milliseconds":
        counts.add(role, blocks.milliseconds(value, path), path, form)
    elif role == KEPT:
        counts.keep(path, blocks.count(value, path))
    else:
        counts.add(role, blocks.count(value, path, role), path, form)


def _unknown_count(value: float | Decimal | str, path: str) -> int:
    """A count that nothing knows: a part of one counts as one, so that it is not lost.

    Raises:
        BadCount: it is negative, too large, or no number at all.
    """
    if isinstance(value, bool):
        return 0
    if isinstance(value, str):
        return blocks.count(value, path) if value.isdecimal() and value.isascii() else 0
    if not isinstance(value, int) and not blocks.is_whole(value):
        try:
            value = int(value) + (value > 0)
        except (ValueError, OverflowError):
            raise BadCount(path, value) from None
    return blocks.count(value, path)


def _ranks(roles: Mapping[str, str]) -> dict[str, int]:
    return {path: rank for rank, path in enumerate(roles)}


def _containers(roles: Mapping[str, str]) -> frozenset[str]:
    found = set()
    for path in roles:
        parts = path.split(".")
        for part in parts:
            blocks.learn(part)
        found |= {".".join(parts[:length]) for length in range(1, len(parts))}
    return frozenset(found)


_NOTHING = Form({})
