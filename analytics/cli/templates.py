"""`templates`: what the pages look like."""

from pathlib import Path

import click

from analytics.cli.options import book_options, json_option, print_json, reading


@click.group()
def templates() -> None:
    """Make the pages of invoices, statements and months your own."""


@templates.command()
@book_options
@click.option("--force", is_flag=True, help="Replace copies that are there; your changes are lost.")
@json_option
def copy(book_path: Path, wait_seconds: float, force: bool, as_json: bool) -> None:
    """Copy the built-in templates into the book's folder 'templates', for you to change.

    A file there is used in the place of the built-in one of its name. Remove the ones that you do
    not change: they then stay up to date with the program.

    \b
    Example:
      tokenbook templates copy
    """
    with reading(book_path, wait_seconds) as book:
        written = book.copy_templates(replace=force)
    if as_json:
        print_json({"files": written})
        return
    from analytics.terminal import print_message

    print_message(f"Wrote {len(written)} templates to {written[0].parent}; see docs/templates.md")
