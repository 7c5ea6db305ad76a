"""Why a figure is what it is: quantity x rate, the price row, rounding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from analytics.records.prices import CostLine, Price
from analytics.records.usage import UsageRecord


@dataclass(frozen=True, slots=True)
class NameMeaning:
    """What the names that a record was sent with mean.

    `how` is one of exact, alias, match, stripped, unknown, ambiguous.
    """

    provider_as_sent: str | None
    model_as_sent: str
    how: str
    price_provider: str | None
    price_model: str | None
    price_variant: str


@dataclass(frozen=True, slots=True)
class UsageExplanation:
    """Where the cost and the charge of one usage record come from.

    The costs of the lines add up to `cost_usd`, and `cost_usd` x `charge_factor` is `charge_usd`:
    exactly, to the last digit.
    """

    record: UsageRecord
    name: NameMeaning
    price: Price | None
    lines: Sequence[CostLine]
    billed_audio_milliseconds: int
    """At least the price's minimum, where there was any audio."""
    cost_usd: Decimal | None  # None where there is no price; `record.unpriced_reason` says why
    markup_percent: Decimal | None  # None for system usage, which is charged to nobody
    markup_of: str | None
    """``account``, ``book``, or None."""
    charge_factor: Decimal
    charge_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class ExplainedPart:
    """One step of a figure: what it is, the figure, and how it came about.

    Args:
        label: what it is.
        amount: the figure in plain notation, as the invoice states it.
        currency: of the amount.
        formula: how it follows from what is known, for the eye.
        facts: what is known: a price row, an exchange rate, a rule of rounding.
        parts: the steps that it is made of.
    """

    label: str
    amount: str | None = None
    currency: str | None = None
    formula: str | None = None
    facts: Mapping[str, object] | None = None
    parts: Sequence["ExplainedPart"] = ()
