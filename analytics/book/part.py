"""What every part of a book's front shares: the engine and the clock."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analytics.engines.duckdb import DuckDBEngine

Clock = Callable[[], datetime]
"""Tells the time as an aware datetime."""


def utc_now() -> datetime:
    """The time of the machine's clock."""
    return datetime.now(UTC)


class BookPart:
    """Methods of `Book` for one area; `Book` is the sum of its parts."""

    _engine: "DuckDBEngine"
    _clock: Clock

    def _now(self) -> datetime:
        """The time in UTC without a zone, as the tables hold it."""
        return self._clock().astimezone(UTC).replace(tzinfo=None)
