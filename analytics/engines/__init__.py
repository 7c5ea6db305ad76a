"""What the parts need of an engine: a `Reader` answers queries of `queries/`, a `Writer` also changes the book.

An engine is the only place that knows a database driver. Queries are named, never passed as text, and values
are parameters. `duckdb` is the default engine.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]


class Reader(Protocol):
    """Answers queries."""

    @property
    def path(self) -> Path:
        """The book's folder."""
        ...

    def session(self) -> AbstractContextManager[None]:
        """Keeps the book open for several queries; re-entrant."""
        ...

    def rows(self, query: str, **parameters: object) -> list[Row]:
        """All rows of the query, as dictionaries. Extra parameters are ignored."""
        ...

    def row(self, query: str, **parameters: object) -> Row:
        """The first row of the query, which must have one."""
        ...

    def export(self, query: str, path: Path, file_format: str, **parameters: object) -> int:
        """Streams a query's result into a new file and returns its number of rows."""
        ...

    def sandbox(self, text: str, limits: Mapping[str, object]) -> "pa.Table":
        """Runs one SELECT of a user and returns its result."""
        ...


class Writer(Reader, Protocol):
    """Changes the book."""

    def atomic(self) -> AbstractContextManager[None]:
        """One database transaction: all that is done inside lands together or not at all."""
        ...

    def execute(self, query: str, **parameters: object) -> int:
        """Runs a statement and returns the number of rows that it changed."""
        ...

    def insert(self, query: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Runs a statement once for each of a few rows. Bulk data goes through `expose`."""
        ...

    def expose(self, name: str, relation: "Relation") -> None:
        """Makes outside data readable under a name, for this session."""
        ...

    def define(self, name: str, query: str) -> None:
        """Makes the query readable under a name, for this session."""
        ...

    def materialise(self, name: str, query: str, **parameters: object) -> None:
        """Stores the query's result under a name, for this session, on disk where it is large."""
        ...

    def append(self, name: str, query: str, **parameters: object) -> None:
        """Adds the query's result to what `materialise` stored."""
        ...

    def watch(self, progress: Callable[[float], None] | None) -> AbstractContextManager[None]:
        """Reports the progress (0 to 1) of the statements that run inside."""
        ...


class Relation(Protocol):
    """Outside data: either a stream of record batches or a file that the engine reads itself."""

    @property
    def columns(self) -> Mapping[str, str] | None:
        """Which source column becomes which column; None takes the stream as it is."""
        ...

    @property
    def constants(self) -> Mapping[str, str]:
        """Columns that have the same text in each row."""
        ...
