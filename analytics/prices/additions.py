"""What the book's owner adds to the price dimension: names and prices.

A price row is never edited. A price that replaces another closes the old one's known-time;
what still holds of the old one is written again, known from now on.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext
from typing import TYPE_CHECKING

from analytics import rating
from analytics.catalog import canonical_variant
from analytics.errors import InvalidPrice
from analytics.period import instant
from analytics.records import METER_NAMES, METERS

if TYPE_CHECKING:
    from analytics.catalog import Catalog, Resolution
    from analytics.engines import Writer

OWN_PROVIDER = "custom"
"""The provider of a model that is priced without naming one and that nobody is known to serve."""

RATE_LIMIT_USD = Decimal(1000)
"""The highest rate per stored unit; the cost of a large request must fit its column."""


_PER = {meter.name: meter.per for meter in METERS}
_RATE_DIGITS = Decimal(1).scaleb(-18)


def add_alias(
    engine: "Writer", name: str, *, provider: str | None, target: str, target_provider: str | None
) -> "Resolution":
    """Says what a name means from now on, for records that have no price yet. Follow with `apply`.

    Raises:
        ModelNotFound: the target is not known either.
    """
    with engine.atomic():
        found = rating.resolve(engine, target, target_provider, "")
        engine.execute(
            "prices/set_alias",
            provider=(provider or "").strip().lower(),
            name=name.strip(),
            target_provider=found.price_provider,
            target_model=found.price_model,
            created_at=datetime.now(UTC).replace(tzinfo=None),
        )
        engine.execute("rating/forget_names")
    return found


def add_price(
    engine: "Writer",
    model_id: str,
    *,
    provider: str | None,
    rates: Mapping[str, Decimal | int | str],
    effective_from: datetime | date | str | None,
    effective_to: datetime | date | str | None,
    variant: str | Mapping[str, str] | None,
    is_free: bool,
    minimum_audio_milliseconds: int,
) -> str:
    """Adds a price of the book's own and returns the model it belongs to, as ``provider/model``.

    Args:
        engine: the book.
        model_id: a model, known or new.
        provider: who serves it; None is the model's own one, or ``custom``.
        rates: meter -> USD per 1M tokens or characters, minute of audio, 1,000 of others.
        effective_from: when it begins (a day: at 00:00 UTC); None is the beginning of time.
        effective_to: when it ends, itself not included; None is never.
        variant: what it is for, such as ``service_tier=flex``; None is the standard price.
        is_free: whatever it counts costs nothing.
        minimum_audio_milliseconds: what a shorter audio job is billed for.

    Raises:
        InvalidPrice: the rates or dates do not make a price.
    """
    exact = _exact_rates(rates, is_free=is_free)
    start, end = _span(effective_from, effective_to)
    if not 0 <= minimum_audio_milliseconds < 10**15:
        raise InvalidPrice(problem="the minimum of audio is 0 or more")
    text = _canonical(variant or "")
    with engine.atomic():
        owner, model = _owner(rating.load_catalog(engine), model_id, provider)
        _ensure_model(engine, owner, model, text)
        which = {"provider": owner, "model": model, "variant": text}
        span = {"effective_from": start, "effective_to": end, "now": _now(engine)}
        for query in ("keep_before", "keep_after", "close_known"):
            engine.execute(f"prices/{query}", **which, **span)
        engine.execute(
            "prices/insert_price",
            **which,
            **span,
            is_free=is_free,
            minimum_audio_milliseconds=minimum_audio_milliseconds,
            **{f"{name}_rate": exact.get(name) for name in METER_NAMES},
        )
        engine.execute("rating/forget_names")
    return f"{owner}/{model}"


def _span(
    effective_from: datetime | date | str | None, effective_to: datetime | date | str | None
) -> tuple[datetime, datetime]:
    start, end = rating.BEGINNING, rating.END
    if effective_from is not None:
        start = instant(effective_from, "from").replace(tzinfo=None)
    if effective_to is not None:
        end = instant(effective_to, "to").replace(tzinfo=None)
    if start >= end:
        raise InvalidPrice(problem="it would end before it begins")
    return start, end


def _canonical(variant: str | Mapping[str, str]) -> str:
    try:
        return canonical_variant(variant)
    except (ValueError, AttributeError):
        raise InvalidPrice(problem=f"{variant!r} is not like service_tier=flex") from None


def _exact_rates(rates: Mapping[str, Decimal | int | str], *, is_free: bool) -> dict[str, Decimal]:
    if is_free == bool(rates):
        problem = (
            "a free price has no rates" if is_free else "it needs at least one rate, or --free"
        )
        raise InvalidPrice(problem=problem)
    exact = {name: _exact_rate(name, value) for name, value in rates.items()}
    for meter in METERS:
        for parent in meter.part_of:
            if meter.name in exact and parent not in exact:
                problem = f"{meter.name} is a part of {parent}, which needs a rate too"
                raise InvalidPrice(problem=problem)
    for kind in ("audio", "image"):
        both = {"cache_read_tokens", f"input_{kind}_tokens"} <= exact.keys()
        if both and f"cache_{kind}_read_tokens" not in exact:
            problem = (
                f"cached input and {kind} input overlap: give cache_{kind}_read_tokens a rate too"
            )
            raise InvalidPrice(problem=problem)
    return exact


def _exact_rate(name: str, value: Decimal | int | str) -> Decimal:
    if name not in METER_NAMES:
        problem = f"there is no meter {name!r}; the meters are {', '.join(METER_NAMES)}"
        raise InvalidPrice(problem=problem)
    if isinstance(value, (bool, float)):
        raise InvalidPrice(problem=f"give the rate of {name} as a Decimal or a text, not a float")
    try:
        rate = Decimal(value)
    except InvalidOperation:
        raise InvalidPrice(problem=f"the rate of {name} must be a number, got {value!r}") from None
    if not rate.is_finite() or rate < 0:
        raise InvalidPrice(problem=f"the rate of {name} must be 0 or more, got {value!r}")
    if rate >= RATE_LIMIT_USD * _PER[name]:
        raise InvalidPrice(problem=f"the rate of {name}, {value}, is too high to be believed")
    with localcontext(prec=60):
        return (rate / _PER[name]).quantize(_RATE_DIGITS, rounding=ROUND_HALF_EVEN)


def _owner(catalog: "Catalog", model_id: str, provider: str | None) -> tuple[str, str]:
    """The provider and model that a new price belongs to.

    Only a model's own id means that model: a price for one spelling of many is a model of its own.
    """
    name = model_id.strip()
    if not name:
        raise InvalidPrice(problem="the model has no name")
    found = catalog.resolve(provider, name, "")
    if found.how == "exact" and found.price_provider and found.price_model:
        return found.price_provider, found.price_model
    owner = (provider or found.provider or OWN_PROVIDER).strip().lower()
    return owner, name.removeprefix(f"{owner}/") or name


def _ensure_model(engine: "Writer", provider: str, model: str, variant: str) -> None:
    known = engine.rows(
        "prices/models", provider=provider, model=model, search=None, at=rating.BEGINNING
    )
    if not known:
        engine.execute("prices/insert_model", provider=provider, model=model)
    variants: dict[str, list[str]] = json.loads(known[0]["variants"]) if known else {}
    for pair in filter(None, variant.split(",")):
        key, _, value = pair.partition("=")
        variants[key] = sorted({*variants.get(key, []), value})
    engine.execute(
        "prices/set_variants", provider=provider, model=model, variants=json.dumps(variants)
    )


def _now(engine: "Writer") -> datetime:
    """The clock, but always later than the last price: no span of known-time is empty or turned."""
    clock = datetime.now(UTC).replace(tzinfo=None)
    last: datetime | None = engine.row("prices/last_known")["known_from"]
    return clock if last is None else max(clock, last + timedelta(microseconds=1))
