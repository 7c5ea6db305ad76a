"""An archive: the closed months of a book as a folder of their own, which is a book to read.

Its usage is nothing but Parquet files, those of the book. Prices, accounts and daily totals are
Parquet files too, for other readers; beside them a `book.duckdb` without usage records holds what
the program's own queries read. The folder is complete or not there at all.
"""

import contextlib
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.closing import folder, owned
from analytics.closing.files import Progress, list_months, refuse_damaged, verify
from analytics.errors import InvalidArgument, NotClosed, StorageFailed
from analytics.records.closing import ArchivedBook

if TYPE_CHECKING:
    from analytics.engines import Row, Writer

Prepare = Callable[[Path], None]
"""Does something to the book in a folder."""

_OF_MONTHS = (
    *("load", "record_index", "setting", "usage_daily_delta"),
    *("usage_file", "usage_month_total"),
)
_WHOLE = (
    *("account", "alias", "credit_transaction", "floating_name", "fx_rate", "idempotency"),
    *("ignored_meter", "invoice", "price_fact"),
    *("invoice_asset", "invoice_face", "invoice_month", "invoice_usage", "model", "model_name"),
    *("price", "price_rate", "provider", "reservation", "tax_rate", "usage_answer"),
)
TABLES: dict[str, str | None] = {
    **{table: f"archive/{table}" for table in _OF_MONTHS},
    **dict.fromkeys(_WHOLE),
}
"""Tables of an archive -> the query of what they get; None is all that the book has. Those that are
about loading stay empty there."""

_COPIED, _READ = 0.6, 0.9
"""How much of the work is done when the files are copied, and when the copies have been read."""

OTHERS = {
    "accounts": "archive/accounts",
    "prices": "archive/prices",
    "price_rates": "archive/price_rates",
    "daily": "archive/daily",
}
"""Files for other readers -> their queries."""


def write_archive(
    engine: "Writer", target: Path, *, make: Prepare, finish: Prepare, progress: Progress
) -> ArchivedBook:
    """Writes the closed months of a book to a folder that is new or empty.

    Args:
        engine: the book.
        target: the folder.
        make: makes an empty book there.
        finish: marks the book there as an archive, and lets its views find its files.
        progress: is told how far it is.

    Raises:
        NotClosed: no month is closed, or one has records that came later.
        InvalidArgument: the folder has files.
        FilesDamaged: a file is missing, or not as it was written.
        StorageFailed: the folder cannot be written.
    """
    with engine.writing():
        months = _closed(engine)
        rows = engine.rows("closing/files", month=None)
        with _whole_folder(target) as aside:
            _copy_files(engine.path, aside, rows, progress)
            owned.copy(engine.path, aside)
            progress(_READ, sum(row["row_count"] for row in rows), "prices and totals")
            make(aside)
            days = sorted({row["month"] for row in rows})
            engine.copy_tables(aside, TABLES, months=days)
            for name, query in OTHERS.items():
                file = aside / f"{name}.parquet"
                engine.store(query, file, months=days)
                folder.sync(file)
            finish(aside)
        finish(target)  # the views name the files where they are for good
    return ArchivedBook(
        path=str(target),
        months=months,
        record_count=sum(row["row_count"] for row in rows),
        files=len(rows),
        bytes=sum(row["bytes"] for row in rows),
    )


def _closed(engine: "Writer") -> Sequence[str]:
    states = list_months(engine)
    if late := [state.month for state in states if state.status == "late"]:
        problem = f"{' '.join(late)} has records that came after it was closed"
        raise NotClosed(problem=problem, months=" ".join(late))
    closed = [state.month for state in states if state.status == "closed"]
    if not closed:
        raise NotClosed(problem="No month is closed", months="MONTH")
    return closed


def _copy_files(book: Path, aside: Path, rows: "Sequence[Row]", progress: Progress) -> None:
    """Copies the files, and reads the copies again."""
    total, done = sum(row["bytes"] for row in rows), 0
    records = sum(row["row_count"] for row in rows)
    for number, row in enumerate(rows, 1):
        share = _COPIED * done / total if done else None
        progress(share, records, f"file {number} of {len(rows)}")
        if (book / row["path"]).exists():
            copy = aside / row["path"]
            folder.make_private(aside, Path(row["path"]).parent)
            shutil.copyfile(book / row["path"], copy)
            folder.sync(copy)
        done += row["bytes"]
    progress(_COPIED, records, "comparing")
    refuse_damaged(verify(aside, rows))


@contextlib.contextmanager
def _whole_folder(target: Path) -> Iterator[Path]:
    """A folder beside the target, which takes its place when the block ends well."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        problem = f"{target} has files; choose a folder that is new or empty"
        raise InvalidArgument(name="path", problem=problem)
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        aside.mkdir(mode=0o700, parents=True)
        yield aside
        aside.rename(target)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        problem = f"{target} cannot be made ({error.strerror}{where})"
        raise StorageFailed(problem=problem) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
