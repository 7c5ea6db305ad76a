"""Keeps the roll-up small: many changes of a cell become one, and each month gets its totals.

Loads only ever append what they change to the roll-up. A month with four times as many changes
as compacted cells is summed again, so that all compactions together write each change about once.
Sums are sums before and after: nothing that is read from the roll-up changes.
"""

from typing import TYPE_CHECKING

from analytics.period import next_month

if TYPE_CHECKING:
    from datetime import date

    from analytics.engines import Writer

LEAST_CHANGES = 10_000
"""Fewer changes of a month are summed on read within a millisecond."""


def compact_crowded(engine: "Writer") -> None:
    """Compacts each month with four times as many changes as cells, if it has enough of them."""
    for row in engine.rows("usage/crowded_months", least=LEAST_CHANGES):
        compact(engine, row["month"])


def compact(engine: "Writer", month: "date") -> int:
    """Sums the changes of a month's cells, in one transaction; returns the number of its cells.

    Args:
        engine: the book.
        month: its first day.
    """
    span = {"start_day": month, "end_day": next_month(month)}
    with engine.atomic():
        cells = engine.materialise("month_cell", "usage/month_cells", **span)
        engine.execute("usage/forget_deltas", **span)
        engine.execute("usage/insert_month_cells")
        engine.execute("usage/forget_month_totals", **span)
        engine.execute("usage/insert_month_totals", **span)
    return cells
