"""The command that answers why usage has no price, for a person to paste."""

import shlex
from datetime import datetime
from typing import TYPE_CHECKING

from analytics.records import METER_NAMES
from analytics.rules.reading import TOTAL_MISMATCH, USAGE_UNKNOWN
from analytics.rules.variants import canonical_variant, standard_left_out

if TYPE_CHECKING:
    from analytics.engines import Reader, Row

_UNKNOWN = ("unknown_model", "ambiguous_model")
"""Reasons about the name as it was sent; the others are about what the book takes it for."""


def is_doubt(reason: str) -> bool:
    """Whether a reason for no price is that what was used is not known, or said in two ways."""
    kind, _, detail = reason.partition(": ")
    is_contradiction = not set(METER_NAMES).isdisjoint(detail.split(", "))
    return kind in (USAGE_UNKNOWN, TOTAL_MISMATCH) or (kind == "other_meters" and is_contradiction)


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
    variant = ["--variant", shlex.quote(missing["variant"])] if missing["variant"] else []
    match reason:
        case "no_price_for_variant":
            gap = _gap(engine, provider, model, missing)
            return _command("prices add", model, *seller, *variant, "--like standard", *gap)
        case "no_rate":
            return _command("prices add", model, *seller, *variant, *_rates(detail), "--keep")
        case "ambiguous_model":
            return _command("prices alias", model, shlex.quote(model), "--target-provider PROVIDER")
        case "other_meters" if is_doubt(missing["reason"]):
            counts = ("--input-tokens COUNT", "--output-tokens COUNT")
            return _command("answer", missing["first_record_id"], *counts)
        case "other_meters":
            ignored = (_command("meters ignore", each, *seller) for each in detail.split(", "))
            return " && ".join(ignored)
        case "total_mismatch" | "usage_unknown":
            return _command("meters ignore", reason, *seller, "--model", shlex.quote(model))
        case "overlapping_parts" | "too_large":
            return _command("prices show", model, *seller)
        case _:
            rates = _rates("input_tokens, output_tokens")
            gap = _gap(engine, provider, model, missing)
            return _command("prices add", model, *seller, *variant, *rates, *gap)


def _command(verb: str, name: str, *options: str) -> str:
    """A name that begins like an option stands behind them all."""
    quoted = shlex.quote(name)
    words = [*options, "--", quoted] if name.startswith("-") else [quoted, *options]
    return " ".join(("tokenbook", verb, *words))


def _gap(engine: "Reader", provider: str | None, model: str, missing: "Row") -> list[str]:
    """From when to when a price must hold so as to touch no other one."""
    variant = standard_left_out(canonical_variant(missing["variant"]))
    which = {"provider": provider or "", "model": model, "variant": variant}
    around = engine.row("prices/around", at=missing["first_at"], **which)
    ends: dict[str, datetime | None] = {"--from": around["ends_at"], "--to": around["begins_at"]}
    return [f"{option} {_moment(at)}" for option, at in ends.items() if at is not None]


def _moment(at: datetime) -> str:
    is_day = (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)
    return at.date().isoformat() if is_day else f"{at.isoformat()}Z"


def _rates(meters: str) -> list[str]:
    return [f"--rate {meter}=USD" for meter in meters.split(", ")]
