"""Sessions and transactions of a book's database: who has its file open, and for how long.

DuckDB lets one process write at a time. Opening waits for the file up to `wait_seconds` and then
fails with an error that names the holder. `hold=False` takes the file anew for each session, so
that processes can take turns.

Within a process each thread has a connection of its own, so that who reads sees what was committed
last and waits for nobody. Whoever writes waits for the other threads, and for other engines of the
same book, that write.
"""

import contextlib
import threading
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from analytics import errors
from analytics.engines import connecting, failures, shrinking, turns, waiting
from analytics.engines.held import HeldTables

FILE_NAME = "book.duckdb"
_MEMORY_ENTRIES = 50_000
_Result = TypeVar("_Result")
_Memory = dict[Hashable, Any]


class _Mine(threading.local):
    """What one thread has of a book: its connection, and what it is doing there."""

    def __init__(self) -> None:
        self.connection: duckdb.DuckDBPyConnection | None = None
        self.root: duckdb.DuckDBPyConnection | None = None
        """Of which the connection is one."""
        self.held = HeldTables()
        self.depth = 0
        self.writes = 0
        self.is_reading = False
        self.in_transaction = False
        self.memory: _Memory = {}


class Sessions:
    """Who has a book's database open, and for how long: sessions, transactions, turns.

    Args:
        path: the book's folder.
        read_only: never write; many readers can share a book.
        hold: keep the file until `close`; otherwise take it for each session.
        wait_seconds: how long to wait for a book that another process holds.
    """

    def __init__(
        self, path: Path, *, read_only: bool = False, hold: bool = True, wait_seconds: float = 10
    ) -> None:
        self._path = path
        self._read_only = read_only
        self._hold = hold
        self._wait_seconds = wait_seconds
        self._gate = threading.Condition(threading.RLock())
        """Guards what follows, which all threads have in common."""
        self._root: duckdb.DuckDBPyConnection | None = None
        self._connections: list[tuple[threading.Thread, duckdb.DuckDBPyConnection]] = []
        self._active = 0
        self._is_closed = False
        self._turn = turns.Turn(-1)
        self._memory: tuple[int, _Memory] = (-1, {})
        """What is remembered, and as of which change of the book."""
        self._mine = _Mine()

    @property
    def path(self) -> Path:
        """The book's folder."""
        return self._path

    @property
    def read_only(self) -> bool:
        """Whether the engine never writes."""
        return self._read_only

    def close(self) -> None:
        """Gives the book back, for good, once other threads are done. Closing twice is fine."""
        with self._gate:
            self._is_closed = True
            self._gate.wait_for(lambda: self._active <= bool(self._mine.depth))
            self._disconnect()

    @contextlib.contextmanager
    def session(self) -> Iterator[None]:
        """Keeps the book open for queries that see it as it is at the first; re-entrant."""
        with self.connected():
            mine = self._mine
            if mine.is_reading or mine.writes:
                yield
                return
            self._open.begin()
            mine.is_reading = True
            try:
                yield
            finally:
                mine.is_reading = False
                with contextlib.suppress(duckdb.Error):  # a query that failed has ended it
                    self._open.commit()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Keeps others from writing during several statements, each durable by itself; re-entrant.

        Raises:
            ReadOnly: this engine never writes.
        """
        if self._read_only:
            raise errors.ReadOnly(path=self._path)
        with self.connected():
            mine = self._mine
            assert not mine.is_reading, "what is read before it is changed is read in `writing`"
            with self._turn.writing:
                if not mine.writes:
                    mine.memory = self._remembered()
                mine.writes += 1
                try:
                    yield
                finally:
                    mine.writes -= 1

    @contextlib.contextmanager
    def atomic(self, *, keep: bool = True, forget: bool = True) -> Iterator[None]:
        """One database transaction: all that is done inside lands together or not at all."""
        with self.writing():
            mine = self._mine
            if mine.in_transaction:
                yield
                return
            self._open.begin()
            mine.in_transaction = True
            if forget:
                mine.memory = {}  # what it finds may never be committed
            try:
                yield
                if keep:
                    self._open.commit()
                else:
                    self._open.rollback()
            except BaseException:
                forget = True
                with contextlib.suppress(duckdb.Error):
                    self._open.rollback()
                raise
            finally:
                mine.in_transaction = False
                mine.held.remove(self._open)
                if forget:
                    self.forget()

    def remember(self, key: Hashable, find: Callable[[], _Result]) -> _Result:
        """What `find` found for the key, until somebody may have changed it."""
        if not self._hold:
            return find()
        if not self._mine.depth:
            with self.connected():
                return self.remember(key, find)
        memory = self._mine.memory
        if len(memory) >= _MEMORY_ENTRIES:
            memory.clear()
        found: _Result = memory[key] if key in memory else find()
        memory[key] = found
        return found

    def forget(self) -> None:
        """Forgets what `remember` knows, in all engines of this book; inside `writing`."""
        self._turn.changes += 1
        self._mine.memory = self._remembered()

    def is_alone(self) -> bool:
        """Whether nobody else in this process is reading the book now."""
        return self._turn.sessions <= 1

    def _remembered(self) -> _Memory:
        changes, memory = self._memory
        if changes != self._turn.changes:
            memory = {}
            self._memory = (self._turn.changes, memory)
        return memory

    @contextlib.contextmanager
    def connected(self) -> Iterator[None]:
        """Keeps this thread connected to the book; re-entrant."""
        mine = self._mine
        if not mine.depth:
            self._enter()
        mine.depth += 1
        try:
            yield
        except (duckdb.Error, RuntimeError) as error:
            raise failures.translate(error, self._path) from error
        finally:
            mine.depth -= 1
            if not mine.depth:
                self._leave()

    def _enter(self) -> None:
        mine = self._mine
        with self._gate:
            if self._is_closed:
                raise errors.BookClosed(path=self._path)
            if self._read_only:  # its sandbox needs the file for itself
                self._gate.wait_for(lambda: not self._active)
            if self._root is None:
                self._take(self._when_free(self._connect))
            if mine.root is not self._root:
                self._join()
            self._active += 1
            self._turn.enter()
            mine.memory = self._remembered()

    def _leave(self) -> None:
        with self._gate:
            self._active -= 1
            self._turn.leave()
            if not self._active and not self._hold:
                self._disconnect()
            self._gate.notify_all()

    def _take(self, root: duckdb.DuckDBPyConnection) -> None:
        """Has the database open by its first connection."""
        self._root = root
        self._turn = turns.of(self._path)
        self._memory = (-1, {})

    def _join(self) -> None:
        """Gives this thread a connection of its own."""
        assert self._root is not None, "the book is open"
        mine = self._mine
        for thread, connection in tuple(self._connections):
            if not thread.is_alive():
                connection.close()
                self._connections.remove((thread, connection))
        mine.connection = connecting.another(self._root, self._path)
        mine.root = self._root
        mine.held = HeldTables()
        self._connections.append((threading.current_thread(), mine.connection))

    def _disconnect(self) -> None:
        if self._root is not None:
            self._close_connections()
            turns.give_back(self._path)

    def _close_connections(self) -> None:
        for _, connection in self._connections:
            connection.close()
        self._connections.clear()
        assert self._root is not None, "the book is open"
        self._root.close()
        self._root = None

    def shrink(
        self,
        on_table: shrinking.OnTable = shrinking.uncounted,
        on_step: shrinking.OnShrinkStep = shrinking.unwatched,
    ) -> tuple[int, int] | None:
        """Gives free room of the database back to the disk, where it is worth it.

        Returns:
            The bytes of its file before and after; None where it stays as it is: too little of it
            is free, the disk has no room for a second one, or others have it open.

        Raises:
            StorageFailed: the new file cannot be made or put in place. The old one stays.
        """
        file = self._path / FILE_NAME
        with self.writing(), self._gate:  # nobody comes in between
            if (
                self._mine.depth > 1
                or not self.is_alone()
                or turns.is_shared(self._path)
                or not shrinking.is_worth_it(self._open, file)
            ):
                return None
            as_of = file.stat()
            with shrinking.copied(self._open, file, on_table, on_step) as new:
                self._close_connections()
                try:
                    is_new = shrinking.replace(file, new, as_of, on_step)
                finally:
                    self._reconnect()
            return (as_of.st_size, file.stat().st_size) if is_new else None

    @property
    def _open(self) -> duckdb.DuckDBPyConnection:
        assert self._mine.connection is not None, "a query runs inside a session"
        return self._mine.connection

    @property
    def _held(self) -> HeldTables:
        return self._mine.held

    def _when_free(self, connect: Callable[[], _Result]) -> _Result:
        """Connects when it is this engine's turn; whoever closes what was connected ends it."""
        file = self._path / FILE_NAME
        return waiting.when_free(
            file, connect, read_only=self._read_only, seconds=self._wait_seconds
        )

    def _connect(self) -> duckdb.DuckDBPyConnection:
        file = self._path / FILE_NAME
        if not self._read_only:
            with contextlib.suppress(OSError):
                shrinking.discard(shrinking.new_file(file))
        return connecting.connect(file, read_only=self._read_only)

    def _reconnect(self) -> None:
        """Opens the book again, while it is still this engine's turn if nobody came between."""
        try:
            root = self._connect()
        except duckdb.Error:
            turns.give_back(self._path)
            root = self._when_free(self._connect)
        self._take(root)
        self._join()
