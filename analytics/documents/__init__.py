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

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.canonical import canonical_json
from analytics.documents import values
from analytics.files import atomic_file
from analytics.money import exact_sum, plain
from analytics.sql import resource

if TYPE_CHECKING:
    from jinja2 import Environment

# Not strftime: its month names are those of the machine's locale.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)

_CHART_HEIGHT = 120
_LABEL_EVERY = 7
_STEPS = tuple(map(Decimal, ("1", "1.2", "1.6", "2", "3", "4", "6", "8", "10")))


def invoice_html(content: Mapping[str, Any]) -> str:
    """The page of one invoice, for the customer: neither cost nor mark-up are on it.

    Args:
        content: schema ``tokenbook.invoice/2``.
    """
    return environment().get_template("invoice.html").render(_invoice_view(content))


def index_html(content: Mapping[str, Any]) -> str:
    """The page that lists a month's invoices, for the owner: it shows cost and margin.

    Args:
        content: schema ``tokenbook.invoice-index/2``.
    """
    return environment().get_template("index.html").render(_index_view(content))


def write_drafts(
    folder: Path, invoices: Mapping[str, Mapping[str, Any] | None], index: Mapping[str, Any]
) -> list[Path]:
    """Writes invoices as ``<name>.html`` and ``<name>.json``, and ``index.html``.

    Args:
        folder: made where it does not exist. Older drafts of the same names are replaced.
        invoices: file name without ending -> content; None where the invoice is held, whose older
            drafts are removed.
        index: the content of the index page.

    Raises:
        StorageFailed: a file cannot be written.
    """
    texts = {"index.html": index_html(index).encode()}
    held = [name for name, content in invoices.items() if content is None]
    for name, content in invoices.items():
        if content is None:
            continue
        texts[f"{name}.html"] = invoice_html(content).encode()
        texts[f"{name}.json"] = canonical_json(content)
    written = write_files(folder, texts)
    for name in held:
        (folder / f"{name}.html").unlink(missing_ok=True)
        (folder / f"{name}.json").unlink(missing_ok=True)
    return written


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


@cache
def environment() -> "Environment":
    """What sets the templates of `report_templates/`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(resource("report_templates")),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=values.visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters |= {filter_.__name__: filter_ for filter_ in values.FILTERS}
    return environment


# What a page needs beside the content.


def _invoice_view(content: Mapping[str, Any]) -> dict[str, Any]:
    status, period = content["status"], content["period"]
    return {
        **content,
        "mark": None if status == "issued" else status,
        "month_name": month_name(content["month"]),
        "models": _with_shares(content["models"], "amount", content["usage"]),
        "groups": _groups(_of_kind(content, "usage"), period),
        "others": [line for line in content["lines"] if line["kind"] != "usage"],
        "chart": _chart(content["days"], period, content["currency"]),
    }


def _index_view(content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **content,
        "month_name": month_name(content["month"]),
        "accounts": _with_shares(content["accounts"], "charge", content["totals"]["charge"]),
    }


def month_name(month: str) -> str:
    """``October 2026``."""
    year, _, number = month.partition("-")
    return f"{_MONTHS[int(number) - 1]} {year}"


def _with_shares(rows: Iterable[Mapping[str, Any]], key: str, total: str) -> list[dict[str, Any]]:
    return [{**row, "share": _share(row[key], total)} for row in rows]


def _share(part: str | None, whole: str) -> str:
    """How much of the whole, as a width: never negative, never above all of it."""
    if part is None or Fraction(whole) <= 0:
        return _width(Fraction(0))
    return _width(min(max(Fraction(part) / Fraction(whole), Fraction(0)), Fraction(1)))


def _width(part: Fraction) -> str:
    hundredths = round(part * 10_000)
    return f"{hundredths // 100}.{hundredths % 100:02}%"


def _of_kind(content: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return [line for line in content["lines"] if line["kind"] == kind]


def _groups(
    lines: Iterable[Mapping[str, Any]], period: Mapping[str, str]
) -> list[list[dict[str, Any]]]:
    """The lines of each model, models in the order of their first line."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in lines:
        view = {**line, **_price_views(line, period)}
        groups.setdefault((line["provider"], line["model"]), []).append(view)
    return list(groups.values())


def _price_views(line: Mapping[str, Any], period: Mapping[str, str]) -> dict[str, list[Any]]:
    """Sub-lines where prices differ; else what sets the only one apart."""
    prices = _joined(line["prices"])
    if line["unit_price"] is not None:
        first, *others = (_conditions(price) for price in prices)
        return {"note": [part for part in first if all(part in o for o in others)], "prices": []}
    changed = len({(price["first_day"], price["last_day"]) for price in prices}) > 1
    views = []
    for price in prices:
        note = _conditions(price)
        when = [_when(price, period)] if changed or not note else []
        views.append({**price, "note": when + note})
    return {"note": [], "prices": views}


def _joined(prices: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The prices of a line; one that a midnight cuts in two is one again."""
    found: list[Mapping[str, Any]] = []
    for price in prices:
        before = next((other for other in found if _is_cut(other, price)), None)
        if before is None:
            found.append(price)
            continue
        found[found.index(before)] = {
            **before,
            "window": {"from": price["window"]["from"], "to": before["window"]["to"]},
            "quantity": str(int(before["quantity"]) + int(price["quantity"])),
            "exact": plain(exact_sum((Decimal(before["exact"]), Decimal(price["exact"])))),
        }
    return found


def _is_cut(early: Mapping[str, Any], late: Mapping[str, Any]) -> bool:
    """Whether a price holds until midnight, and the other from there on, alike."""
    if not early["window"] or not late["window"]:
        return False
    alike = ("variant", "tier_from", "first_day", "last_day", "unit_price")
    at_midnight = early["window"]["from"] == "00:00" and late["window"]["to"] == "24:00"
    return at_midnight and all(early[key] == late[key] for key in alike)


def _conditions(price: Mapping[str, Any]) -> list[str]:
    found = [price["variant"]] if price["variant"] else []
    if price["tier_from"] != "0":
        found.append(f"requests from {values.count(price['tier_from'])} input tokens")
    if window := price["window"]:
        found.append(f"{window['from']} to {window['to']} UTC")
    return found


def _when(price: Mapping[str, Any], period: Mapping[str, str]) -> str:
    first, last = price["first_day"], price["last_day"]
    match first <= period["start"], last >= period["end"]:
        case True, True:
            return "all month"
        case True, False:
            return f"until {last}"
        case False, True:
            return f"from {first}"
    return f"on {first}" if first == last else f"{first} to {last}"


def _chart(
    days: Iterable[Mapping[str, Any]], period: Mapping[str, str], currency: str
) -> dict[str, Any] | None:
    """A bar for each day of the period; None where there is nothing above zero to draw."""
    used = {day["day"]: day for day in days}
    highest = max(used.values(), key=lambda day: Decimal(day["exact"]), default=None)
    if highest is None or Decimal(highest["exact"]) <= 0:
        return None
    top = _axis_top(Decimal(highest["exact"]))
    first, last = date.fromisoformat(period["start"]), date.fromisoformat(period["end"])
    all_days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    return {
        "height": _CHART_HEIGHT,
        "axis": [
            (0, _axis_label(top, currency)),
            (_CHART_HEIGHT // 2, _axis_label(top * Decimal("0.5"), currency)),
        ],
        "highest": highest,
        "slot": _width(Fraction(1, len(all_days))),
        "bar": _width(Fraction(7, 10) / len(all_days)),
        "bars": [
            _bar(used.get(str(day)), day, i, len(all_days), top) for i, day in enumerate(all_days)
        ],
    }


def _bar(
    used: Mapping[str, Any] | None, day: date, place: int, places: int, top: Decimal
) -> dict[str, Any]:
    return {
        "day": str(day),
        "used": used,
        "slot": _width(Fraction(place, places)),
        "left": _width((place + Fraction(3, 20)) / places),
        "middle": _width((place + Fraction(1, 2)) / places),
        "height": _bar_height(Decimal(used["exact"]), top) if used else 0,
        "label": str(day.day) if place % _LABEL_EVERY == 0 else "",
    }


def _bar_height(charge: Decimal, top: Decimal) -> int:
    """Pixels. The least of charges is still to be seen, and nothing is not."""
    if charge <= 0:
        return 0
    return max(2, round(Fraction(charge) / Fraction(top) * _CHART_HEIGHT))


def _axis_top(highest: Decimal) -> Decimal:
    """The next value that is round, and so is its half."""
    steps = (step.scaleb(highest.adjusted()) for step in _STEPS)
    return next(step for step in steps if step >= highest)


def _axis_label(amount: Decimal, currency: str) -> str:
    return values.rate(plain(amount), currency).removesuffix(".00")
