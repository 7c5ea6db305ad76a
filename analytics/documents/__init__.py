"""An invoice's content in, a page or a canonical text out.

The content is plain data: money and quantities arrive as text in plain notation, so whoever made
them decided on every digit, and this module only sets them. It adds separators, symbols and units,
never an amount. Bars are drawn in whole pixels and hundredths of a percent that come from
fractions: no float.

A page is one file without script and without anything to fetch; the style sheet is part of it.
Names, ids and models are written by strangers, so none is trusted: Jinja escapes all of it,
`values.visible` runs on every expression (not only where somebody thought of it), and a name
stands in ``<bdi>``, where its writing direction cannot reach its neighbours.
"""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analytics.documents import charts, values
from analytics.documents.invoice_view import invoice_view, month_name
from analytics.documents.templates import Templates, render, templates_of
from analytics.files import atomic_file


def invoice_html(
    content: Mapping[str, Any], templates: Templates | None = None, logo: bytes | None = None
) -> str:
    """The page of one invoice, for the customer: neither cost nor mark-up are on it.

    Args:
        content: schema ``tokenbook.invoice/2``.
        templates: of a book; without them the built-in ones.
        logo: the image that the content names.

    Raises:
        TemplateFailed: the template has an error; with file and line.
    """
    return set_html(invoice_view(content), templates or templates_of(), logo)


def set_html(view: Mapping[str, Any], templates: Templates, logo: bytes | None = None) -> str:
    """The page of a document's view."""
    named = view["seller"]["logo"]
    url = f"data:{named['media_type']};base64,{b64encode(logo).decode()}" if logo and named else ""
    return render(templates, "invoice.html", {**view, "logo": url})


def set_markdown(view: Mapping[str, Any], templates: Templates) -> str:
    """The text of a document's view; with at most one empty line at a time."""
    text = render(templates, "invoice.md", view)
    return "\n".join(_single_spaced(text.strip("\n").split("\n"))) + "\n"


def _single_spaced(lines: list[str]) -> list[str]:
    pairs = zip(["", *lines], lines, strict=False)
    return [line for before, line in pairs if line.strip() or before.strip()]


def index_html(content: Mapping[str, Any], templates: Templates | None = None) -> str:
    """The page that lists a month's invoices, for the owner: it shows cost and margin.

    Args:
        content: schema ``tokenbook.invoice-index/2``.
        templates: of a book; without them the built-in ones.
    """
    return render(templates or templates_of(), "index.html", _index_view(content))


def write_files(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Writes files into a folder, each whole or not at all; older ones are replaced.

    Raises:
        StorageFailed: a file cannot be written.
    """
    for name, data in files.items():
        with atomic_file(folder / name) as partial:
            partial.write_bytes(data)
    return [folder / name for name in files]


def invoice_lines(content: Mapping[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """The lines of an invoice and its total as text: model, what, quantity, price, amount."""
    currency = content["currency"]
    total = ("Total", "", "", "", values.money(content["total"], currency))
    lines = [
        (
            line["model"] or "",
            line["label"],
            values.quantity(line["quantity"], line["unit"]) if line["quantity"] else "",
            _unit_price(line, currency),
            values.money(line["amount"], currency),
        )
        for line in content["lines"]
    ]
    return [*lines, total]


def _unit_price(line: Mapping[str, Any], currency: str) -> str:
    if line["unit_price"] is None:
        return "several" if line["prices"] else ""
    return f"{values.rate(line['unit_price'], currency)} {values.per(line['per'], line['unit'])}"


def _index_view(content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **content,
        "month_name": month_name(content["month"]),
        "accounts": [
            {**row, "share": charts.share(row["charge"], content["totals"]["charge"])}
            for row in content["accounts"]
        ],
    }
