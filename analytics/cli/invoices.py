"""`invoice`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analytics.cli.issued import print_document, print_invoices, print_run
from analytics.cli.options import (
    book_options,
    day,
    json_option,
    print_json,
    reading,
    spool_option,
    writing,
)

if TYPE_CHECKING:
    from analytics.invoices import Draft
    from analytics.records import Invoice


account_option = click.option(
    "--account", metavar="ID", help="Only this account: id or external id."
)
issue_date_option = click.option(
    "--issue-date", metavar="DAY", help="Instead of today, in the billing time zone."
)
reason_option = click.option(
    "--reason", required=True, metavar="TEXT", help="Why; it stands on the credit note."
)


@click.group()
def invoice() -> None:
    """Draft, issue, correct and verify invoices."""


@invoice.command()
@book_options
@spool_option
@click.option("--month", required=True, metavar="MONTH", help="2026-10.")
@account_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write HTML and JSON files and an index page here.",
)
@click.option("--pdf", "with_pdf", is_flag=True, help="Write PDF files too.")
@json_option
def draft(
    book_path: Path,
    wait_seconds: float,
    month: str,
    account: str | None,
    out: Path | None,
    with_pdf: bool,
    as_json: bool,
) -> None:
    """Compute a month's invoices: one HTML and one JSON file an account, and an index page.

    Accounts with unpriced records are held: the others are written, and the command fails with what
    to do.

    \b
    Example:
      tokenbook invoice draft --month 2026-10 --out invoices/
    """
    from analytics.terminal import waiting

    with reading(book_path, wait_seconds) as book:
        wanted = ("html", "json", "pdf") if with_pdf else ("html", "json")
        with waiting(f"Drafting {month}", "invoice") as advance:
            drafts = book.draft_invoices(month, account=account)
            advance(None, len(drafts))
            written = book.write_invoices(month, drafts, out, faces=wanted) if out else []
        if as_json:
            print_json([each.content for each in drafts if each.content is not None])
        else:
            _print(month, drafts, out, written)
            if account:
                _print_lines(drafts)
        book.refuse_unpriced(month, drafts, account=account)


@invoice.command()
@book_options
@click.option("--month", required=True, metavar="MONTH", help="2026-10.")
@account_option
@issue_date_option
@click.option("--reissue", is_flag=True, help="Also where the month's invoice was voided.")
@click.option("--early", is_flag=True, help="Also a month that is not over at the issue date.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@json_option
def issue(
    book_path: Path,
    wait_seconds: float,
    month: str,
    account: str | None,
    issue_date: str | None,
    reissue: bool,
    early: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Issue every invoice of a month that is due: number it, freeze it, keep its pages.

    What is issued already is skipped, so it is safe to run again. Accounts that lack something are
    held; the command then fails and says what to do. A month that is not over at the issue date, in
    the billing time zone, is refused.

    \b
    Example:
      tokenbook invoice issue --month 2026-10 --dry-run
    """
    from analytics.terminal import progress

    with (
        writing(book_path, wait_seconds) as book,
        progress(f"Issuing {month}", None, "invoice") as advance,
    ):
        run = book.issue_invoices(
            month,
            account=account,
            issue_date=day(issue_date, "issue_date"),
            reissue=reissue,
            early=early,
            dry_run=dry_run,
            progress=lambda done, total: advance(_share(done, total), done),
        )
    if as_json:
        print_json(run)
    else:
        print_run(run)
    book.refuse_held(run)


@invoice.command(name="list")
@book_options
@click.option("--month", metavar="MONTH", help="Only this month: 2026-10.")
@account_option
@json_option
def list_(
    book_path: Path, wait_seconds: float, month: str | None, account: str | None, as_json: bool
) -> None:
    """List what was issued, in the order of issuing.

    \b
    Example:
      tokenbook invoice list --month 2026-10
    """
    with reading(book_path, wait_seconds) as book:
        found = book.list_invoices(month=month, account=account)
    if as_json:
        print_json(found)
    else:
        print_invoices(found)


@invoice.command()
@click.argument("number", metavar="NUMBER")
@book_options
@json_option
def show(number: str, book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """Show an issued invoice or credit note; with --json its canonical content.

    \b
    Example:
      tokenbook invoice show INV-2026-0001
    """
    with reading(book_path, wait_seconds) as book:
        found = book.get_invoice(number)
    if as_json:
        from analytics.canonical import canonical_json

        click.echo(canonical_json(found.content))
    else:
        print_document(found)


@invoice.command()
@click.argument("numbers", metavar="[NUMBER]...", nargs=-1)
@book_options
@click.option("--month", metavar="MONTH", help="All that was issued for this month.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to. Older files of the same names are replaced.",
)
@click.option("--face", "faces", multiple=True, metavar="FACE", help="html, json, ...: only this.")
@json_option
def render(
    numbers: tuple[str, ...],
    book_path: Path,
    wait_seconds: float,
    month: str | None,
    out: Path,
    faces: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write the pages of issued invoices, byte for byte as they were issued.

    \b
    Example:
      tokenbook invoice render INV-2026-0001 --out invoices/
    """
    if not numbers and month is None:
        raise click.UsageError("name an invoice, or give --month")
    with reading(book_path, wait_seconds) as book:
        listed = [each.number for each in book.list_invoices(month=month)] if month else []
        written = [
            path
            for number in (*numbers, *listed)
            for path in book.write_faces(book.get_invoice(number), out, faces)
        ]
    if as_json:
        print_json(written)
        return
    from analytics.terminal import print_message

    print_message(f"Wrote {len(written):,} files to {out}")


@invoice.command()
@click.argument("number", metavar="NUMBER")
@book_options
@reason_option
@issue_date_option
@json_option
def void(
    number: str,
    book_path: Path,
    wait_seconds: float,
    reason: str,
    issue_date: str | None,
    as_json: bool,
) -> None:
    """Cancel an invoice by a credit note that mirrors it. 'issue --reissue' bills the month anew.

    \b
    Example:
      tokenbook invoice void INV-2026-0001 --reason "Wrong address"
    """
    with writing(book_path, wait_seconds) as book:
        made = book.void_invoice(number, reason, issue_date=day(issue_date, "issue_date"))
    _print_made(made, as_json=as_json)


@invoice.command()
@click.argument("number", metavar="NUMBER")
@click.argument("amount", metavar="AMOUNT")
@book_options
@reason_option
@click.option("--tax", metavar="NAME", help="Which tax, where the invoice has several.")
@issue_date_option
@json_option
def credit(
    number: str,
    amount: str,
    book_path: Path,
    wait_seconds: float,
    reason: str,
    tax: str | None,
    issue_date: str | None,
    as_json: bool,
) -> None:
    """Credit a part of an invoice: an amount without tax, in its currency.

    \b
    Example:
      tokenbook invoice credit INV-2026-0001 0.50 --reason "Goodwill"
    """
    with writing(book_path, wait_seconds) as book:
        made = book.credit_invoice(
            number, amount, reason, tax=tax, issue_date=day(issue_date, "issue_date")
        )
    _print_made(made, as_json=as_json)


@invoice.command()
@click.argument("number", required=False, metavar="[NUMBER]")
@book_options
@json_option
def verify(number: str | None, book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """Prove that nothing issued has changed: chain, sums, and the pages made again.

    Pages are made again where the same versions of what made them are installed; with a NUMBER only
    that one's.

    \b
    Example:
      tokenbook invoice verify
    """
    from analytics.terminal import print_message, progress

    with (
        reading(book_path, wait_seconds) as book,
        progress("Verifying", None, "invoice") as advance,
    ):
        found = book.verify_invoices(
            number=number, progress=lambda done, total: advance(_share(done, total), done)
        )
    if as_json:
        print_json(found)
    else:
        again = sum(1 for each in found if each.is_rendered_again)
        damaged = [each for each in found if each.problems]
        for each in damaged:
            print_message(f"{each.number}: {'; '.join(each.problems)}")
        print_message(
            f"{len(found):,} documents: chain and sums computed again, {again:,} rendered again,"
            f" {len(damaged):,} damaged."
        )
    book.refuse_damaged(found)


def _share(done: int, total: int) -> float:
    return done / max(total, 1)


def _print_made(made: "Invoice", *, as_json: bool) -> None:
    if as_json:
        print_json(made)
    else:
        print_invoices([made])


def _print(
    month: str, drafts: "Sequence[Draft]", out: Path | None, written: Sequence[Path]
) -> None:
    from analytics.cli.issued import totals
    from analytics.money import exact_sum
    from analytics.records import Column
    from analytics.terminal import print_message, print_records

    rows: list[tuple[Any, ...]] = [
        (
            each.name or each.external_id or each.account_id,
            each.records,
            each.cost_usd,
            _total(each),
            _status(each),
        )
        for each in drafts
    ]
    columns = [
        Column("account", "text", "Account"),
        Column("records", "count", "Records"),
        Column("cost", "money", "Cost"),
        Column("total", "count", "Invoice"),
        Column("status", "text", "Status"),
    ]
    if drafts:
        cost = exact_sum(each.cost_usd for each in drafts)
        asked = totals((each.currency, each.total) for each in drafts)
        rows.append(("Total", sum(each.records for each in drafts), cost, asked, None))
    print_records(columns, rows, f"Invoice drafts of {month}")
    lacking = [each for each in drafts if each.content is not None and each.holds]
    if lacking:
        who = lacking[0].external_id or lacking[0].account_id
        print_message(f"To issue, {len(lacking):,} lack something. {who}: {lacking[0].holds[0]}")
    if out:
        print_message(f"Wrote {len(written):,} files to {out}; open {out / 'index.html'}")


def _total(each: "Draft") -> str | None:
    from analytics.documents.values import money

    if each.total is None or each.currency is None:
        return None
    return money(each.total, each.currency)


def _status(each: "Draft") -> str:
    if each.number:
        return f"issued: {each.number}"
    if each.unpriced:
        return f"held: {each.unpriced:,} unpriced"
    if each.content is None:
        return f"held: {each.holds[0]}"
    return "draft"


def _print_lines(drafts: "Sequence[Draft]") -> None:
    """The lines of one account's draft, as they stand on its page."""
    from analytics.documents import invoice_lines
    from analytics.terminal import print_message, print_records

    for content in (each.content for each in drafts if each.content is not None):
        print_message("")
        rows = invoice_lines(content)
        print_records(["model", "what", "quantity", "price", "amount"], rows, "Lines")
