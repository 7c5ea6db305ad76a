"""What ties usage to transactions: a customer's record names one, and it is the customer's own."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from analytics.errors import (
    TokenbookError,
    TransactionMismatch,
    TransactionNotFound,
    TransactionRequired,
)
from analytics.ledger import ids
from analytics.ledger.naming import Named, known_id

if TYPE_CHECKING:
    from analytics.engines import Writer

REQUIRED = "require_transactions"
"""The setting; a book from before there were transactions does not have it."""


def check_usage_transaction(engine: "Writer", fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a usage record whose transaction is right; they get its account.

    Args:
        engine: the book.
        fields: those of `usage.record`; None means absent.

    Raises:
        TransactionNotFound: there is no such transaction.
        TransactionMismatch: it is of another account than the record.
        TransactionRequired: a customer's record has none, and the book wants one.
        AccountNotFound: there is no such account.
        AccountMismatch: two accounts are named.
    """
    named = Named(account_id=fields.get("account_id"), external_id=fields.get("external_id"))
    transaction_id = fields.get("transaction_id")
    if not transaction_id:
        if _is_customers(fields, named) and _is_required(engine):
            if named.is_given:
                known_id(engine, named)
            raise TransactionRequired(setting=REQUIRED)
        return dict(fields)
    owner = _owner(engine, transaction_id)
    if named.is_given:
        if known_id(engine, named) != owner:
            raise TransactionMismatch(
                transaction_id=transaction_id,
                account_id=owner,
                account=named.external_id or named.account_id,
            )
        return dict(fields)
    if fields.get("context") == "system":
        return dict(fields)
    return {**fields, "account_id": owner}


def _is_customers(fields: Mapping[str, Any], named: Named) -> bool:
    """As in `queries/usage/stage.sql`: an account makes a record that of a customer."""
    context = fields.get("context")
    return context == "customer" or (not context and named.is_given)


def _is_required(engine: "Writer") -> bool:
    rows = engine.remember(REQUIRED, lambda: engine.rows("book/setting", name=REQUIRED))
    return bool(rows) and rows[0]["value"] == "true"


def check_usage_transactions(
    engine: "Writer", records: Sequence[Mapping[str, Any] | TokenbookError]
) -> list[dict[str, Any] | TokenbookError]:
    """The same for many records, of which some are errors already; in their order."""
    named = [each for each in records if not isinstance(each, TokenbookError)]
    known = (str(each["transaction_id"]) for each in named if each.get("transaction_id"))
    for transaction_id, owner in _owners(engine, known).items():
        engine.remember(("owner", transaction_id), partial(str, owner))
    checked: list[dict[str, Any] | TokenbookError] = []
    for record in records:
        try:
            if isinstance(record, TokenbookError):
                raise record
            checked.append(check_usage_transaction(engine, record))
        except TokenbookError as error:
            checked.append(error)
    return checked


def _owner(engine: "Writer", transaction_id: str) -> str:
    """Whose a transaction is, which never changes."""

    def find() -> str:
        try:
            return _owners(engine, [transaction_id])[transaction_id]
        except KeyError:
            raise TransactionNotFound(transaction_id=transaction_id) from None

    return engine.remember(("owner", transaction_id), find)


def _owners(engine: "Writer", transaction_ids: Iterable[str]) -> dict[str, str]:
    made = {each: ids.made_at(ids.TRANSACTION, each) for each in transaction_ids}
    rows = engine.rows(
        "ledger/transaction_accounts",
        transaction_ids=list(made),
        created_at=[each for each in made.values() if each],
    )
    return {row["transaction_id"]: row["account_id"] for row in rows}
