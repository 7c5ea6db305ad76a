"""A reservation for the length of a block: confirmed inside, or cancelled at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from analytics.errors import TokenbookError

if TYPE_CHECKING:
    from types import TracebackType

    from analytics.book.facade import Book
    from analytics.ledger.amounts import Amount
    from analytics.records import Confirmation, Reservation, UsageRecord

Usage = Mapping[str, Any]
"""Keyword arguments of `Book.record_usage`."""


class Hold:
    """A live reservation; see `Book.reservation`."""

    def __init__(self, book: Book, reservation: Reservation) -> None:
        self.reservation = reservation
        self.confirmation: Confirmation | None = None
        self.usage_records: Sequence[UsageRecord] = ()
        """What `confirm` recorded."""
        self._book = book
        self._is_resolved = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_resolved:
            return
        if error is None:
            self.cancel()
            return
        # What went wrong inside matters more than that the hold must wait for its expiry.
        with suppress(TokenbookError):
            self.cancel()

    @property
    def id(self) -> str:
        """The reservation's id."""
        return self.reservation.id

    def confirm(
        self,
        actual_amount: Amount,
        *,
        usage: Usage | Sequence[Usage] | None = None,
        on_shortfall: str = "reject",
    ) -> Confirmation:
        """Charges what was used and records it, in one database transaction.

        Args:
            actual_amount: what was used.
            usage: arguments of `Book.record_usage` for each call that it paid for; account and
                transaction are those of the reservation.
            on_shortfall: "reject" or "cap"; see `Book.confirm_reservation`.

        Raises:
            TokenbookError: one of these two failed; nothing was changed.
        """
        calls = [usage] if isinstance(usage, Mapping) else usage or ()
        done, self.usage_records = self._book.confirm_and_record(
            self.id, actual_amount, calls, on_shortfall=on_shortfall
        )
        self.confirmation, self._is_resolved = done, True
        return done

    def cancel(self) -> None:
        """Frees the whole hold."""
        self.reservation = self._book.cancel_reservation(self.id)
        self._is_resolved = True
