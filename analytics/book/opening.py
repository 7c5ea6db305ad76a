"""Makes and opens books: a new one with the built-in prices, an old one brought up to date."""

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.book.closing import ARCHIVE
from analytics.book.facade import Book
from analytics.book.part import Later
from analytics.engines import LONGEST_SECONDS
from analytics.engines.duckdb import DuckDBEngine
from analytics.engines.sessions import FILE_NAME
from analytics.errors import (
    BookNotFound,
    BookOfDevelopment,
    BookTooNew,
    BookTooOld,
    InvalidArgument,
    NotABook,
    ReadOnly,
)
from analytics.period import time_zone
from analytics.sql import schema_versions

if TYPE_CHECKING:
    from analytics import ledger
    from analytics.book import making
    from analytics.closing import moving
else:
    moving = Later("analytics.closing.moving")
    ledger = Later("analytics.ledger")
    making = Later("analytics.book.making")


def create(
    path: str | Path,
    *,
    billing_timezone: str = "UTC",
    currency: str = "USD",
    markup_percent: Decimal | int | str = 0,
    require_transactions: bool = True,
) -> Book:
    """Makes a new book with the built-in prices, and opens it.

    Args:
        path: a folder, new or empty; `book.toml`, `templates/` and `queries/` may be there.
        billing_timezone: the IANA zone whose days and months are billed.
        currency: of the invoices, as ISO 4217 names it (an account can have another).
        markup_percent: what customers pay on top of the cost, where their account does not say
            otherwise.
        require_transactions: whether `Book.record_usage` wants a transaction for a customer's
            usage. What is loaded from files needs none.

    Raises:
        BookExists: the folder has a book.
        InvalidArgument: zone, currency or mark-up cannot be used.
        StorageFailed: the folder cannot be written.
    """
    folder = Path(path)
    settings = {
        "billing_timezone": str(time_zone(billing_timezone)),
        "currency": ledger.currency(currency),
        "markup_percent": str(ledger.markup(markup_percent)),
        "require_transactions": "true" if require_transactions else "false",
    }
    making.make_book(folder, settings)
    return open(folder)


def open(  # noqa: A001 - analytics.open(path) reads as it should
    path: str | Path,
    *,
    read_only: bool = False,
    shared: bool = False,
    wait_seconds: float = 10,
    spool: str | Path | None = None,
) -> Book:
    """Opens a book.

    Args:
        path: the book's folder.
        read_only: never write; many can read at once.
        shared: take the book for each operation, so that processes can take turns; otherwise it is
            held until
            `Book.close`.
        wait_seconds: how long to wait for another process that holds the book.
        spool: the folder that recorders write to. Answers of the book then warn of what is there
            and not in the book yet (`NotInTheBook`); `Book.backlog` counts it.

    Raises:
        BookNotFound: there is no book.
        NotABook: the folder's database is another program's, or damaged.
        BookLocked: another process holds the book.
        BookTooNew: a newer program made it.
        BookOfDevelopment: a program between two releases made it.
        ReadOnly: it is an archive, and `read_only` was not given.
        BookTooOld: it must be migrated, which `read_only` forbids.
    """
    folder = Path(path)
    if not 0 <= wait_seconds <= LONGEST_SECONDS:
        problem = f"{wait_seconds} is not between 0 and {LONGEST_SECONDS}"
        raise InvalidArgument(name="wait_seconds", problem=problem)
    if not (folder / FILE_NAME).exists():
        raise BookNotFound(path=folder)
    engine = DuckDBEngine(folder, read_only=read_only, hold=not shared, wait_seconds=wait_seconds)
    try:
        _bring_up_to_date(engine, folder, read_only=read_only)
    except BaseException:
        engine.close()
        raise
    return Book(engine, spool=None if spool is None else Path(spool))


def _bring_up_to_date(engine: DuckDBEngine, folder: Path, *, read_only: bool) -> None:
    known = schema_versions()[-1]
    with engine.session() if read_only else engine.writing():
        found = engine.schema_version()
        if found == 0:
            raise NotABook(path=folder, problem="its database is empty")
        if not engine.is_released(found):
            raise BookOfDevelopment(path=folder)
        if found > known:
            raise BookTooNew(path=folder, found=found, known=known)
        if not engine.is_current(found):
            if read_only:
                raise BookTooOld(path=folder, found=found, known=known)
            engine.migrate()
        if not read_only:
            if engine.rows("book/setting", name=ARCHIVE):
                raise ReadOnly(path=folder)
            moving.settle(engine)
