"""The price dimension: built-in and own prices, names, estimates, usage that got its price late.

A price row is never edited. A price that replaces another closes the old one's known-time; what
still holds of the old one is written again, known from now on. Rates are USD per one stored unit,
exact to 18 decimals.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from analytics import rating
from analytics.closing.moving import restore
from analytics.errors import InvalidArgument, UsageRecordNotFound
from analytics.money import Rate, exact_product
from analytics.period import instant
from analytics.prices.answers import answer_to, is_doubt
from analytics.records import (
    METER_NAMES,
    SYNONYMS,
    CostEstimate,
    CostLine,
    IgnoredMeter,
    MissingPrice,
    Model,
    Price,
    PricedUsage,
    PriceFact,
    UsageRecord,
)
from analytics.rules.exact_json import encoded
from analytics.rules.pricing import RatedCall, rate_call
from analytics.rules.record import Refused, by_column, used
from analytics.rules.variants import canonical_variant
from analytics.sources import builtin_prices

if TYPE_CHECKING:
    from analytics.engines import Reader, Row, Writer


"""Why a record is without a price whose own counts are in doubt."""


def import_builtin(engine: "Writer") -> None:
    """Copies the built-in providers, models and prices into a new book."""
    files = builtin_prices()
    for name in ("providers", "models"):
        engine.expose_lines("source_line", files.lines(name), {}, {})
        engine.execute(f"prices/insert_builtin_{name}")
    for name, file in (("name", "aliases"), ("fact", "facts"), ("price", "prices")):
        engine.expose_columns(f"raw_{name}", files.path(f"{file}.csv"))
    engine.execute("prices/insert_builtin_names")
    engine.execute("prices/insert_builtin_facts")
    engine.execute("prices/insert_builtin_prices", origin=f"genai-prices {files.version}")
    engine.execute("prices/insert_builtin_rates")


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
    found = rating.resolve(engine, model_id, provider, "")
    return list_models(engine, provider=found.price_provider, search=None, model=found.price_model)[
        0
    ]


def list_prices(
    engine: "Reader",
    model_id: str,
    *,
    provider: str | None,
    at: datetime | date | str | None,
    variant: str | Mapping[str, str] | None,
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
    found = rating.resolve(engine, model_id, provider, "")
    wanted = None if variant is None else canonical(variant)
    moment = None if at is None else instant(at, "at").replace(tzinfo=None)
    rows = engine.rows(
        "prices/prices",
        provider=found.price_provider,
        model=found.price_model,
        at=moment,
        variant=wanted,
        with_history=with_history,
    )
    return [rating.to_price(row) for row in rows]


def estimate(
    engine: "Reader",
    model_id: str,
    *,
    provider: str | None,
    at: datetime | date | str | None,
    variant: str | Mapping[str, str] | None,
    quantities: Mapping[str, int],
) -> CostEstimate:
    """What a call would cost, as a record of it would. Nothing is stored.

    In a book that is held it takes no query once a price is known.

    Raises:
        InvalidArgument: a meter does not exist, or a quantity is no whole number of 0 or more.
    """
    _check_quantities(quantities)
    moment = instant(at, "at") if at is not None else datetime.now(UTC)
    with engine.session():
        found, price, reason = rating.price_of(
            engine, provider, model_id, canonical(variant or ""), moment, quantities
        )
        rated = RatedCall(None, reason)
        if price is not None:
            rated = rate_call({"requests": 1, **quantities}, price)
        factor = engine.remember(
            "charge factor", lambda: engine.row("prices/book_factor")["charge_factor"]
        )
    cost = rated.cost_usd
    return CostEstimate(
        model_id=found.model,
        provider=found.provider,
        variant=found.price_variant,
        at=moment,
        estimated_cost_usd=cost,
        charge_usd=None if cost is None else exact_product(cost, factor),
        reason=rated.reason,
        price_id=None if price is None or cost is None else price["price_id"],
        lines=[
            CostLine(line.meter, line.quantity, line.rate.amount, line.rate.per, line.cost_usd)
            for line in rated.lines
        ],
    )


def _check_quantities(quantities: Mapping[str, int]) -> None:
    for name, quantity in quantities.items():
        if name not in METER_NAMES:
            raise InvalidArgument(name=name, problem="there is no such meter")
        is_count = isinstance(quantity, int) and not isinstance(quantity, bool)
        if not is_count or not 0 <= quantity < 10**15:
            problem = f"{quantity!r} is not a whole number of 0 or more"
            raise InvalidArgument(name=name, problem=problem)


def canonical(variant: str | Mapping[str, str]) -> str:
    """A variant as the book writes it.

    Raises:
        InvalidArgument: it is not a list of pairs.
    """
    try:
        return canonical_variant(variant)
    except (ValueError, AttributeError):
        problem = f"{variant!r} is not like service_tier=flex"
        raise InvalidArgument(name="variant", problem=problem) from None


def missing(engine: "Reader") -> list[MissingPrice]:
    """The names whose usage has no price, with the reason, most records first."""
    return [
        MissingPrice(
            provider=row["sent_provider"],
            model=row["sent_model"],
            variant=row["variant"],
            reason=row["reason"],
            count=row["record_count"],
            first_at=row["first_at"].replace(tzinfo=UTC),
            last_at=row["last_at"].replace(tzinfo=UTC),
            accounts=row["accounts"],
            command=answer_to(engine, row),
        )
        for row in engine.rows("prices/missing")
    ]


def list_facts(engine: "Reader", *, model: str | None, provider: str | None) -> list[PriceFact]:
    """The reviewed facts that correct the price catalogue, of a model or a provider or all."""
    rows = engine.rows("prices/facts", model=model, provider=provider)
    return [PriceFact(**row) for row in rows]


def ignore_meter(
    engine: "Writer", meter: str, *, provider: str | None, model: str | None, ignore: bool = True
) -> None:
    """Says that a counter costs nothing, or takes that back. Follow with `apply`.

    It is for what answers count and no meter stands for. ``total_mismatch`` says that counts are
    right though their stated total is another one, ``usage_unknown`` that calls whose usage never
    came cost nothing. What has a price keeps it.

    Args:
        engine: the book.
        meter: as a reason names it.
        provider: only of this one; None is all.
        model: only of this one, as the book calls it; None is all.
        ignore: False takes it back.

    Raises:
        InvalidArgument: it is a meter of the book, which has rates of its own.
    """
    name = meter.strip()
    if not name or name in METER_NAMES:
        problem = f"{meter!r} is priced by 'prices add', not ignored"
        raise InvalidArgument(name="meter", problem=problem)
    which = {"provider": (provider or "").strip().lower(), "model": (model or "").strip()}
    now = datetime.now(UTC).replace(tzinfo=None)
    if ignore:
        engine.execute("prices/ignore_meter", meter=name, created_at=now, **which)
    else:
        engine.execute("prices/mind_meter", meter=name, minded_at=now, **which)


def answer_usage(engine: "Writer", record_id: str, meters: Mapping[str, object]) -> UsageRecord:
    """Says what a record used whose usage is not known, or in doubt, and prices it.

    The record keeps its id and what it was sent with, so that its log can be loaded again.

    Args:
        engine: the book.
        record_id: a record without a price, for the reason ``usage_unknown``, ``total_mismatch``,
            or a meter that its log counts twice, each time otherwise.
        meters: what was used, by meter; nothing where the call used nothing.

    Raises:
        UsageRecordNotFound: there is no such record.
        InvalidArgument: its usage is not in doubt, or the counts cannot be right.
    """
    unknown = meters.keys() - {*METER_NAMES, *(other for _, other in SYNONYMS)}
    if unknown:
        raise InvalidArgument(name=min(unknown), problem="there is no such meter")
    rows = engine.rows("prices/doubted", record_id=record_id)
    if not rows:
        raise UsageRecordNotFound(record_id=record_id)
    reason = rows[0]["unpriced_reason"] or ""
    if rows[0]["price_id"] is not None or not is_doubt(reason):
        problem = "nobody doubts what it used" + (f"; it has no price: {reason}" if reason else "")
        raise InvalidArgument(name=f"record {record_id}", problem=problem)
    try:
        counts = used(by_column(meters))
    except Refused as error:
        raise InvalidArgument(name=f"record {record_id}", problem=error.problem) from None
    now = datetime.now(UTC).replace(tzinfo=None)
    with engine.atomic():
        engine.execute(
            "prices/insert_answer", record_id=record_id, answered_at=now, meters=encoded(counts)
        )
        apply(engine)
    return rating.get_usage_record(engine, record_id)


def ignored_meters(engine: "Reader") -> list[IgnoredMeter]:
    """The counters that cost nothing in this book."""
    return [
        IgnoredMeter(**{**row, "created_at": row["created_at"].replace(tzinfo=UTC)})
        for row in engine.rows("prices/ignored_meters")
    ]


def apply(engine: "Writer") -> list[PricedUsage]:
    """Prices the records that have no price and whose price is known by now.

    Single records must have been rolled up (`usage.recording.fold`).

    Those of a closed month are in a file of their own: it comes back into the table, where its
    records wait until the month is closed again.

    Raises:
        FilesDamaged: such a file is missing, or not as it was written. Nothing was changed.
    """
    with engine.atomic():
        engine.define("unrated", "prices/unpriced_usage")
        rating.rate(engine, store=engine.materialise)
        engine.define("changed", "prices/changed")
        applied = engine.rows("prices/applied")
        files = engine.rows("closing/files_of_changed")
        if files:
            restore(engine, files)
            engine.refresh_views()
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


def _model(row: "Row") -> Model:
    def per_million(meter: str) -> Decimal | None:
        amount, per = row[f"{meter}_amount"], row[f"{meter}_per"]
        return None if amount is None else Rate(amount, per).quoted(1_000_000).amount

    variants: Mapping[str, Sequence[str]] = json.loads(row["variants"])
    return Model(
        provider=row["provider"],
        model_id=row["model"],
        display_name=row["name"],
        context_window=row["context_window"],
        origin=row["origin"],
        input_per_million=per_million("input_tokens"),
        output_per_million=per_million("output_tokens"),
        cached_input_per_million=per_million("cache_read_tokens"),
        variants=[f"{key}={value}" for key, values in variants.items() for value in values],
    )
