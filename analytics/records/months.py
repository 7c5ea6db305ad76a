"""A month at a glance: what the page of a month shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from analytics.records.usage import Totals


@dataclass(frozen=True, slots=True)
class MonthDay:
    """One day: what customers and the own systems cost, and what customers are charged."""

    day: date
    record_count: int
    customer_cost_usd: Decimal
    system_cost_usd: Decimal
    charge_usd: Decimal


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A model or an account in a month, with its money of the month before.

    `key` is ``provider/model`` or the account's id; `name` is what a page calls it, `note` what
    it says beside that.
    """

    key: str
    name: str
    note: str | None
    record_count: int
    unpriced_count: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    charge_usd: Decimal
    previous_cost_usd: Decimal
    previous_charge_usd: Decimal


@dataclass(frozen=True, slots=True)
class Mover:
    """A model whose cost, or an account whose charge, changed most against the month before."""

    kind: str
    """``model`` or ``account``."""
    key: str
    name: str
    previous_usd: Decimal
    current_usd: Decimal
    change_usd: Decimal


@dataclass(frozen=True, slots=True)
class MonthReport:
    """A month: totals, the month before, contexts, models, accounts, days, movers.

    Money is that of the priced records; `unpriced_count` counts the others.
    """

    month: str
    previous_month: str
    timezone: str
    first_day: date
    last_day: date
    last_day_with_usage: date | None
    totals: Totals
    previous: Totals
    customer: Totals
    system: Totals
    margin_usd: Decimal
    """What customers are charged less all cost, that of the own systems included."""
    models: Sequence[MonthRow]
    accounts: Sequence[MonthRow]
    days: Sequence[MonthDay]
    movers: Sequence[Mover]
    unpriced_models: Sequence[MonthRow]
