"""The columns of a usage record in native files, in both spellings: what callers can say of one."""

from analytics.records.meters import METERS

TEXT_COLUMNS = (
    *("id", "occurred_at", "context", "account_id", "external_id", "transaction_id"),
    *("provider", "model", "model_id", "usage_type", "description"),
)
"""Columns that a list or an object can say nothing for."""

SYNONYMS: tuple[tuple[str, str], ...] = (
    ("model", "model_id"),
    *((meter.name, other) for meter in METERS for other in meter.synonyms),
    *((meter.name, meter.seconds) for meter in METERS if meter.seconds),
)
"""Columns that mean the same; a row has one of two."""

_OTHERS = tuple(other for _, other in SYNONYMS if other != "model_id")
COLUMNS: tuple[str, ...] = (
    *TEXT_COLUMNS[:8],
    "model_id",
    *("usage_type", "variant", "description", "tags", "other_meters"),
    *_OTHERS,
    *(meter.name for meter in METERS),
)
"""The columns of the native format."""


def camel(name: str) -> str:
    """A name in camelCase, the other spelling of a column."""
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def spellings_of(name: str) -> tuple[str, ...]:
    """Both spellings of a column, or the one where they are the same."""
    return tuple(dict.fromkeys((name, camel(name))))
