"""The form of a usage block as data, and how a block is taken apart by it.

Every key of a block is looked at once: it is known, known to count nothing of its own, or kept
under its own path if it looks like a count. So nothing that was billed can get lost on the way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, NamedTuple, Self

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
_SHAPES = 1_000
_LIMIT = 10**blocks.MAX_DIGITS
_SCALARS = frozenset((str, int, bool, float, Decimal))
_UNUSUAL, _UNKNOWN = "?", "0"
"""Of a plan: what must be absent, and what must count nothing, or else the block is walked."""

_NO_PLAN: list[Any] = []
_WALKED = frozenset((KEPT, "audio_milliseconds"))
"""Roles whose counts need a second look."""

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
    plans: dict[Any, "list[_Step] | None"] = field(default_factory=dict, compare=False)
    """Keys of a block -> what to do with each; the blocks of a log have few sets of keys."""
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
            self,
            roles=merged,
            ranks=_ranks(merged),
            containers=_containers(merged),
            plans={},
            **options,
        )


def take_apart(block: object, form: Form) -> Counts:
    """Every count of a block.

    Raises:
        BadUsage: the block, or a part of it that is known, is no object.
        BadCount: a count is none.
    """
    if type(block) is dict:
        plan = _plan(block, form)
        counts = None if plan is None else _follow(block, plan)
        if counts is not None:
            return counts
    if not blocks.is_object(block):
        raise BadUsage(f"the usage is no object: {block!r:.80}")
    counts = Counts()
    _walk(block, "", form, counts, _DEPTH)
    return counts


class _Step(NamedTuple):
    """What to do with one key of a block whose keys are known."""

    key: str
    inner: str | None
    role: str | None
    """None where it counts nothing: then it must be no object or list."""
    path: str


def _plan(block: dict[str, Any], form: Form) -> "list[_Step] | None":
    """The steps for a block's keys; None where only a walk can tell."""
    nested = [(key, tuple(value)) for key, value in block.items() if type(value) is dict]
    shape = (tuple(block), *nested)
    plans = form.plans
    plan = plans.get(shape, _NO_PLAN)
    if plan is _NO_PLAN:
        if len(plans) >= _SHAPES:
            plans.clear()
        plan = plans[shape] = _steps(block, dict(nested), form)
    return plan


def _steps(
    block: dict[str, Any], nested: Mapping[str, tuple[str, ...]], form: Form
) -> "list[_Step] | None":
    steps: list[_Step] = []
    for key in block:
        path = blocks.snake(key)
        keys: list[tuple[str | None, str]] = [(None, path)]
        if key in nested:
            if path in form.roles or path in form.handlers:
                return None
            keys = [(inner, f"{path}.{blocks.snake(inner)}") for inner in nested[key]]
        for inner, place in keys:
            role = _role(place, form)
            if role != PART:
                steps.append(_Step(key, inner, role, place))
    return steps


def _role(path: str, form: Form) -> str | None:
    """The role of a key in a plan."""
    role = form.roles.get(path)
    if role in _WALKED or path in form.handlers or path in form.containers:
        return _UNUSUAL
    if role is None and is_count_like(path.rpartition(".")[2]) and path not in FREE:
        return _UNKNOWN
    return role


def _follow(block: dict[str, Any], steps: "list[_Step]") -> Counts | None:
    """The counts of a block by its plan; None where something of it is not as usual."""
    known: dict[str, int] = {}
    paths: dict[str, str] = {}
    for key, inner, role, path in steps:
        value = block[key] if inner is None else block[key][inner]
        if value is None:
            continue
        if role is None:
            if type(value) not in _SCALARS:
                return None
        elif role == _UNUSUAL or (role == _UNKNOWN and (value or type(value) is not int)):
            return None
        elif role == _UNKNOWN:
            continue
        elif type(value) is not int or not 0 <= value < _LIMIT:
            return None
        else:
            before = known.get(role)
            if not before:
                known[role], paths[role] = value, path
            elif value and value != before:
                return None
    return Counts(known, {}, paths)


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
