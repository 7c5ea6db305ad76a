"""`credits`, `transactions` and `statement`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analytics.cli.options import (
    JsonObject,
    account_argument,
    book_options,
    json_option,
    key_option,
    print_json,
    reading,
    writing,
)

if TYPE_CHECKING:
    from collections.abc import Callable

description_option = click.option("--description", help="Free text.")
metadata_option = click.option("--metadata", type=JsonObject(), help="A JSON object of your own.")


@click.group()
def credits() -> None:  # noqa: A001 - the command's name
    """Add and deduct credits, show a balance."""


def note_options(command: "Callable[..., Any]") -> "Callable[..., Any]":
    """What is kept with a transaction."""
    return description_option(metadata_option(key_option(command)))


@credits.command()
@account_argument
@click.argument("amount")
@book_options
@click.option("--payment-method", metavar="TEXT", help="How they were paid for.")
@note_options
@json_option
def add(
    account: str,
    amount: str,
    book_path: Path,
    wait_seconds: float,
    as_json: bool,
    **note: Any,
) -> None:
    """Add credits to an account.

    \b
    Example:
      tokenbook credits add acme 100 --description "Top-up" --payment-method card
    """
    with writing(book_path, wait_seconds) as book:
        done = book.add_credits(account, amount, **note)
    if as_json:
        print_json(done)
        return
    from analytics.terminal import print_message
    from analytics.terminal.credits import credit

    print_message(f"Added {credit(done.added)} to {account}: balance {credit(done.balance)}.")


@credits.command()
@account_argument
@click.argument("amount")
@book_options
@note_options
@json_option
def deduct(
    account: str,
    amount: str,
    book_path: Path,
    wait_seconds: float,
    as_json: bool,
    **note: Any,
) -> None:
    """Take credits from an account, without a reservation.

    \b
    Example:
      tokenbook credits deduct acme 2.50 --description "Manual charge"
    """
    with writing(book_path, wait_seconds) as book:
        done = book.deduct_credits(account, amount, **note)
    if as_json:
        print_json(done)
        return
    from analytics.terminal import print_message
    from analytics.terminal.credits import credit

    what = f"Deducted {credit(done.deducted)} from {account}"
    print_message(f"{what}: balance {credit(done.balance)}, transaction {done.transaction_id}.")


@credits.command()
@account_argument
@click.argument("amount")
@book_options
@click.option("--type", type=click.Choice(["credit", "debit"]), required=True, help="The sign.")
@click.option(
    "--kind",
    type=click.Choice(["adjustment", "refund", "migration"]),
    default="adjustment",
    show_default=True,
    help="What for.",
)
@note_options
@json_option
def adjust(
    account: str,
    amount: str,
    book_path: Path,
    wait_seconds: float,
    as_json: bool,
    **note: Any,
) -> None:
    """Add a transaction of your own: an adjustment, a refund, a migration.

    \b
    Example:
      tokenbook credits adjust acme 5 --type credit --kind refund --description "Outage"
    """
    with writing(book_path, wait_seconds) as book:
        done = book.create_transaction(account, amount, **note)
    if as_json:
        print_json(done)
        return
    from analytics.terminal.credits import print_transactions

    print_transactions([done])


@credits.command()
@account_argument
@book_options
@json_option
def balance(account: str, book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """Show what an account has, what of it is reserved, and what is available.

    \b
    Example:
      tokenbook credits balance acme
    """
    with reading(book_path, wait_seconds) as book:
        found = book.get_balance(account)
    if as_json:
        print_json(found)
        return
    from analytics.terminal.credits import print_balance

    print_balance(found)


@click.command()
@book_options
@click.option("--account", metavar="ID", help="Only this account: id or external id.")
@click.option("--start-date", metavar="DAY", help="The first day: 2026-10-01.")
@click.option("--end-date", metavar="DAY", help="The last day, included.")
@click.option(
    "--include",
    metavar="NAMES",
    default="",
    help="reservation, usage or both: show what each transaction was for.",
)
@click.option("--limit", type=int, default=100, show_default=True, help="Transactions a page.")
@click.option("--offset", type=int, default=0, help="How many to skip.")
@json_option
def transactions(book_path: Path, wait_seconds: float, as_json: bool, **which: Any) -> None:
    """List transactions, newest first.

    \b
    Example:
      tokenbook transactions --account acme --include reservation,usage --limit 20
    """
    with reading(book_path, wait_seconds) as book:
        found = book.list_transactions(which.pop("account"), **which)
    if as_json:
        print_json(found)
        return
    from analytics.terminal.credits import print_more, print_transactions

    print_transactions(found.items)
    page = found.pagination
    print_more(page.limit, page.offset, page.total_count)


@click.command()
@book_options
@click.option("--account", metavar="ID", required=True, help="Whose: id or external id.")
@click.option("--month", metavar="MONTH", required=True, help="2026-10.")
@click.option(
    "--html",
    "html_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a page here.",
)
@json_option
def statement(
    book_path: Path,
    wait_seconds: float,
    account: str,
    month: str,
    html_file: Path | None,
    as_json: bool,
) -> None:
    """Show an account's month: opening balance, movements, holds, closing balance.

    \b
    Example:
      tokenbook statement --account acme --month 2026-10 --html statement.html
    """
    with reading(book_path, wait_seconds) as book:
        found = book.get_statement(account, month)
        if html_file:
            book.write_statement(found, html_file)
    if as_json:
        print_json(found)
        return
    from analytics.terminal import print_message
    from analytics.terminal.credits import print_statement

    print_statement(found)
    if html_file:
        print_message(f"Wrote {html_file}.")
