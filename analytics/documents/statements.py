"""A statement of credits in, a page out."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from analytics.documents.invoice_view import month_name
from analytics.documents.templates import Templates, render, templates_of
from analytics.files import atomic_file
from analytics.money import plain
from analytics.period import iso
from analytics.records import Reservation, Statement, Transaction

_LEAST_PLACES = 2


def statement_html(statement: Statement, templates: Templates | None = None) -> str:
    """The page of a statement, for the customer."""
    return render(templates or templates_of(), "statement.html", _view(statement))


def write_statement(statement: Statement, path: Path, book: Path | None = None) -> None:
    """Writes the page of a statement; an older one is replaced.

    Raises:
        StorageFailed: the file cannot be written.
        TemplateFailed: the book's own template has an error; with file and line.
    """
    page = statement_html(statement, templates_of(book))
    with atomic_file(path) as partial:
        partial.write_text(page, encoding="utf-8", newline="\n")


def _view(statement: Statement) -> dict[str, Any]:
    amounts = ("opening_balance", "credits", "debits", "closing_balance", "reserved", "available")
    return {
        "account": statement.account,
        "month": statement.month,
        "month_name": month_name(statement.month),
        "start_date": str(statement.start_date),
        "as_of": _time(statement.as_of),
        **{name: _credit(getattr(statement, name)) for name in amounts},
        "movements": [_movement(each) for each in statement.movements],
        "holds": [_hold(each) for each in statement.holds],
    }


def _movement(transaction: Transaction) -> dict[str, str | None]:
    is_credit = transaction.type == "credit"
    amount = _credit(transaction.amount)
    return {
        "id": transaction.id,
        "created_at": _time(transaction.created_at),
        "kind": transaction.kind,
        "description": transaction.description,
        "credit": amount if is_credit else "",
        "debit": "" if is_credit else amount,
        "balance_after": _credit(transaction.balance_after),
    }


def _hold(reservation: Reservation) -> dict[str, str]:
    return {
        "id": reservation.id,
        "created_at": _time(reservation.created_at),
        "expires_at": _time(reservation.expires_at),
        "amount": _credit(reservation.amount),
    }


def _credit(amount: Decimal) -> str:
    """With separators and all decimals, two at the least."""
    places = max(len(plain(amount).partition(".")[2]), _LEAST_PLACES)
    return f"{amount.quantize(Decimal(1).scaleb(-places)):,f}"


def _time(moment: datetime) -> str:
    return iso(moment.replace(microsecond=0)).replace("T", " ").removesuffix("Z")
