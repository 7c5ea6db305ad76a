"""What the faces of an invoice show: its content as texts, computed once and set by templates.

HTML, Markdown and PDF are set from the same view, so they cannot disagree. The view adds
separators, symbols, units and words; it computes no amount. Own templates get it too:
`docs/templates.md` lists its keys.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from analytics.documents import charts
from analytics.documents.lines import groups
from analytics.documents.style import Style

# Not strftime: its month names are those of the machine's locale.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)

_SUMMARY_ROWS = 10
"""Models in the summary, which is to fit the first page; the others are one row."""

_BANK = {
    "holder": "Account holder",
    "bank": "Bank",
    "iban": "IBAN",
    "bic": "BIC",
    "account": "Account",
    "routing": "Routing number",
}


def invoice_view(content: Mapping[str, Any]) -> dict[str, Any]:
    """The view of a document.

    Args:
        content: schema ``tokenbook.invoice/2``.
    """
    style = Style.of(content)
    is_credit = content["kind"] == "credit_note"
    usage = [line for line in content["lines"] if line["kind"] == "usage"]
    return {
        "language": content["format"]["language"],
        "paper": content["paper"],
        "title": "Credit note" if is_credit else "Invoice",
        "mark": None if content["status"] == "issued" else content["status"],
        "number": content["number"],
        "month": content["month"],
        "month_name": month_name(content["month"]),
        "period": content["period"],
        "currency": content["currency"],
        "dates": _dates(content),
        "seller": _seller(content["seller"]),
        "customer": _customer(content["customer"]),
        "records": style.quantity(content["records"], "record"),
        "total": style.money(content["total"]),
        "total_label": _total_label(content),
        "models": _models(content, style),
        "chart": _chart(content["days"], content["period"], style),
        "groups": groups(usage, content["period"], style),
        "others": [
            {"label": line["label"], "amount": style.money(line["amount"]), "kind": line["kind"]}
            for line in content["lines"]
            if line["kind"] != "usage"
        ],
        "adjustments": [_adjustment(each, style) for each in content["adjustments"]],
        "usage": style.money(content["usage"]),
        "subtotal": style.money(content["subtotal"]),
        "tax": [_tax(row, style) for row in content["tax"]],
        "payment": _payment(content),
        "payment_terms": _paragraph(content["payment_terms"]) if _is_payable(content) else [],
        "credits": _credits(content["credits"], style),
        "exchange": _exchange(content["exchange_rate"], style),
        "refers_to": content["refers_to"],
        "notes": content["notes"],
        "footer": _paragraph(content["footer"]),
    }


def month_name(month: str) -> str:
    """``October 2026``."""
    year, _, number = month.partition("-")
    return f"{_MONTHS[int(number) - 1]} {year}"


def _dates(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    named = (("Issued", content["issue_date"]), ("Due", content["due_date"]))
    return [(label, day) for label, day in named if day]


def _total_label(content: Mapping[str, Any]) -> str:
    if content["kind"] == "credit_note":
        return "Total credited"
    return "Amount due" if _is_payable(content) else "Total"


def _seller(seller: Mapping[str, Any]) -> dict[str, Any]:
    facts = (
        ("Tax id", seller["tax_id"]),
        ("Registration", seller["registration"]),
        ("Email", seller["email"]),
        ("Web", seller["website"]),
    )
    return {
        "name": seller["legal_name"],
        "address": seller["address"],
        "facts": [(label, text) for label, text in facts if text],
        "logo": seller["logo"],
    }


def _customer(customer: Mapping[str, Any]) -> dict[str, Any]:
    name = customer["name"] or customer["external_id"] or customer["account_id"]
    facts = (
        ("Tax id", customer["tax_id"]),
        ("Email", customer["email"]),
        ("Customer", customer["external_id"] if customer["name"] else None),
        ("Account", customer["account_id"]),
    )
    return {
        "name": name,
        "address": customer["address"],
        "facts": [(label, text) for label, text in facts if text],
    }


def _models(content: Mapping[str, Any], style: Style) -> dict[str, Any]:
    """The rows of the summary; the last ones are one row where they are many."""
    rows = sorted(content["models"], key=lambda row: -Decimal(row["amount"]))
    kept = _SUMMARY_ROWS if len(rows) > _SUMMARY_ROWS + 1 else len(rows)
    left = rows[kept:]
    rest = sum((Decimal(row["amount"]) for row in left), Decimal(0))
    return {
        "rows": [
            {
                "model": row["model"],
                "provider": row["provider"],
                "records": style.count(row["records"]),
                "amount": style.money(row["amount"]),
                "share": charts.share(row["amount"], content["usage"]),
                "percent": style.percent(charts.percent(row["amount"], content["usage"])),
            }
            for row in rows[:kept]
        ],
        "rest": {
            "count": style.quantity(len(left), "more model"),
            "records": style.count(sum(row["records"] for row in left)),
            "amount": style.money(format(rest, "f")),
        }
        if left
        else None,
    }


def _adjustment(each: Mapping[str, Any], style: Style) -> dict[str, Any]:
    facts = [
        f"discount {style.percent(each['discount_percent'])}"
        if each["discount_percent"] != "0"
        else None,
        f"monthly minimum {style.money(each['minimum'])}" if each["minimum"] else None,
        _exchange(each["exchange_rate"], style),
    ]
    return {
        "month": each["month"],
        "month_name": month_name(each["month"]),
        "number": each["number"],
        "exact": style.exact(each["exact"]),
        "facts": [fact for fact in facts if fact],
        "rows": [
            {
                "model": row["model"],
                "provider": row["provider"],
                "label": row["label"],
                "quantity": style.quantity(row["quantity"], row["unit"]),
                "exact": style.exact(row["exact"]),
            }
            for row in each["usage"]
        ],
    }


def _tax(row: Mapping[str, Any], style: Style) -> dict[str, Any]:
    return {
        "name": row["name"],
        "rate": style.percent(row["rate_percent"]),
        "base": style.money(row["base"]),
        "amount": style.money(row["amount"]),
        "note": row["note"],
    }


def _payment(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where to pay to; nothing where nothing is to be paid."""
    bank = content["seller"]["bank"]
    if not bank or not _is_payable(content):
        return []
    rows = [(label, bank[key]) for key, label in _BANK.items() if bank.get(key)]
    return [*rows, ("Reference", content["number"])] if content["number"] else rows


def _is_payable(content: Mapping[str, Any]) -> bool:
    return content["kind"] == "invoice" and Decimal(content["total"]) > 0


def _credits(found: Mapping[str, str] | None, style: Style) -> dict[str, str] | None:
    if found is None:
        return None
    return {name: _credit(amount, style) for name, amount in found.items()}


def _credit(amount: str, style: Style) -> str:
    """With two decimals at the least, as statements have it."""
    whole, _, decimals = amount.partition(".")
    return style.count(f"{whole}.{decimals:0<2}")


def _exchange(rate: Mapping[str, str] | None, style: Style) -> str | None:
    if rate is None:
        return None
    shown = style.count(rate["rate"])
    return f"1 {rate['from']} = {shown} {rate['to']} on {rate['date']}, {rate['source']}"


def _paragraph(text: str | None) -> list[str]:
    return [line for line in map(str.strip, (text or "").splitlines()) if line]


def _chart(
    days: Iterable[Mapping[str, Any]], period: Mapping[str, str], style: Style
) -> dict[str, Any] | None:
    """A bar for each day of the period; None where there is nothing above zero to draw."""
    used = {day["day"]: day for day in days}
    highest = max(used.values(), key=lambda day: Decimal(day["exact"]), default=None)
    if highest is None or Decimal(highest["exact"]) <= 0:
        return None
    top = charts.axis_top(Decimal(highest["exact"]))
    first, last = date.fromisoformat(period["start"]), date.fromisoformat(period["end"])
    all_days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    return {
        "height": charts.HEIGHT,
        "axis": [
            (y, text.translate(style.separators)) for y, text in charts.axis(top, style.currency)
        ],
        "highest": {"day": highest["day"], "amount": style.exact(highest["exact"])},
        "widths": charts.slot_widths(len(all_days)),
        "bars": [
            _bar(used.get(str(day)), day, (place, len(all_days)), top, style)
            for place, day in enumerate(all_days)
        ],
    }


def _bar(
    used: Mapping[str, Any] | None,
    day: date,
    place: Sequence[int],
    top: Decimal,
    style: Style,
) -> dict[str, Any]:
    return {
        **charts.slot(place[0], place[1]),
        "day": str(day),
        "amount": style.exact(used["exact"]) if used else None,
        "records": style.quantity(used["records"], "record") if used else None,
        "height": charts.bar_height(Decimal(used["exact"]), top) if used else 0,
        "label": str(day.day) if place[0] % charts.LABEL_EVERY == 0 else "",
    }
