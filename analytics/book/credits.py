"""The credits, reservations and transactions of a book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics.book.part import BookPart, Later
from analytics.errors import InvalidArgument
from analytics.period import DEFAULT_TTL, Duration, day_period

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from analytics import ledger
    from analytics.book.questions import Day
    from analytics.ledger.amounts import Amount
    from analytics.records import (
        Balance,
        Confirmation,
        CreditsAdded,
        CreditsDeducted,
        Reservation,
        Statement,
        Transaction,
        TransactionList,
    )
else:
    ledger = Later("analytics.ledger")


class Credits(BookPart):
    """The methods of `Book` for credits. An account is named by either id, or by keyword."""

    def get_balance(
        self,
        account: str | None = None,
        *,
        account_id: str | None = None,
        external_id: str | None = None,
    ) -> Balance:
        """What an account holds now; see `ledger.get_balance`."""
        named = ledger.Named(account, account_id, external_id)
        return ledger.get_balance(self._engine, named, now=self._now())

    def add_credits(
        self,
        account: str | None = None,
        amount: Amount | None = None,
        *,
        account_id: str | None = None,
        external_id: str | None = None,
        description: str | None = None,
        payment_method: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> CreditsAdded:
        """Adds credits to an account; see `ledger.add_credits`."""
        return ledger.add_credits(
            self._engine,
            ledger.Named(account, account_id, external_id),
            _given(amount),
            ledger.Note(description, payment_method, metadata),
            now=self._now(),
            key=idempotency_key,
        )

    def deduct_credits(
        self,
        account: str | None = None,
        amount: Amount | None = None,
        *,
        account_id: str | None = None,
        external_id: str | None = None,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> CreditsDeducted:
        """Takes credits from an account; see `ledger.deduct_credits`."""
        return ledger.deduct_credits(
            self._engine,
            ledger.Named(account, account_id, external_id),
            _given(amount),
            ledger.Note(description, metadata=metadata),
            now=self._now(),
            key=idempotency_key,
        )

    def create_transaction(
        self,
        account: str | None = None,
        amount: Amount | None = None,
        *,
        account_id: str | None = None,
        external_id: str | None = None,
        type: str,  # noqa: A002 - the public API's name
        kind: str = "adjustment",
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> Transaction:
        """Adds a credit or debit of one's own; see `ledger.create_transaction`."""
        return ledger.create_transaction(
            self._engine,
            ledger.Named(account, account_id, external_id),
            _given(amount),
            type,
            kind,
            ledger.Note(description, metadata=metadata),
            now=self._now(),
            key=idempotency_key,
        )

    def get_transaction(self, transaction_id: str) -> Transaction:
        """The transaction of an id; see `ledger.get_transaction`."""
        return ledger.get_transaction(self._engine, transaction_id)

    def list_transactions(
        self,
        account: str | None = None,
        *,
        account_id: str | None = None,
        external_id: str | None = None,
        start_date: Day | None = None,
        end_date: Day | None = None,
        limit: int = 100,
        offset: int = 0,
        include: Collection[str] | str = (),
    ) -> TransactionList:
        """A page of transactions, newest first; see `ledger.list_transactions`.

        Both dates are included. `include` names "reservation" and "usage", or both with a comma.
        """
        wanted = include.split(",") if isinstance(include, str) else include
        return ledger.list_transactions(
            self._engine,
            ledger.Named(account, account_id, external_id),
            period=day_period(start_date, end_date),
            limit=limit,
            offset=offset,
            include=[name.strip() for name in wanted if name.strip()],
            now=self._now(),
        )

    def create_reservation(
        self,
        account: str | None = None,
        amount: Amount | None = None,
        *,
        account_id: str | None = None,
        external_id: str | None = None,
        ttl: Duration = DEFAULT_TTL,
        operation: str | None = None,
        model: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> Reservation:
        """Holds credits for a while, in seconds or a timedelta; see `ledger.create_reservation`."""
        return ledger.create_reservation(
            self._engine,
            ledger.Named(account, account_id, external_id),
            _given(amount),
            ttl=ttl,
            metadata={**(metadata or {}), **_present(operation=operation, model=model)},
            now=self._now(),
            key=idempotency_key,
        )

    def confirm_reservation(
        self,
        reservation_id: str,
        actual_amount: Amount,
        *,
        on_shortfall: str = "reject",
        idempotency_key: str | None = None,
    ) -> Confirmation:
        """Charges what was used and frees the rest; see `ledger.confirm_reservation`."""
        return ledger.confirm_reservation(
            self._engine,
            reservation_id,
            actual_amount,
            on_shortfall=on_shortfall,
            now=self._now(),
            key=idempotency_key,
        )

    def cancel_reservation(
        self, reservation_id: str, *, idempotency_key: str | None = None
    ) -> Reservation:
        """Frees the whole hold; see `ledger.cancel_reservation`."""
        return ledger.cancel_reservation(
            self._engine, reservation_id, now=self._now(), key=idempotency_key
        )

    def get_reservation(self, reservation_id: str) -> Reservation:
        """The reservation of an id, with its status now; see `ledger.get_reservation`."""
        return ledger.get_reservation(self._engine, reservation_id, now=self._now())

    def list_reservations(
        self,
        account: str | None = None,
        *,
        account_id: str | None = None,
        external_id: str | None = None,
        active_only: bool = True,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Reservation]:
        """Reservations, newest first; see `ledger.list_reservations`."""
        return ledger.list_reservations(
            self._engine,
            ledger.Named(account, account_id, external_id),
            active_only=active_only,
            limit=limit,
            offset=offset,
            now=self._now(),
        )

    def get_statement(
        self,
        account: str | None = None,
        month: str | None = None,
        *,
        account_id: str | None = None,
        external_id: str | None = None,
    ) -> Statement:
        """An account's month, by days of the billing time zone; see `ledger.get_statement`."""
        if month is None:
            raise InvalidArgument(name="month", problem="give a month like 2026-10")
        named = ledger.Named(account, account_id, external_id)
        return ledger.get_statement(self._engine, named, month, now=self._now())


def _given(amount: Amount | None) -> Amount:
    if amount is None:
        raise InvalidArgument(name="amount", problem="give an amount of credits")
    return amount


def _present(**texts: str | None) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text is not None}
