"""Why an invoice's amounts are what they are, from its content and the book's price rows.

The content is frozen, and so is a price row; so an invoice of last year is explained as it was. The
steps that are shown are asserted to give the amounts that are shown.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from analytics.errors import InvalidArgument
from analytics.explain.prices import exact, price_part
from analytics.money import Rate, exact_product, exact_sum, plain
from analytics.records import METER, ExplainedPart, Price

_REST = Fraction(1, 10**6)
"""What the rounding of a month's records can come to, where a rate has no end: each is off by half
of the last decimal at most."""


def price_ids(content: Mapping[str, Any]) -> list[str]:
    """The price rows that a document names."""
    return sorted({p["price_id"] for line in content["lines"] for p in line["prices"]})


def explain_content(
    content: Mapping[str, Any], prices: Iterable[Price], number: int | None
) -> ExplainedPart:
    """Where the total of a document, or one of its lines, comes from.

    Args:
        content: schema ``tokenbook.invoice/2``.
        prices: the rows that it names.
        number: of a line, from 1, in the content's order; None explains all.

    Raises:
        InvalidArgument: there is no such line.
    """
    lines = content["lines"]
    if number is not None and not 1 <= number <= len(lines):
        problem = f"{number} is not one of the {len(lines)} lines"
        raise InvalidArgument(name="line", problem=problem)
    known = {price.price_id: price for price in prices}
    if number is not None:
        return _line(content, number, known)
    return _document(content, known)


def _document(content: Mapping[str, Any], known: Mapping[str, Price]) -> ExplainedPart:
    numbers = range(1, len(content["lines"]) + 1)
    facts: dict[str, object] = {
        "period": f"{content['period']['start']} to {content['period']['end']},"
        f" days of {content['period']['timezone']}"
    }
    if rate := content["exchange_rate"]:
        shown = f"1 {rate['from']} = {rate['rate']} {rate['to']}"
        facts["exchange rate"] = f"{shown} on {rate['date']}, {rate['source']}"
    return ExplainedPart(
        label=f"{_title(content)} {content['number'] or content['month']}",
        amount=content["total"],
        currency=content["currency"],
        formula="subtotal + tax",
        facts=facts,
        parts=[
            *(_line(content, number, known) for number in numbers),
            _subtotal(content),
            *(_tax(row, content["currency"]) for row in content["tax"]),
        ],
    )


def _title(content: Mapping[str, Any]) -> str:
    kind = "Credit note" if content["kind"] == "credit_note" else "Invoice"
    return kind if content["status"] == "issued" else f"{kind} ({content['status']})"


def _subtotal(content: Mapping[str, Any]) -> ExplainedPart:
    total = exact_sum(Decimal(line["exact"]) for line in content["lines"])
    rounded = exact_sum(Decimal(line["amount"]) for line in content["lines"])
    assert rounded == Decimal(content["subtotal"]), "the lines add up to the subtotal"
    return ExplainedPart(
        label="Subtotal",
        amount=content["subtotal"],
        currency=content["currency"],
        formula=f"{exact(total)} (the exact sum of the lines) rounded once, half away from zero",
    )


def _tax(row: Mapping[str, Any], currency: str) -> ExplainedPart:
    found = exact_product(
        exact_product(Decimal(row["base"]), Decimal(row["rate_percent"])), Decimal("0.01")
    )
    return ExplainedPart(
        label=f"Tax {row['name']} ({row['kind'].replace('_', ' ')})",
        amount=row["amount"],
        currency=currency,
        formula=f"{row['rate_percent']} % of {row['base']} is {exact(found)}, rounded",
        facts={"note": row["note"]} if row["note"] else {},
    )


def _line(content: Mapping[str, Any], number: int, known: Mapping[str, Price]) -> ExplainedPart:
    line = content["lines"][number - 1]
    what = f"{line['provider']}/{line['model']}, " if line["model"] else ""
    is_rounded = Decimal(line["exact"]) != Decimal(line["amount"])
    rule = "rounded so that the lines add up to the subtotal" if is_rounded else "exactly"
    return ExplainedPart(
        label=f"Line {number}: {what}{line['label']}",
        amount=line["amount"],
        currency=content["currency"],
        formula=f"{exact(Decimal(line['exact']))} {rule}",
        facts={"tax": f"{line['tax']} {line['tax_percent']} %"} if line["tax"] else {},
        parts=[
            *(_applied(line, each, content, known) for each in line["prices"]),
            *_adjusted(line, content),
        ],
    )


def _applied(
    line: Mapping[str, Any],
    applied: Mapping[str, Any],
    content: Mapping[str, Any],
    known: Mapping[str, Price],
) -> ExplainedPart:
    """Quantity x unit price; and the unit price out of the provider's rate."""
    quantity, per = Fraction(applied["quantity"]), Fraction(line["per"])
    unit_price = Decimal(applied["unit_price"])
    price = known.get(applied["price_id"])
    rate = None if price is None else _rate(price, line["meter"])
    rest = abs(quantity * Fraction(unit_price) / per - Fraction(applied["exact"]))
    is_endless = rest and rate is not None and rate.divisor != 1
    assert rest == 0 or (is_endless and rest < _REST), "the product"
    facts: dict[str, object] = {"days": f"{applied['first_day']} to {applied['last_day']}"}
    if rate is not None:
        facts["unit price"] = _unit_price(rate, unit_price, line, content)
    return ExplainedPart(
        label="Usage",
        amount=exact(Decimal(applied["exact"])),
        currency=content["currency"],
        formula=f"{int(applied['quantity']):,} {line['unit']}s x {exact(unit_price)} per"
        f" {int(line['per']):,}" + (", each record rounded to 18 decimals" if rest else ""),
        facts=facts,
        parts=[price_part(price)] if price else [],
    )


def _rate(price: Price, meter: str) -> Rate | None:
    """The rate that applies to a meter: its own, or that of a meter which includes it."""
    stated = METER[meter]
    names = (meter, stated.priced_like, *stated.part_of, stated.total)
    return next((price.rates[name] for name in names if name in price.rates), None)


def _unit_price(
    rate: Rate, unit_price: Decimal, line: Mapping[str, Any], content: Mapping[str, Any]
) -> str:
    """``2.50 USD x 1.2 (charge / cost) x 0.92 (exchange rate)``."""
    cost = rate.quoted(int(line["per"])).amount
    exchange = content["exchange_rate"]
    steps = [f"{exact(cost)} USD"]
    if cost:
        fx = Fraction(exchange["rate"]) if exchange else Fraction(1)
        factor = _decimal(Fraction(unit_price) / Fraction(cost) / fx)
        steps.append(f"{factor} (charge / cost: the mark-up)")
    if exchange:
        steps.append(f"{exchange['rate']} (exchange rate)")
    return " x ".join(steps)


def _decimal(found: Fraction) -> str:
    """A fraction that is a decimal: charge factors have six decimals."""
    millionths = found * 10**6
    if millionths.denominator != 1:
        return str(found)
    return plain(Decimal(millionths.numerator).scaleb(-6))


def _adjusted(line: Mapping[str, Any], content: Mapping[str, Any]) -> list[ExplainedPart]:
    """What changed since a month was billed, by model and meter."""
    if line["kind"] != "adjustment":
        return []
    return [
        ExplainedPart(
            label=f"{row['provider']}/{row['model']}, {row['label']}",
            amount=exact(Decimal(row["exact"])),
            currency=content["currency"],
            formula=f"{int(row['quantity']):,} {row['unit']}s more or less than {each['number']}"
            " billed, or at other prices",
        )
        for each in content["adjustments"]
        if each["month"] == line["month"]
        for row in each["usage"]
    ]
