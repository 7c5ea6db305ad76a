"""Plain rows: most rows of most logs need no second look, so one narrow query does all of it.

A row is plain if it has an id, a time, a model with a price and token counts, and nothing that
could be refused (`queries/usage/plain.sql`). Any other row, and any that might be rejected, goes
through the rule book (`analytics.rules.record`), so that one place says why. Both ways store the
same (`tests/test_plain.py`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analytics import rating, sources
from analytics.records import METERS
from analytics.rules.native import is_plain_key

if TYPE_CHECKING:
    from analytics.engines import Writer

COLUMNS = (
    *("id", "occurred_at", "context", "account_id", "external_id", "provider", "model"),
    *("usage_type", "description", "tags"),
    *(meter.name for meter in METERS if meter.is_common and meter.name != "requests"),
)
"""The columns of the native format that a plain row may have."""

_NEEDED = ("id", "occurred_at", "model")
"""The columns that a plain row cannot do without."""

_MAX_SHAPES = 8
"""Each line is compared with so many lists of keys; lines of rarer ones are not plain."""

_LEAST_SHARE = 0.5
"""Where fewer lines of a sample than that are plain, looking for them costs more than it saves."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """How the plain lines of a file are written.

    Args:
        keys: column -> the key that it is read from, or None.
        known: the lists of keys that plain lines have.
    """

    keys: Mapping[str, str | None]
    known: Sequence[Sequence[str]]


def find_shapes(counted: Mapping[tuple[str, ...], int]) -> Shapes | None:
    """The shapes of plain lines; None where too few lines have one.

    Args:
        counted: list of keys -> how many lines of a sample have it.
    """
    columns = sources.spellings(COLUMNS)
    seen: Counter[str] = Counter()
    for shape, lines in counted.items():
        seen.update(dict.fromkeys((key for key in shape if key in columns), lines))
    keys: dict[str, str | None] = dict.fromkeys(COLUMNS)
    for key, _ in reversed(seen.most_common()):
        keys[columns[key]] = key
    chosen = {key for key in keys.values() if key}
    needed = {keys[column] for column in _NEEDED}
    whole = (shape for shape in counted if needed <= set(shape) <= chosen)
    known = sorted(
        (shape for shape in whole if len(set(shape)) == len(shape)),
        key=lambda shape: -counted[shape],
    )[:_MAX_SHAPES]
    if not known or sum(counted[shape] for shape in known) < _LEAST_SHARE * sum(counted.values()):
        return None
    return Shapes(keys, known)


def expose_table(engine: "Writer") -> None:
    """Makes the rows of a table file, exposed as `raw`, readable as `typed_row`."""
    engine.define("plain_row", "usage/plain_of_table")
    engine.define("typed_row", "usage/typed_of_plain")


def expose_lines(engine: "Writer", lines: str, shapes: Shapes) -> None:
    """Makes JSON lines readable as `typed_row`."""
    kinds = sources.json_keys()
    engine.expose_shapes("plain_line", lines, shapes.keys, kinds, shapes.known)
    engine.define("plain_row", "usage/plain_of_lines")
    engine.define("typed_row", "usage/typed_of_plain")


def resolve_names(engine: "Writer") -> None:
    """Resolves the names that `typed_row` has; rows with other names are not plain."""
    engine.define("unrated", "usage/plain_names")
    rating.resolve_names(engine)


def may_hold(table: sources.TableSource) -> bool:
    """Whether a table file has no column that a plain row may not have."""
    known = sources.spellings(COLUMNS)
    return {*table.columns, *table.constants} <= known.keys() and all(
        map(is_plain_key, table.surplus)
    )


def stage(engine: "Writer", parameters: Mapping[str, object], *, more: bool) -> tuple[int, int]:
    """Keeps the plain rows of `typed_row` as `plain`, the others as `rest`; how many each has.

    Args:
        engine: the book.
        parameters: of `usage/plain`.
        more: add to what `plain` has.
    """
    engine.hold("plain_price", "usage/plain_prices")
    return engine.hold_split("plain", "rest", "usage/plain", more=more, **parameters)
