"""`accounts`."""

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

    from analytics.records import Account


CLEARABLE = ("name", "email", "markup", "billing-address", "tax-id", "metadata")
"""What `accounts update --clear` removes, named as its option is."""


@click.group()
def accounts() -> None:
    """Create, show, list, change and close accounts: the customers that are billed."""


def field_options(command: "Callable[..., Any]") -> "Callable[..., Any]":
    """What is kept of an account besides its ids."""
    for option in (
        click.option(
            "--tax", metavar="NAME", help="Its tax rate; 'tokenbook tax list' lists them."
        ),
        click.option(
            "--minimum",
            "monthly_minimum",
            metavar="AMOUNT",
            help="What a month's usage costs at least; 0 ends it.",
        ),
        click.option(
            "--discount",
            "discount_percent",
            metavar="PERCENT",
            help="Taken off usage; 0 ends it.",
        ),
        click.option("--fee-label", metavar="TEXT", help="What the fee is called on invoices."),
        click.option("--fee", "monthly_fee", metavar="AMOUNT", help="Paid each month; 0 ends it."),
        click.option("--metadata", type=JsonObject(), help="A JSON object of your own."),
        click.option("--currency", metavar="CODE", help="Of the invoices: EUR, JPY, ..."),
        click.option("--tax-id", metavar="ID", help="As it stands on invoices."),
        click.option("--billing-address", metavar="TEXT", help="As it stands on invoices."),
        click.option(
            "--markup",
            "markup_percent",
            metavar="PERCENT",
            help="Instead of the book's own mark-up.",
        ),
        click.option("--email", help="Where invoices go."),
        click.option("--name", help="How an invoice addresses them."),
    ):
        command = option(command)
    return command


@accounts.command()
@book_options
@click.option("--external-id", metavar="ID", help="Your own id of the customer.")
@field_options
@key_option
@json_option
def create(
    book_path: Path,
    wait_seconds: float,
    external_id: str | None,
    idempotency_key: str | None,
    as_json: bool,
    **fields: Any,
) -> None:
    """Make an account.

    \b
    Example:
      tokenbook accounts create --external-id acme --name "Acme GmbH" --markup 15
    """
    with writing(book_path, wait_seconds) as book:
        made = book.create_account(external_id, idempotency_key=idempotency_key, **fields)
    _print(made, as_json=as_json)


@accounts.command()
@account_argument
@book_options
@json_option
def show(account: str, book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """Show an account, named by its id or external id.

    \b
    Example:
      tokenbook accounts show acme
    """
    with reading(book_path, wait_seconds) as book:
        found = book.get_account(account)
    _print(found, as_json=as_json)


@accounts.command()
@account_argument
@book_options
@click.option("--external-id", "new_external_id", metavar="ID", help="Another id of your own.")
@field_options
@click.option(
    "--clear",
    type=click.Choice(CLEARABLE),
    multiple=True,
    help="Remove a field. May be given several times.",
)
@key_option
@json_option
def update(
    account: str,
    book_path: Path,
    wait_seconds: float,
    as_json: bool,
    clear: tuple[str, ...],
    **fields: Any,
) -> None:
    """Change an account, named by its id or external id.

    \b
    Example:
      tokenbook accounts update acme --name "Acme Holding" --clear tax-id
    """
    columns = [{"markup": "markup_percent"}.get(name, name.replace("-", "_")) for name in clear]
    with writing(book_path, wait_seconds) as book:
        changed = book.update_account(account, clear=columns, **fields)
    _print(changed, as_json=as_json)


@accounts.command()
@account_argument
@book_options
@key_option
@json_option
def close(
    account: str,
    book_path: Path,
    wait_seconds: float,
    idempotency_key: str | None,
    as_json: bool,
) -> None:
    """Close an account: it takes no more credits and reservations. It is never deleted.

    What is reserved may still be confirmed or cancelled, and its balance may be deducted.

    \b
    Example:
      tokenbook accounts close acme
    """
    with writing(book_path, wait_seconds) as book:
        closed = book.close_account(account, idempotency_key=idempotency_key)
    _print(closed, as_json=as_json)


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
        ["external id", "name", "e-mail", "mark-up %", "balance", "closed", "account id"],
        [
            (a.external_id, a.name, a.email, _percent(a), a.balance, a.closed_at, a.account_id)
            for a in found
        ],
        "Accounts",
    )


def _print(account: "Account", *, as_json: bool) -> None:
    if as_json:
        print_json(account)
        return
    from analytics.terminal import print_fields

    rare = {
        "billing address": account.billing_address,
        "tax id": account.tax_id,
        "metadata": account.metadata or None,
        "closed": account.closed_at,
    }
    print_fields(
        account.name or account.external_id or account.account_id,
        {
            "account id": account.account_id,
            "external id": account.external_id,
            "name": account.name,
            "e-mail": account.email,
            "mark-up %": _percent(account),
            "balance": account.balance,
            **{name: value for name, value in rare.items() if value is not None},
        },
    )


def _percent(account: "Account") -> str:
    from analytics.money import plain

    return "the book's" if account.markup_percent is None else plain(account.markup_percent)
