"""A month at a glance in, a page out: for the owner, with cost and margin."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from analytics.documents import charts
from analytics.documents.invoice_view import month_name
from analytics.documents.templates import Templates, render, templates_of
from analytics.files import atomic_file
from analytics.money import exact_sum, plain
from analytics.records import MonthDay, MonthReport, MonthRow, Mover

_MOST_ROWS = 40
"""Rows of a table on the page; what is beyond them is one row."""

_CURRENCY = "USD"


def month_html(report: MonthReport, templates: Templates | None = None) -> str:
    """The page of a month, one file without script and without anything to fetch."""
    return render(templates or templates_of(), "month.html", _view(report))


def write_month(report: MonthReport, path: Path, book: Path | None = None) -> None:
    """Writes the page of a month; an older one is replaced.

    Raises:
        StorageFailed: the file cannot be written.
        TemplateFailed: the book's own template has an error; with file and line.
    """
    page = month_html(report, templates_of(book))
    with atomic_file(path) as partial:
        partial.write_text(page, encoding="utf-8", newline="\n")


def _view(report: MonthReport) -> dict[str, Any]:
    totals, before = report.totals, report.previous
    return {
        "month": report.month,
        "month_name": month_name(report.month),
        "previous_name": month_name(report.previous_month),
        "timezone": report.timezone,
        "currency": _CURRENCY,
        "first_day": str(report.first_day),
        "last_day": str(report.last_day),
        "until": _until(report),
        "has_before": before.count > 0,
        "totals": {
            "records": totals.count,
            "unpriced": totals.unpriced_count,
            "input": str(totals.input_tokens),
            "output": str(totals.output_tokens),
            "audio": str(totals.audio_milliseconds),
            "cost": plain(totals.cost_usd),
            "charge": plain(totals.charge_usd),
            "margin": plain(report.margin_usd),
            "margin_percent": _percent(report.margin_usd, totals.charge_usd),
            "cost_change": _change(before.cost_usd, totals.cost_usd),
            "charge_change": _change(before.charge_usd, totals.charge_usd),
            "records_change": _change(Decimal(before.count), Decimal(totals.count)),
        },
        "unpriced_models": [
            {"model": row.name, "provider": row.note, "records": row.unpriced_count}
            for row in report.unpriced_models[:_MOST_ROWS]
        ],
        "contexts": _contexts(report),
        "chart": _chart(report.days),
        "models": _rows(report.models, by="cost_usd"),
        "accounts": _rows(report.accounts, by="charge_usd"),
        "movers": {
            kind: _movers([each for each in report.movers if each.kind == kind])
            for kind in ("account", "model")
        },
    }


def _until(report: MonthReport) -> str | None:
    """The last day with usage, where the month seems not to be over."""
    last = report.last_day_with_usage
    return str(last) if last is not None and last < report.last_day else None


def _contexts(report: MonthReport) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "records": totals.count,
            "unpriced": totals.unpriced_count,
            "cost": plain(totals.cost_usd),
            "charge": plain(totals.charge_usd) if name == "Customers" else None,
            "share": charts.share(totals.cost_usd, report.totals.cost_usd),
        }
        for name, totals in (("Customers", report.customer), ("Own systems", report.system))
    ]


def _rows(rows: Sequence[MonthRow], *, by: str) -> dict[str, Any]:
    """The rows of a table, the longest bar being the highest, and the sum of those left out."""
    top = max((getattr(row, by) for row in rows), default=Decimal(0))
    rest = rows[_MOST_ROWS:]
    return {
        "rows": [_row(row, charts.share(getattr(row, by), top), by) for row in rows[:_MOST_ROWS]],
        "rest": {
            "count": len(rest),
            "records": sum(row.record_count for row in rest),
            "cost": plain(exact_sum(row.cost_usd for row in rest)),
            "charge": plain(exact_sum(row.charge_usd for row in rest)),
        }
        if rest
        else None,
    }


def _row(row: MonthRow, share: str, by: str) -> dict[str, Any]:
    is_unknown = row.unpriced_count == row.record_count and row.record_count > 0
    margin = exact_sum([row.charge_usd, -row.cost_usd])
    return {
        "name": row.name,
        "note": row.note,
        "records": row.record_count,
        "unpriced": row.unpriced_count,
        "tokens": str(row.input_tokens + row.output_tokens),
        "cost": None if is_unknown else plain(row.cost_usd),
        "charge": None if is_unknown else plain(row.charge_usd),
        "margin_percent": _percent(margin, row.charge_usd),
        "is_loss": margin < 0,
        "change": _change(getattr(row, f"previous_{by}"), getattr(row, by)),
        "share": share,
    }


def _movers(movers: Sequence[Mover]) -> list[dict[str, Any]]:
    """A bar to the right for more, to the left for less, both as long as the change is large."""
    top = max((each.change_usd.copy_abs() for each in movers), default=Decimal(0))
    return [
        {
            "name": each.name,
            "before": plain(each.previous_usd),
            "now": plain(each.current_usd),
            "change": plain(each.change_usd),
            "percent": _change(each.previous_usd, each.current_usd),
            "is_more": each.change_usd > 0,
            **_half_bar(each.change_usd, top),
        }
        for each in movers
    ]


def _half_bar(change: Decimal, top: Decimal) -> dict[str, str]:
    half = Fraction(change.copy_abs()) / Fraction(top) / 2
    start = Fraction(1, 2) if change > 0 else Fraction(1, 2) - half
    return {"left": charts.width(start), "width": charts.width(half)}


def _change(before: Decimal, now: Decimal) -> str | None:
    """In percent of what was, to a tenth; None where there was nothing to compare with."""
    if before <= 0:
        return None
    tenths = round((Fraction(now) - Fraction(before)) * 1000 / Fraction(before))
    return f"{'-' if tenths < 0 else '+'}{abs(tenths) // 10}.{abs(tenths) % 10}"


def _percent(part: Decimal, whole: Decimal) -> str | None:
    if whole <= 0:
        return None
    tenths = round(Fraction(part) * 1000 / Fraction(whole))
    return f"{'-' if tenths < 0 else ''}{abs(tenths) // 10}.{abs(tenths) % 10}"


def _chart(days: Sequence[MonthDay]) -> Mapping[str, Any] | None:
    """Stacked bars of cost and a mark for the charge; None where there is nothing to draw."""
    highest = max(_heights(days), default=Decimal(0))
    if highest <= 0:
        return None
    top = charts.axis_top(highest)
    return {
        "height": charts.HEIGHT,
        "axis": charts.axis(top, _CURRENCY),
        "widths": charts.slot_widths(len(days)),
        "bars": [_bar(day, place, len(days), top) for place, day in enumerate(days)],
    }


def _heights(days: Iterable[MonthDay]) -> Iterable[Decimal]:
    for day in days:
        yield exact_sum([day.customer_cost_usd, day.system_cost_usd])
        yield day.charge_usd


def _bar(day: MonthDay, place: int, places: int, top: Decimal) -> dict[str, Any]:
    customer = charts.bar_height(day.customer_cost_usd, top)
    system = charts.bar_height(day.system_cost_usd, top)
    return {
        **charts.slot(place, places),
        "day": str(day.day),
        "weekday": _weekday(day.day),
        "records": day.record_count,
        "customer": customer,
        "system": system,
        "mark": charts.bar_height(day.charge_usd, top),
        "customer_cost": plain(day.customer_cost_usd),
        "system_cost": plain(day.system_cost_usd),
        "charge": plain(day.charge_usd),
        "label": str(day.day.day) if place % charts.LABEL_EVERY == 0 else "",
    }


def _weekday(day: date) -> str:
    """Not strftime: its names are those of the machine's locale."""
    return ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[day.weekday()]
