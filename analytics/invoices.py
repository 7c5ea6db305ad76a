"""A month of an account becomes an invoice: the content of a draft, as its canonical JSON holds it.

A line is account x model x meter; where several prices applied it says which, for how much. The
exact amounts of an account are rounded once: the total is the exact sum rounded, and the lines are
rounded so that they add up to it. Quantities and amounts are texts in plain notation, so that no
reader turns them into floats.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from analytics.errors import AccountNotFound, UnpricedUsage
from analytics.money import exact_product, exact_sum, fixed, plain, round_amount, round_to_total
from analytics.period import Period
from analytics.records import METERS

if TYPE_CHECKING:
    from analytics.engines import Reader, Row

SCHEMA = "tokenbook.invoice/1"
INDEX_SCHEMA = "tokenbook.invoice-index/1"

# Not case-insensitively equal names, no hidden files, and not the index page.
_FILE_NAME = re.compile(r"(?!index$)[a-z0-9][a-z0-9._-]{0,99}")
_METERS = {meter.name: meter for meter in METERS}
_LINE_KEY = ("provider", "model", "meter")


@dataclass(frozen=True, slots=True)
class Draft:
    """An account's draft of a month; `content` is None where unpriced records hold it."""

    account_id: str
    external_id: str | None
    name: str | None
    records: int
    unpriced: int
    cost_usd: Decimal
    charge_usd: Decimal
    content: Mapping[str, Any] | None

    @property
    def file_stem(self) -> str:
        """Its files' name without ending: the external id where that is one, else the id."""
        if self.external_id and _FILE_NAME.fullmatch(self.external_id):
            return self.external_id
        return self.account_id

    @property
    def total(self) -> str | None:
        """The invoice's total as it is printed."""
        return None if self.content is None else str(self.content["total"])


def draft(engine: "Reader", period: Period, account: str | None) -> list[Draft]:
    """The drafts of all accounts with customer usage in a month, or of one, held ones included.

    Args:
        engine: the book.
        period: a month.
        account: the id or external id of one account.

    Raises:
        AccountNotFound: there is no such account.
    """
    with engine.session():
        parameters = {
            "start_day": period.start,
            "end_day": period.end,
            "account_id": _account_id(engine, account) if account else None,
        }
        settings = {row["name"]: row["value"] for row in engine.rows("book/settings")}
        engine.materialise("invoice_metered", "invoices/metered", **parameters)
        engine.define("metered", "invoices/metered_stored")
        engine.define("line", "rating/lines")
        accounts = engine.rows("invoices/accounts", **parameters)
        lines = _by_account(engine.rows("invoices/lines"))
        models = _by_account(engine.rows("invoices/models", **parameters))
        days = _by_account(engine.rows("invoices/days", **parameters))
    return [
        Draft(
            account_id=row["account_id"],
            external_id=row["external_id"],
            name=row["name"],
            records=row["record_count"],
            unpriced=row["unpriced_count"],
            cost_usd=row["cost_usd"],
            charge_usd=row["charge_usd"],
            content=None
            if row["unpriced_count"]
            else _content(
                row,
                period,
                settings,
                lines.get(row["account_id"], []),
                models[row["account_id"]],
                days[row["account_id"]],
            ),
        )
        for row in accounts
    ]


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
    models = engine.rows(
        "invoices/unpriced_models",
        start_day=period.start,
        end_day=period.end,
        account_id=account_id,
    )
    raise UnpricedUsage(
        records=sum(each.unpriced for each in held),
        month=str(period),
        accounts=_some([each.external_id or each.account_id for each in held]),
        models=_some([f"{row['model']} ({row['record_count']})" for row in models]),
    )


def index_content(
    period: Period, currency: str, timezone: str, drafts: Sequence[Draft]
) -> dict[str, Any]:
    """The content of the page that lists a month's drafts for the owner, with cost and margin.

    Args:
        period: the month.
        currency: of the invoices.
        timezone: the billing time zone.
        drafts: of all accounts.
    """
    cost = exact_sum(each.cost_usd for each in drafts)
    charge = exact_sum(Decimal(each.total) for each in drafts if each.total is not None)
    billed = [each for each in drafts if each.content is not None]
    billed_cost = exact_sum(each.cost_usd for each in billed)
    billed_charge = exact_sum(each.charge_usd for each in billed)
    return {
        "schema": INDEX_SCHEMA,
        "month": str(period),
        "currency": currency,
        "timezone": timezone,
        "accounts": [_index_row(each, currency) for each in drafts],
        "totals": {
            "accounts": len(drafts),
            "held": sum(1 for each in drafts if each.content is None),
            "records": sum(each.records for each in drafts),
            "cost": plain(cost),
            "charge": fixed(charge, currency),
            "margin_percent": _margin(billed_cost, billed_charge),
        },
    }


def _account_id(engine: "Reader", account: str) -> str:
    rows = engine.rows("invoices/account", account=account)
    if not rows:
        raise AccountNotFound(account=account)
    return str(rows[0]["account_id"])


def _content(
    account: "Row",
    period: Period,
    settings: Mapping[str, str],
    lines: Sequence["Row"],
    models: Sequence["Row"],
    days: Sequence["Row"],
) -> dict[str, Any]:
    currency = settings["currency"]
    groups = [
        list(group) for _, group in groupby(lines, key=lambda row: [row[k] for k in _LINE_KEY])
    ]
    exact = [exact_sum(row["charge_usd"] for row in group) for group in groups]
    amounts = round_to_total(exact, currency)
    total = round_amount(exact_sum(exact), currency)
    assert exact_sum(amounts) == total, "the lines of an invoice add up to its total"
    assert exact_sum(exact) == account["charge_usd"], "the lines are all that is charged"
    billed = list(zip(groups, amounts, strict=True))
    return {
        "schema": SCHEMA,
        "status": "draft",
        "number": None,
        "month": str(period),
        "period": _period(period, settings["billing_timezone"]),
        "currency": currency,
        "account": {name: account[name] for name in ("account_id", "external_id", "name", "email")},
        "records": account["record_count"],
        "models": [_model(row, billed, currency) for row in models],
        "days": [_day(row) for row in days],
        "lines": [_line(group, amount, period, currency) for group, amount in billed],
        "subtotal": fixed(total, currency),
        "tax": [],
        "total": fixed(total, currency),
    }


def _period(period: Period, timezone: str) -> dict[str, str]:
    assert period.start is not None and period.end is not None, "an invoice is of a month"
    last = period.end - timedelta(days=1)
    return {"start": str(period.start), "end": str(last), "timezone": timezone}


def _model(
    row: "Row", billed: Sequence[tuple[Sequence["Row"], Decimal]], currency: str
) -> dict[str, Any]:
    """A model with the sum of its lines' amounts; nothing for one that is free."""
    key = (row["provider"], row["model"])
    amounts = (
        amount for group, amount in billed if (group[0]["provider"], group[0]["model"]) == key
    )
    return {
        "provider": row["provider"],
        "model": row["model"],
        "records": row["record_count"],
        "amount": fixed(exact_sum(amounts), currency),
    }


def _day(row: "Row") -> dict[str, Any]:
    return {
        "day": str(row["local_day"]),
        "records": row["record_count"],
        "charge": plain(row["charge_usd"]),
    }


def _line(group: Sequence["Row"], amount: Decimal, period: Period, currency: str) -> dict[str, Any]:
    meter = _METERS[group[0]["meter"]]
    unit_charges = {row["unit_charge_usd"] for row in group}
    return {
        "provider": group[0]["provider"],
        "model": group[0]["model"],
        "meter": meter.name,
        "label": meter.label,
        "quantity": str(sum(row["quantity"] for row in group)),
        "unit": meter.unit,
        "unit_price": _unit_price(unit_charges, meter.per),
        "per": str(meter.per),
        "exact": plain(exact_sum(row["charge_usd"] for row in group)),
        "amount": fixed(amount, currency),
        "prices": [_applied_price(row, meter.per, period) for row in group],
    }


def _unit_price(unit_charges: set[Decimal], per: int) -> str | None:
    """The price of a line to which one price applied, quoted as is customary."""
    if len(unit_charges) != 1:
        return None
    return plain(exact_product(next(iter(unit_charges)), per))


def _applied_price(row: "Row", per: int, period: Period) -> dict[str, Any]:
    start, end = period.start, period.end
    assert start is not None and end is not None, "an invoice is of a month"
    first: date = max(start, row["effective_from"].date())
    last: date = min(end, row["effective_to"].date()) - timedelta(days=1)
    return {
        "price_id": row["price_id"],
        "variant": row["variant"],
        "tier_from": str(row["input_tokens_from"]),
        "first_day": str(first),
        "last_day": str(max(first, last)),
        "quantity": str(row["quantity"]),
        "unit_price": plain(exact_product(row["unit_charge_usd"], per)),
        "exact": plain(row["charge_usd"]),
    }


def _index_row(each: Draft, currency: str) -> dict[str, Any]:
    held = each.content is None
    charge = round_amount(each.charge_usd, currency)
    records = "record" if each.unpriced == 1 else "records"
    return {
        "account_id": each.account_id,
        "external_id": each.external_id,
        "name": each.name,
        "records": each.records,
        "unpriced": each.unpriced,
        "cost": plain(each.cost_usd),
        "charge": fixed(charge, currency),
        "margin_percent": None if held else _margin(each.cost_usd, each.charge_usd),
        "status": "held" if held else "draft",
        "reason": f"{each.unpriced} {records} without a price" if held else None,
        "html": None if held else f"{each.file_stem}.html",
        "json": None if held else f"{each.file_stem}.json",
    }


def _margin(cost: Decimal, charge: Decimal) -> str | None:
    """What is left of the charge after the cost, in percent of the charge."""
    if not charge:
        return None
    percent = ((charge - cost) * 100 / charge).quantize(Decimal("0.1"))
    return format(percent or abs(percent), "f")


def _by_account(rows: Sequence["Row"]) -> dict[str, list["Row"]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["account_id"], []).append(row)
    return found


def _some(names: Sequence[str], most: int = 5) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
