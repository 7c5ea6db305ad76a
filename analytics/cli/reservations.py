"""`reserve`, `confirm`, `cancel` and `reservations`."""

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
    from analytics.records import Reservation


@click.command()
@account_argument
@click.argument("amount")
@book_options
@click.option(
    "--ttl",
    metavar="SECONDS",
    type=int,
    default=300,
    show_default=True,
    help="After so long the hold is free again.",
)
@click.option("--operation", metavar="TEXT", help="What it is for.")
@click.option("--model", metavar="MODEL", help="Which model is to be called.")
@click.option("--metadata", type=JsonObject(), help="A JSON object of your own.")
@key_option
@json_option
def reserve(
    account: str,
    amount: str,
    book_path: Path,
    wait_seconds: float,
    as_json: bool,
    **more: Any,
) -> None:
    """Hold credits of an account, before a model call.

    \b
    Example:
      tokenbook reserve acme 0.50 --model gpt-4o
    """
    with writing(book_path, wait_seconds) as book:
        made = book.create_reservation(account, amount, **more)
    _print(made, as_json=as_json)


@click.command()
@click.argument("reservation_id", metavar="RESERVATION")
@click.argument("actual_amount", metavar="AMOUNT")
@book_options
@click.option(
    "--on-shortfall",
    type=click.Choice(["reject", "cap"]),
    default="reject",
    show_default=True,
    help="Where the credits do not cover it: change nothing, or charge what there is.",
)
@key_option
@json_option
def confirm(
    reservation_id: str,
    actual_amount: str,
    book_path: Path,
    wait_seconds: float,
    on_shortfall: str,
    idempotency_key: str | None,
    as_json: bool,
) -> None:
    """Charge what was used, and free the rest of the hold. Safe to repeat.

    \b
    Example:
      tokenbook confirm res_065d141b5be4000123456789 0.12
    """
    with writing(book_path, wait_seconds) as book:
        done = book.confirm_reservation(
            reservation_id,
            actual_amount,
            on_shortfall=on_shortfall,
            idempotency_key=idempotency_key,
        )
    if as_json:
        print_json(done)
        return
    from analytics.terminal import print_fields
    from analytics.terminal.credits import credit

    print_fields(
        done.reservation_id,
        {
            "charged": credit(done.charged),
            "released": credit(done.released),
            "shortfall": credit(done.shortfall),
            "balance": credit(done.balance),
            "transaction": done.transaction_id,
            "account": done.external_id or done.account_id,
            "late": done.is_late,
        },
    )


@click.command()
@click.argument("reservation_id", metavar="RESERVATION")
@book_options
@key_option
@json_option
def cancel(
    reservation_id: str,
    book_path: Path,
    wait_seconds: float,
    idempotency_key: str | None,
    as_json: bool,
) -> None:
    """Free the whole hold of a reservation. Safe to repeat.

    \b
    Example:
      tokenbook cancel res_065d141b5be4000123456789
    """
    with writing(book_path, wait_seconds) as book:
        done = book.cancel_reservation(reservation_id, idempotency_key=idempotency_key)
    _print(done, as_json=as_json)


@click.command()
@book_options
@click.option("--account", metavar="ID", help="Only this account: id or external id.")
@click.option("--all", "all_", is_flag=True, help="Also those that are not live any more.")
@click.option("--limit", type=int, default=100, show_default=True, help="Reservations a page.")
@click.option("--offset", type=int, default=0, help="How many to skip.")
@json_option
def reservations(
    book_path: Path,
    wait_seconds: float,
    account: str | None,
    all_: bool,
    limit: int,
    offset: int,
    as_json: bool,
) -> None:
    """List the live reservations, newest first.

    \b
    Example:
      tokenbook reservations --account acme --all
    """
    with reading(book_path, wait_seconds) as book:
        found = book.list_reservations(account, active_only=not all_, limit=limit, offset=offset)
    if as_json:
        print_json(found)
        return
    from analytics.terminal.credits import print_reservations

    print_reservations(found)


def _print(reservation: "Reservation", *, as_json: bool) -> None:
    if as_json:
        print_json(reservation)
        return
    from analytics.terminal.credits import print_reservations

    print_reservations([reservation], "Reservation")
