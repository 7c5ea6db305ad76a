"""Invoices that were issued, what a run of issuing did, and the rates that invoices need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

TAX_KINDS = ("standard", "exempt", "reverse_charge")

OUTCOMES = ("issued", "skipped", "held", "failed")
"""What became of an account's invoice in a run of issuing."""


@dataclass(frozen=True, slots=True)
class Invoice:
    """An issued document: an invoice or a credit note. Amounts are in its currency."""

    number: str
    kind: str
    """``invoice`` or ``credit_note``; the amounts of a credit note have a minus."""
    purpose: str
    """``month``: bills a month; ``void`` and ``credit`` correct the document `refers_to`."""
    status: str
    """``issued``, or ``void`` once a credit note has cancelled it."""
    account_id: str
    external_id: str | None
    account_name: str | None
    month: str
    issue_date: date
    due_date: date | None
    currency: str
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    refers_to: str | None
    reason: str | None
    voided_by: str | None
    sha256: str
    """Of its canonical JSON."""
    chain_sha256: str
    """Of its number, content and faces, and of the document before it in the book."""
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class IssueOutcome:
    """What became of one account's invoice; `reason` says why it was not issued."""

    account_id: str
    external_id: str | None
    name: str | None
    outcome: str
    number: str | None = None
    currency: str | None = None
    total: Decimal | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class IssueRun:
    """What a run of issuing did, account by account."""

    month: str
    outcomes: Sequence[IssueOutcome]
    is_rehearsal: bool = False

    def count(self, outcome: str) -> int:
        """How many accounts had an outcome."""
        return sum(1 for each in self.outcomes if each.outcome == outcome)


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """An issued document with its content and the bytes of its faces as they were issued."""

    invoice: Invoice
    content: Mapping[str, Any]
    faces: Mapping[str, bytes]
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class VerifiedInvoice:
    """What verifying a document found."""

    number: str
    problems: Sequence[str]
    is_rendered_again: bool
    """Whether what made its faces is installed in the same versions, so they were compared."""


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A named tax rate from a day on; `note` is the sentence that goes with an exemption."""

    name: str
    kind: str
    rate_percent: Decimal
    note: str | None
    effective_from: date


@dataclass(frozen=True, slots=True)
class FxRate:
    """How much of one currency buys one of another, on a day, and who says so."""

    from_currency: str
    to_currency: str
    rate_day: date
    rate: Decimal
    source: str
