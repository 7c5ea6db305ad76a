"""`models` and `estimate`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from analytics.cli.options import (
    book_options,
    dollars,
    json_option,
    meter_options,
    print_json,
    quantities,
    reading,
    short,
)

if TYPE_CHECKING:
    from analytics.money import Rate
    from analytics.records import CostEstimate


@click.command()
@click.argument("text", required=False)
@book_options
@click.option("--provider", metavar="PROVIDER", help="Only this provider's models.")
@json_option
def models(
    text: str | None, book_path: Path, wait_seconds: float, provider: str | None, as_json: bool
) -> None:
    """Find models by a part of their name, with their prices now (USD per 1M tokens).

    \b
    Example:
      tokenbook models gpt-4o --provider openai
    """
    with reading(book_path, wait_seconds) as book:
        found = book.list_models(provider, search=text)
    if as_json:
        print_json(found)
        return
    from analytics.terminal import print_records

    print_records(
        ["provider", "model", "input $/1M", "cached $/1M", "output $/1M", "variants"],
        [
            (
                each.provider,
                each.model_id,
                *(
                    None if amount is None else dollars(amount)
                    for amount in (
                        each.input_per_million,
                        each.cached_input_per_million,
                        each.output_per_million,
                    )
                ),
                " ".join(each.variants),
            )
            for each in found
        ],
        "Models",
    )


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
    """What a call would cost, down to each meter. Nothing is stored.

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
    from analytics.documents.values import quantity
    from analytics.money import plain
    from analytics.records import METER
    from analytics.terminal import print_fields, print_records

    if found.estimated_cost_usd is None or found.charge_usd is None:
        return
    print_records(
        ["meter", "quantity", "rate", "cost"],
        [
            (
                METER[line.meter].label,
                quantity(str(line.quantity), METER[line.meter].unit),
                _quoted(line.rate.quoted(METER[line.meter].per)),
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


def _quoted(rate: "Rate") -> str:
    return f"${dollars(rate.amount)}/{short(rate.per)}"
