"""What an account pays besides its usage, and in which money: the terms of one invoice.

Terms are read when an invoice is made and are frozen with it. What is billed later for the same
month (late, repriced or undone usage) is billed on the terms of that invoice, exchange rate and tax
included: a correction corrects the usage, not the contract.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analytics.money import exact_product, plain

if TYPE_CHECKING:
    from analytics.engines import Row

BILLING = "USD"
"""The currency of prices and charges; an invoice in another one needs an exchange rate."""

_ALL = Decimal(100)
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Tax:
    """A named tax rate; the note is the sentence that an exemption or a reverse charge needs."""

    name: str
    kind: str
    rate_percent: Decimal
    note: str | None = None

    def content(self) -> dict[str, str | None]:
        """As JSON holds it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "rate_percent": plain(self.rate_percent),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """How much of the invoice's currency buys one USD, on which day, and who says so."""

    to_currency: str
    rate: Decimal
    day: date
    source: str

    def content(self) -> dict[str, str]:
        """As JSON holds it."""
        return {
            "from": BILLING,
            "to": self.to_currency,
            "rate": plain(self.rate),
            "date": str(self.day),
            "source": self.source,
        }


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of an invoice."""

    currency: str
    exchange: ExchangeRate | None = None
    discount_percent: Decimal = Decimal(0)
    minimum: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    fee_label: str | None = None
    tax: Tax | None = None

    def converted(self, amount_usd: Decimal) -> Decimal:
        """An exact amount of USD in the invoice's currency, exact as well."""
        return (
            amount_usd if self.exchange is None else exact_product(amount_usd, self.exchange.rate)
        )

    def discounted(self, amount: Decimal) -> Decimal:
        """An amount of usage less the discount, exact."""
        if not self.discount_percent:
            return amount
        return exact_product(exact_product(amount, _ALL - self.discount_percent), _HUNDREDTH)

    def owed(self, usage_usd: Decimal) -> Decimal:
        """What a month's usage costs on these terms: converted, discounted, at least the minimum.

        The fee is not in it: it does not depend on usage.
        """
        return max(self.discounted(self.converted(usage_usd)), self.minimum)

    def content(self) -> dict[str, Any]:
        """As the book keeps them with an issued month."""
        return {
            "currency": self.currency,
            "exchange_rate": self.exchange.content() if self.exchange else None,
            "discount_percent": plain(self.discount_percent),
            "minimum": plain(self.minimum),
            "tax": self.tax.content() if self.tax else None,
        }


def from_content(content: Mapping[str, Any]) -> Terms:
    """The terms that an issued month was billed on."""
    exchange, tax = content["exchange_rate"], content["tax"]
    return Terms(
        currency=content["currency"],
        exchange=exchange
        and ExchangeRate(
            exchange["to"],
            Decimal(exchange["rate"]),
            date.fromisoformat(exchange["date"]),
            exchange["source"],
        ),
        discount_percent=Decimal(content["discount_percent"]),
        minimum=Decimal(content["minimum"]),
        tax=tax and Tax(tax["name"], tax["kind"], Decimal(tax["rate_percent"]), tax["note"]),
    )


def from_account(
    account: "Row", taxes: Mapping[str, Tax], rates: Mapping[str, ExchangeRate], default_tax: str
) -> Terms:
    """The terms of an account as they are now.

    Args:
        account: a row of ``invoices/accounts``.
        taxes: name -> the rate in force.
        rates: currency -> the exchange rate of the month.
        default_tax: the tax of accounts that name none; may be empty.
    """
    currency = account["currency"]
    return Terms(
        currency=currency,
        exchange=None if currency == BILLING else rates.get(currency),
        discount_percent=account["discount_percent"] or Decimal(0),
        minimum=account["monthly_minimum"] or Decimal(0),
        fee=account["monthly_fee"] or Decimal(0),
        fee_label=account["fee_label"],
        tax=taxes.get(account["tax"] or default_tax),
    )
