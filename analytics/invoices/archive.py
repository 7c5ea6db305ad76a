"""What was issued: lists of documents, and one with its content and faces."""

import json
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING

from analytics.errors import InvoiceNotFound
from analytics.money import fixed
from analytics.period import Period
from analytics.records import Invoice, InvoiceDocument

if TYPE_CHECKING:
    from analytics.engines import Reader, Row


def list_invoices(
    engine: "Reader", *, period: Period | None = None, account: str | None = None
) -> list[Invoice]:
    """The issued documents in the order of issuing, of a month or an account where one is given."""
    month = period.start if period else None
    rows = engine.rows("invoices/documents", number=None, month=month, account=account)
    return [_invoice(row) for row in rows]


def get_invoice(engine: "Reader", number: str) -> InvoiceDocument:
    """An issued document by its number, as it was issued.

    Raises:
        InvoiceNotFound: there is none.
    """
    with engine.session():
        rows = engine.rows("invoices/documents", number=number, month=None, account=None)
        if not rows:
            raise InvoiceNotFound(number=number)
        stored = engine.row("invoices/content", number=number)
        faces = engine.rows("invoices/faces", number=number)
    return InvoiceDocument(
        invoice=_invoice(rows[0]),
        content=json.loads(stored["content"]),
        faces={row["face"]: bytes(row["bytes"]) for row in faces},
        versions=json.loads(stored["versions"]),
    )


def assets_of(engine: "Reader", content: "Row") -> dict[str, bytes]:
    """The files that a content names: SHA-256 -> bytes."""
    logo = content["seller"]["logo"]
    rows = engine.rows("invoices/asset", sha256=logo["sha256"]) if logo else []
    return {row["sha256"]: bytes(row["bytes"]) for row in rows}


def _invoice(row: "Row") -> Invoice:
    """Its amounts have the decimals of its currency; the column has those of all currencies."""
    amounts = {
        name: Decimal(fixed(row[name], row["currency"])) for name in ("subtotal", "tax", "total")
    }
    return Invoice(**{**row, **amounts, "issued_at": row["issued_at"].replace(tzinfo=UTC)})
