"""A plot of results for the page: how many times ours is as fast, or as small, as each peer.

Bars on a logarithmic scale start at one, where both are alike: to the right ours is better, to the
left the peer is. A mark shows the goal. Light or dark follows the reader's settings.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.results import Result

TEMPLATE = Path(__file__).with_name("plot.svg.j2")

GROUPS = {
    "Load a log: priced, durable, each record once": "of JSONL, priced and durable",
    "Summary of a month by model": "summary by model",
    "Lines of all invoices of a month": "lines of all invoices",
    "Last 100 records of a light account": "last 100 records of a light account",
    "Price each record of a month anew": "each record priced anew",
    "Size on disk": "size, ",
}
"""Heading of each group of bars, and what the names of its results have in common."""

RECORDS = re.compile(r"([\d,]+) records")
WIDTH, LEFT, RIGHT = 820, 300, 750
ROW, HEADING, TOP, BOTTOM = 20, 30, 74, 38
GAP, NUMBER = 6, 50
FEWEST_DECADES = (-1, 2)


@dataclass(frozen=True, slots=True, order=True)
class Bar:
    """One line of a group; the closest peer comes first.

    Args:
        factor: how many times ours is as good.
        peer: its name.
        records: how many both hold.
        goal: the factor that is wanted, if any.
    """

    factor: float
    peer: str
    records: str
    goal: float | None = field(compare=False)


def svg(results: Sequence[Result]) -> str:
    """The plot of those results that it has a group for; an empty text if there is none."""
    from jinja2 import Environment, StrictUndefined

    groups = {
        heading: sorted(bar(each) for each in results if part in each.what and is_plotted(each))
        for heading, part in GROUPS.items()
    }
    groups = {heading: bars for heading, bars in groups.items() if bars}
    if not groups:
        return ""
    template = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(layout(groups)) + "\n"


def is_plotted(result: Result) -> bool:
    """Whether a result is of ours against a peer, not against a limit or ourselves."""
    if result.benchmark != "months" or result.theirs is None:
        return False
    return not result.peer.startswith("ours")


def bar(result: Result) -> Bar:
    """How many times ours is as good: less time, fewer bytes, more records a second."""
    assert result.theirs, "`is_plotted` was asked first"
    is_rate = result.ours.unit.endswith("/s")
    quotient = result.theirs.median / result.ours.median
    goal = result.goal
    wanted = None if goal is None else 1 / goal.limit if goal.at_most else goal.limit
    records = RECORDS.findall(result.what)
    factor = 1 / quotient if is_rate else quotient
    return Bar(factor, result.peer, records[-1] if records else "", wanted)


def layout(groups: dict[str, list[Bar]]) -> dict[str, Any]:
    """Where everything stands, in pixels."""
    bars = [each for group in groups.values() for each in group]
    factors = [factor for each in bars for factor in (each.factor, each.goal or 1)]
    low = min(FEWEST_DECADES[0], math.floor(math.log10(min(factors))))
    high = max(FEWEST_DECADES[1], math.ceil(math.log10(max(factors))))

    def place(factor: float) -> float:
        part = (math.log10(factor) - low) / (high - low)
        return round(LEFT + part * (RIGHT - LEFT), 1)

    drawn, at = [], TOP
    for heading, group in groups.items():
        at += HEADING
        most = max((each.records for each in group), key=number_of)
        lines = [
            {
                "y": at + ROW * number,
                "peer": each.peer,
                "records": each.records if each.records != most else "",
                "from": min(place(1), place(each.factor)),
                "width": max(1.0, round(abs(place(each.factor) - place(1)), 1)),
                "text_x": beside(place(each.factor), place(1), place(each.goal or 1)),
                "is_better": each.factor >= 1,
                "text": text(each.factor),
                "goal": place(each.goal) if each.goal else None,
                "goal_text": text(each.goal) if each.goal else "",
                "is_met": each.goal is not None and each.factor >= each.goal,
            }
            for number, each in enumerate(group)
        ]
        drawn.append({"heading": heading, "records": most, "y": at - 9, "bars": lines})
        at += ROW * len(group)
    decades = [10.0**exponent for exponent in range(low, high + 1)]
    return {
        "width": WIDTH,
        "height": at + BOTTOM,
        "top": TOP,
        "bottom": at + 8,
        "left": LEFT,
        "right": RIGHT,
        "one": place(1),
        "ticks": [{"x": place(each), "text": text(each)} for each in decades],
        "groups": drawn,
    }


def number_of(records: str) -> int:
    """``1,000`` as a number; 0 without one."""
    return int(records.replace(",", "") or 0)


def beside(end: float, one: float, goal: float) -> float:
    """Where a bar's number starts: right of it, and of the goal's mark if that is in its way."""
    start = max(end, one)
    return max(start, goal) + GAP if start <= goal < start + NUMBER else start + GAP


def text(factor: float) -> str:
    """A factor with two digits that say something: ``0.31``, ``4.2``, ``120``, ``1,300``."""
    digits = 1 - math.floor(math.log10(factor))
    plain = f"{round(factor, digits):,.{max(0, digits)}f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
