"""Sessions and transactions of a book's database: who has its file open, and for how long.

DuckDB lets one process write at a time. Opening waits for the file up to `wait_seconds` and then
fails with an error that names the holder. `hold=False` takes the file anew for each session, so
that processes can take turns. A re-entrant lock makes one engine safe to use from many threads.
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
        self._lock = threading.RLock()
        self._depth = 0
        self._in_transaction = False
        self._is_closed = False
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._held = HeldTables()
        self._memory: dict[Hashable, Any] = {}

    @property
    def path(self) -> Path:
        """The book's folder."""
        return self._path

    @property
    def read_only(self) -> bool:
        """Whether the engine never writes."""
        return self._read_only

    def close(self) -> None:
        """Gives the book back, for good. Closing twice is fine."""
        with self._lock:
            self._is_closed = True
            self._disconnect()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._held.forget()
            turns.give_back(self._path)

    @contextlib.contextmanager
    def session(self) -> Iterator[None]:
        """Keeps the book open for several queries; re-entrant."""
        with self._lock:
            if self._is_closed:
                raise errors.BookClosed(path=self._path)
            if self._connection is None:
                self._connection = self._when_free(self._connect)
            self._depth += 1
            try:
                yield
            except (duckdb.Error, RuntimeError) as error:
                raise failures.translate(error, self._path) from error
            finally:
                self._depth -= 1
                if self._depth == 0 and not self._hold:
                    self._disconnect()

    @contextlib.contextmanager
    def atomic(self, *, keep: bool = True, forget: bool = True) -> Iterator[None]:
        """One database transaction: all that is done inside lands together or not at all."""
        with self.session():
            if self._in_transaction:
                yield
                return
            if self._read_only:
                raise errors.ReadOnly(path=self._path)
            self._open.begin()
            self._in_transaction = True
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
                self._in_transaction = False
                self._held.remove(self._open)
                if forget:
                    self.forget()

    def remember(self, key: Hashable, find: Callable[[], _Result]) -> _Result:
        """What `find` found for the key, until somebody may have changed it."""
        if not self._hold:
            return find()
        if len(self._memory) >= _MEMORY_ENTRIES:
            self.forget()
        found: _Result = self._memory[key] if key in self._memory else find()
        self._memory[key] = found
        return found

    def forget(self) -> None:
        """Forgets what `remember` knows."""
        self._memory.clear()

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
        with self.session():
            if (
                self._depth > 1
                or turns.is_shared(self._path)
                or not shrinking.is_worth_it(self._open, file)
            ):
                return None
            as_of = file.stat()
            with shrinking.copied(self._open, file, on_table, on_step) as new:
                self._open.close()
                self._held.forget()
                try:
                    is_new = shrinking.replace(file, new, as_of, on_step)
                finally:
                    self._reconnect()
            return (as_of.st_size, file.stat().st_size) if is_new else None

    @property
    def _open(self) -> duckdb.DuckDBPyConnection:
        assert self._connection is not None, "a query runs inside a session"
        return self._connection

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
        self._connection = None
        try:
            self._connection = self._connect()
        except duckdb.Error:
            turns.give_back(self._path)
            self._connection = self._when_free(self._connect)
