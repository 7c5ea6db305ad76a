"""What the book's owner adds to the price dimension: names and prices.

A price row is never edited. A price that replaces another closes the old one's known-time;
what still holds of the old one is written again, known from now on.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from analytics import rating
from analytics.errors import InvalidArgument, InvalidPrice
from analytics.money import Rate, exact_product, plain
from analytics.period import ALL_WEEKDAYS, instant, time_zone
from analytics.records import METER, METERS, AddedPrice
from analytics.rules.variants import canonical_variant, standard_left_out

if TYPE_CHECKING:
    from analytics.catalog import Catalog, Resolution
    from analytics.engines import Reader, Row, Writer

OWN_PROVIDER = "custom"
"""The provider of a model that is priced without naming one and that nobody is known to serve."""

RATE_LIMIT_USD = Decimal(1000)
"""The highest rate for one stored unit; the cost of a large request must fit its column."""

_AMOUNT = re.compile(r"[0-9]{1,12}([.][0-9]{1,12})?")
_QUANTITIES = {"K": 1_000, "M": 10**6, "G": 10**9, "s": 1_000, "min": 60_000, "h": 3_600_000}
"""What a rate can be quoted for beside a plain number of stored units: ``2.5/1M``, ``0.04/h``."""

_SPAN = ("effective_from", "effective_to")
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


@dataclass(frozen=True, slots=True)
class NewPrice:
    """What the owner of a book says of a price, as it was given.

    Args:
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
        like: the variant whose prices are taken over, with their sizes and hours, but for the
            `rates` that are given; ``standard`` is the standard price.
        factor: what the rates that are taken over are multiplied with; alone it is like standard.
        keep: take over the rates of the price that is replaced, but for those that are given.
    """

    model_id: str
    provider: str | None = None
    rates: Mapping[str, Decimal | int | str] = field(default_factory=dict)
    effective_from: datetime | date | str | None = None
    effective_to: datetime | date | str | None = None
    variant: str | Mapping[str, str] | None = None
    is_free: bool = False
    minimum_audio_milliseconds: int = 0
    window: str | None = None
    like: str | None = None
    factor: Decimal | int | str | None = None
    keep: bool = False

    @property
    def is_derived(self) -> bool:
        """Whether it takes over rates of other prices."""
        return self.like is not None or self.factor is not None or self.keep


def add_price(engine: "Writer", new: NewPrice) -> AddedPrice:
    """Adds a price of the book's own. It says what it replaces, and what waits for it.

    Raises:
        InvalidPrice: the rates, the dates or the hours do not make a price.
    """
    rates = _stated_rates(new)
    start, end = _span(new.effective_from, new.effective_to)
    hours = asdict(daily_window(new.window) if new.window else DailyWindow())
    if not 0 <= new.minimum_audio_milliseconds < 10**15:
        raise InvalidPrice(problem="the minimum of audio is 0 or more")
    text = _canonical(new.variant or "")
    with engine.atomic():
        _refuse_unknown_zone(engine, hours["window_zone"])
        owner, model, text = _owner(rating.load_catalog(engine), new.model_id, new.provider, text)
        _ensure_model(engine, owner, model, text)
        which = {"provider": owner, "model": model, "variant": text, **hours}
        which |= {"effective_from": start, "effective_to": end}
        known = {name: which[name] for name in ("provider", "model", "variant", *_SPAN)}
        before = engine.rows("prices/in_span", **known)
        made = _derived(engine, new, which, rates) if new.is_derived else [_plain(new, rates)]
        _replace(engine, which)
        for parts, of_part in made:
            _insert(engine, which | parts, of_part)
        engine.execute("rating/forget_names")
    replaced = {each["meter"] for row in before for each in row["rates"] or ()}
    given = {name for _, of_part in made for name in of_part}
    return AddedPrice(
        provider=owner,
        model=model,
        variant=text,
        rows=len(made),
        replaced=sorted(replaced & given, key=list(METER).index),
        dropped=sorted(replaced - given, key=list(METER).index),
        waiting=_waiting(engine, owner, model, text),
    )


def _stated_rates(new: NewPrice) -> dict[str, Rate]:
    if not new.is_derived:
        return _exact_rates(new.rates, is_free=new.is_free)
    if new.is_free or new.window or (new.keep and (new.like or new.factor)):
        problem = "--keep, --like and --factor take over rates, so --free and --window say too much"
        raise InvalidPrice(problem=problem)
    if not new.rates and new.keep:
        raise InvalidPrice(problem="it keeps all rates and gives none")
    return {name: _exact_rate(name, value) for name, value in new.rates.items()}


def _plain(new: NewPrice, rates: Mapping[str, Rate]) -> "tuple[Row, Mapping[str, Rate]]":
    """A price for requests of any size."""
    return {
        "input_tokens_from": 0,
        "input_tokens_to": 2**63 - 1,
        "is_free": new.is_free,
        "minimum_audio_milliseconds": new.minimum_audio_milliseconds,
    }, rates


def _derived(
    engine: "Reader", new: NewPrice, which: Mapping[str, object], rates: Mapping[str, Rate]
) -> "list[tuple[Row, Mapping[str, Rate]]]":
    """A price for each that it is made of, with its sizes and hours."""
    source = which["variant"] if new.keep else _taken_over(new.like)
    known = {name: which[name] for name in ("provider", "model", *_SPAN)}
    rows = engine.rows("prices/in_span", **known, variant=source)
    if not rows:
        what = f"{which['provider']}/{which['model']} ({source or 'standard'})"
        raise InvalidPrice(problem=f"there is no price of {what} in that time to take over")
    factor = _factor(new.factor)
    found: list[tuple[Row, Mapping[str, Rate]]] = []
    for row in rows:
        stated = row.pop("rates") or ()
        old = {each["meter"]: Rate(each["amount"], each["per"]) for each in stated}
        times = {
            name: r if METER[name].is_fee else Rate(exact_product(r.amount, factor), r.per)
            for name, r in old.items()
        }
        texts = {name: f"{plain(r.amount)}/{r.per}" for name, r in {**times, **rates}.items()}
        del row["price_id"]
        row["is_free"] = row["is_free"] and not texts
        found.append((row, _exact_rates(texts, is_free=row["is_free"])))
    return found


def _taken_over(like: str | None) -> str:
    return _canonical(like) if like and like.strip().lower() != "standard" else ""


def _factor(value: Decimal | int | str | None) -> Decimal:
    try:
        factor = Decimal(1 if value is None else str(value))
    except InvalidOperation:
        factor = Decimal("NaN")
    if not factor.is_finite() or not 0 <= factor <= 1000:
        raise InvalidPrice(problem=f"the factor must be a number from 0 to 1,000, got {value!r}")
    return factor


def _waiting(engine: "Writer", provider: str, model: str, variant: str) -> int:
    """How many records without a price would get this one."""
    if not engine.rows("prices/any_unpriced"):
        return 0
    with engine.atomic(keep=False):
        engine.define("unrated", "prices/unpriced_usage")
        rating.rate(engine, store=engine.materialise)
        which = {"provider": provider, "model": model, "variant": variant}
        count: int = engine.row("prices/waiting", **which)["records"]
    return count


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


def _insert(engine: "Writer", which: Mapping[str, object], rates: Mapping[str, Rate]) -> None:
    price_id = engine.row("prices/insert_price", **which)["price_id"]
    engine.execute(
        "prices/insert_rates",
        price_id=price_id,
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


def _owner(
    catalog: "Catalog", model_id: str, provider: str | None, variant: str
) -> tuple[str, str, str]:
    """The provider, model and variant that a new price belongs to.

    Only a model's own id means that model: a price for one spelling of many is a model of its own.
    A variant that a reseller sells is one of the model's, ``sold_by`` him.
    """
    name = model_id.strip()
    if not name:
        raise InvalidPrice(problem="the model has no name")
    now = datetime.now(UTC).replace(tzinfo=None)
    found = catalog.resolve(provider, name, variant, at=now)
    is_its_own = found.how in ("exact", "floating") or found.price_variant
    if found.price_provider and found.price_model and is_its_own:
        return found.price_provider, found.price_model, found.price_variant
    owner = (provider or found.provider or OWN_PROVIDER).strip().lower()
    return owner, name.removeprefix(f"{owner}/") or name, standard_left_out(variant)


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
