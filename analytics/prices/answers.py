"""The command that answers why usage has no price, for a person to paste."""

import shlex
from datetime import datetime
from typing import TYPE_CHECKING

from analytics import rating
from analytics.records import METER_NAMES
from analytics.rules.reading import TOTAL_MISMATCH, USAGE_UNKNOWN
from analytics.rules.variants import canonical_variant, pairs_of, standard_left_out

if TYPE_CHECKING:
    from analytics.engines import Reader, Row

_UNKNOWN = ("unknown_model", "ambiguous_model")
"""Reasons about the name as it was sent; the others are about what the book takes it for."""


def is_doubt(reason: str) -> bool:
    """Whether a reason for no price is that what was used is not known, or not to be believed."""
    kind, _, detail = reason.partition(": ")
    is_contradiction = not set(METER_NAMES).isdisjoint(detail.split(", "))
    is_named = kind in (USAGE_UNKNOWN, TOTAL_MISMATCH, "too_large")
    return is_named or (kind == "other_meters" and is_contradiction)


def answer_to(engine: "Reader", missing: "Row") -> str:  # noqa: PLR0911 - a return a reason
    """A command for a row of `queries/prices/missing.sql`.

    USD, METER, MODEL and COUNT stand for what only the owner of the book knows. A price that is
    added fills the gap that the usage is in, so that what other days cost stays as it is.
    """
    reason, _, detail = missing["reason"].partition(": ")
    provider, model = missing["known_provider"], missing["known_model"]
    if reason in _UNKNOWN or not provider or not model:
        provider, model = missing["sent_provider"], missing["sent_model"]
    seller = ["--provider", shlex.quote(provider)] if provider else []
    served = _served(engine, missing)
    variant = ["--variant", shlex.quote(served)] if served else []
    match reason:
        case "no_price_for_variant":
            gap = _gap(engine, provider, model, missing)
            return _command("prices add", model, *seller, *variant, "--like standard", *gap)
        case "no_rate":
            return _command("prices add", model, *seller, *variant, *_rates(detail), "--keep")
        case "ambiguous_model":
            return _command("prices alias", model, shlex.quote(model), "--target-provider PROVIDER")
        case "other_meters" | "too_large" if is_doubt(missing["reason"]):
            counts = ("--input-tokens COUNT", "--output-tokens COUNT")
            return _command("answer", missing["first_record_id"], *counts)
        case "other_meters":
            ignored = (_command("meters ignore", each, *seller) for each in detail.split(", "))
            return " && ".join(ignored)
        case "total_mismatch" | "usage_unknown":
            return _command("meters ignore", reason, *seller, "--model", shlex.quote(model))
        case "overlapping_parts":
            return _command("prices show", model, *seller)
        case _:
            rates = _rates("input_tokens, output_tokens")
            gap = _gap(engine, provider, model, missing)
            return _command("prices add", model, *seller, *variant, *rates, *gap)


def _served(engine: "Reader", missing: "Row") -> str:
    """The variant that a price must be of: also what a name says of where it was served."""
    found = rating.known_catalog(engine).resolve(
        missing["sent_provider"], missing["sent_model"], missing["variant"], at=missing["first_at"]
    )
    if found.price_model is None:
        return standard_left_out(canonical_variant(missing["variant"]))
    pairs = pairs_of(found.price_variant)
    return canonical_variant({name: said for name, said in pairs.items() if name != "sold_by"})


def _command(verb: str, name: str, *options: str) -> str:
    """A name that begins like an option stands behind them all."""
    quoted = shlex.quote(name)
    words = [*options, "--", quoted] if name.startswith("-") else [quoted, *options]
    return " ".join(("tokenbook", verb, *words))


def _gap(engine: "Reader", provider: str | None, model: str, missing: "Row") -> list[str]:
    """From when to when a price must hold so as to touch no other one."""
    which = {"provider": provider or "", "model": model, "variant": _served(engine, missing)}
    around = engine.row("prices/around", at=missing["first_at"], **which)
    ends: dict[str, datetime | None] = {"--from": around["ends_at"], "--to": around["begins_at"]}
    return [f"{option} {_moment(at)}" for option, at in ends.items() if at is not None]


def _moment(at: datetime) -> str:
    is_day = (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)
    return at.date().isoformat() if is_day else f"{at.isoformat()}Z"


def _rates(meters: str) -> list[str]:
    return [f"--rate {meter}=USD" for meter in meters.split(", ")]
