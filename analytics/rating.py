"""Rates usage: resolves model names once, then finds each record's price with one range join.

Both `usage` (new records) and `prices` (records that got a price later) rate the relation `unrated`
into the stored relation `rated`. Its queries are in `queries/rating/`.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from analytics.errors import ModelNotFound
from analytics.records import METER_NAMES

if TYPE_CHECKING:
    from analytics.catalog import Catalog, Resolution
    from analytics.engines import Reader, Writer


def rate(engine: "Writer", store: Callable[[str, str], int]) -> None:
    """Rates `unrated` into `rated`: with model, price or reason for none, what is billed.

    Args:
        engine: the book.
        store: how results are kept: `Writer.hold` what fits into memory, else `materialise`.
    """
    resolve_names(engine)
    engine.hold("resolved_name", "rating/resolved_name")
    store("rated", "rating/rate")


def resolve_names(engine: "Writer") -> None:
    """Resolves the names in `unrated` that are new and remembers what they mean."""
    unresolved = engine.rows("rating/unresolved")
    if not unresolved:
        return
    catalog = load_catalog(engine)
    engine.insert(
        "rating/insert_name",
        [
            name
            | _columns(
                catalog.resolve(name["provider_as_sent"], name["model_as_sent"], name["variant"])
            )
            for name in unresolved
        ],
    )


def load_catalog(engine: "Reader") -> "Catalog":
    """The book's providers, models and aliases."""
    from analytics.catalog import AliasEntry, Catalog, ModelEntry, ProviderEntry

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
        )


def resolve(engine: "Reader", model_id: str, provider: str | None, variant: str) -> "Resolution":
    """What a name means.

    Raises:
        ModelNotFound: nothing is known by that name.
    """
    found = load_catalog(engine).resolve(provider, model_id, variant)
    if found.price_model is None:
        raise ModelNotFound(model=f"{provider}/{model_id}" if provider else model_id)
    return found


def rate_one(
    engine: "Reader",
    *,
    provider: str | None,
    name: str,
    variant: str,
    at: datetime,
    quantities: Mapping[str, int],
) -> "Resolution":
    """Rates one call that is not recorded into `rated`, by the queries that rate records."""
    found = load_catalog(engine).resolve(provider, name, variant)
    sent = {"provider_as_sent": provider or "", "model_as_sent": name, "variant": variant}
    meters = {meter: quantities.get(meter, 0) for meter in METER_NAMES}
    engine.hold("resolved_name", "rating/given_name", **sent, **_columns(found))
    engine.hold("given_usage", "rating/given_usage", **sent, at=at, **meters)
    engine.define("unrated", "rating/given_unrated")
    engine.hold("rated", "rating/rate")
    return found


def _columns(found: "Resolution") -> dict[str, object]:
    return {
        "provider": found.provider,
        "model": found.model,
        "price_provider": found.price_provider,
        "price_model": found.price_model,
        "price_variant": found.price_variant,
        "how": found.how,
    }
