"""The content of an invoice, schema ``tokenbook.invoice/2``: all that its faces show.

Faces are made from it alone. Money and quantities are texts in plain notation, so that no reader
turns them into floats; `docs/invoices.md` says what each key means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analytics.invoices.lines import Adjustment, Bill, adjustment_details
from analytics.invoices.terms import Terms
from analytics.money import exact_sum, fixed, plain
from analytics.period import Period

if TYPE_CHECKING:
    from analytics.configuration import Configuration
    from analytics.engines import Row

SCHEMA = "tokenbook.invoice/2"


@dataclass(frozen=True, slots=True)
class Frame:
    """What all invoices of a run share.

    Args:
        period: the month.
        timezone: the billing time zone.
        seller: as the content holds it.
        page: format, paper, payment terms, footer and notes, likewise.
    """

    period: Period
    timezone: str
    seller: Mapping[str, Any]
    page: Mapping[str, Any]


def frame(
    period: Period,
    timezone: str,
    configuration: "Configuration",
    logo: Mapping[str, str] | None,
) -> Frame:
    """The frame of a month's invoices.

    Args:
        period: the month.
        timezone: the billing time zone.
        configuration: of the book.
        logo: SHA-256 and media type of the seller's logo.
    """
    seller, bank = configuration.section("seller"), configuration.section("seller.bank")
    page = configuration.section("invoice")
    shown = ("legal_name", "tax_id", "registration", "email", "website")
    return Frame(
        period=period,
        timezone=timezone,
        seller={
            **{name: seller[name] for name in shown},
            "address": list(seller["address"]),
            "bank": dict(bank) if any(bank.values()) else None,
            "logo": logo,
        },
        page={
            "format": {
                "language": page["language"],
                "decimal_point": page["decimal_point"],
                "thousands": page["thousands"],
            },
            "paper": page["paper"],
            "payment_terms": page["payment_terms"],
            "footer": page["footer"],
            "notes": list(page["notes"]),
        },
    )


def month_content(
    shared: Frame,
    account: "Row",
    terms: Terms,
    billed: Bill,
    adjustments: Sequence[Adjustment],
    *,
    models: Sequence["Row"],
    days: Sequence["Row"],
    credits_: "Row | None",
) -> dict[str, Any]:
    """The content of an account's month as a draft.

    Args:
        shared: the frame.
        account: a row of ``invoices/accounts``.
        terms: of the account.
        billed: its lines.
        adjustments: those among them.
        models: of ``invoices/models``.
        days: of ``invoices/days``.
        credits_: of ``invoices/credits``.
    """
    currency = terms.currency
    return {
        "schema": SCHEMA,
        "kind": "credit_note" if billed.total < 0 else "invoice",
        "status": "draft",
        "number": None,
        "issue_date": None,
        "due_date": None,
        "month": str(shared.period),
        "period": _period(shared),
        "currency": currency,
        "seller": shared.seller,
        **shared.page,
        "customer": customer(account),
        "exchange_rate": terms.exchange.content() if terms.exchange else None,
        "records": account["record_count"],
        "models": _models(models, billed.lines, currency),
        "days": _days(days, terms),
        "credits": credits_
        and {"opening": plain(credits_["opening"]), "closing": plain(credits_["closing"])},
        "adjustments": [adjustment_details(each, currency) for each in adjustments if each.owed],
        "refers_to": None,
        **sums(billed, currency),
    }


def sums(billed: Bill, currency: str) -> dict[str, Any]:
    """Lines, tax and totals as the content holds them."""
    return {
        "lines": list(billed.lines),
        "tax": list(billed.tax),
        "usage": fixed(billed.usage, currency),
        "subtotal": fixed(billed.subtotal, currency),
        "tax_total": fixed(billed.tax_total, currency),
        "total": fixed(billed.total, currency),
    }


def issued(
    draft: Mapping[str, Any], *, number: str, issue_date: date, due_days: int
) -> dict[str, Any]:
    """A draft's content with its number and dates. What asks for no money is not due."""
    is_due = draft["kind"] == "invoice" and Decimal(draft["total"]) > 0
    due_date = issue_date + timedelta(days=due_days)
    return {
        **draft,
        "status": "issued",
        "number": number,
        "issue_date": str(issue_date),
        "due_date": str(due_date) if is_due else None,
    }


def customer(account: "Row") -> dict[str, Any]:
    """Whom an invoice is for, as the content holds it."""
    shown = ("account_id", "external_id", "name", "email", "tax_id")
    address = account["billing_address"] or ""
    return {
        **{name: account[name] for name in shown},
        "address": [line.strip() for line in address.splitlines() if line.strip()],
    }


def _period(shared: Frame) -> dict[str, str]:
    start, end = shared.period.start, shared.period.end
    assert start is not None and end is not None, "an invoice is of a month"
    last = end - timedelta(days=1)
    return {"start": str(start), "end": str(last), "timezone": shared.timezone}


def _models(
    rows: Sequence["Row"], lines: Sequence[Mapping[str, Any]], currency: str
) -> list[dict[str, Any]]:
    """Each model with the sum of its lines' amounts; nothing for one that is free."""
    amounts: dict[tuple[str | None, str], list[Decimal]] = {}
    for line in lines:
        if line["kind"] == "usage":
            key = (line["provider"], line["model"])
            amounts.setdefault(key, []).append(Decimal(line["amount"]))
    return [
        {
            "provider": row["provider"],
            "model": row["model"],
            "records": row["record_count"],
            "amount": fixed(exact_sum(amounts.get((row["provider"], row["model"]), ())), currency),
        }
        for row in rows
    ]


def _days(rows: Sequence["Row"], terms: Terms) -> list[dict[str, Any]]:
    """The days of an account, each charge in the invoice's currency."""
    days: list[dict[str, Any]] = rows[0]["days"] if rows else []
    if terms.exchange is None:
        return days
    return [day | {"exact": plain(terms.converted(Decimal(day["exact"])))} for day in days]
