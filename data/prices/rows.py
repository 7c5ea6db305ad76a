"""The rows of prices.csv: one rate vector each, and the half-open spans in which it holds."""

import csv
import dataclasses
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from analytics.records.meters import METER_NAMES

PRICE_COLUMNS = (
    *("provider", "model", "variant", "input_tokens_from", "input_tokens_to"),
    *("window_days", "window_start_second", "window_end_second", "window_zone"),
    *("effective_from", "effective_to", "minimum_audio_milliseconds", "rates", "facts"),
)

SECONDS_A_DAY = 86_400
EVERY_DAY = "1234567"
BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Rate:
    """A rate as it is published: an amount of USD for a count of stored units.

    Two rates are equal if one unit costs the same, however they are quoted.
    """

    amount: Decimal
    per: int

    @property
    def exact(self) -> Fraction:
        """USD for one stored unit."""
        return Fraction(self.amount) / self.per

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rate) and self.exact == other.exact

    def __hash__(self) -> int:
        return hash(self.exact)

    def __str__(self) -> str:
        text = f"{self.amount:f}"
        return f"{text.rstrip('0').rstrip('.') if '.' in text else text}/{self.per}"


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One rate vector and its half-open spans; BEGINNING and END stand for no bound.

    Rates are pairs of a meter and its rate, in the order of the meters.
    """

    provider: str
    model: str
    variant: str
    tokens_from: int
    tokens_to: int | None
    second_from: int
    second_to: int
    time_from: datetime
    time_to: datetime
    rates: tuple[tuple[str, Rate], ...]
    days: str = EVERY_DAY
    zone: str = "UTC"
    minimum: int = 0
    facts: tuple[str, ...] = ()


def in_order(rates: dict[str, Rate]) -> tuple[tuple[str, Rate], ...]:
    """Return the rates of a row in the order of the meters; a meter that is none is an error."""
    unknown = rates.keys() - set(METER_NAMES)
    if unknown:
        raise ValueError(f"no meters: {', '.join(sorted(unknown))}")
    return tuple((meter, rates[meter]) for meter in METER_NAMES if meter in rates)


def joined(rows: list[PriceRow], axis: str) -> list[PriceRow]:
    """Join rows that meet along one axis (second or time) and agree in everything else."""
    start, end = f"{axis}_from", f"{axis}_to"
    latest: dict[PriceRow, int] = {}
    result: list[PriceRow] = []
    for row in sorted(rows, key=lambda each: getattr(each, start)):
        nowhere: dict[str, Any] = {start: None, end: None}
        rest = dataclasses.replace(row, **nowhere)
        at = latest.get(rest)
        if at is not None and getattr(result[at], end) == getattr(row, start):
            result[at] = dataclasses.replace(result[at], **{end: getattr(row, end)})
        else:
            latest[rest] = len(result)
            result.append(row)
    return result


def row_order(row: PriceRow) -> tuple[str, datetime, int, int, str]:
    """Return where a row stands among the rows of its model: a price history reads downwards."""
    return row.variant, row.time_from, row.second_from, row.tokens_from, row.days


def instant_text(moment: datetime) -> str:
    """Return an instant of UTC as a day where it is one, and nothing for no bound."""
    if moment in {BEGINNING, END}:
        return ""
    text = moment.replace(tzinfo=None).isoformat()
    return text.removesuffix("T00:00:00")


def price_fields(row: PriceRow) -> list[str]:
    """Return a row as the texts of prices.csv."""
    return [
        row.provider,
        row.model,
        row.variant,
        str(row.tokens_from),
        "" if row.tokens_to is None else str(row.tokens_to),
        row.days,
        str(row.second_from),
        str(row.second_to),
        row.zone,
        instant_text(row.time_from),
        instant_text(row.time_to),
        str(row.minimum),
        " ".join(f"{meter}={rate}" for meter, rate in row.rates),
        " ".join(row.facts),
    ]


def csv_text(rows: list[PriceRow]) -> str:
    """Return prices.csv."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(PRICE_COLUMNS)
    writer.writerows(map(price_fields, rows))
    return text.getvalue()
