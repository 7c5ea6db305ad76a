"""`explain`: why a figure is what it is."""

from pathlib import Path

import click

from analytics.cli.options import book_options, json_option, print_json, reading


@click.group()
def explain() -> None:
    """Show why a cost, a charge or an invoice's amount is what it is, down to the last digit."""


@explain.command()
@click.argument("record_id", metavar="ID")
@book_options
@json_option
def usage(record_id: str, book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """Show where the cost and the charge of one usage record come from.

    Quantity x rate for each meter, the price row with its dates, variant, tier and source, and the
    mark-up. 'tokenbook usage' lists records with their ids.

    \b
    Example:
      tokenbook explain usage req_1
    """
    with reading(book_path, wait_seconds) as book:
        found = book.explain_usage(record_id)
    if as_json:
        print_json(found)
        return
    from analytics.terminal.explanations import print_usage_explanation

    print_usage_explanation(found)
