"""The credits of one account while they change, inside one database transaction.

Every write goes through `Credit`: it touches the account's row first, settles what has expired by
the account's time, posts transactions, and saves the row. The account's time is the later of the
clock and its last write, so that a clock that jumps back revives no hold.

The first touch already leaves the row as the write will probably leave it (`Move`): a hold and a
confirmation that are covered then need no other statement for it.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Self

from analytics.errors import AccountClosed, AccountNotFound, AmountTooLarge, InsufficientCredits
from analytics.ledger import ids
from analytics.ledger.amounts import LIMIT
from analytics.money import plain
from analytics.period import iso

if TYPE_CHECKING:
    from analytics.engines import Writer

ZERO = Decimal("0.000000")


@dataclass(frozen=True, slots=True)
class Move:
    """How a write will probably change an account's row.

    Args:
        balance: what it adds to the balance.
        reserved: what it adds to the holds.
        transactions: how many it adds.
        expires_at: when the hold expires that it adds or takes away.
    """

    balance: Decimal = ZERO
    reserved: Decimal = ZERO
    transactions: int = 0
    expires_at: datetime | None = None


@dataclass(slots=True)
class Credit:
    """An account's row of the ledger under a write. `now` is the account's time."""

    engine: "Writer"
    account_id: str
    external_id: str | None
    balance: Decimal
    reserved: Decimal
    next_expiry_at: datetime | None
    transaction_count: int
    closed_at: datetime | None
    now: datetime
    stored: tuple[Decimal, Decimal, datetime | None, int]
    """What of it is in the row."""

    @classmethod
    def open(
        cls, engine: "Writer", account_id: str, clock: datetime, move: Move | None = None
    ) -> Self:
        """Touches the account's row, and settles the reservations whose time is over.

        What it returns is the account before the move; `save` writes the row where it was wrong.

        Raises:
            AccountNotFound: there is none.
        """
        move = move or Move()
        rows = engine.rows(
            "ledger/touch_account",
            account_id=account_id,
            now=clock,
            balance_change=move.balance,
            reserved_change=move.reserved,
            transactions=move.transactions,
            expires_at=move.expires_at,
        )
        if not rows:
            raise AccountNotFound(account=account_id)
        row = rows[0]
        credit = cls(
            engine=engine,
            account_id=row["account_id"],
            external_id=row["external_id"],
            balance=row["balance"] - move.balance,
            reserved=row["reserved"] - move.reserved,
            next_expiry_at=row["next_expiry_at"] or move.expires_at,
            transaction_count=row["transaction_count"] - move.transactions,
            closed_at=row["closed_at"],
            now=row["written_at"],
            stored=(
                row["balance"],
                row["reserved"],
                row["next_expiry_at"],
                row["transaction_count"],
            ),
        )
        now = credit.now
        if credit.next_expiry_at and credit.next_expiry_at <= now:
            credit._settle()
        return credit

    @property
    def available(self) -> Decimal:
        """What is neither spent nor held."""
        return self.balance - self.reserved

    def refuse_closed(self) -> None:
        """Raises where the account takes nothing more.

        Raises:
            AccountClosed: it was closed.
        """
        if self.closed_at:
            raise AccountClosed(account_id=self.account_id, closed_at=iso(self.closed_at))

    def require(self, amount: Decimal) -> None:
        """Raises where an amount is not available.

        Raises:
            InsufficientCredits: it is not.
        """
        if amount > self.available:
            raise InsufficientCredits(
                account_id=self.account_id, available=plain(self.available), required=plain(amount)
            )

    def hold(self, amount: Decimal, until: datetime) -> None:
        """Reserves an amount."""
        self.reserved += amount
        self.next_expiry_at = min(self.next_expiry_at or until, until)

    def release(self, amount: Decimal) -> None:
        """Frees what a reservation held."""
        self.reserved -= amount
        if not self.reserved:
            self.next_expiry_at = None

    def post(
        self,
        transaction_type: str,
        kind: str,
        amount: Decimal,
        *,
        description: str | None = None,
        payment_method: str | None = None,
        metadata: str | None = None,
        reservation_id: str | None = None,
    ) -> str:
        """Adds a transaction and returns its id.

        Raises:
            AmountTooLarge: the balance would be beyond what an account can hold.
        """
        self.balance += amount if transaction_type == "credit" else -amount
        if self.balance >= LIMIT:
            raise AmountTooLarge(name="balance", value=plain(self.balance), limit=plain(LIMIT))
        assert self.balance >= 0, "what is charged was available"
        self.transaction_count += 1
        transaction_id = ids.new_id(ids.TRANSACTION, self.now)
        self.engine.execute(
            "ledger/insert_transaction",
            transaction_id=transaction_id,
            account_id=self.account_id,
            account_sequence=self.transaction_count,
            type=transaction_type,
            kind=kind,
            amount=amount,
            balance_after=self.balance,
            description=description,
            payment_method=payment_method,
            metadata=metadata,
            reservation_id=reservation_id,
            created_at=self.now,
        )
        return transaction_id

    def save(self) -> None:
        """Writes the account's row, unless that is how it is."""
        values = (self.balance, self.reserved, self.next_expiry_at, self.transaction_count)
        if values == self.stored:
            return
        self.stored = values
        self.engine.execute(
            "ledger/set_credit",
            account_id=self.account_id,
            balance=self.balance,
            reserved=self.reserved,
            next_expiry_at=self.next_expiry_at,
            transaction_count=self.transaction_count,
        )

    def _settle(self) -> None:
        """Stores what has expired, and saves it: whatever the write does then, this is so."""
        self.engine.execute(
            "ledger/expire_reservations",
            account_id=self.account_id,
            next_expiry_at=self.next_expiry_at,
            now=self.now,
        )
        live = self.engine.row("ledger/live_holds", account_id=self.account_id, now=self.now)
        self.reserved, self.next_expiry_at = live["reserved"], live["next_expiry_at"]
        self.save()
