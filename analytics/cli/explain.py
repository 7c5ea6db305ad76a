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


@explain.command()
@click.argument("number", required=False)
@click.argument("line", type=int, required=False)
@book_options
@click.option("--month", metavar="MONTH", help="Of a draft: its month, such as 2026-10.")
@click.option("--account", metavar="ID", help="Of a draft: its account.")
@click.option("--line", "draft_line", type=int, metavar="N", help="Of a draft: only this line.")
@json_option
def invoice(
    number: str | None,
    line: int | None,
    book_path: Path,
    wait_seconds: float,
    month: str | None,
    account: str | None,
    draft_line: int | None,
    as_json: bool,
) -> None:
    """Show where an invoice's total comes from, or one of its LINEs (the first is 1).

    NUMBER is that of an issued invoice or credit note. Of a draft, give --month and --account.

    \b
    Example:
      tokenbook explain invoice --month 2026-10 --account acme --line 1
    """
    is_draft = month is not None and account is not None
    if (number is None) != is_draft or (number is not None and (month or account)):
        raise click.UsageError("Give the number of an invoice, or --month and --account.")
    with reading(book_path, wait_seconds) as book:
        if number is not None:
            found = book.explain_invoice(number, line=line or draft_line)
        else:
            found = book.explain_draft(str(month), str(account), line=draft_line)
    if as_json:
        print_json(found)
        return
    from analytics.terminal.explanations import print_explanation

    print_explanation(found)
