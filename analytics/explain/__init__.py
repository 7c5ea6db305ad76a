"""Why a figure is what it is: quantity x rate, the price row that applied, mark-up, rounding.

What is shown is what was computed: the parts are the rows that the sums are made of, and each sum
is asserted to be that of the book.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analytics import rating
from analytics.errors import UsageRecordNotFound
from analytics.explain.invoices import explain_content, price_ids
from analytics.money import exact_product, exact_sum
from analytics.records import CostLine, ExplainedPart, NameMeaning, Price, UsageExplanation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.engines import Reader, Row


def explain_usage(engine: "Reader", record_id: str) -> UsageExplanation:
    """Where the cost and the charge of a usage record come from.

    Raises:
        UsageRecordNotFound: there is no record of that id.
    """
    with engine.session():
        days = engine.row("explain/days", record_id=record_id)
        found = rating.usage_rows(engine, [record_id], **days)
        if not found:
            raise UsageRecordNotFound(record_id=record_id)
        known = {"record_id": record_id, **days}
        meaning = engine.row("explain/meaning", **known)
        engine.materialise("explained_metered", "explain/metered", **known)
        engine.define("metered", "explain/metered_stored")
        engine.define("line", "rating/lines")
        lines = [CostLine(**row) for row in engine.rows("explain/lines")]
        prices = _prices(engine, [found[0]["price_id"]])
    return _explanation(found[0], meaning, lines, prices)


def explain_invoice(
    engine: "Reader", content: Mapping[str, Any], line: int | None
) -> ExplainedPart:
    """Where the total of a document, or one of its lines, comes from; see `explain_content`."""
    return explain_content(content, _prices(engine, price_ids(content)), line)


def _explanation(
    row: "Row", meaning: "Row", lines: "Sequence[CostLine]", prices: "Sequence[Price]"
) -> UsageExplanation:
    record = rating.to_usage_record(row)
    is_billed = record.context == "customer"
    own = meaning["account_markup_percent"]
    factor: Decimal = meaning["charge_factor"] if is_billed else Decimal(0)
    cost = record.estimated_cost_usd
    if cost is not None:
        assert exact_sum(line.cost_usd for line in lines) == cost, "the lines are all the cost"
        assert exact_product(cost, factor) == record.charge_usd, "the charge is cost x factor"
    return UsageExplanation(
        record=record,
        name=NameMeaning(
            provider_as_sent=meaning["provider_as_sent"],
            model_as_sent=meaning["model_as_sent"],
            how=meaning["how"] or "unknown",
            price_provider=meaning["price_provider"],
            price_model=meaning["price_model"],
            price_variant=meaning["price_variant"] or "",
        ),
        price=prices[0] if prices else None,
        lines=lines,
        billed_audio_milliseconds=row["billed_audio_milliseconds"],
        cost_usd=cost,
        markup_percent=(meaning["book_markup_percent"] if own is None else own)
        if is_billed
        else None,
        markup_of=("book" if own is None else "account") if is_billed else None,
        charge_factor=factor,
        charge_usd=record.charge_usd,
    )


def _prices(engine: "Reader", ids: "Sequence[str | None]") -> "list[Price]":
    """The price rows of ids."""
    known = sorted({each for each in ids if each is not None})
    if not known:
        return []
    return [rating.to_price(row) for row in engine.rows("explain/prices", price_ids=known)]
