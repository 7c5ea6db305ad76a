"""Results: samples of repeated runs, what they are held against, and the tables that show them."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

START, END = "<!-- results: {scale} -->", "<!-- /results: {scale} -->"
"""What stands around the results of a scale on the page."""
HEADINGS = ("measured", "peer", "of the peer", "ours", "compared", "goal", "met")


@dataclass(frozen=True, slots=True)
class Sample:
    """The same thing measured several times, in seconds, bytes or records per second."""

    values: tuple[float, ...]
    unit: str = "s"

    @property
    def median(self) -> float:
        """The middle of the values."""
        return statistics.median(self.values)

    def percentile(self, percent: int) -> float:
        """The least of the values that so many percent of them do not exceed."""
        return sorted(self.values)[-(-len(self.values) * percent // 100) - 1]

    @property
    def text(self) -> str:
        """The median and, where there are several values, the least and the largest."""
        scale, digits, unit = self._style()
        low, middle, high = (
            f"{value * scale:,.{digits}f}"
            for value in (min(self.values), self.median, max(self.values))
        )
        spread = f" ({low} to {high})" if len(self.values) > 1 else ""
        return f"{middle} {unit}{spread}"

    def rate(self, records: int) -> "Sample":
        """Records per second, where the values are the seconds that so many of them took."""
        return Sample(tuple(records / value for value in self.values), "records/s")

    def _style(self) -> tuple[float, int, str]:
        if self.unit == "bytes":
            return 1e-6, 0, "MB"
        if self.unit == "s":
            if self.median >= 1:
                return 1, 2, "s"
            return 1000, 0 if self.median >= 0.1 else 1, "ms"
        return 1, 0, self.unit


@dataclass(frozen=True, slots=True)
class Goal:
    """What a comparison must come to."""

    limit: float
    at_most: bool
    unit: str = "x"

    def is_met(self, value: float) -> bool:
        """Whether a value is good enough."""
        return value <= self.limit if self.at_most else value >= self.limit

    @property
    def text(self) -> str:
        """As in a table."""
        return f"{'<=' if self.at_most else '>='} {show(self.limit, self.unit)}"


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the results.

    Args:
        benchmark: which module measured it.
        what: what was measured.
        peer: the name of what it is held against.
        theirs: what the peer took, if it is no constant.
        ours: what ours took.
        compared: ours against the peer, in the unit of the goal.
        goal: what that must come to; None if the line only informs.
    """

    benchmark: str
    what: str
    peer: str
    theirs: Sample | None
    ours: Sample
    compared: float
    goal: Goal | None

    @property
    def is_met(self) -> bool:
        """Whether the goal is met."""
        return self.goal is None or self.goal.is_met(self.compared)

    def cells(self) -> tuple[str, ...]:
        """The texts of a line of a table, in the order of `HEADINGS`."""
        return (
            f"{self.benchmark}: {self.what}",
            self.peer,
            self.theirs.text if self.theirs else "",
            self.ours.text,
            show(self.compared, self.goal.unit if self.goal else "x"),
            self.goal.text if self.goal else "",
            ("yes" if self.is_met else "no") if self.goal else "",
        )

    def facts(self) -> dict[str, Any]:
        """Everything, for a program."""
        medians = {
            "peer_median": self.theirs.median if self.theirs else None,
            "our_median": self.ours.median,
        }
        return {**asdict(self), **medians, "met": self.is_met}


def show(value: float, unit: str) -> str:
    """A compared value with its unit: ``0.87 x``, ``112 ms``, ``1.32 GB``."""
    if unit == "ms" or abs(value) >= 100:
        return f"{value:,.0f} {unit}"
    return f"{value:.3g} {unit}"


def markdown(results: Iterable[Result]) -> str:
    """The results as a table for a page."""
    rows = [HEADINGS, ("---",) * len(HEADINGS), *(each.cells() for each in results)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def print_results(results: Sequence[Result]) -> None:
    """The results as a table for a terminal; a pipe gets it in its full width."""
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for heading in HEADINGS:
        table.add_column(heading, justify="right" if heading in HEADINGS[2:6] else "left")
    for each in results:
        table.add_row(*each.cells(), style=None if each.is_met else "red")
    console = Console()
    Console(width=console.width if console.is_terminal else 260).print(table)


def write_page(page: Path, scale: str, text: str) -> None:
    """Replaces what stands between the markers that a page has for a scale.

    Raises:
        ValueError: a marker is missing.
    """
    first, last = START.format(scale=scale), END.format(scale=scale)
    before, start, rest = page.read_text(encoding="utf-8").partition(first)
    _, end, after = rest.partition(last)
    if not start or not end:
        raise ValueError(f"{page} has no {first} ... {last}")
    page.write_text(f"{before}{first}\n\n{text}\n\n{last}{after}", encoding="utf-8")
