"""`config`."""

from pathlib import Path

import click

from analytics.cli.options import book_option, json_option, print_json


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
        for section, values in found.content().items()
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
