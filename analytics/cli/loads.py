"""`loads` and `rejections`."""

from pathlib import Path

import click

from analytics.cli.options import book_options, json_option, print_json, reading, writing


@click.group()
def loads() -> None:
    """List what was loaded, and take a load back."""


@loads.command(name="list")
@book_options
@click.option("--limit", type=int, default=20, show_default=True, help="How many.")
@json_option
def list_loads(book_path: Path, wait_seconds: float, limit: int, as_json: bool) -> None:
    """List what was loaded, newest first.

    \b
    Example:
      tokenbook loads list
    """
    with reading(book_path, wait_seconds) as book:
        found = book.list_loads(limit=limit)
    if as_json:
        print_json(found)
        return
    from analytics.terminal import print_records

    print_records(
        ["load", "started", "source", "rows", "appended", "duplicates", "rejected", "state"],
        [
            (
                str(load.load_id),
                load.started_at.replace(microsecond=0),
                load.source.replace("\n", " "),
                load.rows,
                load.appended,
                load.duplicates,
                load.rejected,
                "taken back" if load.undone_at else "loaded",
            )
            for load in found
        ],
        "Loads",
    )


@loads.command()
@click.argument("load", type=int)
@book_options
@json_option
def undo(load: int, book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """Take a load back: remove the records that it brought.

    \b
    Example:
      tokenbook loads undo 1
    """
    from analytics.terminal import waiting

    with writing(book_path, wait_seconds) as book, waiting("Taking back"):
        undone = book.undo_load(load)
    if as_json:
        print_json(undone)
        return
    from analytics.money import plain
    from analytics.terminal import print_message

    records = "1 record" if undone.removed == 1 else f"{undone.removed:,} records"
    removed = f"{records}, cost ${plain(undone.cost_usd)}"
    print_message(f"Took load {load} back: {removed}.")


@click.group()
def rejections() -> None:
    """List the rows that were not recorded, and try them again."""


@rejections.command(name="list")
@book_options
@click.option("--load", "load_id", type=int, metavar="LOAD", help="Only this load's.")
@click.option("--code", metavar="CODE", help="Only those with this code.")
@click.option("--limit", type=int, default=100, show_default=True, help="How many.")
@json_option
def list_rejections(
    book_path: Path,
    wait_seconds: float,
    load_id: int | None,
    code: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List the rows that were not recorded, and why.

    'tokenbook export rejections' writes all of them to a file.

    \b
    Example:
      tokenbook rejections list --code bad_json
    """
    with reading(book_path, wait_seconds) as book:
        found = book.list_rejections(load_id=load_id, code=code, limit=limit)
    if as_json:
        print_json(found)
        return
    from analytics.terminal import print_records

    print_records(
        ["load", "row", "code", "message"],
        [(str(x.load_id), f"{x.path}:{x.line}", x.code, x.message) for x in found],
        "Rejections",
    )


@rejections.command()
@click.argument("load", type=int)
@book_options
@json_option
def retry(load: int, book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """Load the files of a load again, in the same way, after you corrected them or the book.

    What is recorded already counts as a duplicate.

    \b
    Example:
      tokenbook rejections retry 1
    """
    from analytics.terminal import print_load, progress

    with writing(book_path, wait_seconds) as book, progress("Loading", None) as advance:
        result = book.retry_load(load, progress=advance)
    if as_json:
        print_json(result)
    else:
        print_load(result)
