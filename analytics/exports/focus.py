"""Cost and usage as FOCUS 1.2 has it; docs/focus.md says what each column holds, and why."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from analytics import configuration
from analytics.errors import UnpricedExport

if TYPE_CHECKING:
    from analytics.engines import Reader

CHARGES = "exports/focus"
_OWNER = "Book owner"
"""Who sells to the accounts, where `book.toml` does not say it."""


def prepare(
    engine: "Reader",
    parameters: Mapping[str, object],
    *,
    tags: Collection[str],
    leave_out_unpriced: bool,
) -> int:
    """Makes the query `CHARGES` readable; returns how many records of the period have no price.

    Without tags the roll-up answers; with tags the records do.

    Args:
        engine: the book, in a session.
        parameters: of a `reports.Filter`.
        tags: names of tags by which rows are told apart; ``*`` is all.
        leave_out_unpriced: whether unpriced records may be left out.

    Raises:
        UnpricedExport: there are records without a price, and they may not be left out.
    """
    unpriced = int(engine.row("exports/focus_unpriced", **parameters)["record_count"])
    if unpriced and not leave_out_unpriced:
        records = "1 record" if unpriced == 1 else f"{unpriced:,} records"
        raise UnpricedExport(records=records)
    metered = "exports/focus_tagged" if tags else "exports/focus_metered"
    engine.materialise("focus_metered", metered, tags=list(tags), **parameters)
    engine.define("metered", "exports/focus_metered_stored")
    engine.define("line", "rating/lines")
    engine.define("focus_free", "exports/focus_free")
    engine.define("focus_meter", "exports/focus_meters")
    engine.define("focus_list_price", "exports/focus_list_prices")
    engine.define("focus_billed", "exports/focus_billed")
    engine.materialise("focus_charge", "exports/focus_charges")
    engine.materialise("focus_document", "exports/focus_documents", **parameters)
    return unpriced


def issuer(engine: "Reader") -> str:
    """Who sells to the accounts: the seller of the book's configuration.

    Raises:
        InvalidConfiguration: the configuration cannot be read.
    """
    return configuration.read(engine.path).section("seller")["legal_name"] or _OWNER
