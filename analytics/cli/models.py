"""`models`, `prices` and `estimate`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from analytics.cli.options import (
    Pair,
    book_options,
    json_option,
    meter_options,
    print_json,
    quantities,
    reading,
    writing,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.records import CostEstimate, Price


@click.command()
@click.argument("text", required=False)
@book_options
@click.option("--provider", metavar="PROVIDER", help="Only this provider's models.")
@json_option
def models(
    text: str | None, book_path: Path, wait_seconds: float, provider: str | None, as_json: bool
) -> None:
    r"""Find models by a part of their name, with their prices now (USD per 1M tokens).

    \b
    Example:
      tokenbook models gpt-4o --provider openai
    """
    with reading(book_path, wait_seconds) as book:
        found = book.list_models(provider, search=text)
    if as_json:
        print_json(found)
        return
    from analytics.money import plain
    from analytics.terminal import print_records

    def price(rate: object) -> str | None:
        return None if rate is None else plain(rate)  # type: ignore[arg-type]

    print_records(
        ["provider", "model", "input $/1M", "cached $/1M", "output $/1M", "variants"],
        [
            (
                each.provider,
                each.model_id,
                price(each.input_per_million),
                price(each.cached_input_per_million),
                price(each.output_per_million),
                " ".join(each.variants),
            )
            for each in found
        ],
        "Models",
    )


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
    r"""Show every price of a model: dates, tiers, daily windows and variants.

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
    from analytics.terminal import print_records

    print_records(["variant", "from", "to", "applies to", "price", "id"], _price_rows(found), model)


@prices.command()
@book_options
@json_option
def missing(book_path: Path, wait_seconds: float, as_json: bool) -> None:
    r"""List the usage that has no price, and why. Such records hold up invoices.

    \b
    Example:
      tokenbook prices missing
    """
    with reading(book_path, wait_seconds) as book:
        found = book.missing_prices()
    if as_json:
        print_json(found)
        return
    from analytics.terminal import print_message, print_records

    print_records(
        ["provider", "model", "variant", "reason", "records", "accounts", "first", "last"],
        [
            (m.provider, m.model, m.variant, m.reason, m.count, m.accounts, m.first_at, m.last_at)
            for m in found
        ],
        "Usage without a price",
    )
    if found:
        print_message("")
        print_message("If a name means a known model:  tokenbook prices alias NAME MODEL")
        print_message(
            "If the model is new:            tokenbook prices add NAME --rate input_tokens=2.50"
            " --rate output_tokens=10"
        )
        print_message("Then:                           tokenbook prices apply")


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
    r"""Say that NAME means MODEL. Then run 'tokenbook prices apply'.

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
    metavar="METER=USD",
    help="USD per 1M tokens or characters, per minute of audio, per 1,000 of others.",
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
    as_json: bool,
) -> None:
    r"""Add a price of your own. Then run 'tokenbook prices apply'.

    \b
    Example:
      tokenbook prices add house-llm-7b --rate input_tokens=0.20 --rate output_tokens=0.80 --from
      2026-10-01
    """
    from analytics.usage import milliseconds

    with writing(book_path, wait_seconds) as book:
        target = book.add_price(
            model,
            dict(rates),
            provider=provider,
            effective_from=effective_from,
            effective_to=effective_to,
            variant=variant,
            free=free,
            minimum_audio_milliseconds=milliseconds(minimum_audio_seconds or "0"),
        )
    if as_json:
        print_json({"model": target})
        return
    from analytics.terminal import print_message

    print_message(f"Added a price of {target}. Run 'tokenbook prices apply' to use it.")


@prices.command()
@book_options
@json_option
def apply(book_path: Path, wait_seconds: float, as_json: bool) -> None:
    r"""Price the records that had no price and have one now; report what changed.

    \b
    Example:
      tokenbook prices apply
    """
    with writing(book_path, wait_seconds) as book:
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


@click.command()
@click.argument("model")
@book_options
@meter_options
@click.option("--provider", metavar="PROVIDER", help="Who serves the model.")
@click.option("--at", metavar="TIME", help="When; now by default.")
@click.option("--variant", metavar="KEY=VALUE", help="As served: service_tier=flex.")
@json_option
def estimate(
    model: str,
    book_path: Path,
    wait_seconds: float,
    input_tokens: int | None,
    output_tokens: int | None,
    cached_tokens: int | None,
    audio_seconds: str | None,
    meters: tuple[tuple[str, str], ...],
    provider: str | None,
    at: str | None,
    variant: str | None,
    as_json: bool,
) -> None:
    r"""What a call would cost, down to each meter. Nothing is stored.

    \b
    Example:
      tokenbook estimate gpt-4o --input-tokens 1500 --cached-tokens 200 --output-tokens 500
    """
    given = quantities(input_tokens, output_tokens, cached_tokens, audio_seconds, meters)
    with reading(book_path, wait_seconds) as book:
        found = book.calculate_cost(model, provider=provider, at=at, variant=variant, **given)
    if as_json:
        print_json(found)
    else:
        _print_estimate(found)
    if found.estimated_cost_usd is None:
        from analytics.errors import PriceNotFound

        raise PriceNotFound(model=model, reason=found.reason)


def _print_estimate(found: "CostEstimate") -> None:
    from analytics.money import plain
    from analytics.records import METERS
    from analytics.terminal import print_fields, print_records

    if found.estimated_cost_usd is None or found.charge_usd is None:
        return
    meters = {meter.name: meter for meter in METERS}
    print_records(
        ["meter", "quantity", "rate", "cost"],
        [
            (
                meters[line.meter].label,
                line.quantity,
                f"${plain(line.rate_usd * meters[line.meter].per)} per {meters[line.meter].per:,}",
                f"${plain(line.cost_usd)}",
            )
            for line in found.lines
        ],
        f"{found.provider}/{found.model_id}" + (f" ({found.variant})" if found.variant else ""),
    )
    print_fields(
        "",
        {
            "cost": f"${plain(found.estimated_cost_usd)}",
            "charge with the book's mark-up": f"${plain(found.charge_usd)}",
            "price": found.price_id,
        },
    )


def _price_rows(found: "Sequence[Price]") -> list[tuple[str | None, ...]]:
    from analytics.money import plain
    from analytics.records import METERS

    rows: list[tuple[str | None, ...]] = []
    for price in found:
        rates = [
            f"{meter.name} ${plain(price.rates[meter.name] * meter.per)}/{_short(meter.per)}"
            for meter in METERS
            if meter.name in price.rates
        ]
        rows.append(
            (
                price.variant or "standard",
                str(price.effective_from.date()) if price.effective_from else None,
                str(price.effective_to.date()) if price.effective_to else None,
                _scope(price),
                "free" if price.is_free else ", ".join(rates),
                price.price_id,
            )
        )
    return rows


def _scope(price: "Price") -> str:
    parts = []
    if price.input_tokens_from or price.input_tokens_to is not None:
        upper = "" if price.input_tokens_to is None else f"{price.input_tokens_to - 1:,}"
        parts.append(f"{price.input_tokens_from:,}-{upper} input tokens")
    if (price.window_start_second, price.window_end_second) != (0, 86_400):
        parts.append(f"{_clock(price.window_start_second)}-{_clock(price.window_end_second)} UTC")
    return ", ".join(parts) or "all requests"


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second % 3600 // 60:02}"


def _short(per: int) -> str:
    return {1_000_000: "1M", 60_000: "min", 1_000: "1k"}[per]
