"""Reports and checks: selects with a title."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a report: its name and what it holds.

    `kind` is one of text, count, money, day, time.
    """

    name: str
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Report:
    """A select with a title. Rows hold Python values in the order of the columns."""

    name: str
    title: str
    period: str
    columns: Sequence[Column]
    rows: Sequence[tuple[Any, ...]]
    bar_column: str | None = None
    """The column that a terminal draws bars for."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: a select that must return no rows."""

    name: str
    title: str
    rows: Sequence[Mapping[str, Any]]

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.rows


@dataclass(frozen=True, slots=True)
class ExportResult:
    """A file that was written: its rows, and how many records it leaves out, having no price."""

    rows: int
    left_out: int = 0
    sheets: Mapping[str, int] = field(default_factory=dict)
    """Of a workbook of all reports: sheet -> rows."""
