"""A reading, or what could not be read, as the columns of a row by their native names."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from analytics.records import METER_NAMES
from analytics.rules.blocks import money
from analytics.rules.exact_json import encoded
from analytics.rules.fields import COST_TAG, record_fields
from analytics.rules.reading import USAGE_UNKNOWN, BadCount, Reading, UnreadableUsage, part_id

Row = dict[str, Any]
"""Native columns, as `analytics.rules.record` takes them; ``problem`` is the code of a rejection,
with what it is about in ``detail``."""

_TAG_LENGTH = 256
"""Longer values are dropped: prompts do not belong in a billing book."""

_METERS = frozenset(METER_NAMES)


def text(value: object) -> str | None:
    """A value as text: its JSON where it is none."""
    if value is None or isinstance(value, str):
        return value
    return encoded(value)


def first_text(*values: object) -> str | None:
    """The first value that is there, as text."""
    for value in values:
        if value is not None:
            return value if type(value) is str else text(value)
    return None


def tags_of(*objects: object, **values: object) -> dict[str, Any]:
    """The short scalars of objects, and of values by name; what comes later overrules."""
    found: dict[str, Any] = {}
    for each in objects:
        if isinstance(each, Mapping):
            found |= {key: value for key, value in each.items() if _is_short(value)}
    for key, value in values.items():
        if value is not None and _is_short(value):
            found[key] = value
    return found


def rows_of(readings: list[Reading], said: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of a call and of what it bills besides.

    Args:
        readings: what the block means.
        said: what the line says besides: columns that overrule, with ``tags`` as an object.
    """
    for number, reading in enumerate(readings):
        row = row_of(reading, said)
        if number:
            own = said.get("id") or reading.id
            row["id"] = part_id(str(own), reading.part, number) if own else None
            row["model"] = reading.model or said.get("model")
        yield row


def row_of(reading: Reading, said: Mapping[str, Any]) -> Row:
    """The row of one reading."""
    fields = record_fields(reading)
    row: Row = {name: fields[name] for name in fields if name in _METERS}
    row["provider"] = said.get("provider") or reading.provider
    row["model"] = said.get("model") or reading.model
    row["id"] = said.get("id") or reading.id
    row["occurred_at"] = said.get("occurred_at")
    row["usage_type"] = said.get("usage_type") or fields.get("usage_type")
    variant = {**fields.get("variant", {}), **(said.get("variant") or {})}
    if variant:
        row["variant"] = variant
    row["other_meters"] = fields.get("other_meters")
    tags = {**(said.get("tags") or {}), **fields.get("tags", {})}
    if reading.part:
        tags["part"] = reading.part
    if tags:
        row["tags"] = tags
    if not (reading.meters or row["other_meters"]) and (money(tags.get(COST_TAG)) or 0) > 0:
        # It cost something, so it was not nothing: the counts never came.
        row["other_meters"] = {USAGE_UNKNOWN: 1}
    return row


def refused(error: UnreadableUsage, said: Mapping[str, Any]) -> Row:
    """The row of a block that cannot be read: what is known, and why the load rejects it."""
    row: Row = {
        name: said.get(name) for name in ("provider", "model", "id", "occurred_at", "usage_type")
    }
    row["problem"] = error.code
    if isinstance(error, BadCount):
        row["detail"] = error.meter if error.meter in _METERS else "input_tokens"
    return row


def _is_short(value: object) -> bool:
    if isinstance(value, str):
        return 0 < len(value) <= _TAG_LENGTH
    return isinstance(value, bool | int | float | Decimal)
