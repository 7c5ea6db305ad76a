"""Balances, transactions, reservations and statements, as a person reads them.

Credits are no money: they have no symbol, at least two decimals, and within a column all have as
many as the one that needs most.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analytics.money import plain
from analytics.records import Column
from analytics.terminal import console, forms, print_fields, print_message, print_records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from analytics.records import Balance, Reservation, Statement, Transaction

_LEAST_PLACES = 2

_WIDE = 110
"""From this width on a table has its rare columns."""


def credit(amount: Decimal) -> str:
    """``1,234.50``: at least two decimals, more where there are more."""
    return f"{_with_places(amount, max(_places(amount), _LEAST_PLACES)):,f}"


def print_balance(balance: Balance) -> None:
    """Print what an account holds."""
    print_fields(
        balance.external_id or balance.account_id,
        {
            "balance": credit(balance.balance),
            "reserved": credit(balance.reserved),
            "available": credit(balance.available),
            "account id": balance.account_id,
        },
    )


def print_transactions(found: Sequence[Transaction]) -> None:
    """Print transactions in the order given; a debit has a minus."""
    _print_table(
        "Transactions",
        _times("time", [each.created_at for each in found]),
        _texts("account", [each.external_id or each.account_id for each in found]),
        *_movements(found),
        _texts("what", [_what(each) for each in found], is_rare=True),
        _texts("id", [each.id for each in found], is_rare=True),
    )


def print_reservations(found: Sequence[Reservation], title: str = "Reservations") -> None:
    """Print reservations in the order given."""
    _print_table(
        title,
        _times("made", [each.created_at for each in found], is_rare=True),
        _texts("account", [each.external_id or each.account_id for each in found]),
        _amounts("amount", [each.amount for each in found]),
        _texts("status", [each.status for each in found]),
        _times("expires", [each.expires_at for each in found], is_rare=True),
        _amounts("charged", [each.charged for each in found], is_rare=True),
        _texts("id", [each.id for each in found]),
    )


def print_statement(statement: Statement) -> None:
    """Print an account's month: what it began with, what moved, what is held, what is left."""
    account = statement.account
    print_fields(
        f"Statement of {account.name or account.external_id or account.account_id}",
        {
            "month": f"{statement.start_date} to {statement.end_date}",
            "opening balance": credit(statement.opening_balance),
            "credits": credit(statement.credits),
            "debits": credit(-statement.debits),
            "closing balance": credit(statement.closing_balance),
            "reserved": credit(statement.reserved),
            "available": credit(statement.available),
            "as of": forms.value(statement.as_of),
        },
    )
    console().line()
    found = statement.movements
    _print_table(
        "Movements",
        _times("time", [each.created_at for each in found]),
        *_movements(found),
        _texts("what", [_what(each) for each in found]),
        _texts("id", [each.id for each in found], is_rare=True),
    )
    if statement.holds:
        console().line()
        print_reservations(statement.holds, "Holds")


def print_more(limit: int, offset: int, total: int) -> None:
    """Say how to see the next page."""
    if offset + limit < total:
        print_message(f"More: add --offset {offset + limit} ({total:,} in all)")


def _what(transaction: Transaction) -> str | None:
    """The description, or what else says what it was for."""
    usage = transaction.usage or ()
    paid = f"{forms.counted(len(usage), 'record')}: {usage[0].model_id}" if usage else None
    return transaction.description or paid or transaction.reservation_id


@dataclass(frozen=True, slots=True)
class _Cells:
    """A column of a table; one that is rare is left out where there is little room."""

    column: Column
    values: Sequence[Any]
    is_rare: bool


def _print_table(title: str, *cells: _Cells) -> None:
    is_wide = console().width >= _WIDE
    shown = [each for each in cells if is_wide or not each.is_rare]
    rows = list(zip(*(each.values for each in shown), strict=True))
    print_records([each.column for each in shown], rows, title)


def _movements(found: Sequence[Transaction]) -> list[_Cells]:
    signed = [each.amount if each.type == "credit" else -each.amount for each in found]
    return [
        _texts("kind", [each.kind for each in found]),
        _amounts("amount", signed),
        _amounts("balance after", [each.balance_after for each in found]),
    ]


def _texts(title: str, values: Sequence[str | None], *, is_rare: bool = False) -> _Cells:
    return _Cells(Column(title, "text", title), values, is_rare)


def _times(title: str, values: Sequence[datetime], *, is_rare: bool = False) -> _Cells:
    return _Cells(Column(title, "time", title), values, is_rare)


def _amounts(title: str, amounts: Sequence[Decimal | None], *, is_rare: bool = False) -> _Cells:
    """Amounts with the same number of decimals."""
    given = [amount for amount in amounts if amount is not None]
    places = max([_LEAST_PLACES, *map(_places, given)])
    values = [None if amount is None else _with_places(amount, places) for amount in amounts]
    return _Cells(Column(title, "count", title), values, is_rare)


def _places(amount: Decimal) -> int:
    return len(plain(amount).partition(".")[2])


def _with_places(amount: Decimal, places: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-places))
