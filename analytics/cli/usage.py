"""`record` and `ingest`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analytics.cli.following import follow_files, follow_options, refuse_rehearsal
from analytics.cli.options import (
    Pair,
    book_options,
    json_option,
    meter_options,
    print_json,
    quantities,
    source_options,
    writing,
)
from analytics.cli.spools import check_spool, drain, spool_options

if TYPE_CHECKING:
    from analytics.records import LoadPreview, UsageRecord


@click.command()
@book_options
@click.option("--model", "model_id", required=True, help="The model, as the provider calls it.")
@click.option("--external-id", metavar="ID", help="Whose usage it is, by your own id.")
@click.option("--account-id", metavar="ID", help="Whose usage it is, by the book's id.")
@click.option("--system", is_flag=True, help="Usage of your own, billed to nobody.")
@meter_options
@click.option("--provider", metavar="PROVIDER", help="Who served the call.")
@click.option(
    "--type",
    "usage_type",
    metavar="TYPE",
    help="text, audio_stt, audio_tts, embedding, image, rerank, document or video.",
)
@click.option("--variant", metavar="KEY=VALUE", help="As served: service_tier=flex.")
@click.option("--at", "occurred_at", metavar="TIME", help="When; now by default.")
@click.option("--id", "record_id", metavar="ID", help="The record's identity; safe to send twice.")
@click.option("--transaction-id", metavar="ID", help="The transaction that paid for it.")
@click.option("--description", help="Free text.")
@click.option("--tag", "tags", type=Pair(), multiple=True, help="NAME=VALUE.")
@json_option
def record(
    book_path: Path,
    wait_seconds: float,
    model_id: str,
    external_id: str | None,
    account_id: str | None,
    system: bool,
    input_tokens: int | None,
    output_tokens: int | None,
    cached_tokens: int | None,
    audio_seconds: str | None,
    meters: tuple[tuple[str, str], ...],
    provider: str | None,
    usage_type: str | None,
    variant: str | None,
    occurred_at: str | None,
    record_id: str | None,
    transaction_id: str | None,
    description: str | None,
    tags: tuple[tuple[str, str], ...],
    as_json: bool,
) -> None:
    """Record one model call or audio job.

    \b
    Example:
      tokenbook record --model gpt-4o --transaction-id txn_065d141b5be4000123456789 \
        --input-tokens 1500 --output-tokens 500
    """
    given = quantities(input_tokens, output_tokens, cached_tokens, audio_seconds, meters)
    with writing(book_path, wait_seconds) as book:
        done = book.record_usage(
            model_id=model_id,
            context="system" if system else None,
            external_id=external_id,
            account_id=account_id,
            provider=provider,
            usage_type=usage_type,
            variant=variant,
            occurred_at=occurred_at,
            id=record_id,
            transaction_id=transaction_id,
            description=description,
            tags=dict(tags) or None,
            **given,
        )
    if as_json:
        print_json(done)
        return
    from analytics.money import plain
    from analytics.terminal import print_message

    cost = done.estimated_cost_usd
    price = f"no price ({done.unpriced_reason})" if cost is None else f"cost ${plain(cost)}"
    print_message(f"Recorded {done.id}: {_name(done)}, {price}.")


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@book_options
@spool_options
@click.option(
    "--map",
    "mapping",
    type=Pair(),
    multiple=True,
    metavar="COLUMN=SOURCE",
    help="Take a column from one of another name.",
)
@click.option(
    "--set",
    "constants",
    type=Pair(),
    multiple=True,
    metavar="COLUMN=VALUE",
    help="Give each row a value.",
)
@click.option(
    "--create-accounts", is_flag=True, help="Make an account for an external id on first sight."
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["jsonl", "csv", "parquet"]),
    help="Where the file's name does not say it.",
)
@click.option(
    "--id-scope",
    type=click.Choice(["book", "file"]),
    default="book",
    show_default=True,
    help="Where rows without an id that are equal are one record.",
)
@source_options
@follow_options
@click.option("--dry-run", is_flag=True, help="Tell what would happen; write nothing.")
@click.option("--strict", is_flag=True, help="Load nothing if any row is rejected.")
@json_option
def ingest(
    paths: tuple[str, ...],
    book_path: Path,
    wait_seconds: float,
    mapping: tuple[tuple[str, str], ...],
    constants: tuple[tuple[str, str], ...],
    create_accounts: bool,
    file_format: str | None,
    id_scope: str,
    strict: bool,
    source: str | None,
    account_from: str | None,
    account_else: str | None,
    follow: bool,
    dry_run: bool,
    as_json: bool,
    spool: Path | None,
    keep: bool,
) -> None:
    """Load usage logs: JSONL, CSV or Parquet, also .gz and .zst; or what recorders wrote.

    PATH is a file, a folder, a glob, or - for standard input. The log format is told from the
    file; 'tokenbook sources' lists those that are known.

    Each record is loaded once, however often its file is. Bad rows are listed and stop nothing.

    \b
    Example:
      tokenbook ingest logs/*.jsonl.gz --create-accounts
      tokenbook ingest trace.csv --create-accounts --map occurred_at=TIMESTAMP \\
        --set model=gpt-4 --set external_id=acme
      tokenbook ingest messages.jsonl --account-from metadata.customer_id --create-accounts
      tokenbook ingest --spool spool
    """
    from analytics.sources.processes import cores
    from analytics.terminal import print_load, progress

    check_spool(paths, spool, click.get_current_context().params)
    if spool is not None:
        drain(
            spool,
            book_path,
            wait_seconds,
            follow=follow,
            keep=keep,
            create_accounts=create_accounts,
            as_json=as_json,
        )
        return
    how: dict[str, Any] = {
        "mapping": dict(mapping),
        "constants": dict(constants),
        "create_accounts": create_accounts,
        "id_scope": id_scope,
        "strict": strict,
        "source": source,
        "account_from": account_from,
        "account_else": account_else,
    }
    if follow:
        refuse_rehearsal(is_rehearsal=dry_run)
        follow_files(paths, book_path, wait_seconds, {**how, "format": file_format}, as_json)
        return
    with writing(book_path, wait_seconds) as book, progress("Loading", None) as advance:
        result = book.ingest(
            *paths,
            file_format=file_format,
            dry_run=dry_run,
            processes=cores(),
            progress=advance,
            **how,
        )
    if as_json:
        print_json(result)
        return
    print_load(result)
    if result.preview:
        _print_preview(result.preview)


def _print_preview(preview: "LoadPreview") -> None:
    from analytics.records import Column
    from analytics.terminal import print_fields, print_message, print_records

    print_message("")
    print_fields(
        "What would be recorded",
        {
            "from": preview.first_at,
            "to": preview.last_at,
            "accounts": preview.accounts,
            "input tokens": preview.input_tokens,
            "output tokens": preview.output_tokens,
            "cost in USD": preview.cost_usd,
        },
    )
    print_message("")
    print_records(
        [
            Column("account", "text", "Account"),
            Column("records", "count", "Records"),
            Column("cost", "money", "Cost"),
        ],
        [
            (each.external_id or "none: system usage", each.count, each.cost_usd)
            for each in preview.by_account
        ],
        "Accounts",
    )
    print_message("")
    print_records(
        [
            Column("sent", "text", "Model as sent"),
            Column("model", "text", "Is"),
            Column("state", "text", "Price"),
            Column("records", "count", "Records"),
            Column("cost", "money", "Cost"),
        ],
        [
            (
                each.model_as_sent,
                f"{each.provider}/{each.model}" if each.provider else each.model,
                each.state,
                each.count,
                each.cost_usd,
            )
            for each in preview.models
        ],
        "Models",
    )


def _name(record: "UsageRecord") -> str:
    return f"{record.provider}/{record.model_id}" if record.provider else record.model_id
