"""`ingest --spool` and `--follow`, and the warning of what waits in a spool."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from analytics.cli.following import interrupted
from analytics.cli.options import print_json, writing

if TYPE_CHECKING:
    from analytics.book import Book
    from analytics.records import DrainResult

Command = TypeVar("Command", bound=Callable[..., Any])

_ONLY_FILES = (
    *("mapping", "constants", "file_format", "strict", "dry_run"),
    *("source", "account_from", "account_else"),
)
"""What is said of files and means nothing for a spool."""


def spool_options(command: Command) -> Command:
    """``--spool`` and ``--keep``."""
    for option in (
        click.option(
            "--keep", is_flag=True, help="Keep drained segments, in the spool's folder done."
        ),
        click.option(
            "--spool",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="Load what recorders wrote to this folder, in place of PATH.",
        ),
    ):
        command = option(command)
    return command


def check_spool(paths: tuple[str, ...], spool: Path | None, given: dict[str, Any]) -> None:
    """Refuses options that do not go together.

    Raises:
        click.UsageError: with what to do.
    """
    if spool is None:
        if not paths:
            raise click.UsageError("Missing argument 'PATH...': name a file, or --spool DIR.")
        if given["keep"]:
            raise click.UsageError("--keep is for --spool DIR.")
        return
    if paths:
        raise click.UsageError("Give --spool or PATH, not both.")
    wrong = [name for name in _ONLY_FILES if given[name]]
    if wrong:
        raise click.UsageError(
            "--map, --set, --format, --source, --account-from, --account-else, --strict and"
            " --dry-run are for PATH."
        )


def drain(
    spool: Path,
    book_path: Path,
    wait_seconds: float,
    *,
    follow: bool,
    keep: bool,
    create_accounts: bool,
    as_json: bool,
) -> None:
    """Moves a spool into the book, once or until interrupted, and prints what was done."""
    how: dict[str, Any] = {"create_accounts": create_accounts, "keep": keep}
    if not follow:
        from analytics.terminal import progress

        with writing(book_path, wait_seconds) as book, progress("Loading", None) as advance:
            done = book.drain_spool(spool, progress=advance, **how)
        _print(done, spool, as_json=as_json)
        return
    with _sharing(book_path, wait_seconds) as book, interrupted() as stop:
        if not as_json:
            click.echo(f"Following {spool}; Ctrl-C ends it.", err=True)
        for each in book.follow_spool(spool, stop, **how):
            _print(each, spool, as_json=as_json)


def warn_of_backlog(book: "Book", spool: Path) -> None:
    """Says on stderr what is in a spool and not in the book, if anything is."""
    from analytics.book.spools import backlog_text

    waiting = book.backlog(spool)
    if waiting.records:
        from analytics.terminal import print_warning

        print_warning(backlog_text(waiting, spool))


def _sharing(path: Path, wait_seconds: float) -> "Book":
    import analytics

    return analytics.open(path, shared=True, wait_seconds=wait_seconds)


def _print(done: "DrainResult | None", spool: Path, *, as_json: bool) -> None:
    if as_json:
        print_json(done, indent=None)
        return
    from analytics.terminal import print_drained, print_message

    if done is None:
        print_message(f"Nothing to load: no complete segment is in {spool}.")
    else:
        print_drained(done)
