"""The rule book: what a usage record may say, whichever door it comes through.

A record that was called for, a line of a spool, a row of a log that is not plain: each is checked
here, one by one. `queries/usage/plain.sql` is the one vectorised way beside it, for plain rows of
bulk loads; it decides nothing itself, for what it cannot prove plain comes here.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from analytics.records import CONTEXTS, METER_NAMES, METERS, PART_RULES, USAGE_TYPES
from analytics.records.columns import SYNONYMS
from analytics.records.refusals import MESSAGES
from analytics.rules.exact_json import Repeated, decoded, encoded
from analytics.rules.variants import canonical_variant

LARGEST_COUNT = 10**15 - 1

TEXTS = (
    *("id", "context", "account_id", "external_id", "transaction_id"),
    *("provider", "model", "usage_type", "description"),
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MINUTE, _SECOND = 60_000_000, 1_000_000
_SPACES = " \u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""The space separators of Unicode, which `trim` of the engine takes away too."""

_EARLIEST = (datetime(2015, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.]\d{1,6})?Z", re.ASCII)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.](\d{1,9}))?)?"
    r"(?: ?(?:Z|UTC|([+-])(0\d|1[0-4])(?::?([0-5]\d))?))?)?",
    re.ASCII,
)
_UNIX = re.compile(r"\d{9,19}([.]\d{1,9})?", re.ASCII)
_COUNT = re.compile(r"\d{1,15}", re.ASCII)
_DURATION = re.compile(r"\d{1,12}([.]\d{1,9})?", re.ASCII)
_EXPONENT = re.compile(r"\d{1,19}([.]\d{1,19})?[eE][+-]?\d{1,2}", re.ASCII)
_UNNAMED = re.compile(r'["\\\x00-\x1f]')
_LIKE_A_METER = re.compile(
    "(?i)token|prompt|completion|input|output|usage|count|char|page|search|image|second|unit"
    "|request"
)
_METER_NAMES = frozenset(METER_NAMES)
_IN_SECONDS = {meter.seconds: meter.name for meter in METERS if meter.seconds}
_SAME = {other: name for name, other in SYNONYMS if other not in _IN_SECONDS}
_TYPES = frozenset(USAGE_TYPES)


class Refused(Exception):  # noqa: N818 - a verdict on a record, which a load counts
    """A record that cannot be right: the code of a rejection, and what the row has there."""

    def __init__(self, code: str, detail: object = None) -> None:
        super().__init__(code)
        self.code = code
        self.detail = None if detail is None else text_of(detail)

    @property
    def problem(self) -> str:
        """Why, in a sentence."""
        return MESSAGES.get(self.code, self.code).replace("{}", self.detail or "")


def check(
    said: Mapping[str, Any], latest: int, *, default_time: int | None = None
) -> dict[str, Any]:
    """The record that columns say, typed; a column that is None says nothing.

    Args:
        said: native columns (`by_column` puts synonyms in their places). Counts are whole numbers
            (`values_of_text` makes them of digits); `tags` and `other_meters` are objects.
        latest: what is later is in the future. This and all times here are microseconds since 1970.
        default_time: when it happened, where it does not say.

    Returns:
        record_id, occurred_at, is_time_given, context, account_id, external_id, transaction_id,
        provider, model, usage_type, variant (canonical), each meter that is not 0, requests,
        other_meters, description and tags (canonical JSON). What is absent is None.

    Raises:
        Refused: it cannot be right.
    """
    get = _texts(said).get
    given = _given(said, "occurred_at")
    moment = default_time if given is None else _moment(given, latest)
    if moment is None:
        raise Refused("missing_time")
    model = get("model", "").strip(_SPACES)
    if not model:
        raise Refused("missing_model")
    account_id, external_id = get("account_id"), get("external_id")
    context = _context(get("context"), has_account=account_id is not None or bool(external_id))
    usage, is_counted = _meters(said)
    usage_type = get("usage_type") or _kind(usage)
    if usage_type not in _TYPES:
        raise Refused("bad_usage_type", usage_type)
    others = _put_objects(usage, said)
    if not is_counted and not others:
        raise Refused("missing_usage", _hint(said.get("tags")))
    provider = get("provider", "").strip(_SPACES).lower()
    usage["record_id"] = get("id")
    usage["occurred_at"] = moment
    usage["is_time_given"] = given is not None
    usage["context"] = context
    usage["account_id"] = account_id
    usage["external_id"] = external_id
    usage["transaction_id"] = get("transaction_id")
    usage["provider"] = provider or None
    usage["model"] = model
    usage["usage_type"] = usage_type
    usage["description"] = get("description")
    return usage


def _texts(said: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in TEXTS:
        value = said.get(name)
        if value is not None:
            text = value if type(value) is str and value.isascii() else text_in(value)
            if text:
                found[name] = text
    return found


def used(meters: Mapping[str, Any]) -> dict[str, int]:
    """The counts that are not 0, of those that are given.

    Raises:
        Refused: one is no count, or parts are more than what includes them.
    """
    return _meters(meters)[0]


def microseconds_of(moment: datetime) -> int:
    """Microseconds since 1970 of a time with a zone."""
    return (moment - _EPOCH) // _MICROSECOND


def _put_objects(usage: dict[str, Any], said: Mapping[str, Any]) -> Any:
    """Adds variant, tags and other meters, in their canonical form; returns the last as given."""
    variant, tags = _given(said, "variant"), _given(said, "tags")
    others = _given(said, "other_meters")
    usage["variant"] = "" if variant is None else _variant(variant)
    usage["tags"] = None if tags is None else _tags(tags)
    usage["other_meters"] = None if others is None else _others(others)
    return others


def _given(said: Mapping[str, Any], name: str) -> Any:
    value = said.get(name)
    return None if value == "" else value


def _context(context: str | None, *, has_account: bool) -> str:
    if context not in (None, *CONTEXTS):
        raise Refused("bad_context", context)
    if context != "system" and not has_account:
        raise Refused("missing_account")
    return context or "customer"


def _check_parts(usage: Mapping[str, Any]) -> None:
    """What is part of a total must not exceed it."""
    for code, parts, whole in _rules_of(frozenset(usage)):
        if sum([usage[part] for part in parts]) > usage.get(whole, 0):
            raise Refused(code)


@lru_cache(1_000)
def _rules_of(names: frozenset[str]) -> tuple[tuple[str, tuple[str, ...], str], ...]:
    """The rules about parts that are there, with those of their parts that are."""
    there = ((rule, tuple(part for part in rule.parts if part in names)) for rule in PART_RULES)
    return tuple((rule.code, parts, rule.whole) for rule, parts in there if parts)


def by_column(said: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that are there, by the names that `check` knows.

    Raises:
        Refused: two of them mean the same.
    """
    found: dict[str, Any] = {}
    for name, value in said.items():
        if value is None:
            continue
        column = _SAME.get(name, name)
        if column in found:
            raise Refused("repeated_key", _same(said, column))
        found[column] = value
    return found


def _same(said: Mapping[str, Any], column: str) -> str:
    names = [name for name in said if _SAME.get(name, name) == column]
    return f": {' and '.join(names)} mean the same"


def values_of_text(said: Mapping[str, Any]) -> dict[str, Any]:
    """Columns whose values are texts, as in a table, with what those of counts and objects say."""
    found = dict(said)
    for name, value in said.items():
        if type(value) is not str:
            continue
        if name in _METER_NAMES and _COUNT.fullmatch(value):
            found[name] = int(value)
        elif name in {"tags", "other_meters"}:
            found[name] = None if value == "" else _json(value)
            if found[name] is None and value != "":
                found[name] = value  # none that says anything: it is refused
    return found


def text_of(value: object) -> str:
    """A value as a message shows it: a text as it is, anything else as JSON."""
    if isinstance(value, str):
        return value
    try:
        return encoded(value)
    except (TypeError, ValueError):
        return repr(value)


def unix_microseconds(text: str) -> int | None:
    """Microseconds of a Unix time in seconds, milliseconds, microseconds or nanoseconds.

    Whichever its digits make likely; None where it is none.
    """
    if _UNIX.fullmatch(text) is None:
        return None
    whole, _, fraction = text.partition(".")
    digits = len(whole)
    if digits > 16:
        return int(whole) // 1000
    # Eleven digits of seconds are enough until the year 5138, fourteen of milliseconds too.
    decimals = 6 if digits <= 11 else 3 if digits <= 14 else 0
    return int(whole + fraction.ljust(decimals, "0")[:decimals])


def _variant(value: Any) -> str:
    """A variant as pairs sorted by key: of an object, of pairs, or of an object as text."""
    if isinstance(value, list):
        raise Refused("bad_text")
    found = value
    if not isinstance(value, Mapping):
        found = text_in(value) or ""
        if found.lstrip().startswith("{"):
            found = _json(found)
    try:
        if not isinstance(found, str | Mapping) or isinstance(found, Repeated):
            raise Refused("bad_variant", value)
        return canonical_variant(found)
    except ValueError:
        raise Refused("bad_variant", value) from None


def text_in(value: object) -> str | None:
    """The text of a column, or what a number says there; None where it is empty.

    Raises:
        Refused: it is an object or a list, or cannot be encoded.
    """
    if type(value) is str:
        if not value.isascii():
            _check_encoding(value)
        return value or None
    if value is None:
        return None
    if isinstance(value, Mapping | list | tuple):
        raise Refused("bad_text")
    return text_of(value) or None


def _check_encoding(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refused("bad_encoding") from None


def _moment(value: Any, latest: int) -> int:
    try:
        moment = _microseconds(value)
    except (ValueError, OverflowError, ArithmeticError):
        moment = None
    if moment is None:
        raise Refused("bad_time", _written(value))
    if moment < _EARLIEST:
        raise Refused("time_too_early", _written(value))
    if moment > latest:
        raise Refused("time_in_future", _written(value))
    return moment


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else text_of(value)


def _microseconds(value: Any) -> int | None:
    """Microseconds since 1970; a time without a zone is in UTC."""
    if type(value) is str:
        if value.isdecimal():
            return unix_microseconds(value)
        if _INSTANT.fullmatch(value) and value[11:13] != "24":
            return (datetime.fromisoformat(value) - _EPOCH) // _MICROSECOND
        match = _TIME.fullmatch(value)
        return _parsed(match) if match else unix_microseconds(_without_exponent(value))
    if isinstance(value, date):
        at = value if isinstance(value, datetime) else datetime.combine(value, time())
        return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return unix_microseconds(format(value, "f")) if is_number else None


def _parsed(match: re.Match[str]) -> int:
    day, hour, minute, second, fraction, sign, hours, minutes = match.groups("0")
    seconds = int(hour) * 3600 + int(minute) * 60 + int(second)
    # 24:00:00 is the end of a day.
    if int(minute) > 59 or int(second) > 59 or seconds > 24 * 3600:
        raise ValueError(match[0])
    if day.startswith("0000"):
        date.fromisoformat(f"0004{day[4:]}")
        return -_MINUTE * _MINUTE  # a year that Python does not have
    found = (date.fromisoformat(day) - _EPOCH.date()) // _MICROSECOND + seconds * _SECOND
    offset = (int(hours) * 60 + int(minutes)) * _MINUTE
    return found + int(fraction.ljust(6, "0")[:6]) + (offset if sign == "-" else -offset)


def _meters(said: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """The counts that are not 0, and whether there was any."""
    found: dict[str, Any] = {}
    is_counted = False
    for name, value in said.items():
        if value is None or name not in _METER_NAMES:
            continue
        if type(value) is not int or not 0 <= value <= LARGEST_COUNT:
            raise Refused("bad_count", name)
        is_counted = True
        if value:
            found[name] = value
    if said.get("requests") == 0:
        found["requests"] = 0
    for column, meter in _IN_SECONDS.items():
        seconds = said.get(column)
        if seconds is None:
            continue
        if said.get(meter) is not None:
            raise Refused("repeated_key", f": {meter} and {column} mean the same")
        is_counted = True
        if counted := milliseconds(seconds):
            found[meter] = counted
    _check_parts(found)
    found.setdefault("requests", 1)
    return found, is_counted


def milliseconds(seconds: Any) -> int:
    """Seconds of audio in whole milliseconds, rounded half up.

    Raises:
        Refused: it is no number of 0 or more with at most 9 decimals.
    """
    is_number = isinstance(seconds, Decimal) and seconds.is_finite()
    written = format(seconds, "f") if is_number else seconds
    if type(seconds) is int:
        written = str(seconds)
    elif type(seconds) is str:
        written = _without_exponent(seconds)
    if type(written) is not str or not _DURATION.fullmatch(written):
        shown = f"the float {seconds}" if type(seconds) is float else seconds
        raise Refused("bad_duration", shown)
    return int((Decimal(written) * 1000).to_integral_value(ROUND_HALF_UP))


def _without_exponent(text: str) -> str:
    """The digits of a number, which a program may write with an exponent."""
    return format(Decimal(text), "f") if _EXPONENT.fullmatch(text) else text


def _kind(usage: Mapping[str, Any]) -> str:
    is_heard = usage.get("audio_milliseconds", 0) > 0
    is_read = "input_tokens" in usage or "input_characters" in usage
    return "audio_stt" if is_heard and not is_read else "text"


def _tags(value: Any) -> str | None:
    """Tags in the order of their keys, as JSON without spaces; None where there are none."""
    if isinstance(value, Repeated):
        raise Refused("repeated_key")
    if not isinstance(value, Mapping):
        raise Refused("bad_tags")
    try:
        if not _is_json(value):
            raise Refused("bad_tags")
        return encoded({name: value[name] for name in sorted(value)}) if value else None
    except (TypeError, ValueError, RecursionError):
        raise Refused("bad_tags") from None


def _is_json(value: object) -> bool:
    """Whether JSON has a way to say it: msgspec takes more, and writes NaN as null."""
    if value is None or isinstance(value, str | int):
        return True
    if isinstance(value, float | Decimal):
        return math.isfinite(value)
    if isinstance(value, Mapping):
        return all(type(name) is str and _is_json(each) for name, each in value.items())
    return isinstance(value, list | tuple) and all(map(_is_json, value))


def _others(value: Any) -> str | None:
    """Counts that no column has, in the order of their names; None where all are 0."""
    if isinstance(value, Repeated) or not isinstance(value, Mapping):
        raise Refused("bad_other_meters")
    found: dict[str, int] = {}
    for name, number in value.items():
        is_count = type(number) is int and 0 <= number <= LARGEST_COUNT
        # A reason for no price lists names with commas between them.
        listed = name.strip(_SPACES).replace(",", "_") if type(name) is str else ""
        if not listed or _UNNAMED.search(listed) or listed in found or not is_count:
            raise Refused("bad_other_meters")
        found[listed] = number
    members = [f'"{name}":{found[name]}' for name in sorted(found) if found[name]]
    return "{" + ",".join(members) + "}" if members else None


def _json(text: str) -> Any:
    """What a text says as JSON; None where it is none."""
    try:
        return decoded(text)
    except (ValueError, RecursionError):
        return None


def _hint(tags: Any) -> str:
    """What to do about a row without usage: a tag with digits may be the count."""
    for name, value in tags.items() if isinstance(tags, Mapping) else ():
        if _COUNT.fullmatch(str(value)) and _LIKE_A_METER.search(str(name)):
            return (
                f"; {name} looks like it: load with --map 'input_tokens={name}', or the meter"
                " that it is"
            )
    return ""
