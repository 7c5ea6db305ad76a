"""What an invoice needs before it is issued: of the seller, of the customer, of usage and rates."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from analytics.invoices.lines import Adjustment
from analytics.invoices.terms import BILLING, Terms

if TYPE_CHECKING:
    from analytics.configuration import Configuration
    from analytics.engines import Row

_OPTIONS = {
    "name": ("name", "--name TEXT"),
    "billing_address": ("address", "--billing-address TEXT"),
    "email": ("email", "--email TEXT"),
    "tax_id": ("tax id", "--tax-id ID"),
}


def of_seller(configuration: "Configuration", *, is_taxed: bool) -> list[str]:
    """The keys of [seller] that invoices need and the configuration lacks.

    Args:
        configuration: of the book.
        is_taxed: whether a tax rate is in use, which asks for the seller's tax id.
    """
    seller = configuration.section("seller")
    needed = ["legal_name", "address", *(["tax_id"] if is_taxed else [])]
    return [name for name in needed if not seller[name]]


def of_customer(account: "Row", terms: Terms, needs: Sequence[str]) -> list[str]:
    """What an account lacks, each with the command that adds it."""
    needed = dict.fromkeys(needs)
    if terms.tax and terms.tax.kind == "reverse_charge":
        needed["tax_id"] = None
    who = account["external_id"] or account["account_id"]
    return [
        f"no {_OPTIONS[name][0]}: tokenbook accounts update {who} {_OPTIONS[name][1]}"
        for name in needed
        if not (account[name] or "").strip()
    ]


def blocking(
    account: "Row", terms: Terms, adjustments: Sequence[Adjustment], default_tax: str
) -> list[str]:
    """Why an account's invoice cannot be computed at all."""
    found = []
    if account["unpriced_count"]:
        found.append(f"{_records(account['unpriced_count'])} without a price: prices missing")
    if account["unpriced_before"]:
        count = _records(account["unpriced_before"])
        found.append(f"{count} of issued months without a price: prices missing")
    if terms.currency != BILLING and terms.exchange is None:
        pair = f"{BILLING} {terms.currency}"
        found.append(f"no exchange rate for the month: tokenbook fx add {pair} RATE --date DAY")
    tax = account["tax"] or default_tax
    if tax and terms.tax is None:
        found.append(f"no tax rate {tax!r} in force: tokenbook tax add {tax} --percent PERCENT")
    found += [
        f"{each.month:%Y-%m} was billed in {each.terms.currency} and has changed since; set the"
        f" account's currency back, or void {each.number}"
        for each in adjustments
        if each.terms.currency != terms.currency and each.owed != Decimal(0)
    ]
    return found


def _records(count: int) -> str:
    return f"{count:,} record" if count == 1 else f"{count:,} records"
