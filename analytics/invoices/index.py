"""The page that lists a month's drafts for the owner, and what holds them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analytics.errors import UnpricedUsage
from analytics.invoices.drafting import Draft
from analytics.invoices.terms import BILLING
from analytics.money import exact_sum, fixed, plain, round_amount
from analytics.period import Period

if TYPE_CHECKING:
    from analytics.engines import Reader

SCHEMA = "tokenbook.invoice-index/2"


def index_content(period: Period, timezone: str, drafts: Sequence[Draft]) -> dict[str, Any]:
    """The content of the page that lists a month's drafts for the owner, with cost and margin.

    Costs, charges and margins are in USD, before what the terms of an account make of them.

    Args:
        period: the month.
        timezone: the billing time zone.
        drafts: of all accounts.
    """
    billed = [each for each in drafts if not each.unpriced]
    cost = exact_sum(each.cost_usd for each in drafts)
    charge = exact_sum(round_amount(each.charge_usd, BILLING) for each in billed)
    billed_cost = exact_sum(each.cost_usd for each in billed)
    billed_charge = exact_sum(each.charge_usd for each in billed)
    return {
        "schema": SCHEMA,
        "month": str(period),
        "currency": BILLING,
        "timezone": timezone,
        "accounts": [_index_row(each) for each in drafts],
        "totals": {
            "accounts": len(drafts),
            "held": sum(1 for each in drafts if each.content is None and not each.number),
            "records": sum(each.records for each in drafts),
            "cost": plain(cost),
            "charge": fixed(charge, BILLING),
            "margin_percent": _margin(billed_cost, billed_charge),
        },
        "invoiced": _by_currency(drafts),
    }


def refuse_unpriced(
    engine: "Reader", period: Period, drafts: Sequence[Draft], account: str | None
) -> None:
    """Fails where unpriced records hold an invoice.

    Raises:
        UnpricedUsage: naming the accounts and models.
    """
    held = [each for each in drafts if each.unpriced]
    if not held:
        return
    account_id = held[0].account_id if account else None
    which = {"end_day": period.end, "account_id": account_id}
    models = engine.rows("invoices/unpriced_models", start_day=period.start, **which)
    if not models:  # they are of earlier months, which were issued
        models = engine.rows("invoices/unpriced_models", start_day=None, **which)
    raise UnpricedUsage(
        records=sum(each.unpriced for each in held),
        month=str(period),
        accounts=some([each.external_id or each.account_id for each in held]),
        models=some([f"{row['model']} ({row['record_count']})" for row in models]),
    )


def some(names: Sequence[str], most: int = 5) -> str:
    """The first of some names, and how many more there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def _by_currency(drafts: Sequence[Draft]) -> list[dict[str, str]]:
    """What the drafts ask for, in each of their currencies."""
    totals: dict[str, list[Decimal]] = {}
    for each in drafts:
        if each.content is not None:
            totals.setdefault(each.content["currency"], []).append(Decimal(each.content["total"]))
    return [
        {"currency": currency, "total": fixed(exact_sum(amounts), currency)}
        for currency, amounts in sorted(totals.items())
    ]


def _index_row(each: Draft) -> dict[str, Any]:
    held = bool(each.unpriced)
    shown = each.content is not None
    return {
        "account_id": each.account_id,
        "external_id": each.external_id,
        "name": each.name,
        "records": each.records,
        "unpriced": each.unpriced,
        "cost": plain(each.cost_usd),
        "charge": fixed(round_amount(each.charge_usd, BILLING), BILLING),
        "margin_percent": None if held else _margin(each.cost_usd, each.charge_usd),
        "total": each.total,
        "currency": each.currency,
        "number": each.number,
        "status": "draft" if shown else "issued" if each.number else "held",
        "reason": "; ".join(each.holds) if each.holds and not each.number else None,
        "html": f"{each.file_stem}.html" if shown else None,
        "json": f"{each.file_stem}.json" if shown else None,
    }


def _margin(cost: Decimal, charge: Decimal) -> str | None:
    """What is left of the charge after the cost, in percent of the charge."""
    if not charge:
        return None
    percent = ((charge - cost) * 100 / charge).quantize(Decimal("0.1"))
    return format(percent or abs(percent), "f")
