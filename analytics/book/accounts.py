"""The accounts of a book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from analytics.book.part import BookPart, Later

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from decimal import Decimal

    from analytics import ledger
    from analytics.records import Account
else:
    ledger = Later("analytics.ledger")


class AccountFields(TypedDict, total=False):
    """What is kept of an account besides its ids."""

    name: str | None
    email: str | None
    markup_percent: Decimal | int | str | None
    currency: str | None
    billing_address: str | None
    tax_id: str | None
    metadata: Mapping[str, Any] | None
    monthly_fee: Decimal | int | str | None
    fee_label: str | None
    discount_percent: Decimal | int | str | None
    monthly_minimum: Decimal | int | str | None
    tax: str | None


class Accounts(BookPart):
    """The methods of `Book` for accounts."""

    def create_account(
        self,
        external_id: str | None = None,
        *,
        idempotency_key: str | None = None,
        **fields: Unpack[AccountFields],
    ) -> Account:
        """Makes an account; see `ledger.create_account`."""
        return ledger.create_account(
            self._engine,
            external_id=external_id,
            fields=_all(fields),
            now=self._now(),
            key=idempotency_key,
        )

    def update_account(
        self,
        account: str | None = None,
        *,
        account_id: str | None = None,
        external_id: str | None = None,
        new_external_id: str | None = None,
        clear: Collection[str] = (),
        idempotency_key: str | None = None,
        **fields: Unpack[AccountFields],
    ) -> Account:
        """Changes an account, and clears what `clear` names; see `ledger.update_account`."""
        return ledger.update_account(
            self._engine,
            ledger.Named(account, account_id, external_id),
            external_id=new_external_id,
            fields=_all(fields),
            clear=clear,
            now=self._now(),
            key=idempotency_key,
        )

    def close_account(
        self,
        account: str | None = None,
        *,
        account_id: str | None = None,
        external_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Account:
        """Closes an account, which is never deleted; see `ledger.close_account`."""
        named = ledger.Named(account, account_id, external_id)
        return ledger.close_account(self._engine, named, now=self._now(), key=idempotency_key)

    def get_account(
        self,
        account: str | None = None,
        *,
        account_id: str | None = None,
        external_id: str | None = None,
    ) -> Account:
        """The account of an id or external id; see `ledger.get_account`."""
        return ledger.get_account(self._engine, ledger.Named(account, account_id, external_id))

    def list_accounts(self) -> list[Account]:
        """All accounts, by external id."""
        return ledger.list_accounts(self._engine)


def _all(fields: AccountFields) -> dict[str, Any]:
    """Each field, None where it is not given."""
    return {name: fields.get(name) for name in AccountFields.__annotations__}
