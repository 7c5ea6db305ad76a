"""A month at a glance, against the month before: the content of its page.

All of it comes from the roll-up, in three queries; what Python adds up are rows of days, models and
accounts, never records.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from analytics import sql
from analytics.errors import InvalidArgument
from analytics.money import exact_sum
from analytics.period import Period, month_period
from analytics.records import MonthDay, MonthReport, MonthRow, Mover, Totals

if TYPE_CHECKING:
    from analytics.engines import Reader, Row

_MOVERS = 10


def month_report(engine: "Reader", month: str) -> MonthReport:
    """A month, such as ``2026-10``, and how it compares with the one before.

    Raises:
        InvalidArgument: the text is no month.
    """
    period, previous = month_period(month), _before(month)
    assert period.start is not None and period.end is not None, "a month has two ends"
    spans = {"previous_day": previous.start, "start_day": period.start, "end_day": period.end}
    with engine.session():
        settings = {row["name"]: row["value"] for row in engine.rows("book/settings")}
        rows = engine.rows("reports/month_days", **spans)
        models = [
            _model(row) for row in engine.rows(f"reports/month_models{sql.OF_MONTHS}", **spans)
        ]
        accounts = [
            _account(row) for row in engine.rows(f"reports/month_accounts{sql.OF_MONTHS}", **spans)
        ]
    current = [row for row in rows if row["local_day"] >= period.start]
    before = _totals([row for row in rows if row["local_day"] < period.start])
    totals, customer = _totals(current), _totals(current, "customer")
    return MonthReport(
        month=month,
        previous_month=str(previous),
        timezone=settings["billing_timezone"],
        first_day=period.start,
        last_day=period.end - timedelta(days=1),
        last_day_with_usage=max((row["local_day"] for row in current), default=None),
        totals=totals,
        previous=before,
        customer=customer,
        system=_totals(current, "system"),
        margin_usd=exact_sum([totals.charge_usd, -totals.cost_usd]),
        models=[each for each in models if each.record_count],
        accounts=[each for each in accounts if each.record_count],
        days=_days(current, period.start, period.end),
        # Against nothing, everything moved: that says nothing.
        movers=_movers(models, accounts) if before.count else [],
        unpriced_models=sorted(
            (each for each in models if each.unpriced_count),
            key=lambda each: (-each.unpriced_count, each.key),
        ),
    )


def _before(month: str) -> Period:
    start = month_period(month).start
    assert start is not None, "a month has a first day"
    if start == date.min:
        raise InvalidArgument(name="month", problem=f"{month!r} has no month before it")
    last = start - timedelta(days=1)
    return Period(last.replace(day=1), start)


def _totals(rows: "Iterable[Row]", context: str | None = None) -> Totals:
    found = [row for row in rows if context is None or row["context"] == context]
    return Totals(
        cost_usd=exact_sum(row["cost_usd"] for row in found),
        charge_usd=exact_sum(row["charge_usd"] for row in found),
        input_tokens=sum(row["input_tokens"] for row in found),
        output_tokens=sum(row["output_tokens"] for row in found),
        audio_milliseconds=sum(row["audio_milliseconds"] for row in found),
        count=sum(row["record_count"] for row in found),
        unpriced_count=sum(row["unpriced_count"] for row in found),
    )


def _days(rows: "Sequence[Row]", start: date, end: date) -> list[MonthDay]:
    """Every day of the month, those without usage too."""
    by_day: dict[date, list[Row]] = {}
    for row in rows:
        by_day.setdefault(row["local_day"], []).append(row)
    days = (start + timedelta(days=i) for i in range((end - start).days))
    return [_day(day, by_day.get(day, [])) for day in days]


def _day(day: date, rows: "Sequence[Row]") -> MonthDay:
    return MonthDay(
        day=day,
        record_count=sum(row["record_count"] for row in rows),
        customer_cost_usd=exact_sum(r["cost_usd"] for r in rows if r["context"] == "customer"),
        system_cost_usd=exact_sum(r["cost_usd"] for r in rows if r["context"] == "system"),
        charge_usd=exact_sum(row["charge_usd"] for row in rows),
    )


def _model(row: "Row") -> MonthRow:
    return _row(row, f"{row['provider']}/{row['model']}", row["model"], row["provider"])


def _account(row: "Row") -> MonthRow:
    name = row["name"] or row["external_id"] or row["account_id"]
    note = row["external_id"] if row["name"] else None
    return _row(row, row["account_id"], name, note)


def _row(row: "Row", key: str, name: str, note: str | None) -> MonthRow:
    return MonthRow(
        key=key,
        name=name,
        note=note,
        record_count=row["record_count"],
        unpriced_count=row["unpriced_count"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cost_usd=row["cost_usd"],
        charge_usd=row["charge_usd"],
        previous_cost_usd=row["previous_cost_usd"],
        previous_charge_usd=row["previous_charge_usd"],
    )


def _movers(models: Sequence[MonthRow], accounts: Sequence[MonthRow]) -> list[Mover]:
    """The models by cost and the accounts by charge that moved most, in either direction."""
    moved = [
        Mover(kind, row.key, row.name, before, now, exact_sum([now, -before]))
        for kind, row, before, now in (
            *(("model", row, row.previous_cost_usd, row.cost_usd) for row in models),
            *(("account", row, row.previous_charge_usd, row.charge_usd) for row in accounts),
        )
        if before != now
    ]
    moved.sort(key=lambda each: (-abs(each.change_usd), each.kind, each.key))
    by_kind = (
        [each for each in moved if each.kind == kind][:_MOVERS] for kind in ("account", "model")
    )
    return [each for found in by_kind for each in found]
