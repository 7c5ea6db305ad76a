"""The models and prices of a book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics.book.part import BookPart, Later

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from analytics import prices, usage
    from analytics.book.questions import Moment
    from analytics.prices import additions
    from analytics.records import (
        AddedPrice,
        CostEstimate,
        IgnoredMeter,
        MissingPrice,
        Model,
        Price,
        PricedUsage,
        PriceFact,
        UsageRecord,
    )
    from analytics.usage import recording
else:
    prices = Later("analytics.prices")
    additions = Later("analytics.prices.additions")
    usage = Later("analytics.usage")
    recording = Later("analytics.usage.recording")


class Prices(BookPart):
    """The methods of `Book` for models and prices."""

    def list_models(self, provider: str | None = None, *, search: str | None = None) -> list[Model]:
        """The known models; see `prices.list_models`."""
        return prices.list_models(self._engine, provider=provider, search=search)

    def get_model(self, model_id: str, *, provider: str | None = None) -> Model:
        """The model that a name means; see `prices.get_model`."""
        return prices.get_model(self._engine, model_id, provider)

    def list_prices(
        self,
        model_id: str,
        *,
        provider: str | None = None,
        at: Moment | None = None,
        variant: str | Mapping[str, str] | None = None,
        with_history: bool = False,
    ) -> list[Price]:
        """The price rows of a model; see `prices.list_prices`."""
        return prices.list_prices(
            self._engine,
            model_id,
            provider=provider,
            at=at,
            variant=variant,
            with_history=with_history,
        )

    def calculate_cost(
        self,
        model_id: str,
        *,
        provider: str | None = None,
        at: Moment | None = None,
        variant: str | Mapping[str, str] | None = None,
        cached_tokens: int | None = None,
        audio_duration_seconds: Decimal | int | str | None = None,
        **quantities: int,
    ) -> CostEstimate:
        """What a call would cost; nothing is stored. See `prices.estimate`."""
        meters = dict(quantities)
        if cached_tokens is not None:
            meters["cache_read_tokens"] = cached_tokens
        if audio_duration_seconds is not None:
            meters["audio_milliseconds"] = usage.milliseconds(audio_duration_seconds)
        return prices.estimate(
            self._engine, model_id, provider=provider, at=at, variant=variant, quantities=meters
        )

    def missing_prices(self) -> list[MissingPrice]:
        """The names whose usage has no price; see `prices.missing`."""
        return prices.missing(self._engine)

    def add_alias(
        self,
        name: str,
        target: str,
        *,
        provider: str | None = None,
        target_provider: str | None = None,
    ) -> str:
        """Says what a name means; returns ``provider/model``. See `additions.add_alias`."""
        found = additions.add_alias(
            self._engine, name, provider=provider, target=target, target_provider=target_provider
        )
        return f"{found.price_provider}/{found.price_model}"

    def add_price(
        self,
        model_id: str,
        rates: Mapping[str, Decimal | int | str] | None = None,
        *,
        provider: str | None = None,
        effective_from: Moment | None = None,
        effective_to: Moment | None = None,
        variant: str | Mapping[str, str] | None = None,
        free: bool = False,
        minimum_audio_milliseconds: int = 0,
        window: str | None = None,
        like: str | None = None,
        factor: Decimal | int | str | None = None,
        keep: bool = False,
    ) -> AddedPrice:
        """Adds a price of the book's own; `additions.NewPrice` says what each argument means."""
        new = additions.NewPrice(
            model_id,
            provider,
            rates or {},
            effective_from,
            effective_to,
            variant,
            free,
            minimum_audio_milliseconds,
            window,
            like,
            factor,
            keep,
        )
        return additions.add_price(self._engine, new)

    def list_price_facts(
        self, model: str | None = None, *, provider: str | None = None
    ) -> list[PriceFact]:
        """The reviewed facts that correct the price catalogue, with their sources."""
        return prices.list_facts(self._engine, model=model, provider=provider)

    def ignore_meter(
        self, meter: str, *, provider: str | None = None, model: str | None = None
    ) -> None:
        """Says that a counter costs nothing; `apply_prices` then prices what waited for that.

        See `prices.ignore_meter`.
        """
        prices.ignore_meter(self._engine, meter, provider=provider, model=model)

    def mind_meter(
        self, meter: str, *, provider: str | None = None, model: str | None = None
    ) -> None:
        """Takes back what `ignore_meter` said, for records from now on."""
        prices.ignore_meter(self._engine, meter, provider=provider, model=model, ignore=False)

    def answer_usage(self, record_id: str, **used: Any) -> UsageRecord:
        """Says what a record used whose usage is not known, and prices it.

        See `prices.answer_usage`.

        Args:
            record_id: the record.
            used: quantities as `record_usage` takes them; none where the call used nothing.
        """
        with self._engine.atomic():
            recording.fold(self._engine)
            return prices.answer_usage(self._engine, record_id, used)

    def list_ignored_meters(self) -> list[IgnoredMeter]:
        """The counters that cost nothing in this book."""
        return prices.ignored_meters(self._engine)

    def apply_prices(self) -> list[PricedUsage]:
        """Prices the records whose price was missing and is known by now; see `prices.apply`."""
        with self._engine.atomic():
            recording.fold(self._engine)
            return prices.apply(self._engine)
