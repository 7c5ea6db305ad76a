"""Accounts: who the book's owner bills. An account is closed, never deleted."""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analytics.errors import AccountExists, InvalidArgument
from analytics.ledger import objects
from analytics.ledger.idempotency import once
from analytics.ledger.naming import Named, find
from analytics.money import MINOR_UNIT_DIGITS
from analytics.records import Account

if TYPE_CHECKING:
    from analytics.engines import Reader, Row, Writer

MARKUP_DIGITS = 4


def create_account(
    engine: "Writer",
    *,
    external_id: str | None,
    fields: Mapping[str, Any],
    now: datetime,
    key: str | None = None,
) -> Account:
    """Makes an account. Its id comes from the external id where there is one, as in a load.

    Args:
        engine: the book.
        external_id: the caller's own id of the account.
        fields: name, email, markup_percent, currency, billing_address, tax_id, metadata,
            monthly_fee, fee_label, discount_percent, monthly_minimum, tax.
        now: the time.
        key: makes a retry return the same account.

    Raises:
        AccountExists: the external id belongs to another account.
        InvalidArgument: neither external id nor name is given, or a field is wrong.
        IdempotencyConflict: the key was used for another request.
    """
    if not external_id and not fields["name"]:
        raise InvalidArgument(name="external_id", problem="give an external id or a name")
    values = _values(fields)

    def act() -> tuple[str, Account]:
        if external_id:
            _refuse_taken(engine, external_id)
        account_id = _new_id(engine, external_id)
        engine.execute(
            "ledger/insert_account",
            account_id=account_id,
            external_id=external_id or None,
            created_at=now,
            **values,
        )
        engine.forget()
        return account_id, _get(engine, account_id)

    request = {"operation": "create_account", "external_id": external_id, **values}
    return once(engine, key, request, act, lambda found: _get(engine, found), now)


def update_account(
    engine: "Writer",
    named: Named,
    *,
    external_id: str | None,
    fields: Mapping[str, Any],
    clear: Collection[str] = (),
    now: datetime,
    key: str | None = None,
) -> Account:
    """Changes what is given of an account; what is None stays, unless it is to be cleared.

    Args:
        engine: the book.
        named: which account.
        external_id: the new one.
        fields: those of `create_account`.
        clear: the names of fields that the account has no more.
        now: the time.
        key: makes a retry change nothing.

    Raises:
        AccountNotFound: there is none.
        AccountExists: the new external id belongs to another account.
        InvalidArgument: a field is wrong.
        IdempotencyConflict: the key was used for another request.
    """
    values = _values(fields)
    changes = {**values, "cleared": _cleared(values, clear)}
    found = find(engine, named)
    account_id = found["account_id"]

    def act() -> tuple[str, Account]:
        if external_id and external_id != found["external_id"]:
            _refuse_taken(engine, external_id)
            engine.execute("ledger/set_external_id", account_id=account_id, external_id=external_id)
        engine.execute("ledger/update_account", account_id=account_id, updated_at=now, **changes)
        engine.forget()
        return account_id, _get(engine, account_id)

    request = {
        "operation": "update_account",
        "account_id": account_id,
        "external_id": external_id,
        **(changes if clear else values),
    }
    return once(engine, key, request, act, lambda found: _get(engine, found), now)


def close_account(
    engine: "Writer", named: Named, *, now: datetime, key: str | None = None
) -> Account:
    """Closes an account: it takes no more credits and reservations. Closing twice is fine.

    What is reserved may still be confirmed or cancelled, and the balance may be deducted.

    Raises:
        AccountNotFound: there is none.
        IdempotencyConflict: the key was used for another request.
    """
    account_id = find(engine, named)["account_id"]

    def act() -> tuple[str, Account]:
        before = _get(engine, account_id)
        if not before.closed_at:
            engine.execute("ledger/close_account", account_id=account_id, closed_at=now)
        engine.forget()
        return account_id, _get(engine, account_id)

    request = {"operation": "close_account", "account_id": account_id}
    return once(engine, key, request, act, lambda found: _get(engine, found), now)


def get_account(engine: "Reader", named: Named) -> Account:
    """The account that is named.

    Raises:
        AccountNotFound: there is none.
        AccountMismatch: two names are of two accounts.
    """
    with engine.session():
        return _get(engine, find(engine, named)["account_id"])


def list_accounts(engine: "Reader") -> list[Account]:
    """All accounts, by external id."""
    return [_account(row) for row in engine.rows("ledger/accounts", account_id=None)]


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


def currency(code: str) -> str:
    """A currency that invoices can be in.

    Raises:
        InvalidArgument: it is none.
    """
    if code not in MINOR_UNIT_DIGITS:
        problem = f"{code!r} is no currency of ISO 4217, like USD, EUR or JPY"
        raise InvalidArgument(name="currency", problem=problem)
    return code


def _values(fields: Mapping[str, Any]) -> dict[str, object]:
    """What is given of an account, checked, as the columns hold it."""
    percent, code, metadata = (fields[n] for n in ("markup_percent", "currency", "metadata"))
    return {
        **fields,
        "markup_percent": None if percent is None else markup(percent),
        "currency": None if code is None else currency(code),
        "metadata": None if metadata is None else objects.to_text(metadata) or "{}",
        "monthly_fee": _money(fields, "monthly_fee"),
        "monthly_minimum": _money(fields, "monthly_minimum"),
        "discount_percent": _discount(fields["discount_percent"]),
    }


def _money(fields: Mapping[str, Any], name: str) -> Decimal | None:
    """An amount of money of a month, of three decimals at most; 0 is none."""
    if fields[name] is None:
        return None
    return _number(name, fields[name], 3, Decimal(10) ** 12)


def _discount(percent: Decimal | int | str | None) -> Decimal | None:
    if percent is None:
        return None
    return _number("discount_percent", percent, MARKUP_DIGITS, Decimal(100))


def _number(name: str, value: Decimal | int | str, digits: int, most: Decimal) -> Decimal:
    """A number from 0 up to `most`."""
    problem = f"{value!r} is no number from 0 to {most:,} of at most {digits} decimals"
    if isinstance(value, float):
        raise InvalidArgument(name=name, problem="give a Decimal or a text, not a float")
    try:
        found = Decimal(value)
        is_right = 0 <= found <= most and found == round(found, digits)
    except (ArithmeticError, ValueError):
        is_right = False
    if not is_right:
        raise InvalidArgument(name=name, problem=problem)
    return found


def _cleared(values: Mapping[str, object], clear: Collection[str]) -> list[str]:
    """The columns to clear, sorted."""
    fields = list(values)
    for name in clear:
        if name not in fields:
            problem = f"{name!r} cannot be cleared; choose of {', '.join(fields)}"
            raise InvalidArgument(name="clear", problem=problem)
        if values[name] is not None:
            problem = f"{name} is given and cleared at once; choose one"
            raise InvalidArgument(name="clear", problem=problem)
    return sorted(set(clear))


def _refuse_taken(engine: "Reader", external_id: str) -> None:
    for row in engine.rows("ledger/find_account", account_id=None, external_id=external_id):
        raise AccountExists(external_id=external_id, account_id=row["account_id"])


def _new_id(engine: "Reader", external_id: str | None) -> str:
    """From the external id; a random one where another account had that external id before."""
    if external_id:
        digest = hashlib.md5(external_id.encode(), usedforsecurity=False).hexdigest()[:20]
        derived = f"acc_{digest}"
        if not engine.rows("ledger/find_account", account_id=derived, external_id=None):
            return derived
    return f"acc_{secrets.token_hex(10)}"


def _get(engine: "Reader", account_id: str) -> Account:
    return _account(engine.row("ledger/accounts", account_id=account_id))


def _account(row: "Row") -> Account:
    closed_at = row["closed_at"]
    return Account(
        account_id=row["account_id"],
        external_id=row["external_id"],
        name=row["name"],
        email=row["email"],
        markup_percent=row["markup_percent"],
        created_at=row["created_at"].replace(tzinfo=UTC),
        updated_at=row["updated_at"].replace(tzinfo=UTC),
        closed_at=closed_at.replace(tzinfo=UTC) if closed_at else None,
        currency=row["currency"],
        billing_address=row["billing_address"],
        tax_id=row["tax_id"],
        metadata=objects.to_object(row["metadata"]),
        balance=row["balance"],
        monthly_fee=row["monthly_fee"],
        fee_label=row["fee_label"],
        discount_percent=row["discount_percent"],
        monthly_minimum=row["monthly_minimum"],
        tax=row["tax"],
    )
