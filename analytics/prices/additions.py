"""What the book's owner adds to the price dimension: names and prices.

A price row is never edited. A price that replaces another closes the old one's known-time;
what still holds of the old one is written again, known from now on.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from analytics import rating
from analytics.catalog import canonical_variant
from analytics.errors import InvalidArgument, InvalidPrice
from analytics.money import Rate, plain
from analytics.period import ALL_WEEKDAYS, instant, time_zone
from analytics.records import METER, METERS

if TYPE_CHECKING:
    from analytics.catalog import Catalog, Resolution
    from analytics.engines import Writer

OWN_PROVIDER = "custom"
"""The provider of a model that is priced without naming one and that nobody is known to serve."""

RATE_LIMIT_USD = Decimal(1000)
"""The highest rate for one stored unit; the cost of a large request must fit its column."""

_AMOUNT = re.compile(r"[0-9]{1,12}([.][0-9]{1,12})?")
_QUANTITIES = {"K": 1_000, "M": 10**6, "G": 10**9, "s": 1_000, "min": 60_000, "h": 3_600_000}
"""What a rate can be quoted for beside a plain number of stored units: ``2.5/1M``, ``0.04/h``."""

_NOT_OF_RATES = ("effective_to", "window_zone")
_PER = re.compile(rf"([0-9]{{0,15}})({'|'.join(_QUANTITIES)}|)")
_WINDOW = re.compile(
    r"(?:(?P<days>[A-Za-z,-]+) )?(?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)(?: (?P<zone>\S+))?"
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class DailyWindow:
    """The part of the day or week for which a price holds.

    Args:
        window_days: numbers of weekdays, where 1 is Monday.
        window_start_second: of the day, itself included.
        window_end_second: of the day, itself not included.
        window_zone: the time zone of both.
    """

    window_days: str = ALL_WEEKDAYS
    window_start_second: int = 0
    window_end_second: int = 86_400
    window_zone: str = "UTC"


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
    window: str | None = None,
) -> str:
    """Adds a price of the book's own and returns the model it belongs to, as ``provider/model``.

    Args:
        engine: the book.
        model_id: a model, known or new.
        provider: who serves it; None is the model's own one, or ``custom``.
        rates: meter -> USD per 1M tokens or characters, minute of audio, 1,000 of others; or for
            the quantity that a text names: ``2.5/1M``, ``0.04/h``, ``0.5/250``.
        effective_from: when it begins (a day: at 00:00 UTC); None is the beginning of time.
        effective_to: when it ends, itself not included; None is never.
        variant: what it is for, such as ``service_tier=flex``; None is the standard price.
        is_free: whatever it counts costs nothing.
        minimum_audio_milliseconds: what a shorter audio job is billed for.
        window: the hours of the day at which it holds, ``mon-fri 09:00-17:00 Europe/Berlin``;
            at others the price of before goes on. None is always.

    Raises:
        InvalidPrice: the rates, the dates or the hours do not make a price.
    """
    exact = _exact_rates(rates, is_free=is_free)
    start, end = _span(effective_from, effective_to)
    hours = asdict(daily_window(window) if window else DailyWindow())
    if not 0 <= minimum_audio_milliseconds < 10**15:
        raise InvalidPrice(problem="the minimum of audio is 0 or more")
    text = _canonical(variant or "")
    with engine.atomic():
        _refuse_unknown_zone(engine, hours["window_zone"])
        owner, model = _owner(rating.load_catalog(engine), model_id, provider)
        _ensure_model(engine, owner, model, text)
        which = {"provider": owner, "model": model, "variant": text, **hours}
        which |= {"effective_from": start, "effective_to": end}
        _replace(engine, which)
        _insert(engine, which, exact, is_free, minimum_audio_milliseconds)
        engine.execute("rating/forget_names")
    return f"{owner}/{model}"


def _refuse_unknown_zone(engine: "Writer", zone: str) -> None:
    """Python knows names of zones that the engine does not: no query could read such a price."""
    if zone != "UTC" and not engine.rows("book/time_zone", zone=zone):
        raise InvalidPrice(problem=f"{zone!r} is not a time zone; they look like Europe/Berlin")


def _replace(engine: "Writer", which: dict[str, object]) -> None:
    """Closes the known-time of what a new price replaces, and writes again what still holds of it.

    Args:
        engine: the book.
        which: whose price it is, its span and its hours; gets `now`, from when on it is known.
    """
    if engine.rows("prices/windows_in_the_way", **which):
        problem = "another price has hours of its own then; give one for the whole day first"
        raise InvalidPrice(problem=problem)
    which["now"] = _now(engine)
    engine.materialise("kept", "prices/kept", **which)
    engine.execute("prices/insert_kept")
    engine.execute("prices/insert_kept_rates")
    engine.execute("prices/close_known", **which)


def _insert(
    engine: "Writer",
    which: Mapping[str, object],
    rates: Mapping[str, Rate],
    is_free: bool,  # noqa: FBT001 - of a price, as the column is named
    minimum_audio_milliseconds: int,
) -> None:
    engine.execute(
        "prices/insert_price",
        **which,
        is_free=is_free,
        minimum_audio_milliseconds=minimum_audio_milliseconds,
    )
    engine.execute(
        "prices/insert_rates",
        **{name: value for name, value in which.items() if name not in _NOT_OF_RATES},
        meters=list(rates),
        amounts=[plain(rate.amount) for rate in rates.values()],
        pers=[rate.per for rate in rates.values()],
    )


def daily_window(text: str) -> DailyWindow:
    """The window that a text means, such as ``mon-fri 09:00-17:00 Europe/Berlin``.

    Raises:
        InvalidPrice: it is not like that.
    """
    wrong = InvalidPrice(problem=f"{text!r} is not like 'mon-fri 09:00-17:00 Europe/Berlin'")
    found = _WINDOW.fullmatch(text.strip())
    if not found:
        raise wrong
    days = _weekdays(found["days"]) if found["days"] else ALL_WEEKDAYS
    start, end = (
        int(clock[:2]) * 3600 + int(clock[3:]) * 60 for clock in (found["start"], found["end"])
    )
    if not days or int(found["start"][3:]) > 59 or int(found["end"][3:]) > 59 or end > 86_400:
        raise wrong
    if start >= end:
        raise InvalidPrice(problem=f"{text!r} ends before it begins; give two prices, by midnight")
    try:
        zone = str(time_zone(found["zone"] or "UTC"))
    except InvalidArgument:
        problem = f"{found['zone']!r} is not a time zone; they look like Europe/Berlin"
        raise InvalidPrice(problem=problem) from None
    return DailyWindow(days, start, end, zone)


def _weekdays(text: str) -> str:
    """``mon-fri`` or ``sat,sun`` as numbers; empty where a name is none."""
    numbers: set[int] = set()
    for part in text.lower().split(","):
        names = part.split("-")
        if len(names) > 2 or not set(names) <= set(_WEEKDAYS):
            return ""
        first, last = _WEEKDAYS.index(names[0]), _WEEKDAYS.index(names[-1])
        numbers |= set(range(first, last + 1 if last >= first else last + 8))
    return "".join(sorted({str(number % 7 + 1) for number in numbers}))


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


def _exact_rates(rates: Mapping[str, Decimal | int | str], *, is_free: bool) -> dict[str, Rate]:
    if is_free == bool(rates):
        problem = (
            "a free price has no rates" if is_free else "it needs at least one rate, or --free"
        )
        raise InvalidPrice(problem=problem)
    exact = {name: _exact_rate(name, value) for name, value in rates.items()}
    for meter in METERS:
        needed = (*meter.part_of, meter.total, *filter(None, (meter.priced_like,)))
        for other in needed if meter.name in exact else ():
            if other not in exact:
                problem = f"{meter.name} is a part of {other}, which needs a rate too"
                raise InvalidPrice(problem=problem)
        if meter.is_overlap and exact.keys() >= set(meter.part_of) and meter.name not in exact:
            problem = f"{' and '.join(meter.part_of)} overlap: give {meter.name} a rate too"
            raise InvalidPrice(problem=problem)
    return exact


def _exact_rate(name: str, value: Decimal | int | str) -> Rate:
    if name not in METER:
        problem = f"there is no meter {name!r}; the meters are {', '.join(METER)}"
        raise InvalidPrice(problem=problem)
    if isinstance(value, (bool, float)):
        raise InvalidPrice(problem=f"give the rate of {name} as a Decimal or a text, not a float")
    amount, slash, per = str(value).partition("/")
    try:
        exact = Decimal(amount)
    except InvalidOperation:
        raise InvalidPrice(problem=f"the rate of {name} must be a number, got {value!r}") from None
    if not exact.is_finite() or exact < 0:
        raise InvalidPrice(problem=f"the rate of {name} must be 0 or more, got {value!r}")
    rate = Rate(exact, _per(name, per) if slash else METER[name].per)
    if exact >= RATE_LIMIT_USD * rate.per:
        raise InvalidPrice(problem=f"the rate of {name}, {value}, is too high to be believed")
    if not _AMOUNT.fullmatch(plain(exact)) or rate.divisor is None:
        problem = f"the rate of {name}, {value}, has more decimals than a book computes with"
        raise InvalidPrice(problem=problem)
    return rate


def _per(name: str, text: str) -> int:
    """How many stored units a rate is for: ``1M``, ``h``, ``30s``, ``250``."""
    found = _PER.fullmatch(text.strip())
    is_time = METER[name].unit == "millisecond"
    if not found or not any(found.groups()) or (found[2] in ("s", "min", "h")) > is_time:
        example = "0.04/h" if is_time else "2.5/1M"
        raise InvalidPrice(problem=f"the rate of {name} must be like {example}, got {text!r}")
    per = int(found[1] or 1) * _QUANTITIES.get(found[2], 1)
    if not 0 < per < 10**15:
        raise InvalidPrice(problem=f"the rate of {name} is for {text!r}, which is no quantity")
    return per


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
