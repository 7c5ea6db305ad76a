"""A reading as the fields of a record: what `Recorder.record` takes, and a load's columns have."""

from typing import Any

from analytics.records import METER_NAMES, USAGE_TYPES
from analytics.rules.reading import Reading

COST_TAG = "source_cost_usd"
"""The tag that keeps what an answer or a log says that a call cost."""

_STORED = frozenset(METER_NAMES)
_TYPES = frozenset(USAGE_TYPES)


def record_fields(reading: Reading) -> dict[str, Any]:
    """The fields of a record, without its model and id; what is absent is left out."""
    fields: dict[str, Any] = {}
    tags = dict(reading.tags)
    if reading.provider:
        fields["provider"] = reading.provider
    if reading.usage_type in _TYPES:
        fields["usage_type"] = reading.usage_type
    elif reading.usage_type:
        tags["usage_type"] = reading.usage_type
    if reading.variant:
        fields["variant"] = reading.variant
    if reading.cost_usd is not None:
        tags.setdefault(COST_TAG, format(reading.cost_usd, "f"))
    fields |= {name: number for name, number in reading.meters.items() if name in _STORED}
    if other := unstored(reading):
        fields["other_meters"] = other
    elif not reading.meters:
        # What says nothing at all is no reading: it said zeros.
        fields["input_tokens"] = 0
    if tags := {name: value for name, value in tags.items() if value is not None}:
        fields["tags"] = tags
    return fields


def unstored(reading: Reading) -> dict[str, int]:
    """What keeps a record without a price: meters that have no column, and the reading's doubt.

    A doubt has no column of its own yet; as a meter that nothing prices it is named and held.
    """
    other = {name: number for name, number in reading.meters.items() if name not in _STORED}
    other |= reading.other_meters
    if reading.doubt is not None:
        other[reading.doubt.kind] = max(reading.doubt.difference, 1)
    return other
