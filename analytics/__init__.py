"""tokenbook: the book of record for LLM usage.

import analytics

with analytics.open("book") as book:
    book.record_usage(context="customer", external_id="acme", model_id="gpt-4o", input_tokens=1500)
    print(book.get_usage_summary(month="2026-10").total_cost_usd)
"""

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analytics.book import Book, QueryResult, create, open
    from analytics.errors import Conflict, Invalid, NotFound, TokenbookError, Unavailable
    from analytics.records import (
        Account,
        CostEstimate,
        LoadResult,
        Model,
        Price,
        Rejection,
        Report,
        Reservation,
        UsageRecord,
        UsageSummary,
    )

__all__ = [
    "Account",
    "Book",
    "Conflict",
    "CostEstimate",
    "Invalid",
    "LoadResult",
    "Model",
    "NotFound",
    "Price",
    "QueryResult",
    "Rejection",
    "Report",
    "Reservation",
    "TokenbookError",
    "Unavailable",
    "UsageRecord",
    "UsageSummary",
    "create",
    "open",
]

try:
    __version__ = version("tokenbook")
except PackageNotFoundError:
    __version__ = "0.0.0"  # a checkout that is not installed


def __getattr__(name: str) -> Any:
    """Imports a public name when it is first used: `tokenbook --help` must not wait for DuckDB."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from analytics import book, errors, records

    for module in (book, errors, records):
        if hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(name)


def __dir__() -> list[str]:
    return sorted(__all__)
