"""How a value reads: amounts, counts, times, bars and sparklines as text. Pure, without rich."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from analytics.money import plain
from analytics.period import iso

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, and what reorders or breaks a line without being one."""

_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
_LEVELS = "▁▂▃▄▅▆▇█"


def safe(text: str, encoding: str = "utf-8") -> str:
    """Text that cannot move the cursor and that the encoding can hold."""
    return _UNSAFE.sub("\ufffd", text).encode(encoding, "replace").decode(encoding)


def money(amount: Decimal) -> str:
    """``$1,234.56``; below one dollar four significant digits: ``$0.0004250``."""
    with localcontext(prec=100):
        size = abs(amount)
        if 0 < size < 1:
            fourth_digit = Decimal(1).scaleb(size.adjusted() - 3)
            size = size.quantize(fourth_digit, rounding=ROUND_HALF_UP)
        if not 0 < size < 1:
            size = size.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return f"{'-' if amount < 0 else ''}${size:,f}"


def counted(count: int, noun: str) -> str:
    """``1 row``, ``50,000 rows``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def rate(rows: int, seconds: float) -> str:
    """``27,000 rows/s``: to two digits, for a third one changes while it is read."""
    if rows <= 0 or seconds <= 0:
        return ""
    per_second = max(rows / seconds, 1.0)
    return f"{round(per_second, 1 - int(math.log10(per_second))):,.0f} rows/s"


def size(count: int) -> str:
    """``812 bytes``, ``23.4 MB``: in powers of ten, as disks are sold."""
    if count < 1000:
        return counted(count, "byte")
    power = min((len(str(count)) - 1) // 3, len(_UNITS) - 1)
    tenths = count // (1000**power // 10)
    return f"{tenths // 10:,}.{tenths % 10} {_UNITS[power]}"


def duration(milliseconds: int) -> str:
    """``123 h 05 min``, ``5 min 07 s``."""
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"


def value(given: Any, kind: str = "") -> str:
    """A value that is not None, as a column of its kind shows it.

    Args:
        given: what SQL or a record holds.
        kind: that of a `records.Column`; without one the value's type decides.
    """
    if kind == "money":
        return money(Decimal(given))
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, int):
        return str(given) if kind == "text" else f"{given:,}"
    if isinstance(given, Decimal):
        return f"{given:,f}" if kind == "count" else plain(given)
    return _composed(given)


def entries(given: Any) -> list[str]:
    """A mapping's or list's entries, a line each; any other value as the only one."""
    if isinstance(given, Mapping):
        return [f"{key}  {value(item)}" for key, item in given.items()]
    if isinstance(given, list | tuple):
        return [value(item) for item in given]
    return [value(given)]


def bar(fraction: float | Decimal, width: int) -> str:
    """A bar of up to `width` characters, to an eighth of one; above zero it can be seen."""
    if not fraction > 0 or width <= 0:
        return ""
    whole, eighths = divmod(max(1, round(min(float(fraction), 1.0) * width * 8)), 8)
    return "█" * whole + _EIGHTHS[eighths]


def sparkline(values: Sequence[Decimal | int]) -> str:
    """A character per value, as high as its share of the largest; the lowest for zero and below."""
    top = max(values, default=0)
    if top <= 0:
        return _LEVELS[0] * len(values)
    steps = len(_LEVELS) - 1
    return "".join(_LEVELS[round(float(max(v, 0) / Decimal(top)) * steps)] for v in values)


def _composed(given: Any) -> str:
    if isinstance(given, datetime):
        return iso(given.replace(microsecond=0)).replace("T", " ")
    if isinstance(given, Mapping):
        return ", ".join(f"{key} {value(item)}" for key, item in given.items())
    if isinstance(given, list | tuple):
        return ", ".join(value(item) for item in given)
    return str(given)
