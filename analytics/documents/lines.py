"""The lines of a document as its faces show them: by model, with what sets a price apart."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from analytics.documents.style import Style
from analytics.money import exact_sum, plain
from analytics.period import ALL_WEEKDAYS, window_text


def groups(
    lines: Iterable[Mapping[str, Any]], period: Mapping[str, str], style: Style
) -> list[dict[str, Any]]:
    """The usage lines of each model, models in the order of their first line."""
    found: dict[tuple[str | None, str], list[dict[str, Any]]] = {}
    for line in lines:
        found.setdefault((line["provider"], line["model"]), []).append(_line(line, period, style))
    return [
        {"provider": provider, "model": model, "lines": views}
        for (provider, model), views in found.items()
    ]


def _line(line: Mapping[str, Any], period: Mapping[str, str], style: Style) -> dict[str, Any]:
    """Sub-lines where prices differ; else what sets the only one apart."""
    prices = _joined(line["prices"])
    per = style.per(line["per"], line["unit"])
    view = {
        "label": line["label"],
        "note": [],
        "quantity": style.quantity(line["quantity"], line["unit"]),
        "unit_price": None,
        "per": per,
        "amount": style.money(line["amount"]),
        "exact": style.exact(line["exact"]),
        "prices": [],
    }
    if line["unit_price"] is not None:
        first, *others = (_conditions(price, style) for price in prices)
        view["unit_price"] = style.exact(line["unit_price"])
        view["note"] = [part for part in first if all(part in other for other in others)]
        return view
    changed = len({(price["first_day"], price["last_day"]) for price in prices}) > 1
    view["prices"] = [
        _price(price, line["unit"], period, style, is_changed=changed) for price in prices
    ]
    return view


def _price(
    price: Mapping[str, Any],
    unit: str,
    period: Mapping[str, str],
    style: Style,
    *,
    is_changed: bool,
) -> dict[str, Any]:
    note = _conditions(price, style)
    # Days also where there is nothing else to say.
    when = [days_of(price, period)] if is_changed or not note else []
    return {
        "note": when + note,
        "quantity": style.quantity(price["quantity"], unit),
        "unit_price": style.exact(price["unit_price"]),
        "exact": style.exact(price["exact"]),
    }


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
            "window": {
                **before["window"],
                "from": price["window"]["from"],
                "to": before["window"]["to"],
            },
            "quantity": str(int(before["quantity"]) + int(price["quantity"])),
            "exact": plain(exact_sum((Decimal(before["exact"]), Decimal(price["exact"])))),
        }
    return found


def _is_cut(early: Mapping[str, Any], late: Mapping[str, Any]) -> bool:
    """Whether a price holds until midnight, and the other from there on, alike."""
    if not early["window"] or not late["window"]:
        return False
    alike = ("variant", "tier_from", "first_day", "last_day", "unit_price")
    is_daily = not (early["window"].get("days") or late["window"].get("days"))
    at_midnight = early["window"]["from"] == "00:00" and late["window"]["to"] == "24:00"
    return is_daily and at_midnight and all(early[key] == late[key] for key in alike)


def _conditions(price: Mapping[str, Any], style: Style) -> list[str]:
    found = [price["variant"]] if price["variant"] else []
    if price["tier_from"] != "0":
        found.append(f"requests from {style.count(price['tier_from'])} input tokens")
    if window := price["window"]:
        days, zone = window.get("days", ALL_WEEKDAYS), window.get("zone", "UTC")
        found.append(window_text(days, window["from"], window["to"], zone))
    return found


def days_of(price: Mapping[str, Any], period: Mapping[str, str]) -> str:
    """When in the period a price held: ``all month``, ``from 2026-10-15``."""
    first, last = price["first_day"], price["last_day"]
    match first <= period["start"], last >= period["end"]:
        case True, True:
            return "all month"
        case True, False:
            return f"until {last}"
        case False, True:
            return f"from {first}"
    return f"on {first}" if first == last else f"{first} to {last}"
