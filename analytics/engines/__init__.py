"""What the parts need of an engine: a `Reader` answers queries, a `Writer` also changes the book.

An engine is the only place that knows a database driver. Queries are named, never passed as text,
and values are parameters. `duckdb` is the default engine.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from decimal import Decimal

    import pyarrow as pa

    from analytics.engines.shrinking import OnShrinkStep, OnTable

Row = dict[str, Any]
T = TypeVar("T")

NUMBER, PROBLEM = "tokenbook line", "tokenbook problem"
"""Columns that stand beside a table's own, named as no table names its own."""

UNNAMED = "tokenbook unnamed "
"""How the name of a column without a heading begins. It is left out."""

LONGEST_SECONDS = 86_400
"""The longest that anything may be asked to wait or run: a day."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a query of a user may take.

    Args:
        seconds: after which it is stopped.
        memory: as DuckDB spells it.
        disk: for intermediate results, likewise.
    """

    seconds: float = 60
    memory: str = "1GB"
    disk: str = "2GB"


class Reader(Protocol):
    """Answers queries."""

    @property
    def path(self) -> Path:
        """The book's folder."""
        ...

    def session(self) -> AbstractContextManager[None]:
        """Keeps the book open for queries that see it as it is at the first; re-entrant.

        Whoever changes what it read reads that in `atomic` or `writing` instead.
        """
        ...

    def remember(self, key: Hashable, find: Callable[[], T]) -> T:
        """What `find` found for the key, until somebody may have changed it.

        That is the end of an `atomic` which forgets or fails; where other processes can write
        between two operations, nothing is remembered.
        """
        ...

    def rows(self, query: str, **parameters: object) -> list[Row]:
        """All rows of the query, as dictionaries. Extra parameters are ignored."""
        ...

    def row(self, query: str, **parameters: object) -> Row:
        """The first row of the query, which must have one."""
        ...

    def result(
        self, query: str, **parameters: object
    ) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
        """The query's column names with their SQL types, and its rows."""
        ...

    def arrow(self, query: str, **parameters: object) -> "pa.Table":
        """The query's result as an Arrow table. Extra parameters are ignored."""
        ...

    def export(self, query: str, path: Path, file_format: str, **parameters: object) -> int:
        """Streams a query's result into a new file and returns its number of rows."""
        ...

    def store(self, query: str, path: Path, **parameters: object) -> int:
        """Writes a query's rows, in its order, into a new Parquet file; returns their number.

        The types stay those of the tables: an instant is UTC without a zone.
        """
        ...

    def count(self, query: str, **parameters: object) -> int:
        """How many rows the query has."""
        ...

    def stream(
        self, query: str, **parameters: object
    ) -> "AbstractContextManager[pa.RecordBatchReader]":
        """The query's result in batches, read as they come; instants are UTC, in microseconds."""
        ...

    def sandbox(
        self, text: str, limits: Limits, parameters: Mapping[str, object] | None = None
    ) -> "pa.Table":
        """Runs one SELECT of a user and returns its result."""
        ...

    def narrowed(self, files: Sequence[str]) -> AbstractContextManager[None]:
        """Reads, of the files of closed months, only these, until the block ends.

        Args:
            files: their paths below the book's folder.
        """
        ...

    def define(self, name: str, query: str) -> None:
        """Makes the query readable under a name, for this session."""
        ...

    def materialise(self, name: str, query: str, **parameters: object) -> int:
        """Stores the query's result under a name, for this session; returns its number of rows."""
        ...

    def hold(self, name: str, query: str, **parameters: object) -> int:
        """Keeps the query's result in memory under a name, until the transaction ends.

        Returns its number of rows. For what is known to fit; what may be large goes through
        `materialise`.
        """
        ...

    def hold_more(self, name: str, query: str, **parameters: object) -> int:
        """Adds the query's result to what `hold` keeps; returns its number of rows."""
        ...

    def hold_split(
        self, name: str, rest: str, query: str, *, more: bool, **parameters: object
    ) -> tuple[int, int]:
        """Keeps the rows whose first column is true under one name, the others under another.

        Returns how many rows each has. With `more` they are added to what the first name has.
        """
        ...

    def release(self, *names: str) -> None:
        """Gives back the memory of what `hold` keeps; the names stay, without rows."""
        ...


class Writer(Reader, Protocol):
    """Changes the book."""

    def writing(self) -> AbstractContextManager[None]:
        """Keeps others from writing during several statements, each durable by itself; re-entrant.

        Raises:
            ReadOnly: the book was opened for reading.
        """
        ...

    def is_alone(self) -> bool:
        """Whether nobody else in this process is reading the book now."""
        ...

    def atomic(self, *, keep: bool = True, forget: bool = True) -> AbstractContextManager[None]:
        """One database transaction: all that is done inside lands together or not at all.

        Args:
            keep: with False it is taken back at the end: a rehearsal.
            forget: with False, what `remember` knows stays true, and known.
        """
        ...

    def forget(self) -> None:
        """Forgets what `remember` knows."""
        ...

    def execute(self, query: str, **parameters: object) -> int:
        """Runs a statement and returns the number of rows that it changed."""
        ...

    def copy_tables(self, folder: Path, tables: Mapping[str, str | None], **values: object) -> None:
        """Fills the tables of the book in another folder, each with a query's rows or all it has.

        Args:
            folder: of a book that was just made and is not open.
            tables: table -> the query of what it gets; None is all that this book has.
            values: the parameters of the queries.
        """
        ...

    def shrink(
        self, on_table: "OnTable" = ..., on_step: "OnShrinkStep" = ...
    ) -> tuple[int, int] | None:
        """Gives free room of the database back to the disk, where it is worth it.

        Args:
            on_table: is told the share of the rows that is copied, and how many these are.
            on_step: is told each step; for tests that kill the process there.

        Returns:
            The bytes of its file before and after; None where it stays as it is.
        """
        ...

    def refresh_views(self) -> None:
        """Makes the view of all records read the files that are registered, where they are now."""
        ...

    def is_in_place(self) -> bool:
        """Whether the views read the files of closed months where they are; True without files."""
        ...

    def insert(self, query: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Runs a statement once for each of a few rows. Bulk data goes through `expose`."""
        ...

    def expose_lines(
        self,
        name: str,
        lines: "pa.Table",
        mapping: Mapping[str, str],
        constants: Mapping[str, str],
        removed: Sequence[str] = (),
    ) -> None:
        """Makes JSON lines readable under a name, in this session.

        Args:
            name: the relation's name.
            lines: columns path, line_number, id_scope, line, problem.
            mapping: key to set -> key, JSON pointer or JSON path to take it from.
            constants: key -> text that every object gets.
            removed: keys that every object loses: other spellings of those that are set.
        """
        ...

    def keep(self, name: str, table: "pa.Table") -> None:
        """Makes an Arrow table readable under a name, until the transaction ends."""
        ...

    def expose_rows(self, name: str, table: "Table") -> None:
        """Makes a table file readable under a name as JSON lines, an object a row.

        Empty cells are left out, and a cell that holds a JSON object or list is one.
        """
        ...

    def expose_shapes(
        self,
        name: str,
        lines: str,
        keys: Mapping[str, str | None],
        kinds: Mapping[str, str],
        shapes: Sequence[Sequence[str]],
    ) -> None:
        """Makes exposed lines readable under a name, as text, without looking at each key.

        Args:
            name: the relation's name: path, line_number, is_clean (the line has exactly the keys of
                one of the shapes, in that order), and a column for each of `keys`.
            lines: the name under which the lines are exposed.
            keys: column -> the key that it is read from; None: the column is null.
            kinds: key -> VARCHAR (the text of a scalar) or JSON (as it stands).
            shapes: lists of keys.
        """
        ...

    def expose_columns(self, name: str, path: Path) -> None:
        """Makes a CSV file of the program readable under a name, each cell as text."""
        ...

    def expose_table(self, name: str, table: "Table", columns: Sequence[str]) -> None:
        """Makes a table file readable under a name: our columns as text, null where it has none."""
        ...


class Table(Protocol):
    """A table file whose columns are matched to ours (`sources.TableSource`)."""

    @property
    def name(self) -> str:
        """What messages call the file."""
        ...

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    @property
    def batches(self) -> "pa.Table | None":
        """Its rows; None lets the engine read the Parquet file."""
        ...

    @property
    def rows(self) -> tuple[int, int]:
        """Of a Parquet file: the first row to read, counted from 0, and how many."""
        ...

    @property
    def id_scope(self) -> str | None:
        """What keeps equal rows of two files apart, if anything."""
        ...

    @property
    def columns(self) -> Mapping[str, str]:
        """Our column -> its column."""
        ...

    @property
    def constants(self) -> Mapping[str, str]:
        """Our column -> the text of each row."""
        ...

    @property
    def surplus(self) -> Sequence[str]:
        """Its columns that become tags, where they are short."""
        ...

    @property
    def durations(self) -> "Mapping[str, Decimal]":
        """Its columns that are durations -> what one unit is in seconds."""
        ...
