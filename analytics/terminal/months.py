"""A month at a glance in a terminal: the figures, models, accounts, and what moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.records import Column
from analytics.terminal import console, forms, print_fields, print_message, print_records

if TYPE_CHECKING:
    from decimal import Decimal

    from analytics.records import MonthReport

_TOP = 10


def print_month(report: MonthReport) -> None:
    """Print a month: its figures beside those of the month before, the top rows, what moved."""
    totals, before = report.totals, report.previous
    print_fields(
        f"Month {report.month}",
        {
            "charge": _beside(totals.charge_usd, before.charge_usd, report.previous_month),
            "cost": _beside(totals.cost_usd, before.cost_usd, report.previous_month),
            "margin": forms.money(report.margin_usd),
            "customers": f"cost {forms.money(report.customer.cost_usd)}",
            "own systems": f"cost {forms.money(report.system.cost_usd)}",
            "records": f"{totals.count:,}",
        },
    )
    if totals.unpriced_count:
        records = forms.counted(totals.unpriced_count, "record")
        print_message(f"! {records} without a price, in no sum: 'tokenbook prices missing'.")
    for title, rows in (("models", report.models), ("accounts", report.accounts)):
        console().line()
        print_records(
            [
                title.removesuffix("s"),
                "records",
                Column("cost", "money", "cost"),
                Column("charge", "money", "charge"),
            ],
            [(row.name, row.record_count, row.cost_usd, row.charge_usd) for row in rows[:_TOP]],
            f"Top {title} of {report.month}",
        )
    if report.movers:
        console().line()
        _print_movers(report)


def _print_movers(report: MonthReport) -> None:
    print_records(
        [
            "what",
            "name",
            Column("before", "money", "before"),
            Column("now", "money", "now"),
            Column("change", "money", "change"),
        ],
        [
            (
                f"{each.kind}'s {'charge' if each.kind == 'account' else 'cost'}",
                each.name,
                each.previous_usd,
                each.current_usd,
                each.change_usd,
            )
            for each in report.movers
        ],
        f"Moved most against {report.previous_month}",
    )


def _beside(now: Decimal, before: Decimal, month: str) -> str:
    return f"{forms.money(now)}, in {month} {forms.money(before)}"
