"""`summary`, `usage`, `report`, `reports`, `query` and `export`."""

import sys
from pathlib import Path
from typing import Any

import click

from analytics.cli.options import (
    book_option,
    book_options,
    filter_options,
    json_option,
    print_json,
    reading,
    spool_option,
)

MONTH = "month"
"""The report that is no single select."""


@click.command()
@book_options
@filter_options
@json_option
def summary(book_path: Path, wait_seconds: float, as_json: bool, **which: Any) -> None:
    """Total cost, tokens and records of a period, by context and by model.

    \b
    Example:
      tokenbook summary --month 2026-10
    """
    with reading(book_path, wait_seconds) as book:
        found = book.get_usage_summary(**which)
    if as_json:
        print_json(found)
        return
    from analytics.terminal import print_summary

    print_summary(found)


@click.command()
@book_options
@filter_options
@click.option("--limit", type=int, default=100, show_default=True, help="Records a page.")
@click.option("--offset", type=int, default=0, help="How many to skip.")
@json_option
def usage(
    book_path: Path, wait_seconds: float, limit: int, offset: int, as_json: bool, **which: Any
) -> None:
    """List usage records, newest first.

    \b
    Example:
      tokenbook usage --account acme --start-date 2026-10-01 --end-date 2026-10-07 --limit 20
    """
    with reading(book_path, wait_seconds) as book:
        account = which.pop("account")
        found = book.get_usage(account_id=account, limit=limit, offset=offset, **which)
    if as_json:
        print_json({"usage_records": found.usage_records, "next_offset": found.next_offset})
        return
    from analytics.records import Column
    from analytics.terminal import print_message, print_records

    print_records(
        ["occurred", "account", "model", "input", "output", Column("cost", "money", "cost"), "id"],
        [
            (
                record.occurred_at,
                record.external_id or record.account_id or f"({record.context})",
                record.model_id,
                record.quantities.get("input_tokens", 0),
                record.quantities.get("output_tokens", 0),
                record.estimated_cost_usd,
                record.id,
            )
            for record in found.usage_records or ()
        ],
        "Usage",
    )
    if found.next_offset is not None:
        print_message(f"More: add --offset {found.next_offset}")


@click.command()
@click.argument("name")
@book_options
@filter_options
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option(
    "--html",
    "html_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Of 'month': write its page here.",
)
@json_option
def report(
    name: str,
    book_path: Path,
    wait_seconds: float,
    as_csv: bool,
    html_path: Path | None,
    as_json: bool,
    **which: Any,
) -> None:
    """Print a report; 'tokenbook reports' lists them.

    'month' is a month at a glance, against the month before: totals, models, accounts, days, and
    what moved most. --html writes it as a page with charts, one file without scripts.

    \b
    Example:
      tokenbook report by-model --month 2026-10
      tokenbook report month --month 2026-10 --html october.html
    """
    if name == MONTH:
        _month(book_path, wait_seconds, html_path, as_json=as_json, as_csv=as_csv, which=which)
        return
    if html_path:
        raise click.UsageError(f"--html is for the report {MONTH!r}.")
    with reading(book_path, wait_seconds) as book:
        found = book.report(name, **which)
    names = [column.name for column in found.columns]
    if as_json:
        print_json([dict(zip(names, row, strict=True)) for row in found.rows])
    elif as_csv:
        from analytics.exports import csv_cell, csv_writer

        writer = csv_writer(sys.stdout)
        writer.writerow(names)
        writer.writerows([csv_cell(value) for value in row] for row in found.rows)
    else:
        from analytics.terminal import print_report

        print_report(found)


def _month(
    book_path: Path,
    wait_seconds: float,
    html_path: Path | None,
    *,
    as_json: bool,
    as_csv: bool,
    which: dict[str, Any],
) -> None:
    month = which.pop("month")
    if month is None:
        raise click.UsageError(f"The report {MONTH!r} wants --month, such as --month 2026-10.")
    if as_csv or any(value is not None for value in which.values()):
        raise click.UsageError(f"The report {MONTH!r} takes only --month, --html and --json.")
    with reading(book_path, wait_seconds) as book:
        found = book.month_report(month)
        if html_path:
            book.write_month(found, html_path)
    if as_json:
        print_json(found)
    elif html_path:
        from analytics.terminal import print_message

        print_message(f"Wrote {html_path}")
    else:
        from analytics.terminal.months import print_month

        print_month(found)


@click.command()
@book_option
@json_option
def reports(book_path: Path, as_json: bool) -> None:
    """List the reports: the built-in ones and the .sql files in the book's folder 'queries'.

    A file that cannot be read is an error, after the list of all others.

    \b
    Example:
      tokenbook reports
    """
    from analytics.reports import refuse_unreadable, report_titles

    titles = {MONTH: "A month at a glance, against the month before"} | report_titles(book_path)
    if as_json:
        print_json(titles)
    else:
        from analytics.terminal import print_records

        print_records(["report", "title"], list(titles.items()), "Reports")
    refuse_unreadable(book_path)


@click.command()
@click.argument("sql")
@book_options
@spool_option
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=float,
    default=60,
    show_default=True,
    help="Stop after this long.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
def query(
    sql: str, book_path: Path, wait_seconds: float, timeout: float, as_csv: bool, as_json: bool
) -> None:
    """Run one SELECT of your own over the book's views, in a sandbox that cannot change anything.

    \b
    Example:
      tokenbook query "select model, sum(cost_usd) as cost from rated_usage group by model"
    """
    from analytics.terminal import waiting

    with reading(book_path, wait_seconds) as book, waiting("Asking"):
        result = book.query(sql, timeout_seconds=timeout)
    rows, names = result.rows(), result.arrow().column_names
    if as_json:
        print_json(rows)
    elif as_csv:
        from analytics.exports import csv_cell, csv_writer

        writer = csv_writer(sys.stdout)
        writer.writerow(names)
        writer.writerows([csv_cell(value) for value in row.values()] for row in rows)
    else:
        from analytics.terminal import print_records

        print_records(names, [tuple(row.values()) for row in rows], "Query")


@click.command()
@click.argument("what", metavar="WHAT")
@book_options
@click.option("--to", "path", required=True, type=click.Path(path_type=Path), help="Where to.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["csv", "parquet", "jsonl", "arrow", "xlsx"]),
    help="Of the file.  [default: what its ending says]",
)
@filter_options
@click.option(
    "--tag",
    "tags",
    metavar="TAG",
    multiple=True,
    help="focus: tell rows apart by this tag; '*' is every tag.",
)
@click.option(
    "--leave-out-unpriced", is_flag=True, help="focus: leave out the records without a price."
)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@json_option
def export(
    what: str,
    book_path: Path,
    wait_seconds: float,
    path: Path,
    file_format: str | None,
    tags: tuple[str, ...],
    leave_out_unpriced: bool,
    force: bool,
    as_json: bool,
    **which: Any,
) -> None:
    """Write records or totals to a file.

    WHAT is usage, transactions, reservations, accounts, rejections, one of the reports, all
    'reports' in one workbook, or 'focus': cost and usage for FinOps tools.

    \b
    Example:
      tokenbook export usage --to usage.parquet --month 2026-10
      tokenbook export reports --to october.xlsx --month 2026-10
      tokenbook export focus --to focus.csv --month 2026-10
    """
    from analytics.terminal import waiting

    with reading(book_path, wait_seconds) as book, waiting("Writing"):
        written = book.export(
            what,
            path,
            file_format=file_format,
            replace=force,
            tags=tags,
            leave_out_unpriced=leave_out_unpriced,
            **which,
        )
    if as_json:
        print_json({"path": path, "rows": written.rows, "left_out": written.left_out})
        return
    from analytics.terminal import print_message

    print_message(f"Wrote {written.rows:,} rows to {path}.")
    if written.left_out:
        records = "record" if written.left_out == 1 else "records"
        click.echo(f"Left out: {written.left_out:,} {records} without a price.", err=True)
