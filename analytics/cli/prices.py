"""`prices`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from analytics.cli.options import (
    Pair,
    book_options,
    dollars,
    json_option,
    print_json,
    reading,
    short,
    writing,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.money import Rate
    from analytics.records import Meter, MissingPrice, Price


@click.group()
def prices() -> None:
    """Show, add and repair prices."""


@prices.command()
@click.argument("model")
@book_options
@click.option("--provider", metavar="PROVIDER", help="Who serves the model.")
@click.option("--at", metavar="TIME", help="Only the prices in force then.")
@click.option("--variant", metavar="KEY=VALUE", help="Only this variant; '' is the standard one.")
@click.option("--history", is_flag=True, help="Also prices that a later one replaced.")
@json_option
def show(
    model: str,
    book_path: Path,
    wait_seconds: float,
    provider: str | None,
    at: str | None,
    variant: str | None,
    history: bool,
    as_json: bool,
) -> None:
    """Show every price of a model: dates, tiers, daily windows and variants.

    \b
    Example:
      tokenbook prices show o3 --at 2025-06-01
    """
    with reading(book_path, wait_seconds) as book:
        found = book.list_prices(
            model, provider=provider, at=at, variant=variant, with_history=history
        )
    if as_json:
        print_json(found)
        return
    from analytics.records import METERS, Column
    from analytics.terminal import print_message, print_records

    used = [meter for meter in METERS if any(meter.name in price.rates for price in found)]
    print_records(
        [
            Column("variant", "text", "Variant"),
            Column("from", "day", "From"),
            Column("to", "day", "To"),
            Column("applies to", "text", "Applies to"),
            *(Column(meter.name, "text", _heading(meter)) for meter in used),
        ],
        [_price_row(price, used) for price in found],
        f"Prices of {found[0].provider}/{found[0].model}" if found else model,
    )
    if not found:
        print_message("There is none; 'tokenbook prices add' adds one.")


@prices.command()
@book_options
@json_option
def missing(book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """List the usage that has no price, and why. Such records hold up invoices.

    \b
    Example:
      tokenbook prices missing
    """
    with reading(book_path, wait_seconds) as book:
        found = book.missing_prices()
    if as_json:
        print_json(found)
        return
    from analytics.records import Column
    from analytics.terminal import print_command, print_message, print_records

    print_records(
        [
            "model",
            "reason",
            "records",
            "accounts",
            Column("first", "day", "first"),
            Column("last", "day", "last"),
        ],
        [
            (_sent_as(m), m.reason, m.count, m.accounts, m.first_at.date(), m.last_at.date())
            for m in found
        ],
        "Usage without a price",
    )
    if found:
        print_message("")
        for command in dict.fromkeys(each.command for each in found):
            print_command(command)
        print_message("")
        print_message("A name that means a known model:  tokenbook prices alias NAME MODEL")
        print_message("Then:                             tokenbook prices apply")


@prices.command()
@click.argument("model", required=False)
@book_options
@click.option("--provider", metavar="PROVIDER", help="Only facts about this provider's prices.")
@json_option
def facts(
    model: str | None, book_path: Path, wait_seconds: float, provider: str | None, as_json: bool
) -> None:
    """List the reviewed facts that correct the price catalogue, with their sources.

    \b
    Example:
      tokenbook prices facts deepseek-v4-pro
    """
    with reading(book_path, wait_seconds) as book:
        found = book.list_price_facts(model, provider=provider)
    if as_json:
        print_json(found)
        return
    from analytics.terminal import print_records

    print_records(
        ["fact", "kind", "applies to", "value", "from", "to", "sure", "source"],
        [
            (
                each.fact,
                each.kind,
                " ".join(filter(None, (each.model, each.variant, each.meter))),
                each.value,
                each.valid_from,
                each.valid_to,
                each.confidence,
                f"{each.source} ({each.found})",
            )
            for each in found
        ],
        "Reviewed facts about prices",
        whole=True,
    )


@prices.command()
@click.argument("name")
@click.argument("model")
@book_options
@click.option("--provider", metavar="PROVIDER", help="Only where this provider is given.")
@click.option("--target-provider", metavar="PROVIDER", help="Who serves MODEL.")
@json_option
def alias(
    name: str,
    model: str,
    book_path: Path,
    wait_seconds: float,
    provider: str | None,
    target_provider: str | None,
    as_json: bool,
) -> None:
    """Say that NAME means MODEL. Then run 'tokenbook prices apply'.

    \b
    Example:
      tokenbook prices alias my-deployment gpt-4o --provider azure
    """
    with writing(book_path, wait_seconds) as book:
        target = book.add_alias(name, model, provider=provider, target_provider=target_provider)
    if as_json:
        print_json({"name": name, "model": target})
        return
    from analytics.terminal import print_message

    print_message(
        f"{name} means {target}. Run 'tokenbook prices apply' to price what waits for it."
    )


@prices.command()
@click.argument("model")
@book_options
@click.option(
    "--rate",
    "rates",
    type=Pair(),
    multiple=True,
    metavar="METER=USD[/PER]",
    help="USD per 1M tokens or characters, per minute of audio, per 1,000 of others;"
    " or as published: audio_milliseconds=0.04/h, input_tokens=0.5/1K.",
)
@click.option("--free", is_flag=True, help="It costs nothing.")
@click.option("--provider", metavar="PROVIDER", help="Who serves the model.")
@click.option(
    "--from", "effective_from", metavar="TIME", help="Since when; a day begins at 00:00 UTC."
)
@click.option("--to", "effective_to", metavar="TIME", help="Until when, itself not included.")
@click.option("--variant", metavar="KEY=VALUE", help="What it is for: service_tier=flex.")
@click.option(
    "--minimum-audio-seconds", metavar="SECONDS", help="What shorter audio is billed for."
)
@click.option(
    "--window",
    metavar="HOURS",
    help="The hours at which it holds: 'mon-fri 09:00-17:00 Europe/Berlin'.",
)
@click.option(
    "--like", metavar="VARIANT", help="Take over the rates of this variant, or of 'standard'."
)
@click.option("--factor", metavar="NUMBER", help="Times this; alone it is like standard.")
@click.option("--keep", is_flag=True, help="Keep the rates that are not given.")
@json_option
def add(
    model: str,
    book_path: Path,
    wait_seconds: float,
    rates: tuple[tuple[str, str], ...],
    free: bool,
    provider: str | None,
    effective_from: str | None,
    effective_to: str | None,
    variant: str | None,
    minimum_audio_seconds: str | None,
    window: str | None,
    like: str | None,
    factor: str | None,
    keep: bool,
    as_json: bool,
) -> None:
    """Add a price of your own. Then run 'tokenbook prices apply'.

    \b
    Example:
      tokenbook prices add house-llm-7b --from 2026-10-01 \\
        --rate input_tokens=0.20 --rate output_tokens=0.80
    """
    from analytics.usage import milliseconds

    with writing(book_path, wait_seconds) as book:
        added = book.add_price(
            model,
            dict(rates),
            provider=provider,
            effective_from=effective_from,
            effective_to=effective_to,
            variant=variant,
            free=free,
            minimum_audio_milliseconds=milliseconds(minimum_audio_seconds or "0"),
            window=window,
            like=like,
            factor=factor,
            keep=keep,
        )
    if as_json:
        print_json(added)
        return
    from analytics.terminal import print_message

    of_variant = f" ({added.variant})" if added.variant else ""
    print_message(f"Added a price of {added}{of_variant}.")
    if added.replaced:
        print_message(f"It replaces the rates of {', '.join(added.replaced)}.")
    if added.dropped:
        print_message(f"No rate any more: {', '.join(added.dropped)} (--keep keeps them).")
    what = "record waits" if added.waiting == 1 else "records wait"
    print_message(f"{added.waiting:,} {what} for it: 'tokenbook prices apply' prices them.")


@prices.command()
@book_options
@json_option
def apply(book_path: Path, wait_seconds: float, as_json: bool) -> None:
    """Price the records that had no price and have one now; report what changed.

    \b
    Example:
      tokenbook prices apply
    """
    from analytics.terminal import waiting

    with writing(book_path, wait_seconds) as book, waiting("Pricing"):
        applied = book.apply_prices()
        left = sum(each.count for each in book.missing_prices())
    if as_json:
        print_json({"priced": applied, "still_missing": left})
        return
    from analytics.terminal import print_message, print_records

    print_records(
        ["provider", "model", "records", "cost", "charge"],
        [(p.provider, p.model, p.count, p.cost_usd, p.charge_usd) for p in applied],
        "Priced now",
    )
    print_message(f"{left:,} records are still without a price.")


def _sent_as(missing: "MissingPrice") -> str:
    name = f"{missing.provider}/{missing.model}" if missing.provider else missing.model
    return f"{name} ({missing.variant})" if missing.variant else name


def _heading(meter: "Meter") -> str:
    return f"{meter.label} $/{short(meter.per)}"


def _price_row(price: "Price", used: "Sequence[Meter]") -> tuple[object, ...]:
    rates = [
        "free" if price.is_free else _rate(price.rates.get(meter.name), meter.per) for meter in used
    ]
    return (
        price.variant or "standard",
        price.effective_from.date() if price.effective_from else None,
        price.effective_to.date() if price.effective_to else None,
        _scope(price),
        *rates,
    )


def _rate(rate: "Rate | None", per: int) -> str | None:
    """A rate for the quantity that the heading names; for its own one where that has no end."""
    if rate is None:
        return None
    quoted = rate.quoted(per)
    return dollars(quoted.amount) + ("" if quoted.per == per else f"/{short(quoted.per)}")


def _scope(price: "Price") -> str:
    from analytics.explain.prices import hours

    parts = []
    if price.input_tokens_to is not None:
        lower = f"{price.input_tokens_from:,} to " if price.input_tokens_from else "up to "
        parts.append(f"{lower}{price.input_tokens_to - 1:,} input tokens")
    elif price.input_tokens_from:
        parts.append(f"from {price.input_tokens_from:,} input tokens")
    if not price.is_whole_day:
        parts.append(hours(price))
    return ", ".join(parts) or "all requests"
