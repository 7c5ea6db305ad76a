"""Accounts: who the book's owner bills. Credits and reservations will live here too."""

import hashlib
import secrets
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from analytics.errors import AccountExists, AccountNotFound, InvalidArgument
from analytics.records import Account

if TYPE_CHECKING:
    from analytics.engines import Reader, Row, Writer

MARKUP_DIGITS = 4


def create_account(
    engine: "Writer",
    *,
    external_id: str | None,
    name: str | None,
    email: str | None,
    markup_percent: Decimal | int | str | None,
) -> Account:
    """Makes an account. Its id comes from the external id where there is one, as in a load.

    Raises:
        AccountExists: the external id belongs to another account.
        InvalidArgument: neither external id nor name is given, or the mark-up is no percentage.
    """
    if not external_id and not name:
        raise InvalidArgument(name="external_id", problem="give an external id or a name")
    account_id = f"acc_{_key(external_id)}"
    with engine.atomic():
        for row in engine.rows("ledger/accounts", account=external_id) if external_id else ():
            raise AccountExists(external_id=external_id, account_id=row["account_id"])
        engine.execute(
            "ledger/insert_account",
            account_id=account_id,
            external_id=external_id or None,
            name=name,
            email=email,
            markup_percent=None if markup_percent is None else markup(markup_percent),
            created_at=datetime.now(UTC).replace(tzinfo=None),
        )
        return get_account(engine, account_id)


def update_account(
    engine: "Writer",
    account: str,
    *,
    name: str | None,
    email: str | None,
    markup_percent: Decimal | int | str | None,
) -> Account:
    """Changes what is given of an account, named by its id or external id.

    Raises:
        AccountNotFound: there is none.
        InvalidArgument: the mark-up is no percentage.
    """
    with engine.atomic():
        found = get_account(engine, account)
        engine.execute(
            "ledger/update_account",
            account_id=found.account_id,
            name=name,
            email=email,
            markup_percent=None if markup_percent is None else markup(markup_percent),
            updated_at=datetime.now(UTC).replace(tzinfo=None),
        )
        return get_account(engine, found.account_id)


def get_account(engine: "Reader", account: str) -> Account:
    """The account of an id or external id.

    Raises:
        AccountNotFound: there is none.
    """
    rows = engine.rows("ledger/accounts", account=account)
    if not rows:
        raise AccountNotFound(account=account)
    return _account(rows[0])


def list_accounts(engine: "Reader") -> list[Account]:
    """All accounts, by external id."""
    return [_account(row) for row in engine.rows("ledger/accounts", account=None)]


def markup(percent: Decimal | int | str) -> Decimal:
    """A mark-up in percent, at most four decimals, above -100.

    Raises:
        InvalidArgument: it is none.
    """
    problem = f"{percent!r} is no percentage above -100, up to 10,000, of {MARKUP_DIGITS} decimals"
    if isinstance(percent, float):
        raise InvalidArgument(
            name="markup_percent", problem="give a Decimal or a text, not a float"
        )
    try:
        exact = Decimal(percent)
        rounded = exact.quantize(Decimal(1).scaleb(-MARKUP_DIGITS))
    except ArithmeticError:
        raise InvalidArgument(name="markup_percent", problem=problem) from None
    if not exact.is_finite() or rounded != exact or not -100 < exact < 10_001:
        raise InvalidArgument(name="markup_percent", problem=problem)
    return rounded


def _key(external_id: str | None) -> str:
    if not external_id:
        return secrets.token_hex(10)
    return hashlib.md5(external_id.encode(), usedforsecurity=False).hexdigest()[:20]


def _account(row: "Row") -> Account:
    return Account(
        account_id=row["account_id"],
        external_id=row["external_id"],
        name=row["name"],
        email=row["email"],
        markup_percent=row["markup_percent"],
        created_at=row["created_at"].replace(tzinfo=UTC),
    )
