"""Prices, models and estimates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from analytics.money import Rate


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
    """Seconds of the day, half-open."""
    window_days: str
    """The weekdays on which the row holds: ``1234567``, where 1 is Monday."""
    window_zone: str
    """The time zone of weekdays and seconds: an IANA name."""
    effective_from: datetime | None
    effective_to: datetime | None
    known_from: datetime | None
    known_to: datetime | None
    minimum_audio_milliseconds: int
    is_free: bool
    origin: str
    fact_ids: Sequence[str]
    """The ids of reviewed facts that decided it; see `data/prices/facts.csv`."""
    rates: Mapping[str, Rate]
    """USD of each meter that has a rate, for the quantity that it was published for."""

    @property
    def is_whole_day(self) -> bool:
        """Whether it holds at any hour of the week."""
        hours = (self.window_start_second, self.window_end_second)
        return self.window_days == "1234567" and hours == (0, 86_400)


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
    """USD for `per` units."""
    per: int
    cost_usd: Decimal

    @property
    def rate(self) -> Rate:
        """The rate as it was published."""
        return Rate(self.rate_usd, self.per)


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
class AddedPrice:
    """What `Book.add_price` did."""

    provider: str
    model: str
    variant: str
    rows: int
    """How many price rows it made: one, or one for each that it took over."""
    replaced: Sequence[str]
    """Meters that had another rate before."""
    dropped: Sequence[str]
    """Meters that had a rate before and have none now; `keep` would have kept it."""
    waiting: int
    """How many records without a price `Book.apply_prices` would price with it."""

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}"


@dataclass(frozen=True, slots=True)
class IgnoredMeter:
    """A counter that the book's owner has said costs nothing."""

    meter: str
    provider: str | None
    """None stands for all of them."""
    model: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PriceFact:
    """A reviewed correction or addition to the price catalogue."""

    fact: str
    kind: str
    provider: str
    model: str
    variant: str | None
    meter: str | None
    value: str | None
    """As it is stated: an amount per quantity, a factor, a target, a window."""
    valid_from: str | None
    valid_to: str | None
    source: str
    found: date
    confidence: str
    note: str


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
    command: str = ""
    """What answers it, to paste into a shell; USD stands for what only the owner knows."""


@dataclass(frozen=True, slots=True)
class PricedUsage:
    """What `prices apply` changed for one model."""

    provider: str | None
    model: str
    count: int
    cost_usd: Decimal
    charge_usd: Decimal
