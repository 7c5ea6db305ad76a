"""Loads of the past: what they brought, what they refused, taking one back, trying one again."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import simplejson

from analytics.closing.files import refuse_closed_load
from analytics.errors import InvalidArgument, LoadAlreadyUndone, LoadNotFound
from analytics.records import PastLoad, Rejection, UndoneLoad
from analytics.sources import STDIN
from analytics.usage.compaction import compact
from analytics.usage.options import RECORD, LoadOptions
from analytics.usage.recording import fold

if TYPE_CHECKING:
    from analytics.engines import Reader, Row, Writer


def list_loads(engine: "Reader", *, limit: int = 100) -> list[PastLoad]:
    """What was loaded, newest first."""
    return [_load(row) for row in engine.rows("usage/loads", load_id=None, limit=limit)]


def list_rejections(
    engine: "Reader", *, load_id: int | None, code: str | None, limit: int
) -> list[Rejection]:
    """Rows that were not recorded, newest load first, then in the order of the files."""
    rows = engine.rows("usage/rejections", load_id=load_id, code=code, limit=limit)
    return [Rejection(**row) for row in rows]


def undo(engine: "Writer", load_id: int) -> UndoneLoad:
    """Takes a load back: its records, their place in the roll-up and in the identity index.

    Rows that the load had found to be duplicates are not its own and stay.

    Raises:
        LoadNotFound: there is no such load.
        LoadAlreadyUndone: it was taken back before.
        MonthClosed: some of its records are in files; nothing was changed.
    """
    with engine.atomic():
        load = _get(engine, load_id)
        fold(engine)
        if load.undone_at:
            raise LoadAlreadyUndone(load_id=load_id, undone_at=load.undone_at.date())
        refuse_closed_load(engine, load_id)
        cost = engine.row("usage/undo_cost", load_id=load_id)["cost_usd"]
        months = engine.rows("usage/months_of_load", load_id=load_id)
        engine.execute("usage/undo_daily", load_id=load_id)
        for row in months:
            # What comes to nothing must go: a cost of zero is not that of records without a price.
            compact(engine, row["month"])
        engine.execute("usage/undo_index", load_id=load_id)
        removed = engine.execute("usage/undo_records", load_id=load_id)
        now = datetime.now(UTC).replace(tzinfo=None)
        engine.execute("usage/undo_load", load_id=load_id, undone_at=now)
    return UndoneLoad(load_id=load_id, removed=removed, cost_usd=cost)


def repeat(engine: "Reader", load_id: int) -> tuple[list[str], LoadOptions]:
    """What a load read, and how, so that its files can be loaded again after a fix.

    Raises:
        LoadNotFound: there is no such load.
        InvalidArgument: it read standard input or was one recorded call.
    """
    load = _get(engine, load_id)
    options = simplejson.loads(load.options)
    paths: list[str] = options.pop("paths")
    if STDIN in paths or load.source == RECORD:
        problem = f"{load_id} read no file that could be read again; send its rows anew"
        raise InvalidArgument(name="load", problem=problem)
    return paths, LoadOptions(**options)


def _get(engine: "Reader", load_id: int) -> PastLoad:
    rows = engine.rows("usage/loads", load_id=load_id, limit=1)
    if not rows:
        raise LoadNotFound(load_id=load_id)
    return _load(rows[0])


def _load(row: "Row") -> PastLoad:
    for name in ("started_at", "finished_at", "undone_at"):
        row[name] = row[name].replace(tzinfo=UTC) if row[name] else None
    return PastLoad(**row)
