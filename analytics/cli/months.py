"""`close`, `reopen`, `archive`, `months` and `verify`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from analytics.cli.options import book_options, json_option, print_json, reading, writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.records import MovedMonth


@click.command()
@click.argument("months", metavar="MONTH...", nargs=-1, required=True)
@book_options
@json_option
def close(months: tuple[str, ...], book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """Move months from the table into Parquet files.

    It is a matter of storage only: every figure stays the same, and records can still come. Room
    that this frees in the database goes back to the disk, if it is at least half of the file.

    \b
    Example:
      tokenbook close 2026-10
    """
    from analytics.terminal import print_message, progress
    from analytics.terminal.forms import size

    moved = []
    with writing(book_path, wait_seconds) as book:
        for month in months:
            with progress(f"Closing {month}", None, "record") as advance:
                moved.append(book.close_month(month, progress=advance))
        if as_json:
            print_json(moved)
        else:
            _print_closed(moved)
        with progress("Giving room back", None) as advance:
            shrunk = book.shrink(progress=advance)
    if shrunk and not as_json:
        before, after = size(shrunk.bytes_before), size(shrunk.bytes_after)
        print_message(f"The database gave its free room back: {before} before, {after} now.")


def _print_closed(moved: "Sequence[MovedMonth]") -> None:
    from analytics.terminal import print_message
    from analytics.terminal.forms import counted, size

    for each in moved:
        if not each.files:
            print_message(f"{each.month} has no records that are not in files already.")
            continue
        what = f"{counted(each.moved, 'record')} of {each.month}"
        files = f"{counted(each.files, 'file')}, {size(each.bytes)}"
        print_message(f"Closed {each.month}: moved {what} into {files}.")


@click.command()
@click.argument("months", metavar="MONTH...", nargs=-1, required=True)
@book_options
@json_option
def reopen(months: tuple[str, ...], book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """Bring months back from their files into the table.

    \b
    Example:
      tokenbook reopen 2026-10
    """
    from analytics.terminal import print_message, progress
    from analytics.terminal.forms import counted

    moved = []
    with writing(book_path, wait_seconds) as book:
        for month in months:
            with progress(f"Reopening {month}", None, "record") as advance:
                moved.append(book.reopen_month(month, progress=advance))
    if as_json:
        print_json(moved)
        return
    for each in moved:
        what = f"{counted(each.moved, 'record')} back from {counted(each.files, 'file')}"
        told = f"Opened {each.month} again: {what}." if each.files else f"{each.month} is open."
        print_message(told)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@book_options
@json_option
def archive(folder: Path, book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """Write the closed months, with prices, accounts and totals, to a folder of their own.

    All usage in it is Parquet. It is a book that can only be read: name it with --book.

    \b
    Example:
      tokenbook archive ./archive
    """
    from analytics.terminal import print_message, progress
    from analytics.terminal.forms import counted, size

    with writing(book_path, wait_seconds) as book, progress("Archiving", None, "record") as advance:
        made = book.archive(folder, progress=advance)
    if as_json:
        print_json(made)
        return
    files = f"{counted(made.files, 'file')}, {size(made.bytes)}"
    what = f"{counted(len(made.months), 'month')}, {counted(made.record_count, 'record')}"
    print_message(f"Archived {what} in {files}.")
    print_message(f"Read it with: tokenbook summary --book {folder}")


@click.command()
@book_options
@json_option
def months(book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """List the months: which are open, which are closed, how large their files are.

    \b
    Example:
      tokenbook months
    """
    with reading(book_path, wait_seconds) as book:
        found = book.list_months()
    if as_json:
        print_json(found)
        return
    from analytics.terminal import print_records
    from analytics.terminal.forms import size

    print_records(
        ["month", "status", "records", "in files", "files", "size", "closed"],
        [
            (
                each.month,
                each.status,
                each.record_count,
                each.closed_count,
                each.files,
                size(each.bytes) if each.files else None,
                each.closed_at and each.closed_at.date(),
            )
            for each in found
        ],
        "Months",
    )


@click.command()
@book_options
@json_option
def verify(book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """Read every file of the closed months again and compare it with its checksum.

    A Parquet file among them that the book has not written is found too. 'tokenbook check' compares
    what is in the files with the totals.

    \b
    Example:
      tokenbook verify
    """
    from analytics.closing.files import refuse_damaged
    from analytics.terminal import print_records, progress
    from analytics.terminal.forms import size

    with reading(book_path, wait_seconds) as book, progress("Verifying", None, "file") as advance:
        found = book.verify_files(progress=advance)
    if as_json:
        print_json(found)
    else:
        print_records(
            ["file", "records", "size", "result"],
            [
                (each.path, each.record_count, size(each.bytes), each.problem or "ok")
                for each in found
            ],
            "Files",
        )
    refuse_damaged(found)
