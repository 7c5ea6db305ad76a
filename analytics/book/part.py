"""What every part of a book's front shares: the engine and the clock."""

import importlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analytics.engines.duckdb import DuckDBEngine


class Later:
    """A module that is imported when something of it is first used.

    A command or a program uses few parts of a book, and most of them cost as much to import as a
    summary costs to compute.
    """

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self._module), name)


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
