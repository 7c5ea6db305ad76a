"""Spans of time. A period is half-open: from the start day up to, not including, the end day.

Days and months are those of the book's billing time zone. Instants are UTC everywhere else.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from analytics.errors import InvalidArgument

Duration = timedelta | int
"""A span of time, or seconds."""

DEFAULT_TTL = 300
"""How long a reservation holds, in seconds, where nothing else is asked."""

_FIRST_YEAR, _LAST_YEAR = 1, 9998
_NO_ZONES = ("localtime", "posixrules", "posix/", "right/")
"""Files beside those of the zones: Python reads them, and no database knows them by these names."""

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Period:
    """The days ``[start, end)`` of the billing time zone; None is without bound."""

    start: date | None = None
    end: date | None = None

    def __str__(self) -> str:
        if self.start and self.start.day == 1 and self.end == next_month(self.start):
            return f"{self.start:%Y-%m}"
        first = str(self.start) if self.start else "the beginning"
        last = str(self.end - timedelta(days=1)) if self.end else "now"
        return f"{first} to {last}"

    @property
    def is_of_months(self) -> bool:
        """Whether it begins and ends with a month, or without bound."""
        return all(day is None or day.day == 1 for day in (self.start, self.end))


def month_period(text: str) -> Period:
    """The period of a month given as ``2026-10``.

    Raises:
        InvalidArgument: the text is no month.
    """
    match = _MONTH.fullmatch(text)
    if not match or not _FIRST_YEAR <= int(match[1]) <= _LAST_YEAR:
        raise InvalidArgument(name="month", problem=f"{text!r} is not a month like 2026-10")
    start = date(int(match[1]), int(match[2]), 1)
    return Period(start, next_month(start))


def day_period(start: date | str | None, end: date | str | None) -> Period:
    """The period from the start day to the end day, both included.

    Raises:
        InvalidArgument: a text is no day like 2026-10-31, or the end is before the start.
    """
    first, last = _day(start, "start_date"), _day(end, "end_date")
    if first and last and last < first:
        raise InvalidArgument(name="end_date", problem=f"{last} is before the start, {first}")
    if last and last.year > _LAST_YEAR:
        raise InvalidArgument(name="end_date", problem=f"{last} is too far away")
    return Period(first, last + timedelta(days=1) if last else None)


def time_zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name such as ``Europe/Berlin``.

    Raises:
        InvalidArgument: there is no such zone.
    """
    problem = f"{name!r} is not a time zone; names look like UTC or Europe/Berlin"
    if name.startswith(_NO_ZONES):
        raise InvalidArgument(name="billing_timezone", problem=problem)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidArgument(name="billing_timezone", problem=problem) from None


def instant(value: datetime | date | str, name: str) -> datetime:
    """An instant in UTC. A text or datetime without zone is UTC, a day is its first instant in UTC.

    Raises:
        InvalidArgument: the text is not ISO 8601.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            problem = f"{value!r} is not a time like 2026-10-31T12:00:00Z"
            raise InvalidArgument(name=name, problem=problem) from None
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        problem = f"{value.isoformat()} is beyond the calendar in UTC"
        raise InvalidArgument(name=name, problem=problem) from None


def first_instant(day: date | None, zone: ZoneInfo) -> datetime | None:
    """When a day begins, in UTC without a zone, as the tables hold it; None where it has none.

    That is the first day of the calendar, east of Greenwich.
    """
    if day is None:
        return None
    try:
        local = datetime(day.year, day.month, day.day, tzinfo=zone)
        return local.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        return None


_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ALL_WEEKDAYS = "1234567"


def clock(second: int) -> str:
    """A second of the day as ``09:30``; the end of the day is ``24:00``."""
    return f"{second // 3600:02}:{second // 60 % 60:02}"


def window_text(days: str, start: str, end: str, zone: str) -> str:
    """A daily window for people: ``Mon-Fri 01:00 to 10:00 UTC``.

    Args:
        days: numbers of weekdays, where 1 is Monday; all of them go without saying.
        start: when it begins, as `clock` has it.
        end: when it ends.
        zone: the time zone of both.
    """
    hours = f"{start} to {end} {zone}"
    if days == ALL_WEEKDAYS:
        return hours
    names = [_WEEKDAYS[int(day) - 1] for day in days]
    is_run = len(days) > 2 and days in ALL_WEEKDAYS
    return f"{f'{names[0]}-{names[-1]}' if is_run else ', '.join(names)} {hours}"


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with ``Z``, microseconds only where there are any."""
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.isoformat().replace("+00:00", "Z")


def next_month(day: date) -> date:
    """The first day of the month after a day's."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _day(value: date | str | None, name: str) -> date | None:
    if isinstance(value, datetime):
        raise InvalidArgument(name=name, problem="give a day, not a time")
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        problem = f"{value!r} is not a day like 2026-10-31"
        raise InvalidArgument(name=name, problem=problem) from None
