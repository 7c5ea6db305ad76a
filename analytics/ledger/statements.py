"""What happened to an account's credits in a span of time: lists of transactions, statements."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from analytics.errors import InvalidArgument
from analytics.ledger.accounts import get_account
from analytics.ledger.credit import ZERO
from analytics.ledger.credits import to_transaction
from analytics.ledger.naming import Named, account_id, find
from analytics.ledger.reservations import check_page, to_reservation
from analytics.money import exact_sum
from analytics.period import Period, first_instant, month_period, time_zone
from analytics.records import (
    Pagination,
    Statement,
    Transaction,
    TransactionList,
    TransactionUsage,
)

if TYPE_CHECKING:
    from analytics.engines import Reader, Row

INCLUDABLE = ("reservation", "usage")
_EVERYTHING = 2**62


def list_transactions(
    engine: "Reader",
    named: Named,
    *,
    period: Period,
    limit: int,
    offset: int,
    include: Collection[str],
    now: datetime,
) -> TransactionList:
    """A page of transactions, newest first.

    Args:
        engine: the book.
        named: whose; all accounts' where none is named.
        period: days of the billing time zone.
        limit: 1 to 10,000.
        offset: how many to skip.
        include: "reservation" and "usage" give each transaction its own.
        now: the time.

    Raises:
        AccountNotFound: there is no such account.
        InvalidArgument: limit, offset or include is wrong.
    """
    check_page(limit, offset)
    for name in include:
        if name not in INCLUDABLE:
            problem = f"{name!r} is none of {', '.join(INCLUDABLE)}"
            raise InvalidArgument(name="include", problem=problem)
    with engine.session():
        which = {"account_id": account_id(engine, named), **_instants(engine, period)}
        total = engine.row("ledger/transaction_count", **which)["total"]
        rows = engine.rows("ledger/transactions", limit=limit, offset=offset, **which)
        items = [to_transaction(row) for row in rows]
        if items and "reservation" in include:
            items = _with_reservations(engine, items, now)
        if items and "usage" in include:
            items = _with_usage(engine, items)
    has_more = offset + len(items) < total
    return TransactionList(items, Pagination(limit, offset, total, has_more))


def get_statement(engine: "Reader", named: Named, month: str, *, now: datetime) -> Statement:
    """An account's month: opening balance, movements, holds, closing balance.

    Raises:
        AccountNotFound: there is no such account.
        InvalidArgument: the text is no month.
    """
    period = month_period(month)
    assert period.start is not None and period.end is not None, "a month has both"
    with engine.session():
        account = get_account(engine, named)
        found = find(engine, named)
        span = _instants(engine, period)
        which = {"account_id": account.account_id, **span}
        rows = engine.rows("ledger/transactions", limit=_EVERYTHING, offset=0, **which)
        movements = [to_transaction(row) for row in reversed(rows)]
        before = engine.rows(
            "ledger/balance_at", account_id=account.account_id, end_at=span["first_at"]
        )
        as_of = min(max(now, found["written_at"] or now), _last_instant(span["end_at"]))
        holds = engine.rows("ledger/holds_at", account_id=account.account_id, at=as_of)
    opening = before[0]["balance_after"] if before else ZERO
    credits_, debits = _sum(movements, "credit"), _sum(movements, "debit")
    closing, reserved = opening + credits_ - debits, _held(holds)
    return Statement(
        account=account,
        month=month,
        start_date=period.start,
        end_date=period.end - timedelta(days=1),
        as_of=as_of.replace(tzinfo=UTC),
        opening_balance=opening,
        credits=credits_,
        debits=debits,
        closing_balance=closing,
        reserved=reserved,
        available=closing - reserved,
        movements=movements,
        holds=[to_reservation(row, as_of) for row in holds],
    )


def _last_instant(end: datetime) -> datetime:
    """The last microsecond before the end: a hold is live up to its expiry, not at it."""
    return end - timedelta(microseconds=1)


def _instants(engine: "Reader", period: Period) -> "Row":
    """The instants at which the days of a period begin and end, in UTC without a zone."""
    zone = time_zone(engine.row("book/setting", name="billing_timezone")["value"])
    return {
        "first_at": first_instant(period.start, zone),
        "end_at": first_instant(period.end, zone),
    }


def _sum(movements: Sequence[Transaction], transaction_type: str) -> Decimal:
    return exact_sum(each.amount for each in movements if each.type == transaction_type)


def _held(rows: "Sequence[Row]") -> Decimal:
    return exact_sum(row["amount"] for row in rows)


def _with_reservations(
    engine: "Reader", items: Sequence[Transaction], now: datetime
) -> list[Transaction]:
    rows = engine.rows(
        "ledger/reservations_of_transactions", transaction_ids=[each.id for each in items]
    )
    found = {row["transaction_id"]: to_reservation(row, now) for row in rows}
    return [replace(each, reservation=found.get(each.id)) for each in items]


def _with_usage(engine: "Reader", items: Sequence[Transaction]) -> list[Transaction]:
    rows = engine.rows("ledger/usage_of_transactions", transaction_ids=[each.id for each in items])
    found: dict[str, list[TransactionUsage]] = {each.id: [] for each in items}
    for row in rows:
        found[row["transaction_id"]].append(
            TransactionUsage(
                id=row["record_id"],
                model_id=row["model"],
                occurred_at=row["occurred_at"].replace(tzinfo=UTC),
                input_tokens=row["input_tokens"],
                output_tokens=row["output_tokens"],
                estimated_cost_usd=row["cost_usd"],
                charge_usd=row["charge_usd"],
            )
        )
    return [replace(each, usage=tuple(found[each.id])) for each in items]
