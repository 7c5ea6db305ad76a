"""Rows of columns become an Arrow table of records that the rule book has checked."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from analytics.records import METERS
from analytics.rules.record import Refused, check

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 4096
"""Rows that are Python objects at once."""

_TEXTS = (
    *("record_id", "context", "account_id", "external_id", "transaction_id", "provider"),
    *("model", "usage_type", "variant", "other_meters", "description", "tags"),
)
_METERS = tuple(meter.name for meter in METERS)
_RARE = frozenset(meter.name for meter in METERS if not meter.is_common)

Place = tuple[str, int, str | None]
"""Path, number of the line, scope of its id."""


class CheckedRows:
    """Gathers rows, and checks each.

    Args:
        latest: what happened later is in the future, in microseconds since 1970.
    """

    def __init__(self, latest: int) -> None:
        self._latest = latest
        self._batches: list[pa.RecordBatch] = []
        self._places: list[Place] = []
        self._usages: list[dict[str, Any]] = []
        self._refused: dict[int, Refused] = {}

    def add(self, place: Place, said: Mapping[str, Any] | Refused) -> None:
        """Adds a row: its columns, or why it has none."""
        try:
            if isinstance(said, Refused):
                raise said
            usage = check(said, self._latest)
        except Refused as error:
            self._refused[len(self._places)] = error
            usage = {}
        self._places.append(place)
        self._usages.append(usage)
        if len(self._places) >= _BATCH:
            self._end_batch()

    def table(self, excerpts: "pa.Array | pa.ChunkedArray") -> "pa.Table":
        """What was added, with the text of each row."""
        import pyarrow as pa

        self._end_batch()
        rows = pa.Table.from_batches(self._batches)
        self._batches = []
        return rows.append_column("excerpt", excerpts)

    def _end_batch(self) -> None:
        import pyarrow as pa

        places, usages, refused = self._places, self._usages, self._refused
        paths, numbers, scopes = zip(*places, strict=True) if places else ((), (), ())
        text, count = pa.string(), len(usages)
        given = set[str]().union(*usages)
        arrays: dict[str, pa.Array] = {
            "path": pa.array(paths, text),
            "line_number": pa.array(numbers, pa.int64()),
            "id_scope": pa.array(scopes, text),
            "rejection_code": _sparse({row: each.code for row, each in refused.items()}, count),
            "rejection_detail": _sparse({row: each.detail for row, each in refused.items()}, count),
            "occurred_at": pa.array(
                [usage.get("occurred_at") for usage in usages], pa.timestamp("us")
            ),
            "is_time_given": pa.array([usage.get("is_time_given") for usage in usages], pa.bool_()),
            "is_clean": pa.array(map(_is_clean, usages), pa.bool_()),
        }
        for name in _TEXTS:
            arrays[name] = pa.array([usage.get(name) for usage in usages], text)
        for name in _METERS:
            counts = [usage.get(name, 0) for usage in usages] if name in given else None
            arrays[name] = _zeros(count) if counts is None else pa.array(counts, pa.int64())
        batch = pa.RecordBatch.from_arrays(list(arrays.values()), names=list(arrays))
        self._batches.append(batch)
        self._places, self._usages, self._refused = [], [], {}


def _is_clean(usage: Mapping[str, Any]) -> bool:
    """Whether it may be plain: it has nothing that most records have not."""
    return (
        bool(usage)
        and usage["record_id"] is not None
        and usage["is_time_given"]
        and usage["requests"] == 1
        and not usage["variant"]
        and usage["other_meters"] is None
        and usage["transaction_id"] is None
        and _RARE.isdisjoint(usage)
    )


def _sparse(values: Mapping[int, str | None], count: int) -> "pa.Array":
    import pyarrow as pa

    if not values:
        return pa.nulls(count, pa.string())
    return pa.array([values.get(row) for row in range(count)], pa.string())


@cache
def _zeros(count: int) -> "pa.Array":
    import pyarrow as pa

    return pa.repeat(pa.scalar(0, pa.int64()), count)
