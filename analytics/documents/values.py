"""A value as a page shows it: the filters of the templates."""

import re
from decimal import Decimal
from urllib.parse import quote

from markupsafe import Markup, escape

from analytics.money import MINOR_UNIT_DIGITS, plain, round_amount

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
_MINUS = "\N{MINUS SIGN}"
_NOTHING = "\N{EN DASH}"

# Control characters, line separators, embeddings, overrides and isolates of the writing direction,
# lone surrogates (they cannot be encoded) and noncharacters. Joiners and direction marks stay:
# emoji, Persian and Hebrew need them.
_HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)

# Breaks only before ASCII letters and digits: a break inside an emoji or an accent tears it apart.
_PIECE = re.compile(r"[A-Za-z0-9]{1,16}[^A-Za-z0-9]*|[^A-Za-z0-9]+")
_SHORT = 16


def visible(value: object) -> object:
    """Text whose hidden characters are seen. Markup passes: its parts went through here already."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _HIDDEN.sub("\N{REPLACEMENT CHARACTER}", value)
    return value


_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~&$!])")


def md(text: object) -> str:
    """Text that a stranger wrote, with nothing in it that Markdown reads as more than text."""
    return _MARKDOWN.sub(r"\\\1", str(visible(str(text or ""))))


def user(text: str | None) -> Markup:
    """Text that a stranger wrote."""
    return Markup("<bdi>{}</bdi>").format(visible(text or ""))


def ident(text: str | None) -> Markup:
    """An id or model name, which may break between its parts."""
    shown = str(visible(text or ""))
    pieces = _PIECE.findall(shown) if len(shown) > _SHORT else [shown]
    return Markup("<bdi>{}</bdi>").format(Markup("<wbr>").join(escape(piece) for piece in pieces))


def href(name: str) -> str:
    """A file beside the page: whatever its name is, it is no scheme and no host."""
    return "./" + quote(str(visible(name)))


def money(amount: str | None, currency: str) -> str:
    """``$1,234.50``: all decimals as given."""
    return _NOTHING if amount is None else _money_of(Decimal(amount), currency)


def _money_of(amount: Decimal, currency: str) -> str:
    sign = _MINUS if amount < 0 else ""
    return f"{sign}{_SYMBOLS.get(currency, currency + ' ')}{amount.copy_abs():,f}"


def cents(amount: str | None, currency: str) -> str:
    """An exact amount for the eye, in the minor unit. What is not zero never looks like zero."""
    if amount is None:
        return _NOTHING
    exact = Decimal(amount)
    rounded = round_amount(exact, currency)
    if exact and not rounded:
        unit = Decimal(1).scaleb(-MINOR_UNIT_DIGITS[currency])
        compared, bound = ("<", unit) if exact > 0 else (">", unit.copy_negate())
        return f"{compared}{_money_of(bound, currency)}"
    return _money_of(rounded, currency)


def rate(price: str | None, currency: str) -> str:
    """``$2.50``, ``$0.0375``: no trailing zeros beyond the second decimal."""
    if price is None:
        return _NOTHING
    whole, _, decimals = plain(Decimal(price)).partition(".")
    return _money_of(Decimal(f"{whole}.{decimals:0<2}"), currency)


def percent(value: str | None) -> str:
    """``20.0%``."""
    return _NOTHING if value is None else f"{value.replace('-', _MINUS)}%"


def count(number: str | int) -> str:
    """``1,234``."""
    return f"{Decimal(number):,f}".replace("-", _MINUS)


def quantity(amount: str, unit: str) -> str:
    """``1,234 tokens``, ``12 min 3.5 s``."""
    if unit == "millisecond":
        return _duration(int(amount))
    return f"{count(amount)} {unit if Decimal(amount) == 1 else _plural(unit)}"


def _duration(milliseconds: int) -> str:
    minutes, rest = divmod(abs(milliseconds), 60_000)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours:,} h"] if hours else []
    parts += [f"{minutes} min"] if minutes else []
    parts += [f"{plain(Decimal(f'{rest}E-3'))} s"] if rest or not parts else []
    return (_MINUS if milliseconds < 0 else "") + " ".join(parts)


def per(number: str, unit: str) -> str:
    """What a unit price is quoted for: ``per 1M tokens``, ``per minute``."""
    if unit == "millisecond":
        spans = {"1000": "second", "60000": "minute", "3600000": "hour"}
        return f"per {spans.get(number) or quantity(number, unit)}"
    if number == "1":
        return f"per {unit}"
    return f"per {'1M' if number == '1000000' else count(number)} {_plural(unit)}"


def _plural(unit: str) -> str:
    return unit + ("es" if unit.endswith(("ch", "sh", "s", "x")) else "s")


FILTERS = (cents, count, href, ident, md, money, per, percent, quantity, rate, user)
"""What the templates may use, by their own names."""
