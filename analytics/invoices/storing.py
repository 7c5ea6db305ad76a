"""An issued document goes into the book: one database transaction, or nothing of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

import simplejson

from analytics.canonical import canonical_json, sha256
from analytics.errors import InvalidArgument
from analytics.invoices.drafting import Draft
from analytics.invoices.logos import Logo
from analytics.invoices.numbering import FIRST, Place, chain_sha256
from analytics.money import plain

if TYPE_CHECKING:
    from pathlib import Path

    from analytics.engines import Writer

POINTS = ("numbered", "rendered", "stored", "billed", "faced", "committed")
"""The steps of issuing one document, in order. A process may die after each."""

At = Callable[[str], None]
"""Is told each point that is reached."""


class Rendered(Protocol):
    """What rendering a document gives."""

    @property
    def faces(self) -> Mapping[str, bytes]:
        """Face -> bytes."""
        ...

    @property
    def versions(self) -> Mapping[str, str]:
        """What made them -> its version."""
        ...


Render = Callable[[Mapping[str, Any], Mapping[str, bytes], "Path"], Rendered]
"""Makes the faces of a content, with the files that it names, for the book of a folder."""


@dataclass(frozen=True, slots=True)
class BilledMonth:
    """What a document bills of a month's usage, exactly; terms where it is the month's own."""

    month: date
    charge_factor: Decimal
    charge_usd: Decimal
    owed: Decimal
    terms: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document that has a number and its faces, and is not stored yet."""

    place: Place
    content: Mapping[str, Any]
    rendered: Rendered
    purpose: str
    months: Sequence[BilledMonth] = ()


def store(
    engine: "Writer",
    document: Document,
    usage: Callable[[], None],
    *,
    logo: Logo | None,
    now: datetime,
    at: At,
) -> None:
    """Stores a document with all that belongs to it.

    Args:
        engine: the book.
        document: what to store.
        usage: stores the exact usage that it bills.
        logo: the file that it shows.
        now: the time.
        at: is told each of `POINTS`.

    Raises:
        InvalidArgument: its number is not the next one any more.
    """
    place = document.place
    faces = {face: sha256(each) for face, each in document.rendered.faces.items()}
    with engine.atomic():
        head = engine.row("invoices/chain_head")
        series = engine.row("invoices/series_head", series=place.series)
        before = (place.chain_position - 1, place.series_position - 1)
        if (head["chain_position"], series["series_position"]) != before:
            raise InvalidArgument(name="number", problem=f"{place.number} is taken; try again")
        row = _row(document, faces, head["chain_sha256"] or FIRST)
        engine.execute("invoices/insert_invoice", issued_at=now, **row)
        at("stored")
        _store_months(engine, document)
        usage()
        at("billed")
        _store_faces(engine, document, faces, logo)
        at("faced")
    at("committed")


def _row(document: Document, faces: Mapping[str, str], previous: str) -> dict[str, Any]:
    """A document as the table of documents holds it."""
    content, place = document.content, document.place
    data = canonical_json(content)
    digest = sha256(data)
    refers_to = content["refers_to"] or {"number": None, "reason": None}
    return {
        "number": place.number,
        "chain_position": place.chain_position,
        "series": place.series,
        "series_position": place.series_position,
        "kind": content["kind"],
        "purpose": document.purpose,
        "account_id": content["customer"]["account_id"],
        "month": f"{content['month']}-01",
        "issue_date": content["issue_date"],
        "due_date": content["due_date"],
        "currency": content["currency"],
        "subtotal": Decimal(content["subtotal"]),
        "tax": Decimal(content["tax_total"]),
        "total": Decimal(content["total"]),
        "refers_to": refers_to["number"],
        "reason": refers_to["reason"],
        "content": data.decode(),
        "sha256": digest,
        "previous_sha256": previous,
        "chain_sha256": chain_sha256(previous, place.number, digest, faces),
        "versions": simplejson.dumps(document.rendered.versions, sort_keys=True),
    }


def months_of(draft: Draft) -> list[BilledMonth]:
    """What a draft bills: its own month, and the months that it adjusts."""
    assert draft.terms is not None and draft.content is not None, "it could be computed"
    own = BilledMonth(
        month=date.fromisoformat(f"{draft.content['month']}-01"),
        charge_factor=draft.charge_factor,
        charge_usd=draft.charge_usd,
        owed=draft.terms.owed(draft.charge_usd),
        terms=draft.terms.content(),
    )
    adjusted = [
        BilledMonth(each.month, each.charge_factor, each.charge_usd, each.owed)
        for each in draft.adjustments
    ]
    return [own, *adjusted]


def _store_months(engine: "Writer", document: Document) -> None:
    account_id = document.content["customer"]["account_id"]
    rows = [
        {
            "number": document.place.number,
            "account_id": account_id,
            "month": each.month,
            "charge_factor": each.charge_factor,
            "charge_usd": each.charge_usd,
            "owed": plain(each.owed),
            "terms": each.terms and simplejson.dumps(each.terms, sort_keys=True),
        }
        for each in document.months
    ]
    engine.insert("invoices/insert_month", rows)


def _store_faces(
    engine: "Writer", document: Document, hashes: Mapping[str, str], logo: Logo | None
) -> None:
    number = document.place.number
    faces = [
        {"number": number, "face": face, "bytes": data, "sha256": hashes[face]}
        for face, data in sorted(document.rendered.faces.items())
    ]
    engine.insert("invoices/insert_face", faces)
    if logo and document.content["seller"]["logo"]:
        asset = {"sha256": logo.sha256, "media_type": logo.media_type, "bytes": logo.data}
        engine.insert("invoices/insert_asset", [asset])
