"""Proves that what was issued is still what was issued: chain, sums, faces."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analytics.canonical import canonical_json, sha256
from analytics.errors import InvoiceNotFound, InvoicesDamaged
from analytics.invoices.archive import assets_of
from analytics.invoices.index import some
from analytics.invoices.numbering import FIRST, chain_sha256
from analytics.invoices.storing import Render
from analytics.money import exact_sum
from analytics.records import VerifiedInvoice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.engines import Reader, Row

Versions = Callable[[], Mapping[str, str]]
"""Tells the versions of what renders documents, as it is installed."""


def verify(
    engine: "Reader",
    render: Render,
    versions: Versions,
    *,
    number: str | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[VerifiedInvoice]:
    """Computes chain and sums of all documents again, and renders those of the same versions.

    Args:
        engine: the book.
        render: makes the faces of a content.
        versions: of what `render` uses now.
        number: render only this one again; the chain is computed whole.
        progress: is told how far it is.

    Raises:
        InvoiceNotFound: there is none of that number.
    """
    with engine.session():
        rows = engine.rows("invoices/chain")
        if number is not None and number not in {row["number"] for row in rows}:
            raise InvoiceNotFound(number=number)
        installed, previous, found = versions(), FIRST, []
        counts: dict[str, int] = {}
        for place, row in enumerate(rows, 1):
            counts[row["series"]] = counts.get(row["series"], 0) + 1
            problems = _place_problems(row, place, counts[row["series"]], previous)
            faces = {face["face"]: face for face in engine.rows("invoices/faces", **_of(row))}
            problems += _hash_problems(row, faces)
            problems += _content_problems(row)
            again = number in (None, row["number"]) and json.loads(row["versions"]) == installed
            if again and not problems:
                problems += _render_problems(engine, render, row, faces)
            found.append(VerifiedInvoice(row["number"], problems, again))
            previous = row["chain_sha256"]
            progress(place, len(rows))
    return found


def refuse_damaged(found: "Sequence[VerifiedInvoice]") -> None:
    """Fails where a document is not what was issued.

    Raises:
        InvoicesDamaged: naming them.
    """
    damaged = [each for each in found if each.problems]
    if damaged:
        names = some([f"{each.number} ({each.problems[0]})" for each in damaged])
        raise InvoicesDamaged(damaged=len(damaged), invoices=len(found), names=names)


def _of(row: "Row") -> dict[str, Any]:
    return {"number": row["number"]}


def _place_problems(row: "Row", place: int, position: int, previous: str) -> list[str]:
    problems = []
    if row["chain_position"] != place or row["previous_sha256"] != previous:
        problems.append("the document before it is missing or another one")
    if row["series_position"] != position:
        problems.append(f"a number of the series {row['series']} is missing before it")
    return problems


def _hash_problems(row: "Row", faces: Mapping[str, "Row"]) -> list[str]:
    problems = []
    if sha256(row["content"].encode()) != row["sha256"]:
        problems.append("its content was changed")
    problems += [
        f"its {name} was changed"
        for name, face in faces.items()
        if sha256(bytes(face["bytes"])) != face["sha256"]
    ]
    hashes = {name: face["sha256"] for name, face in faces.items()}
    chained = chain_sha256(row["previous_sha256"], row["number"], row["sha256"], hashes)
    if chained != row["chain_sha256"]:
        problems.append("its chain hash is wrong")
    return problems


def _content_problems(row: "Row") -> list[str]:
    """Whether the content is canonical, says what the columns say, and adds up."""
    try:
        content = json.loads(row["content"])
        problems = [] if _is_canonical(content, row["content"]) else ["its content was changed"]
        columns = {
            "number": row["number"],
            "kind": row["kind"],
            "month": row["month"],
            "currency": row["currency"],
        }
        amounts = {name: Decimal(content[name]) for name in ("subtotal", "tax_total", "total")}
        stored = {"subtotal": row["subtotal"], "tax_total": row["tax"], "total": row["total"]}
        if any(content[name] != value for name, value in columns.items()) or amounts != stored:
            problems.append("its content is not what the book's columns say")
        lines = exact_sum(Decimal(line["amount"]) for line in content["lines"])
        taxes = exact_sum(Decimal(tax["amount"]) for tax in content["tax"])
        if lines != amounts["subtotal"] or taxes != amounts["tax_total"]:
            problems.append("its lines or taxes do not add up")
        if exact_sum((lines, taxes)) != amounts["total"]:
            problems.append("its lines and tax are not its total")
    except (ValueError, KeyError, TypeError, ArithmeticError):
        return ["its content cannot be read"]
    return problems


def _is_canonical(content: Mapping[str, Any], text: str) -> bool:
    return canonical_json(content).decode() == text


def _render_problems(
    engine: "Reader", render: Render, row: "Row", faces: Mapping[str, "Row"]
) -> list[str]:
    content = json.loads(row["content"])
    try:
        again = render(content, assets_of(engine, content), engine.path).faces
    except Exception as error:  # noqa: BLE001 - whatever a page's program or template raises
        return [f"it cannot be rendered again: {error}"]
    different = {name for name, data in again.items() if bytes(faces[name]["bytes"]) != data}
    return [f"its {name}, made again, is another one" for name in sorted(different)]
