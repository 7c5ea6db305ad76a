"""`tax` and `fx`: the dated rates that invoices need."""

from pathlib import Path

import click

from analytics.cli.options import book_options, day, json_option, print_json, reading, writing

replace_option = click.option(
    "--replace", is_flag=True, help="Correct a rate that is there. What is issued keeps its own."
)


@click.group()
def tax() -> None:
    """Named tax rates. An account has one by 'accounts update --tax', or that of book.toml."""


@tax.command(name="add")
@click.argument("name", metavar="NAME")
@book_options
@click.option("--percent", metavar="PERCENT", help="Of what is billed: 19.")
@click.option("--exempt", metavar="SENTENCE", help="No tax, and the sentence that says why.")
@click.option(
    "--reverse-charge", metavar="SENTENCE", help="The customer pays the tax, and the sentence."
)
@click.option("--from", "first_day", metavar="DAY", help="When it begins; always, if left out.")
@replace_option
@json_option
def add_tax(
    name: str,
    book_path: Path,
    wait_seconds: float,
    percent: str | None,
    exempt: str | None,
    reverse_charge: str | None,
    first_day: str | None,
    replace: bool,
    as_json: bool,
) -> None:
    """Add a tax rate.

    \b
    Example:
      tokenbook tax add vat --percent 19
      tokenbook tax add eu --reverse-charge "VAT is due by the recipient (Art. 196, 2006/112/EC)."
    """
    given = [text for text in (percent, exempt, reverse_charge) if text is not None]
    if len(given) != 1:
        raise click.UsageError("give one of --percent, --exempt and --reverse-charge")
    from datetime import date

    kind = "standard" if percent else "exempt" if exempt else "reverse_charge"
    with writing(book_path, wait_seconds) as book:
        made = book.add_tax_rate(
            name,
            percent or 0,
            kind=kind,
            note=exempt or reverse_charge,
            effective_from=day(first_day, "from") or date.min,
            replace=replace,
        )
    if as_json:
        print_json(made)
        return
    from analytics.terminal import print_message

    print_message(f"Tax {name} added. Give it to an account: accounts update ID --tax {name}")


@tax.command(name="list")
@book_options
@json_option
def list_tax(book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """List the tax rates.

    \b
    Example:
      tokenbook tax list
    """
    with reading(book_path, wait_seconds) as book:
        found = book.list_tax_rates()
    if as_json:
        print_json(found)
        return
    from datetime import date

    from analytics.money import plain
    from analytics.terminal import print_records

    rows = [
        (
            each.name,
            each.kind,
            f"{plain(each.rate_percent)}%",
            "always" if each.effective_from == date.min else str(each.effective_from),
            each.note,
        )
        for each in found
    ]
    print_records(["name", "kind", "rate", "from", "sentence"], rows, "Tax rates")


@click.group()
def fx() -> None:
    """Exchange rates. An invoice in another currency than USD takes the last one of its month."""


@fx.command(name="add")
@click.argument("from_currency", metavar="FROM")
@click.argument("to_currency", metavar="TO")
@click.argument("rate", metavar="RATE")
@book_options
@click.option("--date", "rate_day", required=True, metavar="DAY", help="Of the rate.")
@click.option("--source", required=True, metavar="TEXT", help="Whose rate; it is printed.")
@replace_option
@json_option
def add_fx(
    from_currency: str,
    to_currency: str,
    rate: str,
    book_path: Path,
    wait_seconds: float,
    rate_day: str,
    source: str,
    replace: bool,
    as_json: bool,
) -> None:
    """Add an exchange rate: RATE units of TO buy one of FROM.

    \b
    Example:
      tokenbook fx add USD EUR 0.8612 --date 2026-10-30 --source ECB
    """
    with writing(book_path, wait_seconds) as book:
        made = book.add_fx_rate(
            from_currency, to_currency, rate, day=rate_day, source=source, replace=replace
        )
    if as_json:
        print_json(made)
        return
    from analytics.terminal import print_message

    print_message(f"1 {from_currency} = {rate} {to_currency} on {made.rate_day} ({made.source})")


@fx.command(name="import")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@book_options
@replace_option
@json_option
def import_fx(
    path: Path, book_path: Path, wait_seconds: float, replace: bool, as_json: bool
) -> None:
    """Add the rates of a CSV file with the columns from, to, date, rate, source; all or none.

    \b
    Example:
      tokenbook fx import rates.csv
    """
    with writing(book_path, wait_seconds) as book:
        added = book.import_fx_rates(path, replace=replace)
    if as_json:
        print_json({"path": path, "added": added})
        return
    from analytics.terminal import print_message

    print_message(f"{added:,} new rates from {path}")


@fx.command(name="list")
@book_options
@json_option
def list_fx(book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """List the exchange rates, the newest of each pair first.

    \b
    Example:
      tokenbook fx list
    """
    with reading(book_path, wait_seconds) as book:
        found = book.list_fx_rates()
    if as_json:
        print_json(found)
        return
    from analytics.money import plain
    from analytics.terminal import print_records

    rows = [
        (each.from_currency, each.to_currency, str(each.rate_day), plain(each.rate), each.source)
        for each in found
    ]
    print_records(["from", "to", "date", "rate", "source"], rows, "Exchange rates")
