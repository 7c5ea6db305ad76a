"""`ingest --follow`."""

import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from analytics.cli.options import print_json

if TYPE_CHECKING:
    from types import FrameType

Command = TypeVar("Command", bound=Callable[..., Any])


def follow_options(command: Command) -> Command:
    """``--follow``."""
    return click.option(
        "--follow", is_flag=True, help="Go on until interrupted; hold the book only to write."
    )(command)


def refuse_rehearsal(*, is_rehearsal: bool) -> None:
    """Refuses what has no meaning for files that have no end.

    Raises:
        click.UsageError: with what to do.
    """
    if is_rehearsal:
        raise click.UsageError("--dry-run is for files as they are, without --follow.")


def follow_files(
    paths: Sequence[str],
    book_path: Path,
    wait_seconds: float,
    how: Mapping[str, Any],
    as_json: bool,
) -> None:
    """Loads what is appended until interrupted, and prints what each load did."""
    import analytics
    from analytics.terminal import print_load

    def notify(message: str) -> None:
        click.echo(message, err=True)

    with (
        analytics.open(book_path, shared=True, wait_seconds=wait_seconds) as book,
        interrupted() as stop,
    ):
        if not as_json:
            click.echo(f"Following {', '.join(paths)}; Ctrl-C ends it.", err=True)
        for done in book.follow(*paths, stop=stop, notify=notify, **how):
            if as_json:
                print_json(done)
            else:
                print_load(done)


@contextmanager
def interrupted() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set: what is under way is finished first."""
    stop = threading.Event()

    def end(_number: int, _frame: "FrameType | None") -> None:
        stop.set()

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(each, end) for each in signals]
    try:
        yield stop
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)
