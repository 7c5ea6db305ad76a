"""The default engine: a DuckDB file in the book's folder, and Parquet files of closed months."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from analytics import errors, sql
from analytics.engines import (
    Limits,
    Row,
    Table,
    copying,
    foreign,
    relations,
    sandbox,
    turns,
    views,
)
from analytics.engines.held import split
from analytics.engines.sessions import FILE_NAME, Sessions

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 8_192


class DuckDBEngine(Sessions):
    """A `Writer` (or, with `read_only`, a `Reader`) over one book."""

    def rows(self, query: str, **parameters: object) -> list[Row]:
        """All rows of the query, as dictionaries. Extra parameters are ignored."""
        with self.connected():
            cursor = self._run(query, parameters)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, query: str, **parameters: object) -> Row:
        """The first row of the query, which must have one."""
        return self.rows(query, **parameters)[0]

    def result(
        self, query: str, **parameters: object
    ) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
        """The query's column names with their SQL types, and its rows."""
        with self.connected():
            cursor = self._run(query, parameters)
            types = {column[0]: str(column[1]) for column in cursor.description}
            return types, cursor.fetchall()

    def arrow(self, query: str, **parameters: object) -> "pa.Table":
        """The query's result as an Arrow table. Extra parameters are ignored."""
        with self.connected():
            return self._arrow(query, parameters)

    def export(self, query: str, path: Path, file_format: str, **parameters: object) -> int:
        """Streams a query's result into a new file and returns its number of rows."""
        with self.connected():
            types = self._types(query, parameters)
            head, tail = relations.copy_statement(types, file_format)
            values = {**parameters, "export_path": str(path)}
            return _count(self._run(query, values, head, tail, ("export_path",)))

    def store(self, query: str, path: Path, **parameters: object) -> int:
        """Writes a query's rows, in its order, into a new Parquet file; returns their number."""
        with self.connected():
            values = {**parameters, "export_path": str(path)}
            head, tail = relations.STORED
            return _count(self._run(query, values, head, tail, ("export_path",)))

    def count(self, query: str, **parameters: object) -> int:
        """How many rows the query has."""
        with self.connected():
            return _count(self._run(query, parameters, "select count(*) from (", ") as q"))

    @contextlib.contextmanager
    def stream(self, query: str, **parameters: object) -> "Iterator[pa.RecordBatchReader]":
        """The query's result in batches, read as they come; instants are UTC, in microseconds."""
        import pyarrow as pa

        with self.connected():
            head, tail = relations.select_statement(self._types(query, parameters), "arrow")
            loaded = sql.load(query)
            values = {name: parameters[name] for name in loaded.parameters}
            result = self._open.sql(head + loaded.text + tail, params=values)
            reader = result.to_arrow_reader(_BATCH_ROWS)
            try:
                yield reader
            except (pa.ArrowException, OSError) as error:
                # What fails in the middle of a stream comes with Arrow's words around DuckDB's.
                if isinstance(error, OSError) and error.errno is not None:
                    raise
                raise errors.StorageFailed(problem=str(error).partition("\n")[0]) from error
            finally:
                reader.close()  # whoever leaves early leaves the connection free

    def sandbox(
        self, text: str, limits: Limits, parameters: Mapping[str, object] | None = None
    ) -> "pa.Table":
        """Runs one SELECT of a user and returns its result.

        A book that this process holds for writing cannot be opened a second time: there the query
        runs on the book's own connection, checked and wrapped alike, which is no security boundary.
        """
        values = parameters or {}
        if not self._read_only:
            with self.connected():
                return sandbox.run_wrapped(self._open, text, limits, values)
        with self._gate:
            self._gate.wait_for(lambda: self._active <= bool(self._mine.depth))
            # Closing one of two descriptors of a file drops the locks of both (POSIX), so this one
            # is given back first and taken again afterwards.
            self._disconnect()
            attached = self._when_free(lambda: sandbox.attach(self._path / FILE_NAME, limits))
            try:
                result = sandbox.run_wrapped(attached, text, limits, values)
            finally:
                attached.close()
                turns.give_back(self._path)
            if self._hold or self._mine.depth:
                self._take(self._when_free(self._connect))
            if self._mine.depth:
                self._join()
            return result

    def execute(self, query: str, **parameters: object) -> int:
        """Runs a statement and returns the number of rows that it changed."""
        with self.writing():
            changed = _count(self._run(query, parameters))
            if not self._mine.in_transaction:
                self.forget()
            return changed

    def insert(self, query: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Runs a statement once for each of a few rows."""
        with self.writing():
            for row in rows:
                self._run(query, dict(row))

    @contextlib.contextmanager
    def narrowed(self, files: Sequence[str]) -> Iterator[None]:
        """Reads, of the files of closed months, only these, until the block ends."""
        with self.connected():
            views.narrow(self._open, self._path, files)
            try:
                yield
            finally:
                views.widen(self._open, self._path)

    def define(self, name: str, query: str) -> None:
        """Makes the query readable under a name, for this session."""
        with self.connected():
            self._open.execute(f"create or replace temp view {name} as {sql.load(query).text}")

    def materialise(self, name: str, query: str, **parameters: object) -> int:
        """Stores the query's result under a name, for this session; returns its number of rows."""
        with self.connected():
            self._held.remove(self._open, name)
            stored = f"create or replace temp table {name} as "
            return _count(self._run(query, parameters, stored))

    def hold(self, name: str, query: str, **parameters: object) -> int:
        """Keeps the query's result in memory under a name, until the transaction ends."""
        with self.connected():
            self._held.put(self._open, name, table := self._arrow(query, parameters))
            return int(table.num_rows)

    def hold_more(self, name: str, query: str, **parameters: object) -> int:
        """Adds the query's result to what `hold` keeps; returns its number of rows."""
        with self.connected():
            self._held.add(name, table := self._arrow(query, parameters))
            return int(table.num_rows)

    def hold_split(
        self, name: str, rest: str, query: str, *, more: bool, **parameters: object
    ) -> tuple[int, int]:
        """Keeps the rows whose first column is true under one name, the others under another."""
        with self.connected():
            chosen, others = split(self._arrow(query, parameters))
            if more:
                self._held.add(name, chosen)
            else:
                self._held.put(self._open, name, chosen)
            self._held.put(self._open, rest, others)
            return int(chosen.num_rows), int(others.num_rows)

    def release(self, *names: str) -> None:
        """Gives back the memory of what `hold` keeps; the names stay, without rows."""
        self._held.empty(*names)

    def expose_lines(
        self,
        name: str,
        lines: "pa.Table",
        mapping: Mapping[str, str],
        constants: Mapping[str, str],
        removed: Sequence[str] = (),
    ) -> None:
        """Makes JSON lines readable under a name, in this session."""
        with self.connected():
            self._held.put(self._open, f"{name}_unmapped", lines)
            relations.register_lines(self._open, name, mapping, constants, removed)

    def keep(self, name: str, table: "pa.Table") -> None:
        """Makes an Arrow table readable under a name, until the transaction ends."""
        with self.connected():
            self._held.put(self._open, name, table)

    def expose_rows(self, name: str, table: Table) -> None:
        """Makes a table file readable under a name as JSON lines."""
        with self.connected():
            if table.batches is not None:
                self._held.put(self._open, f"{name}_rows", table.batches)
            foreign.register_rows(self._open, name, table)

    def expose_shapes(
        self,
        name: str,
        lines: str,
        keys: Mapping[str, str | None],
        kinds: Mapping[str, str],
        shapes: Sequence[Sequence[str]],
    ) -> None:
        """Makes exposed lines readable under a name, with a column that knows their shape."""
        with self.connected():
            relations.register_shapes(self._open, name, lines, keys, kinds, shapes)

    def expose_columns(self, name: str, path: Path) -> None:
        """Makes a CSV file of the program readable under a name, each cell as text."""
        with self.connected():
            rows = self._open.read_csv(str(path), header=True, all_varchar=True)
            self._open.register(name, rows)

    def expose_table(self, name: str, table: Table, columns: Sequence[str]) -> None:
        """Makes a table file readable under a name, in this session."""
        with self.connected():
            if table.batches is not None:
                self._held.put(self._open, f"{name}_rows", table.batches)
            relations.register_table(self._open, name, table, columns)

    def migrate(self) -> None:
        """Applies the schema versions that the book lacks, and replaces views that have changed."""
        with self.atomic():
            version = self.schema_version()
            for number in sql.schema_versions():
                if number > version:
                    for query in sql.names(f"schema/{number}"):
                        self._run(query, {})
                    self._run("book/record_version", {"version": number, "applied_at": _now()})
                    self._note("schema_fingerprint", sql.schema_fingerprint())
            if self._views_fingerprint() != sql.views_fingerprint():
                self._replace_views()
                self._note("views_fingerprint", sql.views_fingerprint())

    def _note(self, name: str, value: str) -> None:
        self._run("book/set_setting", {"name": name, "value": value})

    def is_released(self, version: int) -> bool:
        """Whether the book's tables, of a version, are those of a release, or of this program."""
        rows = self.rows("book/setting", name="schema_fingerprint")
        if version != sql.schema_versions()[-1]:
            return bool(rows)
        return bool(rows) and rows[0]["value"] == sql.schema_fingerprint()

    def copy_tables(self, folder: Path, tables: Mapping[str, str | None], **values: object) -> None:
        """Fills the tables of the book in another folder."""
        with self.connected():
            copying.copy_tables(self._open, folder / FILE_NAME, tables, values)

    def refresh_views(self) -> None:
        """Makes the view of all records read the files that are registered, where they are now."""
        with self.atomic():
            self._replace_views(views.RECORDS)

    def is_in_place(self) -> bool:
        """Whether the views read the files of closed months where they are; True without files."""
        rows = self.rows("book/setting", name=views.PLACE)
        return not rows or rows[0]["value"] in {"", str(self._path.resolve())}

    def schema_version(self) -> int:
        """The version of the book's tables; 0 for an empty file.

        Raises:
            NotABook: the file is a database of another program.
        """
        with self.connected():
            # It may fail, which would end a transaction; to list the tables first takes 15 ms.
            aside = self._open.cursor()
            try:
                [(version,)] = aside.execute(sql.load("book/version").text).fetchall()
            except duckdb.CatalogException:
                if self.rows("book/tables"):
                    problem = "its database has other tables"
                    raise errors.NotABook(path=self._path, problem=problem) from None
                return 0
            finally:
                aside.close()
            return int(version)

    def is_current(self, version: int) -> bool:
        """Whether tables, of a version, and views are those of this program."""
        known = sql.schema_versions()[-1]
        return version == known and self._views_fingerprint() == sql.views_fingerprint()

    def _replace_views(self, *only: str) -> None:
        """Replaces views, all of them where none is named, and notes where they find files."""
        here = self._path.resolve()
        files = [here / str(row["path"]) for row in self.rows("closing/files", month=None)]
        for name, text in views.texts(files):
            if not only or name in only:
                self._open.execute(f"create or replace view {name} as {text}")
        views.unshadow(self._open)
        place = str(here) if files else ""
        self._run("book/set_setting", {"name": views.PLACE, "value": place})

    def _views_fingerprint(self) -> str:
        rows = self.rows("book/setting", name="views_fingerprint")
        return str(rows[0]["value"]) if rows else ""

    def _run(
        self,
        query: str,
        parameters: Mapping[str, object],
        prefix: str = "",
        suffix: str = "",
        more: Sequence[str] = (),
    ) -> duckdb.DuckDBPyConnection:
        loaded = sql.load(query)
        values = {name: parameters[name] for name in (*loaded.parameters, *more)}
        return self._open.execute(prefix + loaded.text + suffix, values or None)

    def _arrow(self, query: str, parameters: Mapping[str, object]) -> "pa.Table":
        loaded = sql.load(query)
        values = {name: parameters[name] for name in loaded.parameters}
        return self._open.sql(loaded.text, params=values).to_arrow_table()

    def _types(self, query: str, parameters: Mapping[str, object]) -> dict[str, str]:
        cursor = self._run(query, parameters, "select * from (", ") as q limit 0")
        return {column[0]: str(column[1]) for column in cursor.description}


def _count(result: duckdb.DuckDBPyConnection) -> int:
    rows = result.fetchall()
    return int(rows[0][0]) if rows else 0


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
