"""The price dimension: built-in and own prices, names, estimates, usage that got its price late.

A price row is never edited. A price that replaces another closes the old one's known-time; what
still holds of the old one is written again, known from now on. Rates are USD per one stored unit,
exact to 18 decimals.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext
from typing import TYPE_CHECKING, Any

from analytics import rating
from analytics.errors import InvalidArgument, InvalidPrice, ModelNotFound
from analytics.period import instant
from analytics.records import (
    METER_NAMES,
    METERS,
    CostEstimate,
    CostLine,
    MissingPrice,
    Model,
    Price,
    PricedUsage,
)
from analytics.sources import builtin_prices

if TYPE_CHECKING:
    from analytics.catalog import Catalog, Resolution
    from analytics.engines import Reader, Row, Writer

BEGINNING = datetime(1, 1, 1)  # noqa: DTZ001 - stored instants are UTC without a zone
END = datetime(9999, 12, 31)  # noqa: DTZ001
OWN_PROVIDER = "custom"
"""The provider of a model that is priced without naming one and that nobody is known to serve."""

RATE_LIMIT_USD = Decimal(1000)
"""The highest rate per stored unit; the cost of a large request must fit its column."""

_PER = {meter.name: meter.per for meter in METERS}
_RATE_DIGITS = Decimal(1).scaleb(-18)


def import_builtin(engine: "Writer") -> None:
    """Copies the built-in providers, models and prices into a new book."""
    files = builtin_prices()
    for name in ("providers", "models"):
        engine.expose_lines("raw", files.lines(name), {}, {})
        engine.execute(f"prices/insert_builtin_{name}")
    engine.expose_columns("raw_price", files.path("prices.csv"))
    engine.execute("prices/insert_builtin_prices", origin=f"genai-prices {files.version}")


def list_models(
    engine: "Reader", *, provider: str | None, search: str | None, model: str | None = None
) -> list[Model]:
    """The known models, with their standard price now.

    Args:
        engine: the book.
        provider: only this provider's.
        search: only those with this text in their id or name.
        model: only the one with this id.
    """
    now = datetime.now(UTC).replace(tzinfo=None)
    rows = engine.rows("prices/models", provider=provider, search=search, model=model, at=now)
    return [_model(row) for row in rows]


def get_model(engine: "Reader", model_id: str, provider: str | None) -> Model:
    """The model that a name means.

    Raises:
        ModelNotFound: nothing is known by that name.
    """
    found = resolve(engine, model_id, provider, "")
    return list_models(engine, provider=found.price_provider, search=None, model=found.price_model)[
        0
    ]


def list_prices(
    engine: "Reader",
    model_id: str,
    *,
    provider: str | None,
    at: datetime | date | str | None,
    variant: str | None,
    with_history: bool,
) -> list[Price]:
    """The price rows of the model that a name means.

    Args:
        engine: the book.
        model_id: a name as logs have it.
        provider: who serves it; None is the model's own one.
        at: only those in force at this time.
        variant: only those of this variant ("" is the standard one).
        with_history: also those that a later price has replaced.

    Raises:
        ModelNotFound: nothing is known by that name.
    """
    found = resolve(engine, model_id, provider, "")
    moment = None if at is None else instant(at, "at").replace(tzinfo=None)
    rows = engine.rows(
        "prices/prices",
        provider=found.price_provider,
        model=found.price_model,
        at=moment,
        variant=variant,
        with_history=with_history,
    )
    return [_price(row) for row in rows]


def resolve(engine: "Reader", model_id: str, provider: str | None, variant: str) -> "Resolution":
    """What a name means.

    Raises:
        ModelNotFound: nothing is known by that name.
    """
    found = rating.load_catalog(engine).resolve(provider, model_id, variant)
    if found.price_model is None:
        raise ModelNotFound(model=f"{provider}/{model_id}" if provider else model_id)
    return found


def estimate(
    engine: "Reader",
    model_id: str,
    *,
    provider: str | None,
    at: datetime | date | str | None,
    variant: str | Mapping[str, str] | None,
    quantities: Mapping[str, int],
) -> CostEstimate:
    """What a call would cost, by the same queries that price a record. Nothing is stored.

    Raises:
        InvalidArgument: a meter does not exist, or a quantity is no whole number of 0 or more.
    """
    from analytics.catalog import canonical_variant

    for name, quantity in quantities.items():
        if name not in METER_NAMES:
            raise InvalidArgument(name=name, problem="there is no such meter")
        if (
            not isinstance(quantity, int)
            or isinstance(quantity, bool)
            or not 0 <= quantity < 10**15
        ):
            problem = f"{quantity!r} is not a whole number of 0 or more"
            raise InvalidArgument(name=name, problem=problem)
    moment = instant(at, "at") if at is not None else datetime.now(UTC)
    try:
        text = canonical_variant(variant or "")
    except ValueError as error:
        raise InvalidArgument(name="variant", problem=str(error)) from None
    with engine.session():
        found = rating.rate_one(
            engine,
            provider=provider,
            name=model_id,
            variant=text,
            at=moment.replace(tzinfo=None),
            quantities={"requests": 1} | dict(quantities),
        )
        engine.define("metered", "prices/estimated")
        engine.define("line", "rating/lines")
        row = engine.row("prices/estimate")
        lines = engine.rows("prices/estimate_lines")
    cost = row["cost_usd"]
    return CostEstimate(
        model_id=row["model"],
        provider=row["provider"],
        variant=found.price_variant,
        at=moment,
        estimated_cost_usd=cost,
        charge_usd=None if cost is None else cost * row["charge_factor"],
        reason=row["unpriced_reason"],
        price_id=row["price_id"],
        lines=[CostLine(**line) for line in lines],
    )


def missing(engine: "Reader") -> list[MissingPrice]:
    """The names whose usage has no price, with the reason, most records first."""
    return [
        MissingPrice(
            provider=row["provider"],
            model=row["model"],
            variant=row["variant"],
            reason=row["reason"],
            count=row["record_count"],
            first_at=row["first_at"].replace(tzinfo=UTC),
            last_at=row["last_at"].replace(tzinfo=UTC),
            accounts=row["accounts"],
        )
        for row in engine.rows("prices/missing")
    ]


def add_alias(
    engine: "Writer", name: str, *, provider: str | None, target: str, target_provider: str | None
) -> "Resolution":
    """Says what a name means from now on, for records that have no price yet. Follow with `apply`.

    Raises:
        ModelNotFound: the target is not known either.
    """
    with engine.atomic():
        found = resolve(engine, target, target_provider, "")
        engine.execute(
            "prices/set_alias",
            provider=(provider or "").strip().lower(),
            name=name.strip(),
            target_provider=found.price_provider,
            target_model=found.price_model,
            created_at=_now(),
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
        rates: meter -> USD per customary quantity (1M tokens or characters, one minute of audio,
            1,000 of others).
        effective_from: when it begins; a day is its first instant in UTC; None is the beginning of
            time.
        effective_to: when it ends, itself not included; None is never.
        variant: what it is for, such as ``service_tier=flex``; None is the standard price.
        is_free: whatever it counts costs nothing.
        minimum_audio_milliseconds: what a shorter audio job is billed for.

    Raises:
        InvalidPrice: the rates or dates do not make a price.
    """
    from analytics.catalog import canonical_variant

    exact = _exact_rates(rates, is_free=is_free)
    start = (
        BEGINNING
        if effective_from is None
        else instant(effective_from, "from").replace(tzinfo=None)
    )
    end = END if effective_to is None else instant(effective_to, "to").replace(tzinfo=None)
    if start >= end:
        raise InvalidPrice(problem="it would end before it begins")
    try:
        text = canonical_variant(variant or "")
    except ValueError as error:
        raise InvalidPrice(problem=str(error)) from None
    with engine.atomic():
        catalog = rating.load_catalog(engine)
        owner, model = _owner(catalog, model_id, provider)
        _ensure_model(engine, owner, model, text)
        span = {
            "provider": owner,
            "model": model,
            "variant": text,
            "effective_from": start,
            "effective_to": end,
            "now": _now(),
        }
        engine.execute("prices/keep_before", **span)
        engine.execute("prices/keep_after", **span)
        engine.execute("prices/close_known", **span)
        engine.execute(
            "prices/insert_price",
            **span,
            is_free=is_free,
            minimum_audio_milliseconds=minimum_audio_milliseconds,
            **{f"{name}_rate": exact.get(name) for name in METER_NAMES},
        )
        engine.execute("rating/forget_names")
    return f"{owner}/{model}"


def apply(engine: "Writer") -> list[PricedUsage]:
    """Prices the records that have no price and whose price is known by now."""
    with engine.atomic():
        engine.define("unrated", "prices/unpriced_usage")
        rating.rate(engine)
        engine.define("changed", "prices/changed")
        applied = engine.rows("prices/applied")
        for query in ("take_from_daily", "add_to_daily", "update_usage"):
            engine.execute(f"prices/{query}")
    return [
        PricedUsage(
            provider=row["provider"],
            model=row["model"],
            count=row["record_count"],
            cost_usd=row["cost_usd"],
            charge_usd=row["charge_usd"],
        )
        for row in applied
    ]


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
    if isinstance(value, float):
        raise InvalidPrice(problem=f"give the rate of {name} as a Decimal or a text, not a float")
    try:
        rate = Decimal(value)
    except InvalidOperation:
        raise InvalidPrice(problem=f"the rate of {name} must be a number, got {value!r}") from None
    if not rate.is_finite() or rate < 0:
        raise InvalidPrice(problem=f"the rate of {name} must be 0 or more, got {value!r}")
    with localcontext(prec=60):
        per_unit = (rate / _PER[name]).quantize(_RATE_DIGITS, rounding=ROUND_HALF_EVEN)
    if per_unit >= RATE_LIMIT_USD:
        raise InvalidPrice(problem=f"the rate of {name}, {value}, is too high to be believed")
    return per_unit


def _owner(catalog: "Catalog", model_id: str, provider: str | None) -> tuple[str, str]:
    """The provider and model that a new price belongs to: those of a known name, else new ones."""
    found = catalog.resolve(provider, model_id, "")
    is_own = found.how in ("exact", "alias") or found.price_provider == found.provider
    if found.price_provider and found.price_model and is_own:
        return found.price_provider, found.price_model
    return (provider or found.provider or OWN_PROVIDER).strip().lower(), model_id.strip()


def _ensure_model(engine: "Writer", provider: str, model: str, variant: str) -> None:
    known = engine.rows("prices/models", provider=provider, model=model, search=None, at=_now())
    if not known:
        engine.execute("prices/insert_model", provider=provider, model=model)
    variants: dict[str, list[str]] = json.loads(known[0]["variants"]) if known else {}
    for pair in filter(None, variant.split(",")):
        key, _, value = pair.partition("=")
        variants[key] = sorted({*variants.get(key, []), value})
    engine.execute(
        "prices/set_variants", provider=provider, model=model, variants=json.dumps(variants)
    )


def _model(row: "Row") -> Model:
    def per_million(rate: Decimal | None) -> Decimal | None:
        return None if rate is None else rate * 1_000_000

    variants: Mapping[str, Sequence[str]] = json.loads(row["variants"])
    return Model(
        provider=row["provider"],
        model_id=row["model"],
        display_name=row["name"],
        context_window=row["context_window"],
        origin=row["origin"],
        input_per_million=per_million(row["input_tokens_rate"]),
        output_per_million=per_million(row["output_tokens_rate"]),
        cached_input_per_million=per_million(row["cache_read_tokens_rate"]),
        variants=[f"{key}={value}" for key, values in variants.items() for value in values],
    )


def _price(row: "Row") -> Price:
    values: dict[str, Any] = {
        name: value for name, value in row.items() if not name.endswith("_rate")
    }
    for name in ("effective_from", "known_from"):
        values[name] = None if row[name] == BEGINNING else row[name].replace(tzinfo=UTC)
    for name in ("effective_to", "known_to"):
        values[name] = None if row[name] == END else row[name].replace(tzinfo=UTC)
    if values["input_tokens_to"] == 2**63 - 1:
        values["input_tokens_to"] = None
    rates = {name: row[f"{name}_rate"] for name in METER_NAMES if row[f"{name}_rate"] is not None}
    return Price(**values, rates=rates)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
