"""Amounts of money: exact decimals, rounded once, at the end.

Every amount is a `decimal.Decimal`. Amounts of usage are in USD and exact (18 decimals for a cost,
24 for a charge); an invoice rounds them to the currency's minor unit, half away from zero, and
spreads the rounding so that the lines add up to the total.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, Inexact, localcontext

MINOR_UNIT_DIGITS = {"USD": 2}
"""Digits after the point of each supported currency (ISO 4217)."""

_EXACT = Context(prec=100, traps=[Inexact])


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """The sum with all its digits; Python's own stops at 28, which a charge can exceed.

    Raises:
        decimal.Inexact: a digit would be lost.
    """
    with localcontext(_EXACT):
        return sum(amounts, Decimal(0))


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

    Each result differs from its exact amount by less than one minor unit, unless the sign of
    amounts is mixed. Equal remainders are served in the order given, so the result is
    deterministic.

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


def _minor_unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-MINOR_UNIT_DIGITS[currency])
