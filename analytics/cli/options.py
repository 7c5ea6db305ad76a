"""Options that several commands share, and how they open the book and print."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from analytics.errors import InvalidArgument
from analytics.period import iso
from analytics.records import METER_NAMES

if TYPE_CHECKING:
    from datetime import date

    from analytics.book import Book

Command = TypeVar("Command", bound=Callable[..., Any])

_SPOOL = "tokenbook.spool"
"""Where a command's context keeps the folder of `spool_option`."""

book_option = click.option(
    "--book",
    "book_path",
    metavar="DIR",
    envvar="TOKENBOOK",
    default="./book",
    show_default=True,
    show_envvar=True,
    type=click.Path(path_type=Path),
    help="The book's folder.",
)
wait_option = click.option(
    "--wait",
    "wait_seconds",
    metavar="SECONDS",
    type=click.FloatRange(min=0),
    default=10,
    show_default=True,
    help="How long to wait for a book that another process uses.",
)
account_argument = click.argument("account", metavar="ACCOUNT")
key_option = click.option(
    "--idempotency-key",
    metavar="KEY",
    help="Makes it safe to repeat: the same key does it once.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def book_options(command: Command) -> Command:
    """``--book`` and ``--wait``."""
    return book_option(wait_option(command))


def period_options(command: Command) -> Command:
    """``--month``, or ``--start-date`` and ``--end-date``, in days of the billing time zone."""
    for option in (
        click.option("--end-date", metavar="DAY", help="The last day, included."),
        click.option("--start-date", metavar="DAY", help="The first day: 2026-10-01."),
        click.option("--month", metavar="MONTH", help="A month: 2026-10."),
    ):
        command = option(command)
    return command


def spool_option(command: Command) -> Command:
    """``--spool``: answers warn of what waits there."""
    return click.option(
        "--spool",
        metavar="DIR",
        envvar="TOKENBOOK_SPOOL",
        show_envvar=True,
        type=click.Path(path_type=Path),
        expose_value=False,
        callback=_remember_spool,
        help="Warn of what recorders wrote there and is not in the book yet.",
    )(command)


def _remember_spool(context: click.Context, _option: click.Parameter, spool: Path | None) -> None:
    context.meta[_SPOOL] = spool


def filter_options(command: Command) -> Command:
    """Which usage a question is about."""
    for option in (
        click.option(
            "--type", "usage_type", metavar="TYPE", help="text, audio_stt, audio_tts, ..."
        ),
        click.option("--model", "model_id", metavar="MODEL", help="Only this model."),
        click.option("--provider", metavar="PROVIDER", help="Only this provider."),
        click.option("--context", metavar="CONTEXT", help="customer or system."),
        click.option("--account", metavar="ID", help="Only this account: id or external id."),
    ):
        command = option(command)
    return spool_option(period_options(command))


class Pair(click.ParamType[tuple[str, str]]):
    """An option value like ``name=value``."""

    name = "NAME=VALUE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """The two sides of the first equals sign."""
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        if not equals or not name:
            self.fail(f"{value!r} is not like name=value", param, ctx)
        return name, text


class JsonObject(click.ParamType[dict[str, Any]]):
    """An option value like ``{"plan": "pro"}``."""

    name = "JSON"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, Any]:
        """The object of a text; numbers keep their digits."""
        if isinstance(value, dict):
            return value
        try:
            found = json.loads(value, parse_float=Decimal)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            self.fail(f"{value!r} is not a JSON object", param, ctx)
        return found


def meter_options(command: Command) -> Command:
    """The quantities of one call: the common meters by name, any other with ``--meter``."""
    for option in (
        click.option(
            "--meter", "meters", type=Pair(), multiple=True, help="Any other: NAME=COUNT."
        ),
        click.option("--audio-seconds", metavar="SECONDS", help="Audio duration."),
        click.option("--cached-tokens", type=int, help="Of the input, read from cache."),
        click.option("--output-tokens", type=int, help="Output tokens, reasoning included."),
        click.option("--input-tokens", type=int, help="Input tokens, cached ones included."),
    ):
        command = option(command)
    return command


def source_options(command: Command) -> Command:
    """What the log format is, and where its rows name the customer."""
    for option in (
        click.option(
            "--account-else",
            metavar="WHOSE",
            help="Of a row that names no customer: system, reject, or an external id.",
        ),
        click.option(
            "--account-from",
            metavar="PATH",
            help="Where a row names the customer: metadata.customer_id.",
        ),
        click.option("--source", metavar="NAME", help="The log format, where it cannot be told."),
    ):
        command = option(command)
    return command


def quantities(
    input_tokens: int | None,
    output_tokens: int | None,
    cached_tokens: int | None,
    audio_seconds: str | None,
    meters: tuple[tuple[str, str], ...],
) -> dict[str, Any]:
    """The keyword arguments of `meter_options`, where given."""
    found: dict[str, Any] = {
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "cached_tokens": cached_tokens,
        "audio_duration_seconds": audio_seconds,
    }
    for name, text in meters:
        if name not in METER_NAMES:
            known = ", ".join(METER_NAMES)
            raise click.BadParameter(f"there is no meter {name!r}; there are {known}")
        if not text.isdecimal():
            raise click.BadParameter(
                f"{text!r} is not a whole number of 0 or more", param_hint=name
            )
        found[name] = int(text)
    return {name: value for name, value in found.items() if value is not None}


def writing(path: Path, wait_seconds: float) -> "Book":
    """The book, open for writing."""
    import analytics

    return analytics.open(path, wait_seconds=wait_seconds)


@contextmanager
def reading(path: Path, wait_seconds: float) -> "Iterator[Book]":
    """The book, open for reading; an old one is brought up to date first."""
    import analytics
    from analytics.errors import BookTooOld

    try:
        book = analytics.open(path, read_only=True, wait_seconds=wait_seconds)
    except BookTooOld:
        writing(path, wait_seconds).close()
        book = analytics.open(path, read_only=True, wait_seconds=wait_seconds)
    with book:
        if spool := click.get_current_context().meta.get(_SPOOL):
            from analytics.cli.spools import warn_of_backlog

            warn_of_backlog(book, spool)
        yield book


def day(text: str | None, name: str) -> "date | None":
    """A day of a text, or none.

    Raises:
        InvalidArgument: the text is no day.
    """
    from analytics.period import day_period

    try:
        return day_period(text, None).start
    except InvalidArgument as error:
        raise InvalidArgument(name=name, problem=str(error).partition(": ")[2][:-1]) from None


def dollars(amount: Decimal) -> str:
    """An amount with two decimals at least."""
    from analytics.money import plain

    whole, _, decimals = plain(amount).partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"


def short(per: int) -> str:
    """What a price is quoted for: 1M, min, h or 1k."""
    known = {10**9: "1G", 10**6: "1M", 3_600_000: "h", 60_000: "min", 1_000: "1k"}
    return known.get(per, f"{per:,}")


def print_json(value: object, *, indent: int | None = 2) -> None:
    """Prints records as JSON on stdout: snake_case keys, numbers with all their digits.

    Without an indent it is one line, for results that come one after the other.
    """
    import simplejson

    text = simplejson.dumps(
        value,
        default=_plain,
        encoding=None,
        use_decimal=False,
        ensure_ascii=False,
        indent=indent,
        namedtuple_as_object=False,
        ignore_nan=True,
    )
    click.echo(safe_json(text))


_UNSAFE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What JSON may hold as it is, and what a terminal obeys or cannot print."""


def safe_json(text: str) -> str:
    """The same JSON, with what a terminal would obey written as escapes.

    Such characters stand in texts only, so that an escape means the same.
    """
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        from simplejson.raw_json import RawJSON

        from analytics.money import plain

        return RawJSON(plain(value))
    if isinstance(value, datetime):
        return iso(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, bytes):
        return value.hex()
    return str(value)
