"""The drafts of a month: computed for all accounts at once, by a handful of set-based queries.

Nothing in the book changes. What an account is billed, what of earlier months changed since it was
issued, and why an invoice is held, is all decided here; `issuing` only numbers and freezes it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import simplejson

from analytics.errors import AccountNotFound
from analytics.invoices import requirements
from analytics.invoices.content import Frame, frame, month_content
from analytics.invoices.lines import Adjustment, Bill, bill
from analytics.invoices.logos import Logo, read_logo
from analytics.invoices.terms import BILLING, ExchangeRate, Tax, Terms, from_account, from_content
from analytics.money import exact_difference, exact_sum
from analytics.period import Period, first_instant, time_zone

if TYPE_CHECKING:
    from analytics.configuration import Configuration
    from analytics.engines import Reader, Row

# Not case-insensitively equal names, no hidden files, and not the index page.
_FILE_NAME = re.compile(r"(?!index$)[a-z0-9][a-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Draft:
    """An account's invoice of a month before it is issued.

    `content` is None where it cannot be computed (`holds` says why) or is issued already (`number`
    says as what).
    """

    account_id: str
    external_id: str | None
    name: str | None
    records: int
    unpriced: int
    cost_usd: Decimal
    charge_usd: Decimal
    content: Mapping[str, Any] | None
    holds: Sequence[str] = ()
    """Why it cannot be issued: sentences that say what to do."""
    number: str | None = None
    voided_as: str | None = None
    """The document of the month that was voided, where that was the last one."""
    charge_factor: Decimal = Decimal(1)
    terms: Terms | None = None
    adjustments: Sequence[Adjustment] = ()

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

    @property
    def currency(self) -> str | None:
        """The invoice's currency."""
        return None if self.content is None else str(self.content["currency"])


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is read of the book for a month, by account."""

    shared: Frame
    needs: Sequence[str]
    default_tax: str
    taxes: Mapping[str, Tax]
    rates: Mapping[str, ExchangeRate]
    lines: Mapping[str, Sequence["Row"]]
    models: Mapping[str, Sequence["Row"]]
    days: Mapping[str, Sequence["Row"]]
    credits: Mapping[str, Sequence["Row"]]
    adjustments: Mapping[str, Sequence[Adjustment]]
    logo: Logo | None = field(default=None)


def draft(
    engine: "Reader", configuration: "Configuration", period: Period, account: str | None = None
) -> list[Draft]:
    """The drafts of all accounts that are due for a month, or of one, held ones included.

    Args:
        engine: the book.
        configuration: of the book.
        period: a month.
        account: the id or external id of one account.

    Raises:
        AccountNotFound: there is no such account.
        InvalidConfiguration: the logo cannot be used.
    """
    with engine.session():
        parameters = month_parameters(engine, period, account)
        rows = prepare(engine, parameters)
        sheet = _sheet(engine, configuration, period, parameters)
    return [_draft(row, sheet) for row in rows]


def month_parameters(engine: "Reader", period: Period, account: str | None) -> dict[str, Any]:
    """The parameters of a month's queries."""
    zone = time_zone(engine.row("book/setting", name="billing_timezone")["value"])
    return {
        "start_day": period.start,
        "end_day": period.end,
        "start_at": first_instant(period.start, zone),
        "end_at": first_instant(period.end, zone),
        "account_id": _account_id(engine, account) if account else None,
    }


def prepare(engine: "Reader", parameters: Mapping[str, Any]) -> list["Row"]:
    """Computes changes of earlier months and the lines of this one; returns the accounts due.

    The relations ``invoice_change``, ``invoice_adjustment`` and ``invoice_line`` stay readable in
    the session.
    """
    if engine.materialise("invoice_change", "invoices/changes", **parameters):
        _lines(engine, "invoices/metered_changed", parameters)
        engine.materialise("invoice_adjustment", "invoices/changed_usage")
    _lines(engine, "invoices/metered", parameters)
    engine.materialise("invoice_line", "invoices/lines")
    return engine.rows("invoices/accounts", **parameters)


def _lines(engine: "Reader", metered: str, parameters: Mapping[str, Any]) -> None:
    engine.materialise("invoice_metered", metered, **parameters)
    engine.define("metered", "invoices/metered_stored")
    engine.define("line", "rating/lines")


def _sheet(
    engine: "Reader",
    configuration: "Configuration",
    period: Period,
    parameters: Mapping[str, Any],
) -> Sheet:
    page = configuration.section("invoice")
    timezone = engine.row("book/setting", name="billing_timezone")["value"]
    logo = read_logo(configuration)
    return Sheet(
        shared=frame(period, timezone, configuration, logo.content() if logo else None),
        needs=page["customer_needs"],
        default_tax=page["tax"] or "",
        taxes=taxes_of(engine, period),
        rates=_rates_of(engine, period, page["rate_days"]),
        lines=_by_account(engine.rows("invoices/month_lines")),
        models=_by_account(engine.rows("invoices/models", **parameters)),
        days=_by_account(engine.rows("invoices/days", **parameters)),
        credits=_by_account(engine.rows("invoices/credits", **parameters)),
        adjustments=_adjustments(engine),
        logo=logo,
    )


def _draft(account: "Row", sheet: Sheet) -> Draft:
    account_id = account["account_id"]
    terms = from_account(account, sheet.taxes, sheet.rates, sheet.default_tax)
    adjustments = sheet.adjustments.get(account_id, ())
    blocks = requirements.blocking(account, terms, adjustments, sheet.default_tax)
    content = None
    if not blocks and not account["issued_as"]:
        billed = bill(sheet.lines.get(account_id, ()), sheet.shared.period, terms, adjustments)
        content = _content(account, sheet, terms, billed, adjustments)
    return Draft(
        account_id=account_id,
        external_id=account["external_id"],
        name=account["name"],
        records=account["record_count"],
        unpriced=account["unpriced_count"] + account["unpriced_before"],
        cost_usd=account["cost_usd"],
        charge_usd=account["charge_usd"],
        content=content,
        holds=[*blocks, *requirements.of_customer(account, terms, sheet.needs)],
        number=account["issued_as"],
        voided_as=account["voided_as"],
        charge_factor=account["charge_factor"],
        terms=terms,
        adjustments=adjustments,
    )


def _content(
    account: "Row", sheet: Sheet, terms: Terms, billed: Bill, adjustments: Sequence[Adjustment]
) -> dict[str, Any]:
    account_id = account["account_id"]
    credits_ = sheet.credits.get(account_id)
    return month_content(
        sheet.shared,
        account,
        terms,
        billed,
        adjustments,
        models=sheet.models.get(account_id, ()),
        days=sheet.days.get(account_id, ()),
        credits_=credits_[0] if credits_ else None,
    )


def taxes_of(engine: "Reader", period: Period) -> dict[str, Tax]:
    """The tax rates that are in force on the last day of a month, by name."""
    rows = engine.rows("invoices/tax_rates")
    assert period.end is not None, "an invoice is of a month"
    return {
        row["name"]: Tax(row["name"], row["kind"], row["rate_percent"], row["note"])
        for row in rows
        if row["effective_from"] < period.end
    }


def _rates_of(engine: "Reader", period: Period, most_days: int) -> dict[str, ExchangeRate]:
    """The last exchange rate of each currency in a month, or some days before its end."""
    assert period.end is not None, "an invoice is of a month"
    last = period.end - timedelta(days=1)
    rows = engine.rows(
        "invoices/fx_rates",
        from_currency=BILLING,
        first_day=last - timedelta(days=most_days),
        last_day=last,
    )
    return {
        row["to_currency"]: ExchangeRate(
            row["to_currency"], row["rate"], row["rate_day"], row["source"]
        )
        for row in reversed(rows)
    }


def _adjustments(engine: "Reader") -> dict[str, list[Adjustment]]:
    """What changed of issued months, by account: one adjustment a month."""
    changes = _by_month(engine.rows("invoices/all_changes"))
    usage = _by_month(engine.rows("invoices/adjustments") if changes else ())
    found: dict[str, list[Adjustment]] = {}
    for key, rows in changes.items():
        found.setdefault(key[0], []).append(_adjustment(rows, usage.get(key, [])))
    return found


def _adjustment(rows: Sequence["Row"], usage: Sequence["Row"]) -> Adjustment:
    change = rows[0]
    terms = from_content(simplejson.loads(change["terms"], use_decimal=True))
    billed = exact_sum(Decimal(row["owed"]) for row in rows)
    owed = Decimal(0) if change["is_void"] else terms.owed(change["charge_usd"])
    return Adjustment(
        month=change["month"],
        number=change["number"],
        terms=terms,
        charge_factor=change["charge_factor"],
        charge_usd=exact_difference(change["charge_usd"], change["issued_usd"]),
        owed=exact_difference(owed, billed),
        usage=usage,
        is_void=change["is_void"],
    )


def _account_id(engine: "Reader", account: str) -> str:
    rows = engine.rows("invoices/account", account=account)
    if not rows:
        raise AccountNotFound(account=account)
    return str(rows[0]["account_id"])


def _by_month(rows: Sequence["Row"]) -> dict[tuple[str, Any], list["Row"]]:
    found: dict[tuple[str, Any], list[Row]] = {}
    for row in rows:
        found.setdefault((row["account_id"], row["month"]), []).append(row)
    return found


def _by_account(rows: Sequence["Row"]) -> dict[str, list["Row"]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["account_id"], []).append(row)
    return found
