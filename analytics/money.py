"""Amounts of money: exact decimals, rounded once, at the end.

Every amount is a `decimal.Decimal`. Amounts of usage are in USD and exact (18 decimals for a cost,
24 for a charge); an invoice rounds them to the currency's minor unit, half away from zero, and
spreads the rounding so that the lines add up to the total.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, Inexact, localcontext
from fractions import Fraction
from functools import cache, reduce

_WITHOUT_MINOR_UNIT = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"),
    *("XAF", "XOF", "XPF"),
)
_WITH_HUNDREDTHS = (
    *("AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BMD"),
    *("BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CNY", "COP"),
    *("CRC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP"),
    *("GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS"),
    *("INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD"),
    *("LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN"),
    *("MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR"),
    *("PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE"),
    *("SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD"),
    *("TWD", "TZS", "UAH", "USD", "UYU", "UZS", "VED", "VES", "WST", "XCD", "YER", "ZAR", "ZMW"),
    *("ZWG", "XCG"),
)
_WITH_THOUSANDTHS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")

MINOR_UNIT_DIGITS = {
    **dict.fromkeys(_WITHOUT_MINOR_UNIT, 0),
    **dict.fromkeys(_WITH_HUNDREDTHS, 2),
    **dict.fromkeys(_WITH_THOUSANDTHS, 3),
}
"""Digits after the point of each supported currency (ISO 4217)."""

COST_DECIMALS = 18
"""The decimals of a cost. What has no end there is rounded once, for each record."""

_EXACT = Context(prec=100, traps=[Inexact])
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rate:
    """What a quantity costs, as it was published: 2.50 for 1,000,000 tokens, 0.04 for an hour.

    Args:
        amount: money for `per` units.
        per: so many stored units (milliseconds of audio).
    """

    amount: Decimal
    per: int

    def quoted(self, per: int) -> "Rate":
        """The same rate for another quantity, or as it is where that would have no end."""
        exact = Fraction(self.amount) * per / self.per * 10**COST_DECIMALS
        if exact.denominator != 1:
            return self
        amount = _EXACT.scaleb(Decimal(exact.numerator), -COST_DECIMALS)
        return Rate(_EXACT.normalize(amount), per)

    @property
    def divisor(self) -> int | None:
        """The least of 1, 3 and 9 whose multiple of the rate ends, for one unit, as a cost does.

        A rate by the hour or minute has 3 or 9; None stands for a rate that no book computes with.
        """
        if (ninths := self.ninths) is None:
            return None
        return next(least for least in (1, 3, 9) if ninths * least % 9 == 0)

    @property
    def ninths(self) -> int | None:
        """What one unit costs in ninths of the least part of a cost; None: as for `divisor`.

        All rates that a book computes with are whole numbers of them, and sums of theirs are exact.
        """
        units = Fraction(self.amount) * (9 * 10**COST_DECIMALS) / self.per
        return units.numerator if units.denominator == 1 else None


def divided(amount: Decimal, divisor: int) -> Decimal:
    """An exact cost times the divisor of its price as a cost: rounded once, half to even.

    Args:
        amount: with at most 18 decimals, 0 or more.
        divisor: an odd number, so that there are no halves.
    """
    if divisor == 1:
        return amount
    units = 2 * int(_EXACT.scaleb(amount, COST_DECIMALS))
    return _EXACT.scaleb(Decimal((units + divisor) // (2 * divisor)), -COST_DECIMALS)


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """The sum with all its digits; Python's own stops at 28, which a charge can exceed.

    Raises:
        decimal.Inexact: a digit would be lost.
    """
    return reduce(_EXACT.add, amounts, _ZERO)


def exact_difference(amount: Decimal, less: Decimal) -> Decimal:
    """The difference with all its digits (Python's own minus, also the unary one, rounds to 28).

    Raises:
        decimal.Inexact: a digit would be lost.
    """
    return _EXACT.subtract(amount, less)


def exact_product(amount: Decimal, factor: Decimal | int) -> Decimal:
    """The product with all its digits.

    Raises:
        decimal.Inexact: a digit would be lost.
    """
    return _EXACT.multiply(amount, factor)


def round_amount(exact: Decimal, currency: str) -> Decimal:
    """Round to the currency's minor unit, half away from zero."""
    with localcontext(prec=100):
        return exact.quantize(_minor_unit(currency), rounding=ROUND_HALF_UP)


def round_to_total(exact: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Round amounts so that they add up to their exact sum, rounded (largest remainder).

    Each result differs from its exact amount by less than one minor unit. Equal remainders are
    served in the order given, so the result is deterministic.

    Args:
        exact: exact amounts, in the currency.
        currency: an ISO 4217 code in `MINOR_UNIT_DIGITS`.
    """
    unit = _minor_unit(currency)
    with localcontext(prec=100):
        total = round_amount(exact_sum(exact), currency)
        floors = [amount.quantize(unit, rounding=ROUND_DOWN) for amount in exact]
        missing = int((total - sum(floors, Decimal(0))) / unit)
        step = unit if missing >= 0 else -unit
        order = sorted(
            range(len(exact)),
            key=lambda i: (exact[i] - floors[i]) * (1 if missing >= 0 else -1),
            reverse=True,
        )
        for i in order[: abs(missing)]:
            floors[i] += step
    return floors


def plain(amount: Decimal) -> str:
    """Plain notation, without exponent and without trailing zeros: ``0.0425``, ``12``, ``0``."""
    text = format(amount, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def fixed(amount: Decimal, currency: str) -> str:
    """Plain notation with the currency's own number of decimals: ``12.00``."""
    return format(amount.quantize(_minor_unit(currency)), "f")


@cache
def _minor_unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-MINOR_UNIT_DIGITS[currency])
