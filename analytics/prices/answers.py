"""The command that answers why usage has no price, for a person to paste."""

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analytics.engines import Row


def answer_to(missing: "Row") -> str:
    """A command for a row of `queries/prices/missing.sql`.

    USD, METER and MODEL stand for what only the owner of the book knows.
    """
    reason, _, detail = missing["reason"].partition(": ")
    name = [shlex.quote(missing["model"])]
    if missing["provider"]:
        name += ["--provider", shlex.quote(missing["provider"])]
    variant = ["--variant", shlex.quote(missing["variant"])] if missing["variant"] else []
    match reason:
        case "no_price_for_variant":
            words = ["add", *name, *variant, "--like standard"]
        case "no_rate":
            words = ["add", *name, *variant, *_rates(detail), "--keep"]
        case "ambiguous_model":
            words = ["alias", *name[:1], *name[:1], "--target-provider PROVIDER"]
        case "other_meters" | "total_mismatch" | "usage_unknown":
            counters = detail.split(", ") if reason == "other_meters" else [reason]
            options = name[1:] if reason == "other_meters" else [*name[1:], "--model", name[0]]
            return " && ".join(
                " ".join(("tokenbook meters ignore", shlex.quote(each), *options))
                for each in counters
            )
        case "overlapping_parts" | "too_large":
            words = ["show", *name]
        case _:
            meters = "input_tokens, output_tokens"
            words = ["add", *name, *variant, *_rates(meters)]
    return " ".join(("tokenbook prices", *words))


def _rates(meters: str) -> list[str]:
    return [f"--rate {meter}=USD" for meter in meters.split(", ")]
