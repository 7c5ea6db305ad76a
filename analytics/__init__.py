"""tokenbook: the book of record for LLM usage.

import analytics

with analytics.open("book") as book:
    book.record_usage(context="system", model_id="gpt-4o", input_tokens=1500, output_tokens=500)
    print(book.get_usage_summary(month="2026-10").total_cost_usd)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analytics.book import Book, QueryResult, create, open
    from analytics.errors import Conflict, Invalid, NotFound, TokenbookError, Unavailable
    from analytics.records import (
        Account,
        Invoice,
        LoadResult,
        Model,
        Price,
        Rejection,
        Reservation,
        UsageRecord,
        UsageSummary,
    )
    from analytics.spool.recorder import Recorder

__all__ = [
    "Account",
    "Book",
    "Conflict",
    "Invalid",
    "Invoice",
    "LoadResult",
    "Model",
    "NotFound",
    "Price",
    "QueryResult",
    "Recorder",
    "Rejection",
    "Reservation",
    "TokenbookError",
    "Unavailable",
    "UsageRecord",
    "UsageSummary",
    "create",
    "open",
]

__version__: str

_HOMES = {
    **dict.fromkeys(("Book", "QueryResult", "create", "open"), "book"),
    **dict.fromkeys(("Conflict", "Invalid", "NotFound", "TokenbookError", "Unavailable"), "errors"),
    "Recorder": "spool.recorder",
}
"""Where public names are that are no records: a recorder waits for no database, and a book for no
recorder."""


def __getattr__(name: str) -> Any:
    """Imports a public name when it is first used: `tokenbook --help` must not wait for DuckDB."""
    if name == "__version__":
        return _version()
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"analytics.{_HOMES.get(name, 'records')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)


def _version() -> str:
    """The installed version; to look it up takes longer than all else that `--help` does."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("tokenbook")
    except PackageNotFoundError:
        return "0.0.0"  # a checkout that is not installed
