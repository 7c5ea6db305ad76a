"""`accounts`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from analytics.cli.options import book_options, json_option, print_json, reading, writing

if TYPE_CHECKING:
    from analytics.records import Account


@click.group()
def accounts() -> None:
    """Create, list and change accounts: the customers that are billed."""


@accounts.command()
@book_options
@click.option("--external-id", metavar="ID", help="Your own id of the customer.")
@click.option("--name", help="How an invoice addresses them.")
@click.option("--email", help="Where invoices go.")
@click.option("--markup", metavar="PERCENT", help="Instead of the book's own mark-up.")
@json_option
def create(
    book_path: Path,
    wait_seconds: float,
    external_id: str | None,
    name: str | None,
    email: str | None,
    markup: str | None,
    as_json: bool,
) -> None:
    """Make an account.

    \b
    Example:
      tokenbook accounts create --external-id acme --name "Acme GmbH" --markup 15
    """
    with writing(book_path, wait_seconds) as book:
        account = book.create_account(external_id, name=name, email=email, markup_percent=markup)
    _print(account, as_json=as_json)


@accounts.command()
@click.argument("account", metavar="ID")
@book_options
@click.option("--name", help="How an invoice addresses them.")
@click.option("--email", help="Where invoices go.")
@click.option("--markup", metavar="PERCENT", help="Instead of the book's own mark-up.")
@json_option
def update(
    account: str,
    book_path: Path,
    wait_seconds: float,
    name: str | None,
    email: str | None,
    markup: str | None,
    as_json: bool,
) -> None:
    """Change an account, named by its id or external id.

    \b
    Example:
      tokenbook accounts update acme --name "Acme Holding"
    """
    with writing(book_path, wait_seconds) as book:
        changed = book.update_account(account, name=name, email=email, markup_percent=markup)
    _print(changed, as_json=as_json)


@accounts.command(name="list")
@book_options
@json_option
def list_accounts(book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """List the accounts.

    \b
    Example:
      tokenbook accounts list
    """
    with reading(book_path, wait_seconds) as book:
        found = book.list_accounts()
    if as_json:
        print_json(found)
        return
    from analytics.terminal import print_records

    print_records(
        ["external id", "name", "e-mail", "mark-up %", "account id"],
        [(a.external_id, a.name, a.email, _percent(a), a.account_id) for a in found],
        "Accounts",
    )


def _print(account: "Account", *, as_json: bool) -> None:
    if as_json:
        print_json(account)
        return
    from analytics.terminal import print_fields

    print_fields(
        account.name or account.external_id or account.account_id,
        {
            "account id": account.account_id,
            "external id": account.external_id,
            "name": account.name,
            "e-mail": account.email,
            "mark-up %": _percent(account),
        },
    )


def _percent(account: "Account") -> str:
    from analytics.money import plain

    return "the book's" if account.markup_percent is None else plain(account.markup_percent)
