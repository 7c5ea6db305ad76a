"""Credits come and go through transactions only; a balance is the sum of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from analytics.errors import InvalidArgument, TransactionNotFound
from analytics.ledger import ids, objects
from analytics.ledger.amounts import Amount, to_amount
from analytics.ledger.credit import Credit
from analytics.ledger.idempotency import once
from analytics.ledger.naming import Named, find, known_id
from analytics.records import (
    MANUAL_KINDS,
    TRANSACTION_TYPES,
    Balance,
    CreditsAdded,
    CreditsDeducted,
    Transaction,
)

if TYPE_CHECKING:
    from analytics.engines import Reader, Row, Writer


@dataclass(frozen=True, slots=True)
class Note:
    """What a caller keeps with a transaction.

    Args:
        description: free text.
        payment_method: how credits were paid for.
        metadata: a JSON object.
    """

    description: str | None = None
    payment_method: str | None = None
    metadata: Mapping[str, Any] | None = None


def get_balance(engine: "Reader", named: Named, *, now: datetime) -> Balance:
    """What an account holds now, read from its row.

    Raises:
        AccountNotFound: there is none.
        AccountMismatch: two names are of two accounts.
    """
    with engine.session():
        row = find(engine, named)
        balance, reserved = row["balance"], row["reserved"]
        time = max(now, row["written_at"] or now)
        if row["next_expiry_at"] and row["next_expiry_at"] <= time:
            live = engine.row("ledger/live_holds", account_id=row["account_id"], now=time)
            reserved = live["reserved"]
    return Balance(
        account_id=row["account_id"],
        external_id=row["external_id"],
        balance=balance,
        reserved=reserved,
        available=balance - reserved,
    )


def add_credits(
    engine: "Writer",
    named: Named,
    amount: Amount,
    note: Note,
    *,
    now: datetime,
    key: str | None = None,
) -> CreditsAdded:
    """Adds credits.

    Raises:
        AccountNotFound: there is no such account.
        AccountClosed: it was closed.
        Invalid: the amount is none; see `amounts.to_amount`.
        IdempotencyConflict: the key was used for another request.
    """
    done = _post(engine, named, "credit", "add", amount, note, now=now, key=key)
    return CreditsAdded(
        account_id=done.account_id,
        external_id=done.external_id,
        balance=done.balance_after,
        added=done.amount,
        transaction_id=done.id,
    )


def deduct_credits(
    engine: "Writer",
    named: Named,
    amount: Amount,
    note: Note,
    *,
    now: datetime,
    key: str | None = None,
) -> CreditsDeducted:
    """Takes credits away; zero is an amount here, for usage that costs nothing.

    Raises:
        AccountNotFound: there is no such account.
        InsufficientCredits: so many are not available.
        Invalid: the amount is none; see `amounts.to_amount`.
        IdempotencyConflict: the key was used for another request.
    """
    done = _post(engine, named, "debit", "deduct", amount, note, now=now, key=key)
    return CreditsDeducted(
        account_id=done.account_id,
        external_id=done.external_id,
        balance=done.balance_after,
        deducted=done.amount,
        transaction_id=done.id,
    )


def create_transaction(
    engine: "Writer",
    named: Named,
    amount: Amount,
    transaction_type: str,
    kind: str,
    note: Note,
    *,
    now: datetime,
    key: str | None = None,
) -> Transaction:
    """Adds a transaction of one's own: an adjustment, a refund, a migration.

    Raises:
        AccountNotFound: there is no such account.
        AccountClosed: it was closed, and credits were to come.
        InsufficientCredits: credits were to go, and so many are not available.
        InvalidArgument: the type or kind does not exist.
        Invalid: the amount is none; see `amounts.to_amount`.
        IdempotencyConflict: the key was used for another request.
    """
    for name, given, known in (
        ("type", transaction_type, TRANSACTION_TYPES),
        ("kind", kind, MANUAL_KINDS),
    ):
        if given not in known:
            raise InvalidArgument(name=name, problem=f"{given!r} is none of {', '.join(known)}")
    return _post(engine, named, transaction_type, kind, amount, note, now=now, key=key)


def get_transaction(engine: "Reader", transaction_id: str) -> Transaction:
    """The transaction of an id.

    Raises:
        TransactionNotFound: there is none.
    """
    created_at = ids.made_at(ids.TRANSACTION, transaction_id)
    rows = engine.rows("ledger/transaction", transaction_id=transaction_id, created_at=created_at)
    if not rows:
        raise TransactionNotFound(transaction_id=transaction_id)
    return to_transaction(rows[0])


def to_transaction(row: "Row") -> Transaction:
    """A transaction from its row."""
    return Transaction(
        id=row["transaction_id"],
        account_id=row["account_id"],
        external_id=row["external_id"],
        type=row["type"],
        kind=row["kind"],
        amount=row["amount"],
        description=row["description"],
        balance_after=row["balance_after"],
        payment_method=row["payment_method"],
        metadata=objects.to_object(row["metadata"]),
        reservation_id=row["reservation_id"],
        created_at=row["created_at"].replace(tzinfo=UTC),
    )


def _post(
    engine: "Writer",
    named: Named,
    transaction_type: str,
    kind: str,
    amount: Amount,
    note: Note,
    *,
    now: datetime,
    key: str | None,
) -> Transaction:
    """Posts one transaction. Credits need an open account, debits need available credits."""
    is_debit = transaction_type == "debit"
    exact = to_amount(amount, "amount", zero=is_debit)
    texts = {
        "description": note.description,
        "payment_method": note.payment_method,
        "metadata": objects.to_text(note.metadata),
    }

    def act() -> tuple[str, Transaction]:
        credit = Credit.open(engine, account_id, now)
        if is_debit:
            credit.require(exact)
        else:
            credit.refuse_closed()
        transaction_id = credit.post(transaction_type, kind, exact, **texts)
        credit.save()
        return transaction_id, get_transaction(engine, transaction_id)

    with engine.atomic(forget=False):
        account_id = known_id(engine, named)
        request = {
            "operation": kind,
            "type": transaction_type,
            "account_id": account_id,
            "amount": exact,
            **texts,
        }
        return once(engine, key, request, act, lambda found: get_transaction(engine, found), now)
