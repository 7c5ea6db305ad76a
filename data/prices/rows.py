"""The rows of prices.csv: one rate vector each, and the half-open spans in which it holds."""

import csv
import dataclasses
import io
import itertools
from collections.abc import Iterable, Sequence
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
NO_LIMIT = 10**18
AXES = ("time", "tokens", "second")


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


@dataclass(frozen=True, slots=True)
class Region:
    """Half-open spans of time, request size and seconds of the UTC day, on some weekdays."""

    time_from: datetime
    time_to: datetime
    tokens_from: int = 0
    tokens_to: int | None = None
    second_from: int = 0
    second_to: int = SECONDS_A_DAY
    days: str = EVERY_DAY

    def is_empty(self) -> bool:
        """Return whether nothing is inside."""
        return not self.days or any(
            low >= high for low, high in (span_of(self, axis) for axis in AXES)
        )

    def seconds(self) -> tuple[int, int]:
        """Return the span of the day."""
        return self.second_from, self.second_to

    def time_texts(self) -> tuple[str, str]:
        """Return the bounds in time as texts; no bound is an empty one."""
        return instant_text(self.time_from), instant_text(self.time_to)

    def meets(self, other: "Region | PriceRow") -> bool:
        """Return whether something is inside both."""
        spans = [(span_of(self, axis), span_of(other, axis)) for axis in AXES]
        return bool(set(self.days) & set(other.days)) and all(
            max(one[0], two[0]) < min(one[1], two[1]) for one, two in spans
        )


def span_of(box: Region | PriceRow, axis: str) -> tuple[Any, Any]:
    """Return the half-open span of a row or region along an axis."""
    low, high = getattr(box, f"{axis}_from"), getattr(box, f"{axis}_to")
    return low, NO_LIMIT if high is None else high


def region_of(row: PriceRow) -> Region:
    """Return where a row holds."""
    return Region(
        *(row.time_from, row.time_to, row.tokens_from, row.tokens_to),
        *(row.second_from, row.second_to, row.days),
    )


def carved(row: PriceRow, region: Region) -> tuple[PriceRow | None, list[PriceRow]]:
    """Return the part of a row that is inside a region, and the parts outside."""
    if not region.meets(row):
        return None, [row]
    outside = []
    for axis in AXES:
        start, end = f"{axis}_from", f"{axis}_to"
        (low, high), (first, last) = span_of(row, axis), span_of(region, axis)
        if low < first:
            outside.append(dataclasses.replace(row, **{end: first}))
            row = dataclasses.replace(row, **{start: first})
        if last < high:
            outside.append(dataclasses.replace(row, **{start: last}))
            row = dataclasses.replace(row, **{end: last})
    rest = "".join(day for day in row.days if day not in region.days)
    if rest:
        outside.append(dataclasses.replace(row, days=rest))
        row = dataclasses.replace(row, days="".join(d for d in row.days if d in region.days))
    return row, outside


def split(rows: list[PriceRow], region: Region) -> tuple[list[PriceRow], list[PriceRow]]:
    """Return the parts of rows that are inside a region, and those outside."""
    inside, outside = [], []
    for row in rows:
        within, rest = carved(row, region)
        inside += [within] if within else []
        outside += rest
    return inside, outside


def without(rows: list[PriceRow], others: list[PriceRow]) -> list[PriceRow]:
    """Return what remains of rows where no other row holds."""
    for other in others:
        rows = split(rows, region_of(other))[1]
    return rows


def overlap(rows: list[PriceRow]) -> tuple[PriceRow, PriceRow] | None:
    """Return two rows of one model and variant that both price some request, if there are any."""
    groups: dict[tuple[str, str, str], list[PriceRow]] = {}
    for row in rows:
        groups.setdefault((row.provider, row.model, row.variant), []).append(row)
    for group in groups.values():
        for one, other in itertools.combinations(group, 2):
            if region_of(one).meets(other):
                return one, other
    return None


def in_order(rates: dict[str, Rate]) -> tuple[tuple[str, Rate], ...]:
    """Return the rates of a row in the order of the meters; a meter that is none is an error."""
    unknown = rates.keys() - set(METER_NAMES)
    if unknown:
        raise ValueError(f"no meters: {', '.join(sorted(unknown))}")
    return tuple((meter, rates[meter]) for meter in METER_NAMES if meter in rates)


def joined(rows: list[PriceRow], axis: str) -> list[PriceRow]:
    """Join rows that meet along one axis (second or time) and agree in everything else.

    Along the day, rows of different facts join too: one row of the whole day is easier to read.
    """
    start, end = f"{axis}_from", f"{axis}_to"
    nowhere: dict[str, Any] = {start: None, end: None} | ({"facts": ()} if axis == "second" else {})
    latest: dict[PriceRow, int] = {}
    result: list[PriceRow] = []
    for row in sorted(rows, key=lambda each: getattr(each, start)):
        rest = dataclasses.replace(row, **nowhere)
        at = latest.get(rest)
        if at is not None and getattr(result[at], end) == getattr(row, start):
            facts = tuple(dict.fromkeys(result[at].facts + row.facts))
            longer = {end: getattr(row, end), "facts": facts}
            result[at] = dataclasses.replace(result[at], **longer)
        else:
            latest[rest] = len(result)
            result.append(row)
    return result


def tidied(rows: list[PriceRow]) -> list[PriceRow]:
    """Return the rows of a model with as few of them as say the same."""
    cut: list[PriceRow] = []
    for row in rows:
        alike = [each for each in rows if each.variant == row.variant]
        bounds = {bound for each in alike for bound in span_of(each, "time")}
        inside = [bound for bound in sorted(bounds) if row.time_from <= bound <= row.time_to]
        for low, high in itertools.pairwise(inside):
            cut.append(dataclasses.replace(row, time_from=low, time_to=high))
    return joined(joined(cut, "second"), "time")


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


def lines_text(lines: Iterable[Sequence[str]]) -> str:
    """Return lines of fields as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def csv_text(rows: list[PriceRow]) -> str:
    """Return prices.csv."""
    return lines_text([PRICE_COLUMNS, *map(price_fields, rows)])
