"""`invoice`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analytics.cli.options import (
    book_options,
    json_option,
    print_json,
    reading,
    spool_option,
)

if TYPE_CHECKING:
    from analytics.invoices import Draft


@click.group()
def invoice() -> None:
    """Draft the invoices of a month."""


@invoice.command()
@book_options
@spool_option
@click.option("--month", required=True, metavar="MONTH", help="2026-10.")
@click.option("--account", metavar="ID", help="Only this account: id or external id.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write HTML and JSON files and an index page here.",
)
@json_option
def draft(
    book_path: Path,
    wait_seconds: float,
    month: str,
    account: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Compute a month's invoices: one HTML and one JSON file an account, and an index page.

    Accounts with unpriced records are held: the others are written, and the command fails with what
    to do.

    \b
    Example:
      tokenbook invoice draft --month 2026-10 --out invoices/
    """
    with reading(book_path, wait_seconds) as book:
        drafts = book.draft_invoices(month, account=account)
        written = book.write_invoices(month, drafts, out) if out else []
        if as_json:
            print_json([each.content for each in drafts if each.content is not None])
        else:
            _print(month, drafts, out, written)
            if account:
                _print_lines(drafts)
        book.refuse_unpriced(month, drafts, account=account)


def _print(
    month: str, drafts: "Sequence[Draft]", out: Path | None, written: Sequence[Path]
) -> None:
    from decimal import Decimal

    from analytics.money import exact_sum
    from analytics.records import Column
    from analytics.terminal import print_message, print_records

    rows: list[tuple[Any, ...]] = [
        (
            each.name or each.external_id or each.account_id,
            each.records,
            each.cost_usd,
            None if each.total is None else Decimal(each.total),
            "draft" if each.content is not None else f"held: {each.unpriced:,} unpriced",
        )
        for each in drafts
    ]
    columns = [
        Column("account", "text", "Account"),
        Column("records", "count", "Records"),
        Column("cost", "money", "Cost"),
        Column("total", "money", "Invoice"),
        Column("status", "text", "Status"),
    ]
    if drafts:
        cost = exact_sum(each.cost_usd for each in drafts)
        total = exact_sum(Decimal(each.total) for each in drafts if each.total)
        rows.append(("Total", sum(each.records for each in drafts), cost, total, None))
    print_records(columns, rows, f"Invoice drafts of {month}")
    if out:
        print_message(f"Wrote {len(written):,} files to {out}; open {out / 'index.html'}")


def _print_lines(drafts: "Sequence[Draft]") -> None:
    """The lines of one account's draft, as they stand on its page."""
    from analytics.documents import invoice_lines
    from analytics.terminal import print_message, print_records

    for content in (each.content for each in drafts if each.content is not None):
        print_message("")
        rows = invoice_lines(content)
        print_records(["model", "what", "quantity", "price", "amount"], rows, "Lines")
