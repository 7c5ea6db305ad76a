"""How a document writes numbers: its currency, decimal point and thousands separator."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analytics.documents import values


@dataclass(frozen=True, slots=True)
class Style:
    """Texts of numbers for one document; only separators are chosen here, never a digit."""

    currency: str
    separators: Mapping[int, str]

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Style":
        """The style that a content asks for."""
        shown = content["format"]
        separators = {ord("."): shown["decimal_point"], ord(","): shown["thousands"]}
        return cls(content["currency"], separators)

    def money(self, amount: str | None) -> str:
        """All decimals as given: ``$1,234.50``."""
        return values.money(amount, self.currency).translate(self.separators)

    def exact(self, amount: str | None) -> str:
        """All digits of an exact amount or a price: ``$0.0375``, ``$2.50``."""
        return values.rate(amount, self.currency).translate(self.separators)

    def count(self, number: str | int) -> str:
        """``1,234``."""
        return values.count(number).translate(self.separators)

    def quantity(self, amount: str | int | None, unit: str) -> str:
        """``1,234 tokens``; nothing for None."""
        if amount is None:
            return ""
        return values.quantity(str(amount), unit).translate(self.separators)

    def per(self, number: str, unit: str) -> str:
        """``per 1M tokens``."""
        return values.per(number, unit).translate(self.separators)

    def percent(self, rate: str) -> str:
        """``19%``, ``7.5%``."""
        return values.percent(rate).translate(self.separators)
