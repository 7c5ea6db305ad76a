"""`init` and `check`."""

from pathlib import Path

import click

from analytics.cli.options import (
    book_option,
    book_options,
    json_option,
    print_json,
    reading,
    writing,
)


@click.command()
@book_option
@click.option(
    "--timezone",
    metavar="ZONE",
    default="UTC",
    show_default=True,
    help="Whose days and months are billed.",
)
@click.option("--currency", default="USD", show_default=True, help="Of the invoices.")
@click.option(
    "--markup",
    metavar="PERCENT",
    default="0",
    show_default=True,
    help="What customers pay on top of the cost.",
)
@click.option(
    "--require-transactions/--no-require-transactions",
    default=True,
    show_default=True,
    help="Whether 'record' wants a transaction for a customer's usage.",
)
@json_option
def init(
    book_path: Path,
    timezone: str,
    currency: str,
    markup: str,
    require_transactions: bool,
    as_json: bool,
) -> None:
    """Make a new book, with the built-in prices.

    \b
    Example:
      tokenbook init --book ./book --timezone Europe/Berlin --markup 20
    """
    import analytics

    with analytics.create(
        book_path,
        billing_timezone=timezone,
        currency=currency,
        markup_percent=markup,
        require_transactions=require_transactions,
    ) as book:
        models = len(book.list_models())
        settings = book.settings()
    if as_json:
        print_json({"path": book_path, "models": models, **settings})
        return
    from analytics.terminal import print_message

    print_message(f"Made a book at {book_path} with the prices of {models:,} models.")
    print_message(f"Next: tokenbook ingest USAGE.jsonl --create-accounts --book {book_path}")


@click.command()
@book_options
@click.option("--migrate", is_flag=True, help="Bring an old book up to date first.")
@json_option
def check(book_path: Path, wait_seconds: float, migrate: bool, as_json: bool) -> None:
    """Prove that the book is sound.

    Totals match their records, each record is there once, prices do not overlap, and more.

    \b
    Example:
      tokenbook check
    """
    if migrate:
        writing(book_path, wait_seconds).close()
    from analytics.terminal import waiting

    with reading(book_path, wait_seconds) as book, waiting("Checking", "check") as advance:
        results = book.check(progress=advance)
    if as_json:
        print_json(
            [{"name": each.name, "passed": each.passed, "rows": each.rows} for each in results]
        )
    else:
        from analytics.terminal import print_records

        rows = [(each.name, "ok" if each.passed else f"{len(each.rows)} found") for each in results]
        print_records(["check", "result"], rows, "Checks")
    failed = [each for each in results if not each.passed]
    if failed:
        from analytics.errors import CheckFailed

        names = ", ".join(each.name for each in failed)
        raise CheckFailed(failures=len(failed), checks=len(results), names=names)
