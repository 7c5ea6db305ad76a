"""Amounts of credits: what a caller gives, as an exact decimal of six places, or an error."""

from decimal import Decimal, InvalidOperation

from analytics.errors import (
    AmountTooLarge,
    InvalidAmount,
    NegativeAmount,
    TooManyDecimals,
    ZeroAmount,
)
from analytics.money import plain

DIGITS = 6
LIMIT = Decimal(10) ** 12
"""Every amount and balance is below it: DECIMAL(18, 6)."""

Amount = Decimal | int | str
"""How an amount may be given. A float is refused: its decimals are not the ones that were meant."""

_UNIT = Decimal(1).scaleb(-DIGITS)


def to_amount(value: Amount, name: str, *, zero: bool = False) -> Decimal:
    """The amount that a value means.

    Args:
        value: what the caller gave.
        name: of the argument, for messages.
        zero: whether zero is an amount here.

    Raises:
        InvalidAmount: it is no finite number, or a float.
        NegativeAmount: it is below zero.
        ZeroAmount: it is zero where that is no amount.
        AmountTooLarge: it is beyond what an account can hold.
        TooManyDecimals: it has more than six.
    """
    exact = _number(value, name)
    if exact < 0:
        raise NegativeAmount(name=name, value=value)
    if exact >= LIMIT:
        raise AmountTooLarge(name=name, value=value, limit=plain(LIMIT))
    rounded = exact.quantize(_UNIT)
    if rounded != exact:
        raise TooManyDecimals(name=name, value=value, digits=DIGITS)
    if not exact and not zero:
        raise ZeroAmount(name=name)
    return abs(rounded)


def _number(value: object, name: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise InvalidAmount(name=name, value=value)
    try:
        exact = Decimal(value)
    except InvalidOperation:
        raise InvalidAmount(name=name, value=value) from None
    if not exact.is_finite():
        raise InvalidAmount(name=name, value=value)
    return exact
