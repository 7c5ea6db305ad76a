"""Bars and axes of a page: whole pixels and hundredths of a percent, out of fractions. No float."""

from decimal import Decimal
from fractions import Fraction

from analytics.documents import values
from analytics.money import plain

HEIGHT = 120
"""Pixels of the highest bar of a chart of days."""

LABEL_EVERY = 7
"""Each how manieth day of a chart has a number under it."""

_STEPS = tuple(map(Decimal, ("1", "1.2", "1.6", "2", "3", "4", "6", "8", "10")))


def share(part: Decimal | str | None, whole: Decimal | str) -> str:
    """How much of the whole, as a width: never negative, never above all of it."""
    if part is None or Fraction(whole) <= 0:
        return width(Fraction(0))
    return width(min(max(Fraction(part) / Fraction(whole), Fraction(0)), Fraction(1)))


def percent(part: str, whole: str) -> str:
    """How much of the whole, in percent with one decimal; 0 where the whole is nothing."""
    tenths = round(Fraction(part) * 1000 / Fraction(whole)) if Fraction(whole) > 0 else 0
    return f"{'-' if tenths < 0 else ''}{abs(tenths) // 10}.{abs(tenths) % 10}"


def width(part: Fraction) -> str:
    """A part of the whole as a percentage: ``12.50%``."""
    hundredths = round(part * 10_000)
    return f"{hundredths // 100}.{hundredths % 100:02}%"


def bar_height(amount: Decimal, top: Decimal, height: int = HEIGHT) -> int:
    """Pixels. The least of amounts is still to be seen, and nothing is not."""
    if amount <= 0:
        return 0
    return max(2, round(Fraction(amount) / Fraction(top) * height))


def axis_top(highest: Decimal) -> Decimal:
    """The next value that is round, and so is its half."""
    steps = (step.scaleb(highest.adjusted()) for step in _STEPS)
    return next(step for step in steps if step >= highest)


def axis_label(amount: Decimal, currency: str) -> str:
    """``$120``, ``$0.60``."""
    return values.rate(plain(amount), currency).removesuffix(".00")


def axis(top: Decimal, currency: str, height: int = HEIGHT) -> list[tuple[int, str]]:
    """The lines of an axis: how far from the top, and what they stand for."""
    half = top * Decimal("0.5")
    return [(0, axis_label(top, currency)), (height // 2, axis_label(half, currency))]


def slot(place: int, places: int) -> dict[str, str]:
    """Where the bar of a day stands among the others."""
    return {
        "slot": width(Fraction(place, places)),
        "left": width((place + Fraction(3, 20)) / places),
        "middle": width((place + Fraction(1, 2)) / places),
    }


def slot_widths(places: int) -> dict[str, str]:
    """How wide a day is, and its bar."""
    return {"slot": width(Fraction(1, places)), "bar": width(Fraction(7, 10) / places)}
