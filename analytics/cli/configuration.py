"""`config`."""

from pathlib import Path

import click

from analytics.cli.options import book_option, book_options, json_option, print_json, reading


@click.group()
def config() -> None:
    """Show, make and check the book's own 'book.toml': who sells, what invoices look like."""


@config.command()
@book_option
@json_option
def show(book_path: Path, as_json: bool) -> None:
    """Print every section and key with its value, defaults included.

    \b
    Example:
      tokenbook config show
    """
    from analytics import configuration

    found = configuration.read(book_path)
    if as_json:
        print_json(found.content())
        return
    from analytics.terminal import print_records

    rows = [
        (section, key, configuration.shown(value))
        for section, values in found.sections().items()
        for key, value in values.items()
    ]
    print_records(["section", "key", "value"], rows, f"{found.path}")


@config.command()
@book_option
@json_option
def init(book_path: Path, as_json: bool) -> None:
    """Write a 'book.toml' that explains each key. An existing one is left alone.

    \b
    Example:
      tokenbook config init
    """
    from analytics import configuration

    path = configuration.write(book_path)
    if as_json:
        print_json({"path": path})
        return
    from analytics.terminal import print_message

    print_message(f"Wrote {path}. Fill in [seller], then: tokenbook config check")


@config.command()
@book_options
@json_option
def check(book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """Say what is wrong in 'book.toml', and what invoices need that it lacks.

    \b
    Example:
      tokenbook config check
    """
    with reading(book_path, wait_seconds) as book:
        missing = book.missing_seller_data()
        path = book.configuration().path
    if as_json:
        print_json({"path": path, "missing": missing})
        return
    from analytics.terminal import print_message

    print_message(f"{path} can be read.")
    if missing:
        print_message(f"Before an invoice is issued, [seller] needs: {', '.join(missing)}.")
    else:
        print_message("[seller] has what invoices need.")
