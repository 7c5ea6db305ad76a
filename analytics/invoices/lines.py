"""The lines of an invoice: usage, discount, minimum, fee, adjustments; and how they are rounded.

The order of computation: usage is converted to the invoice's currency, then comes the discount,
then what is missing to the minimum, then the fee, then the adjustments of earlier months. Up to
there all is exact. The exact sum is rounded once; the lines are rounded so that they add up to it.
Tax is computed for each rate on the rounded amounts that are printed (as EN 16931, BR-CO-17, has
it), so that whoever holds the invoice can check it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from math import lcm
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from analytics.invoices.terms import ExchangeRate, Tax, Terms
from analytics.money import (
    Rate,
    exact_difference,
    exact_product,
    exact_sum,
    fixed,
    plain,
    round_amount,
    round_to_total,
)
from analytics.period import ALL_WEEKDAYS, Period, clock
from analytics.records import METER

if TYPE_CHECKING:
    from analytics.engines import Row

_LINE_KEY = itemgetter("provider", "model", "meter")
_DAY_SECONDS = 86_400
_PERCENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What is billed later for a month that was issued, on the terms of that month.

    Args:
        month: the first day of the adjusted month.
        number: the document that billed the month.
        terms: those of that document.
        charge_factor: charge = cost x factor, as it was then.
        charge_usd: what the usage costs now, less what was billed; exact, without discount.
        owed: what is owed now less what was billed; exact, in the currency.
        usage: the differences by model and meter (rows of ``invoices/changed_usage``).
        is_void: the month's document is void: what others billed for it is taken out.
    """

    month: date
    number: str
    terms: Terms
    charge_factor: Decimal
    charge_usd: Decimal
    owed: Decimal
    usage: Sequence["Row"]
    is_void: bool


@dataclass(frozen=True, slots=True)
class Bill:
    """Lines as an invoice's content holds them, their tax and their sums, rounded."""

    lines: Sequence[Mapping[str, Any]]
    tax: Sequence[Mapping[str, Any]]
    usage: Decimal
    subtotal: Decimal
    tax_total: Decimal
    total: Decimal


def bill(
    rows: Sequence["Row"], period: Period, terms: Terms, adjustments: Sequence[Adjustment]
) -> Bill:
    """The lines of an account's month.

    Args:
        rows: of ``invoices/lines``, in its order.
        period: the month.
        terms: of the account.
        adjustments: of earlier months.
    """
    lines, usage_usd = _usage_lines(rows, period, terms)
    lines += _terms_lines(terms, usage_usd)
    lines += [_adjustment_line(each) for each in adjustments if each.owed]
    return settle(lines, terms.currency, [terms.tax, *(each.terms.tax for each in adjustments)])


def settle(lines: list[dict[str, Any]], currency: str, taxes: Iterable[Tax | None]) -> Bill:
    """Rounds lines whose `exact` is a number so that they add up, and computes their tax.

    Args:
        lines: `exact` becomes text and `amount` is set.
        currency: of the lines.
        taxes: those that the lines name; a name can stand for two rates, of two months.
    """
    exact = [line["exact"] for line in lines]
    amounts = round_to_total(exact, currency)
    subtotal = round_amount(exact_sum(exact), currency)
    assert exact_sum(amounts) == subtotal, "the lines of an invoice add up to its subtotal"
    bases: dict[tuple[str, str], list[Decimal]] = {}
    usage = []
    for line, amount in zip(lines, amounts, strict=True):
        line["exact"] = plain(line["exact"])
        line["amount"] = fixed(amount, currency)
        if line["tax"] is not None:
            bases.setdefault((line["tax"], line["tax_percent"]), []).append(amount)
        if line["kind"] == "usage":
            usage.append(amount)
    named = {(tax.name, plain(tax.rate_percent)): tax for tax in taxes if tax}
    tax = [_tax(named[key], exact_sum(base), currency) for key, base in bases.items()]
    tax_total = exact_sum(amount for _, amount in tax)
    return Bill(
        lines=lines,
        tax=[content for content, _ in tax],
        usage=exact_sum(usage),
        subtotal=subtotal,
        tax_total=tax_total,
        total=exact_sum((subtotal, tax_total)),
    )


def plain_line(kind: str, label: str, exact: Decimal, tax: Tax | None) -> dict[str, Any]:
    """A line that is no usage: an amount with a label."""
    return {
        "kind": kind,
        "provider": None,
        "model": None,
        "meter": None,
        "label": label,
        "month": None,
        "quantity": None,
        "unit": None,
        "unit_price": None,
        "per": None,
        "exact": exact,
        "amount": None,
        **_tax_of(tax),
        "prices": [],
    }


def adjustment_details(each: Adjustment, currency: str) -> dict[str, Any]:
    """An adjustment as `adjustments` of the content lists it: by model and meter."""
    exchange = each.terms.exchange
    return {
        "month": f"{each.month:%Y-%m}",
        "number": each.number,
        "exact": plain(each.owed),
        "exchange_rate": exchange.content() if exchange else None,
        "discount_percent": plain(each.terms.discount_percent),
        "minimum": fixed(each.terms.minimum, currency) if each.terms.minimum else None,
        "usage": [_changed_usage(row, each.terms) for row in each.usage],
    }


def _tax_of(tax: Tax | None) -> dict[str, str | None]:
    """What a line says of its tax."""
    return {
        "tax": tax.name if tax else None,
        "tax_percent": plain(tax.rate_percent) if tax else None,
    }


def _tax(tax: Tax, base: Decimal, currency: str) -> tuple[dict[str, Any], Decimal]:
    exact = exact_product(exact_product(base, tax.rate_percent), _PERCENT)
    amount = round_amount(exact, currency)
    content = {
        **tax.content(),
        "base": fixed(base, currency),
        "amount": fixed(amount, currency),
    }
    return content, amount


def _terms_lines(terms: Terms, usage_usd: Decimal) -> list[dict[str, Any]]:
    usage = terms.converted(usage_usd)
    discounted = terms.discounted(usage)
    lines = []
    if terms.discount_percent and usage:
        label = f"Discount {plain(terms.discount_percent)}%"
        lines.append(plain_line("discount", label, exact_difference(discounted, usage), terms.tax))
    if discounted < terms.minimum:
        label = f"Up to the monthly minimum of {fixed(terms.minimum, terms.currency)}"
        missing = exact_difference(terms.minimum, discounted)
        lines.append(plain_line("minimum", label, missing, terms.tax))
    if terms.fee:
        lines.append(plain_line("fee", terms.fee_label or "Monthly fee", terms.fee, terms.tax))
    return lines


def _usage_lines(
    rows: Sequence["Row"], period: Period, terms: Terms
) -> tuple[list[dict[str, Any]], Decimal]:
    """The lines of usage, and their exact sum in USD."""
    lines, charges, tax = [], [], _tax_of(terms.tax)
    for (provider, model, name), group in groupby(rows, key=_LINE_KEY):
        meter = METER[name]
        same = list(group)
        per = _per(same, meter.per)
        prices = [_price(row, per, period, terms) for row in same]
        if len(same) == 1:  # nearly always
            charge, quantity = same[0]["charge_usd"], prices[0]["quantity"]
            unit_price = prices[0]["unit_price"]
        else:
            charge = exact_sum(row["charge_usd"] for row in same)
            quantity = str(sum(row["quantity"] for row in same))
            is_one = len({price["unit_price"] for price in prices}) == 1
            unit_price = prices[0]["unit_price"] if is_one else None
        charges.append(charge)
        lines.append(
            {
                "kind": "usage",
                "provider": provider,
                "model": model,
                "meter": name,
                "label": meter.label,
                "month": None,
                "quantity": quantity,
                "unit": meter.unit,
                "unit_price": unit_price,
                "per": str(per),
                "exact": terms.converted(charge),
                "amount": None,
                **tax,
                "prices": prices,
            }
        )
    return lines, exact_sum(charges)


def _price(row: "Row", per: int, period: Period, terms: Terms) -> dict[str, Any]:
    """A price that applied: what sets it apart, for how much, in the invoice's currency."""
    first_day, last_day = _days(period, row["effective_from"], row["effective_to"])
    return {
        "price_id": row["price_id"],
        "variant": row["variant"],
        "tier_from": str(row["input_tokens_from"]),
        "window": _window(
            row["window_days"],
            row["window_start_second"],
            row["window_end_second"],
            row["window_zone"],
        ),
        "first_day": first_day,
        "last_day": last_day,
        "quantity": str(row["quantity"]),
        "unit_price": _unit_price(row["unit_charge_usd"], row["per"], per, terms.exchange),
        "exact": plain(terms.converted(row["charge_usd"])),
    }


# Thousands of accounts share a few prices, so what follows from a price alone is remembered.


@lru_cache(maxsize=4096)
def _days(period: Period, effective_from: datetime, effective_to: datetime) -> tuple[str, str]:
    """The first and the last day of a month on which a price held."""
    start, end = period.start, period.end
    assert start is not None and end is not None, "an invoice is of a month"
    first: date = max(start, effective_from.date())
    last: date = min(end, effective_to.date()) - timedelta(days=1)
    return str(first), str(max(first, last))


def _per(rows: Sequence["Row"], per: int) -> int:
    """The quantity that prices of a line are stated for: what is customary, where that ends."""
    published = {Rate(row["unit_charge_usd"], row["per"]).quoted(per).per for row in rows}
    return lcm(*published)


@lru_cache(maxsize=4096)
def _unit_price(
    charge_usd: Decimal, published: int, per: int, exchange: ExchangeRate | None
) -> str:
    """A price as it is quoted, in the currency of an exchange rate."""
    quoted = Rate(charge_usd, published).quoted(per).amount
    return plain(quoted if exchange is None else exact_product(quoted, exchange.rate))


def _window(days: str, start: int, end: int, zone: str) -> dict[str, str] | None:
    """The hours of the day at which a price applies; None where it is all of them.

    Weekdays and zone are stated where they are not all and UTC.
    """
    if (days, start, end) == (ALL_WEEKDAYS, 0, _DAY_SECONDS):
        return None
    window = {"from": clock(start), "to": clock(end)}
    if days != ALL_WEEKDAYS:
        window["days"] = days
    return window if zone == "UTC" else {**window, "zone": zone}


def _adjustment_line(each: Adjustment) -> dict[str, Any]:
    month = f"{each.month:%Y-%m}"
    label = f"Billed before, of {month}" if each.is_void else f"Adjustment of {month}"
    line = plain_line("adjustment", f"{label} ({each.number})", each.owed, each.terms.tax)
    return {**line, "month": month}


def _changed_usage(row: "Row", terms: Terms) -> dict[str, Any]:
    meter = METER[row["meter"]]
    return {
        "provider": row["provider"],
        "model": row["model"],
        "meter": meter.name,
        "label": meter.label,
        "quantity": str(row["quantity"]),
        "unit": meter.unit,
        "exact": plain(terms.discounted(terms.converted(row["charge_usd"]))),
    }
