"""Accounts and their credits: balances, transactions, reservations, statements.

Credits are exact decimals of six places. Field names are those of the public API in snake_case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

TRANSACTION_TYPES = ("credit", "debit")

MANUAL_KINDS = ("adjustment", "refund", "migration")
"""What a transaction of one's own may be for."""

TRANSACTION_KINDS = ("add", "deduct", "confirm", *MANUAL_KINDS)
"""What a transaction is for; the first three are written by the operation of that name."""

RESERVATION_STATUSES = ("pending", "confirmed", "cancelled", "expired")

ON_SHORTFALL = ("reject", "cap")
"""What a confirmation does where the credits do not cover it."""


@dataclass(frozen=True, slots=True)
class Account:
    """One customer of the book's owner."""

    account_id: str
    external_id: str | None
    name: str | None
    email: str | None
    markup_percent: Decimal | None
    """None: the book's own mark-up applies."""
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    """When it was closed: it takes no more credits and no more reservations."""
    currency: str = "USD"
    """Of its invoices: its own, else the book's."""
    billing_address: str | None = None
    tax_id: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    balance: Decimal = Decimal(0)
    monthly_fee: Decimal | None = None
    """What it pays each month besides usage, in its currency; `fee_label` names it on invoices."""
    fee_label: str | None = None
    discount_percent: Decimal | None = None
    """What is taken off its usage."""
    monthly_minimum: Decimal | None = None
    """What it pays at least for a month's usage, in its currency."""
    tax: str | None = None
    """The name of its tax rate; None is that of the configuration."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account holds now: `available` is `balance` less `reserved`, never below zero."""

    account_id: str
    external_id: str | None
    balance: Decimal
    reserved: Decimal
    available: Decimal


@dataclass(frozen=True, slots=True)
class CreditsAdded:
    """What `add_credits` did; `balance` is that after it."""

    account_id: str
    external_id: str | None
    balance: Decimal
    added: Decimal
    transaction_id: str


@dataclass(frozen=True, slots=True)
class CreditsDeducted:
    """What `deduct_credits` did; `balance` is that after it."""

    account_id: str
    external_id: str | None
    balance: Decimal
    deducted: Decimal
    transaction_id: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """A hold on credits."""

    id: str
    account_id: str
    external_id: str | None
    amount: Decimal
    status: str
    """``pending``, ``confirmed``, ``cancelled`` or ``expired``."""
    created_at: datetime
    expires_at: datetime
    resolved_at: datetime | None
    """When it stopped to be pending."""
    transaction_id: str | None
    charged: Decimal | None
    """What its confirmation charged, and what it would have charged more had there been credits."""
    shortfall: Decimal | None
    metadata: Mapping[str, Any]
    """The caller's; ``operation`` and ``model`` are in it too, where they were given."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What confirming a reservation did; `balance` is that after it."""

    reservation_id: str
    transaction_id: str
    account_id: str
    external_id: str | None
    balance: Decimal
    charged: Decimal
    released: Decimal
    """What of the hold was not used and is free again."""
    shortfall: Decimal
    """What the credits did not cover; zero unless it was capped."""
    is_late: bool
    """Whether the reservation had expired."""


@dataclass(frozen=True, slots=True)
class TransactionUsage:
    """One usage record that a transaction paid for, in short."""

    id: str
    model_id: str
    occurred_at: datetime
    input_tokens: int
    output_tokens: int
    estimated_cost_usd: Decimal | None
    charge_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Transaction:
    """One row of the ledger; it never changes."""

    id: str
    account_id: str
    external_id: str | None
    type: str
    """``credit`` or ``debit``: the sign. The amount is never negative."""
    kind: str
    amount: Decimal
    description: str | None
    balance_after: Decimal
    payment_method: str | None
    metadata: Mapping[str, Any]
    reservation_id: str | None
    created_at: datetime
    reservation: Reservation | None = None
    """The reservation that it confirmed, where it was asked for."""
    usage: Sequence[TransactionUsage] | None = None
    """The usage that it paid for, where it was asked for."""


@dataclass(frozen=True, slots=True)
class Pagination:
    """Which part of a list this is."""

    limit: int
    offset: int
    total_count: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class TransactionList:
    """A page of transactions, newest first."""

    items: Sequence[Transaction]
    pagination: Pagination


@dataclass(frozen=True, slots=True)
class Statement:
    """An account's month: opening balance plus movements is the closing balance."""

    account: Account
    month: str
    start_date: date
    end_date: date
    """The last day, included."""
    as_of: datetime
    """The end of the month, or now where it is not over: what the closing figures are of."""
    opening_balance: Decimal
    credits: Decimal
    debits: Decimal
    closing_balance: Decimal
    reserved: Decimal
    """The sum of `holds`."""
    available: Decimal
    movements: Sequence[Transaction]
    """Oldest first."""
    holds: Sequence[Reservation]
    """The reservations that were live at the end."""
