"""A price row as a step of an explanation, and amounts with all their digits."""

from datetime import datetime
from decimal import Decimal

from analytics.money import plain
from analytics.period import clock, iso, window_text
from analytics.records import ExplainedPart, Price


def price_part(price: Price) -> ExplainedPart:
    """A price row: when, for which variant and tier it holds, and where it comes from."""
    facts: dict[str, object] = {
        "in force": _span(price.effective_from, price.effective_to),
        "variant": price.variant or "standard",
        "tier": _tier(price),
        "source": price.origin,
        "known": _span(price.known_from, price.known_to),
    }
    if price.fact_ids:
        facts["reviewed facts"] = ", ".join(price.fact_ids)
    if not price.is_whole_day:
        facts["hours"] = hours(price)
    if price.minimum_audio_milliseconds:
        facts["minimum"] = f"{plain_seconds(price.minimum_audio_milliseconds)} s of audio a request"
    return ExplainedPart(
        label=f"Price {price.price_id} of {price.provider}/{price.model}", facts=facts
    )


def hours(price: Price) -> str:
    """The part of the day or week in which a price holds."""
    start, end = clock(price.window_start_second), clock(price.window_end_second)
    return window_text(price.window_days, start, end, price.window_zone)


def _tier(price: Price) -> str:
    first, end = price.input_tokens_from, price.input_tokens_to
    if not first and end is None:
        return "requests of any size"
    if end is None:
        return f"requests of {first:,} input tokens and more"
    return f"requests of {first:,} to {end - 1:,} input tokens"


def _span(start: datetime | None, end: datetime | None) -> str:
    first, last = (iso(each).replace("T", " ") if each else None for each in (start, end))
    match first, last:
        case None, None:
            return "always"
        case None, _:
            return f"until {last}"
        case _, None:
            return f"from {first} on"
    return f"from {first} until {last}"


def plain_seconds(milliseconds: int) -> str:
    """Seconds with the decimals that there are."""
    return plain(Decimal(milliseconds).scaleb(-3))


def exact(amount: Decimal) -> str:
    """All digits of an amount, and two decimals at the least."""
    whole, _, decimals = plain(amount).partition(".")
    return f"{int(whole):,}.{decimals:0<2}" if amount >= 0 else f"-{exact(-amount)}"
