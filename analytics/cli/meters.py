"""`meters` and `answer`."""

from pathlib import Path

import click

from analytics.cli.options import (
    book_options,
    json_option,
    meter_options,
    print_json,
    quantities,
    reading,
    writing,
)


@click.group()
def meters() -> None:
    """List what is counted, and say which other counters cost nothing."""


@meters.command("list")
@book_options
@json_option
def list_(book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """List the counters that were said to cost nothing in this book.

    \b
    Example:
      tokenbook meters list
    """
    with reading(book_path, wait_seconds) as book:
        found = book.list_ignored_meters()
    if as_json:
        print_json(found)
        return
    from analytics.terminal import print_records

    print_records(
        ["counter", "provider", "model", "since"],
        [(e.meter, e.provider or "all", e.model or "all", e.created_at.date()) for e in found],
        "Counters that cost nothing",
    )


@meters.command()
@click.argument("counter")
@book_options
@click.option("--provider", metavar="PROVIDER", help="Only where this provider served.")
@click.option("--model", metavar="MODEL", help="Only of this model.")
@click.option("--undo", is_flag=True, help="Mind it again, for records from now on.")
@json_option
def ignore(
    counter: str,
    book_path: Path,
    wait_seconds: float,
    provider: str | None,
    model: str | None,
    undo: bool,
    as_json: bool,
) -> None:
    """Say that COUNTER costs nothing, and price the records that waited for that.

    COUNTER is what 'prices missing' names: a counter of an answer that no meter stands for;
    total_mismatch, where the counts are right and the stated total is not; or usage_unknown,
    where calls whose usage never came cost nothing.

    \b
    Example:
      tokenbook meters ignore web_fetch_requests --provider anthropic
    """
    from analytics.terminal import print_message, waiting

    with writing(book_path, wait_seconds) as book, waiting("Pricing"):
        if undo:
            book.mind_meter(counter, provider=provider, model=model)
            priced = 0
        else:
            book.ignore_meter(counter, provider=provider, model=model)
            priced = sum(each.count for each in book.apply_prices())
    if as_json:
        print_json({"meter": counter, "is_ignored": not undo, "priced": priced})
        return
    if undo:
        print_message(f"{counter} is minded again. Records that have a price keep it.")
    else:
        noun = "record that waited has" if priced == 1 else "records that waited have"
        print_message(f"{counter} costs nothing. {priced:,} {noun} a price now.")


@click.command()
@click.argument("record_id")
@book_options
@meter_options
@click.option("--nothing", is_flag=True, help="The call used nothing.")
@json_option
def answer(
    record_id: str,
    book_path: Path,
    wait_seconds: float,
    input_tokens: int | None,
    output_tokens: int | None,
    cached_tokens: int | None,
    audio_seconds: str | None,
    meters: tuple[tuple[str, str], ...],
    nothing: bool,
    as_json: bool,
) -> None:
    """Say what the call of RECORD_ID used, where its usage never came or contradicts itself.

    The record keeps its id: its log can be loaded again, and changes nothing. What becomes of all
    such calls is said by [usage] unknown in book.toml.

    \b
    Example:
      tokenbook answer chatcmpl-9 --input-tokens 1200 --output-tokens 340
    """
    from analytics.terminal import print_message

    used = quantities(input_tokens, output_tokens, cached_tokens, audio_seconds, meters)
    if nothing == bool(used):
        raise click.UsageError("say what was used, like --input-tokens 1200, or --nothing.")
    with writing(book_path, wait_seconds) as book:
        record = book.answer_usage(record_id, **used)
    if as_json:
        print_json(record)
    elif record.estimated_cost_usd is None:
        print_message(f"Noted. It has no price yet: {record.unpriced_reason}.")
    else:
        print_message(f"Noted. It cost ${record.estimated_cost_usd.normalize():f}.")
