"""Numbers without gaps, and the chain that makes a changed or missing document show.

A number is the series and the highest position in it plus one, taken in the transaction that
stores the document; a sequence of the database would leave a gap at each rollback. Each document's
chain hash covers that of the document before it, whatever its series.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from analytics.canonical import sha256
from analytics.errors import InvalidArgument, InvalidConfiguration

if TYPE_CHECKING:
    from analytics.configuration import Configuration
    from analytics.engines import Reader

FIRST = "0" * 64
"""What stands before the first document of a book."""


@dataclass(frozen=True, slots=True)
class Place:
    """A document's place: its number, and where it stands in its series and in the chain."""

    number: str
    series: str
    series_position: int
    chain_position: int


class Counter:
    """Gives out places, in order, after what the book holds. Nothing is stored here."""

    def __init__(self, engine: "Reader", configuration: "Configuration", issue_date: date) -> None:
        page = configuration.section("invoice")
        self._formats = {"invoice": page["number"], "credit_note": page["credit_note_number"]}
        self._engine = engine
        self._date = issue_date
        self._last: dict[str, int] = {}
        series = {kind: self._split(kind)[0] for kind in self._formats}
        if len(set(series.values())) < len(series):
            problem = "number and credit_note_number of [invoice] begin alike: one series each"
            raise InvalidConfiguration(where=configuration.path, problem=problem)
        self.reset()

    def reset(self) -> None:
        """Begins again after what the book holds now.

        Raises:
            InvalidArgument: a document of a series has a later date than the new ones.
        """
        self._last.clear()
        self._chain = int(self._engine.row("invoices/chain_head")["chain_position"])

    def next(self, kind: str) -> Place:
        """The next place for a document of a kind."""
        series, number = self._split(kind)
        position = self._last.get(series) or self._stored(series)
        self._last[series] = position + 1
        self._chain += 1
        text = number.format(year=self._date.year, month=self._month, number=position + 1)
        return Place(series + text, series, position + 1, self._chain)

    @property
    def _month(self) -> str:
        return f"{self._date.month:02}"

    def _split(self, kind: str) -> tuple[str, str]:
        """The series of a kind, and the format of the number after it."""
        head, brace, tail = self._formats[kind].partition("{number")
        return head.format(year=self._date.year, month=self._month), brace + tail

    def _stored(self, series: str) -> int:
        row = self._engine.row("invoices/series_head", series=series)
        if row["issue_date"] and row["issue_date"] > self._date:
            problem = f"{self._date} is before {row['issue_date']}, the last one of {series}"
            raise InvalidArgument(name="issue_date", problem=problem)
        return int(row["series_position"])


def chain_sha256(previous: str, number: str, content: str, faces: Mapping[str, str]) -> str:
    """The chain hash of a document.

    Args:
        previous: the chain hash of the document before it, or `FIRST`.
        number: its number.
        content: the SHA-256 of its content.
        faces: face -> SHA-256 of its bytes.
    """
    parts = [previous, number, content, *(f"{face} {faces[face]}" for face in sorted(faces))]
    return sha256("\n".join(parts).encode())
