"""Rates usage: resolves model names once, then finds each record's price with one range join.

Both `usage` (new records) and `prices` (records that got a price later) rate the relation `unrated`
into the stored relation `rated`. Its queries are in `queries/rating/`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analytics.errors import ModelNotFound, TokenbookError
from analytics.money import Rate, exact_product, exact_sum
from analytics.records import METER_NAMES, UsageRecord
from analytics.rules.pricing import holding
from analytics.rules.reading import TOTAL_MISMATCH, USAGE_UNKNOWN

if TYPE_CHECKING:
    from analytics.catalog import Catalog, Resolution
    from analytics.engines import Reader, Row, Writer
    from analytics.records import Price

BEGINNING = datetime(1, 1, 1)  # noqa: DTZ001 - stored instants are UTC without a zone
END = datetime(9999, 12, 31)  # noqa: DTZ001
"""The bounds of what has none, as price rows store them."""

_CHARGE = Decimal("0E-24")
"""Nothing, with the digits of a charge."""


def rate(engine: "Writer", store: Callable[..., int]) -> None:
    """Rates `unrated` into `rated`: with model, price or reason for none, what is billed.

    Args:
        engine: the book.
        store: how results are kept: `Writer.hold` what fits into memory, else `materialise`.
    """
    resolve_names(engine)
    engine.hold("resolved_name", "rating/resolved_name")
    store("rated", "rating/rate", usage_unknown=_policy(engine))


def _policy(engine: "Reader") -> str:
    """What becomes of usage that nobody knows; a mistake in the file must not bill anything."""
    from analytics import configuration

    try:
        return str(configuration.read(engine.path).section("usage")["unknown"])
    except TokenbookError:
        return "hold"


def resolve_names(engine: "Writer") -> None:
    """Resolves the names in `unrated` that are new and remembers what they mean."""
    unresolved = engine.rows("rating/unresolved")
    if not unresolved:
        return
    _insert_names(engine, load_catalog(engine), unresolved)


def _insert_names(engine: "Writer", catalog: "Catalog", names: "Sequence[Row]") -> None:
    engine.insert(
        "rating/insert_name",
        [
            {**name, **_columns(found), "valid_from": start, "valid_to": end}
            for name in names
            for (start, end), found in catalog.spans(
                name["provider_as_sent"], name["model_as_sent"], name["variant"], (BEGINNING, END)
            )
        ],
    )


def remember_name(engine: "Writer", provider: str | None, model: str, variant: str) -> None:
    """Remembers what the name of a single record means, as `resolve_names` does for many."""
    name = {"provider_as_sent": provider or "", "model_as_sent": model, "variant": variant}

    def find() -> bool:
        if not engine.rows("rating/known_name", **name):
            _insert_names(engine, known_catalog(engine), [name])
        return True

    engine.remember(("name", *name.values()), find)


def reason_of_others(
    engine: "Reader", other: Mapping[str, int], found: "Resolution", quantities: Mapping[str, int]
) -> str | None:
    """Why counts that no meter stands for keep a record without a price; None where they do not.

    Args:
        engine: the book.
        other: such counts.
        found: what the record's name means.
        quantities: the counts that meters stand for.
    """
    ignored = engine.remember("ignored", lambda: engine.rows("prices/ignored_meters"))
    unknown = [
        name
        for name, number in other.items()
        if number
        and not any(
            each["meter"] == name
            and each["provider"] in (None, found.provider or "")
            and (each["model"] is None or each["model"].lower() == found.model.lower())
            for each in ignored
        )
    ]
    if TOTAL_MISMATCH in unknown:
        return f"{TOTAL_MISMATCH}: {other[TOTAL_MISMATCH]}"
    if USAGE_UNKNOWN in unknown:
        policy = _policy(engine)
        is_counted = any(name != "requests" for name in quantities)
        if policy == "hold" or (policy == "estimate" and not is_counted):
            return USAGE_UNKNOWN
        unknown.remove(USAGE_UNKNOWN)
    return f"other_meters: {', '.join(unknown)}" if unknown else None


def load_catalog(engine: "Reader") -> "Catalog":
    """The book's providers, models and aliases."""
    from analytics.catalog import AliasEntry, Catalog, FloatingName, ModelEntry, ProviderEntry

    with engine.session():
        return Catalog(
            providers=[
                ProviderEntry(
                    provider=row["provider"],
                    name=row["name"],
                    model_match=row["model_match"],
                    provider_match=row["provider_match"],
                    fallback=tuple(json.loads(row["fallback"])),
                )
                for row in engine.rows("rating/providers")
            ],
            models=[
                ModelEntry(
                    provider=row["provider"],
                    model=row["model"],
                    name=row["name"],
                    context_window=row["context_window"],
                    match=row["match"],
                    variants=row["variants"],
                    origin=row["origin"],
                )
                for row in engine.rows("rating/models")
            ],
            aliases=[AliasEntry(**row) for row in engine.rows("rating/aliases")],
            floating=[FloatingName(**row) for row in engine.rows("rating/floating_names")],
        )


def resolve(engine: "Reader", model_id: str, provider: str | None, variant: str) -> "Resolution":
    """What a name means.

    Raises:
        ModelNotFound: nothing is known by that name.
    """
    now = datetime.now(UTC).replace(tzinfo=None)
    found = known_catalog(engine).resolve(provider, model_id, variant, at=now)
    if found.price_model is None:
        raise ModelNotFound(model=f"{provider}/{model_id}" if provider else model_id)
    return found


def known_catalog(engine: "Reader") -> "Catalog":
    """The same, kept until somebody may have changed it."""
    return engine.remember("catalog", lambda: load_catalog(engine))


def prices_of(engine: "Reader", provider: str, model: str, variant: str) -> "Sequence[Row]":
    """The price rows of a model and variant that the book holds for right now, with their rates."""

    def find() -> "list[Row]":
        always = {"effective_from": BEGINNING, "effective_to": END}
        which = {"provider": provider, "model": model, "variant": variant}
        rows = engine.rows("prices/in_span", **which, **always)
        for row in rows:
            stated = row["rates"] or ()
            row["rates"] = {each["meter"]: Rate(each["amount"], each["per"]) for each in stated}
        return rows

    return engine.remember(("price rows", provider, model, variant), find)


def price_of(
    engine: "Reader",
    provider: str | None,
    name: str,
    variant: str,
    moment: datetime,
    quantities: Mapping[str, int],
) -> "tuple[Resolution, Mapping[str, Any] | None, str | None]":
    """What a name means then, and the price that holds for a call, or why there is none."""
    bounds = (BEGINNING, END)
    spans = engine.remember(
        ("meaning", provider, name, variant),
        lambda: known_catalog(engine).spans(provider, name, variant, bounds),
    )
    at = moment.astimezone(UTC).replace(tzinfo=None)
    found = next(meaning for (start, end), meaning in spans if start <= at < end)
    if found.price_provider is None or found.price_model is None:
        return found, None, f"{found.how}_model"
    rows = prices_of(engine, found.price_provider, found.price_model, found.price_variant)

    def local(zone: str) -> tuple[str, int]:
        then = engine.row("rating/local_time", zone=zone, at=at)
        return then["weekday"], then["second"]

    price = holding(rows, moment, quantities.get("input_tokens", 0), local)
    if price is not None:
        return found, price, None
    return found, None, "no_price_for_variant" if found.price_variant else "no_price"


def _columns(found: "Resolution") -> dict[str, object]:
    return {
        "provider": found.provider,
        "model": found.model,
        "price_provider": found.price_provider,
        "price_model": found.price_model,
        "price_variant": found.price_variant,
        "how": found.how,
    }


def get_usage_record(engine: "Reader", record_id: str) -> UsageRecord:
    """The usage record of an id, which must exist."""
    return to_usage_record(usage_rows(engine, [record_id])[0])


def usage_rows(
    engine: "Reader",
    record_ids: "Sequence[str]",
    start_day: "date | None" = None,
    end_day: "date | None" = None,
) -> "list[Row]":
    """The usage records of some ids, of the days in which they are known to be."""
    return engine.rows(
        "rating/usage_records", record_ids=record_ids, start_day=start_day, end_day=end_day
    )


def to_usage_record(row: "Row") -> UsageRecord:
    """A usage record from its columns in `rated_usage`."""
    return UsageRecord(
        id=row["record_id"],
        occurred_at=row["occurred_at"].replace(tzinfo=UTC),
        recorded_at=row["recorded_at"].replace(tzinfo=UTC),
        local_day=row["local_day"],
        context=row["context"],
        account_id=row["account_id"],
        external_id=row["external_id"],
        transaction_id=row["transaction_id"],
        provider=row["provider"],
        model_id=row["model"],
        model_as_sent=row["model_as_sent"],
        usage_type=row["usage_type"],
        variant=row["variant"],
        quantities={name: row[name] for name in METER_NAMES if row[name]},
        other_meters=json.loads(row["other_meters"] or "{}"),
        price_id=row["price_id"],
        unpriced_reason=row["unpriced_reason"],
        estimated_cost_usd=row["cost_usd"],
        charge_usd=row["charge_usd"],
        description=row["description"],
        tags=json.loads(row["tags"] or "{}", parse_float=Decimal),
        load_id=row["load_id"],
    )


def put_money(engine: "Reader", rows: "Sequence[dict[str, Any]]") -> None:
    """Puts the columns to a few rows of `usage_record` that `rated_usage` has more.

    They are exact as there: to plan that view takes longer than to multiply a page of costs.
    """
    owners = sorted({row["account_id"] for row in rows if row["account_id"]})
    found = engine.rows("rating/page_accounts", account_ids=owners)
    accounts = {account["account_id"]: account for account in found}
    for row in rows:
        account = accounts.get(row["account_id"], {})
        row["external_id"] = account.get("external_id")
        row["charge_usd"] = charge_of(row, account.get("charge_factor"))


def charge_of(usage: Mapping[str, Any], factor: Decimal | None) -> Decimal | None:
    """The charge of a record in USD, with the digits of `rated_usage`.

    Args:
        usage: its columns, `cost_usd` among them.
        factor: what makes a charge of a cost; own systems are charged nothing.
    """
    cost: Decimal | None = usage["cost_usd"]
    if cost is None:
        return None
    if usage["context"] == "system":
        return _CHARGE
    return None if factor is None else exact_sum([_CHARGE, exact_product(cost, factor)])


def to_price(row: "Row") -> "Price":
    """A price from its columns in the table."""
    from analytics.records import Price

    stated = {each["meter"]: Rate(each["amount"], each["per"]) for each in row["rates"] or ()}
    left_out = ("rates", "facts")
    values: dict[str, Any] = {name: value for name, value in row.items() if name not in left_out}
    values["fact_ids"] = tuple((row["facts"] or "").split())
    for name in ("effective_from", "known_from"):
        values[name] = None if row[name] == BEGINNING else row[name].replace(tzinfo=UTC)
    for name in ("effective_to", "known_to"):
        values[name] = None if row[name] == END else row[name].replace(tzinfo=UTC)
    if values["input_tokens_to"] == 2**63 - 1:
        values["input_tokens_to"] = None
    rates = {name: stated[name] for name in METER_NAMES if name in stated}
    return Price(**values, rates=rates)
