"""What one call costs at one price, and why it has no cost: the rule for a single call.

`queries/rating/rate.sql` has the same rule for many records at once; tests hold both equal. Plain
Python over whole numbers and fractions, so that an estimate takes microseconds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from analytics.money import COST_DECIMALS, Rate
from analytics.records.meters import METER, METERS

MOST_USD = 10**9
"""A cost above it is not believed."""

_UNITS = 10**COST_DECIMALS
_TOTAL_NAMES = tuple(meter.name for meter in METERS if not meter.part_of)
_NEEDED = (*_TOTAL_NAMES, *(meter.name for meter in METERS if meter.needs_rate))
_OVERLAPS = tuple(meter for meter in METERS if meter.is_overlap)


@dataclass(frozen=True, slots=True)
class RatedLine:
    """One rate of a price, the quantity that it applies to, and what that costs in USD."""

    meter: str
    quantity: int
    rate: Rate
    cost_usd: Decimal


@dataclass(frozen=True, slots=True)
class RatedCall:
    """The exact cost of a call and its lines, which add up to it; or the reason for no cost."""

    cost_usd: Decimal | None
    reason: str | None
    lines: Sequence[RatedLine] = ()


LocalTime = Callable[[str], tuple[str, int]]
"""The weekday (1 is Monday) and the second of the day of an instant in a time zone: the engine
decides, since Python knows other zones than it does."""


def in_utc(moment: datetime) -> tuple[str, int]:
    """The weekday and the second of the day of an aware instant in UTC."""
    at = moment.astimezone(UTC)
    return str(at.isoweekday()), at.hour * 3600 + at.minute * 60 + at.second


def is_in_window(price: Mapping[str, Any], weekday: str, second: int) -> bool:
    """Whether a second of a day is in the daily window of a price."""
    is_then: bool = price["window_start_second"] <= second < price["window_end_second"]
    return is_then and weekday in price["window_days"]


def holding(
    prices: Sequence[Mapping[str, Any]], moment: datetime, input_tokens: int, local: LocalTime
) -> Mapping[str, Any] | None:
    """The price row that holds for a call; rows never overlap, so there is one at most.

    Args:
        prices: of one model and variant, with the columns of the table.
        moment: when the call was made, aware.
        input_tokens: of the call.
        local: tells the time in another zone than UTC.
    """
    utc = in_utc(moment)
    at = moment.astimezone(UTC).replace(tzinfo=None)
    return next(
        (
            price
            for price in prices
            if price["effective_from"] <= at < price["effective_to"]
            and price["input_tokens_from"] <= input_tokens < price["input_tokens_to"]
            and is_in_window(
                price, *(utc if price["window_zone"] == "UTC" else local(price["window_zone"]))
            )
        ),
        None,
    )


def rate_call(
    quantities: Mapping[str, int], price: Mapping[str, Any], others: str | None = None
) -> RatedCall:
    """The cost of a call at a price that holds for it.

    Args:
        quantities: meter -> how much, where it is not 0; the parts keep to their totals.
        price: its columns, and as `rates` a mapping of meter to `Rate`.
        others: why counts that no meter stands for keep it without a price.
    """
    used = {name: quantity for name, quantity in quantities.items() if quantity}
    if used.get("audio_milliseconds"):
        least = price["minimum_audio_milliseconds"]
        used["audio_milliseconds"] = max(used["audio_milliseconds"], least)
    if price["is_free"]:
        return RatedCall(Decimal(0).scaleb(-COST_DECIMALS), None)
    rates: Mapping[str, Rate] = price["rates"]
    if (reason := _reason(quantities, rates, others)) is not None:
        return RatedCall(None, reason)
    shares = _shares(used, rates)
    if any(shares.get(name, 0) < 0 for name in _TOTAL_NAMES):
        return RatedCall(None, "overlapping_parts")
    exact = {name: shares[name] * _ninths(rates[name]) for name in METER if shares.get(name)}
    whole = _rounded(sum(exact.values()))
    costs = {name: _rounded(ninths) for name, ninths in exact.items()}
    for name in costs:  # what is left of rounding is on the first line whose rate has no end
        if _ninths(rates[name]) % 9:
            costs[name] += whole - sum(costs.values())
            break
    lines = [RatedLine(n, shares[n], rates[n], _usd(units)) for n, units in costs.items()]
    return RatedCall(_usd(whole), None, lines)


def _reason(
    quantities: Mapping[str, int], rates: Mapping[str, Rate], others: str | None
) -> str | None:
    """Why a price does not do for what was used."""
    most = sum(
        quantities[name]
        * max((_ninths(rates[each]) for each in rates if METER[each].total == name), default=0)
        for name in _TOTAL_NAMES
        if quantities.get(name)
    )
    if most > MOST_USD * _UNITS * 9:
        return "too_large"
    if others is not None:
        return others
    for name in _NEEDED:
        if quantities.get(name) and name not in rates and name != "requests":
            return f"no_rate: {name}"
    for meter in _OVERLAPS:
        is_used = quantities.get(meter.name) and meter.name not in rates
        if is_used and all(whole in rates for whole in meter.part_of):
            return f"no_rate: {meter.name}"
    return None


def _shares(used: Mapping[str, int], rates: Mapping[str, Rate]) -> dict[str, int]:
    """How much each rate applies to: a part with a rate is taken out of what includes it."""
    shares = dict.fromkeys(rates, 0)
    for name, quantity in used.items():
        meter = METER[name]
        priced = name if name in rates else meter.priced_like
        if priced not in rates:
            continue
        shares[priced] += quantity
        if not meter.part_of:
            continue
        wholes = [whole for whole in meter.part_of if whole in rates]
        for whole in wholes:
            shares[whole] -= quantity
        if meter.is_overlap and meter.total in rates:
            shares[meter.total] += quantity * (len(wholes) - 1)
    return shares


@lru_cache(maxsize=4096)
def _ninths(rate: Rate) -> int:
    ninths = rate.ninths
    assert ninths is not None, "prices with such a rate are refused"
    return ninths


def _rounded(ninths: int) -> int:
    """Ninths of a number, 0 or more, as the nearest number; there are no halves."""
    return (2 * ninths + 9) // 18


def _usd(units: int) -> Decimal:
    return Decimal(units).scaleb(-COST_DECIMALS) if abs(units) < 10**28 else _wide(units)


def _wide(units: int) -> Decimal:
    """The same for more digits than Python's own context keeps."""
    sign, digits = ("-" if units < 0 else ""), f"{abs(units):019}"
    return Decimal(f"{sign}{digits[:-COST_DECIMALS]}.{digits[-COST_DECIMALS:]}")
