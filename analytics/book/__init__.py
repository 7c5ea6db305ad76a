"""One object that opens an engine and hands out the parts; no logic of its own."""

from analytics.book.facade import Book
from analytics.book.opening import create, open  # noqa: A004 - analytics.open reads as it should
from analytics.book.questions import QueryResult

__all__ = ["Book", "QueryResult", "create", "open"]
