"""Prices, models and estimates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """One immutable row of the price dimension."""

    price_id: str
    provider: str
    model: str
    variant: str
    input_tokens_from: int
    input_tokens_to: int | None
    """The row applies to requests with `input_tokens_from <= input tokens < input_tokens_to`."""
    window_start_second: int
    window_end_second: int
    """Seconds of the UTC day, half-open."""
    effective_from: datetime | None
    effective_to: datetime | None
    known_from: datetime | None
    known_to: datetime | None
    minimum_audio_milliseconds: int
    is_free: bool
    origin: str
    rates: Mapping[str, Decimal]
    """USD per one unit of each meter that has a rate."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model that the price dimension knows, with its standard price now."""

    provider: str
    model_id: str
    display_name: str | None
    context_window: int | None
    origin: str
    input_per_million: Decimal | None
    output_per_million: Decimal | None
    cached_input_per_million: Decimal | None
    variants: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class CostLine:
    """One meter of an estimate: quantity x rate."""

    meter: str
    quantity: int
    rate_usd: Decimal
    cost_usd: Decimal


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """What a call would cost. Nothing is stored."""

    model_id: str
    provider: str | None
    variant: str
    at: datetime
    estimated_cost_usd: Decimal | None  # None where there is no price; `reason` says why
    charge_usd: Decimal | None
    reason: str | None
    price_id: str | None
    lines: Sequence[CostLine] = ()


@dataclass(frozen=True, slots=True)
class MissingPrice:
    """A model as it was sent whose records have no price, and why."""

    provider: str | None
    model: str
    variant: str
    reason: str
    count: int
    first_at: datetime
    last_at: datetime
    accounts: int


@dataclass(frozen=True, slots=True)
class PricedUsage:
    """What `prices apply` changed for one model."""

    provider: str | None
    model: str
    count: int
    cost_usd: Decimal
    charge_usd: Decimal
