"""A figure and what it is made of, as a small tree: each branch is a step, with all its digits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.explain.prices import exact, plain_seconds, price_part
from analytics.money import plain
from analytics.records import METER, ExplainedPart
from analytics.terminal import console, forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    from analytics.records import CostLine, UsageExplanation


_HOW = {
    "exact": "the model's own name",
    "alias": "a name that this book gives it",
    "match": "a name that the price list knows",
    "stripped": "known after its prefix or region is taken off",
    "unknown": "no model is known by that name",
    "ambiguous": "several models are known by that name",
}


def print_usage_explanation(found: UsageExplanation) -> None:
    """Print where the cost and the charge of a usage record come from."""
    print_explanation(_usage(found))


def print_explanation(part: ExplainedPart) -> None:
    """Print a figure and the steps that it is made of."""
    from rich.tree import Tree

    out = console()
    tree = Tree(_text(out, part, "bold"), guide_style="dim")
    if not out.is_terminal:
        # A pipe gets ASCII around the data; rich would only look at the encoding.
        tree.TREE_GUIDES = [Tree.ASCII_GUIDES] * len(Tree.TREE_GUIDES)
    _grow(out, tree, part)
    out.print(tree)


def _grow(out: Console, tree: Tree, part: ExplainedPart) -> None:
    from rich.text import Text

    for name, value in (part.facts or {}).items():
        fact = Text(f"{forms.safe(name, out.encoding)}  ", "dim")
        tree.add(fact.append(forms.safe(forms.value(value), out.encoding), "not dim"))
    for each in part.parts:
        branch = tree.add(_text(out, each, "bold" if each.parts else ""))
        _grow(out, branch, each)


def _text(out: Console, part: ExplainedPart, style: str) -> Text:
    from rich.text import Text

    text = Text(forms.safe(part.label, out.encoding), style)
    if part.amount is not None:
        text.append(f"  {part.amount} {part.currency}", "cyan")
    if part.formula:
        text.append(f"  = {forms.safe(part.formula, out.encoding)}", "not bold dim")
    return text


def _usage(found: UsageExplanation) -> ExplainedPart:
    record = found.record
    facts: dict[str, object] = {
        "happened": record.occurred_at,
        "day": f"{record.local_day} in the billing time zone",
        "context": record.context,
    }
    if record.account_id:
        facts["account"] = record.external_id or record.account_id
    return ExplainedPart(
        label=f"Usage record {record.id}",
        facts=facts,
        parts=[_name(found), *_cost(found), *_charge(found)],
    )


def _name(found: UsageExplanation) -> ExplainedPart:
    name = found.name
    sent = "/".join(filter(None, (name.provider_as_sent, name.model_as_sent)))
    facts: dict[str, object] = {"sent as": sent, "name": _HOW.get(name.how, name.how)}
    if found.record.variant:
        facts["variant as served"] = found.record.variant
    priced_as = f"{name.price_provider}/{name.price_model}"
    if name.price_model and priced_as != f"{found.record.provider}/{found.record.model_id}":
        facts["priced as"] = priced_as
    provider = found.record.provider or "(unknown)"
    return ExplainedPart(label=f"Model {provider}/{found.record.model_id}", facts=facts)


def _cost(found: UsageExplanation) -> Iterator[ExplainedPart]:
    if found.cost_usd is None or found.price is None:
        reason = found.record.unpriced_reason or "no price"
        yield ExplainedPart(
            label="Cost unknown",
            facts={"reason": reason, "what helps": "'tokenbook prices missing'"},
        )
        return
    lines = [_line(line) for line in found.lines]
    yield ExplainedPart(
        label="Cost",
        amount=exact(found.cost_usd),
        currency="USD",
        formula="the sum of" if len(lines) > 1 else None,
        facts=_minimum(found),
        parts=[*lines, price_part(found.price)],
    )


def _minimum(found: UsageExplanation) -> dict[str, object]:
    used = found.record.quantities.get("audio_milliseconds", 0)
    if found.billed_audio_milliseconds == used:
        return {}
    billed, heard = (f"{plain_seconds(ms)} s" for ms in (found.billed_audio_milliseconds, used))
    return {"minimum": f"{heard} of audio is billed as {billed}"}


def _line(line: CostLine) -> ExplainedPart:
    meter = METER[line.meter]
    quoted = line.rate.quoted(meter.per)
    quantity = forms.counted(line.quantity, meter.unit)
    per = f"{quoted.per:,} {meter.unit}s" if quoted.per > 1 else meter.unit
    return ExplainedPart(
        label=meter.label,
        amount=exact(line.cost_usd),
        currency="USD",
        formula=f"{quantity} x {exact(quoted.amount)} USD per {per}",
    )


def _charge(found: UsageExplanation) -> Iterator[ExplainedPart]:
    if found.charge_usd is None:
        return
    if found.markup_percent is None:
        yield ExplainedPart(
            label="Charge", amount="0.00", currency="USD", formula="system usage is not charged"
        )
        return
    factor, markup = plain(found.charge_factor), plain(found.markup_percent)
    yield ExplainedPart(
        label="Charge",
        amount=exact(found.charge_usd),
        currency="USD",
        formula=f"cost x {factor} (mark-up of the {found.markup_of}: {markup} %)",
    )
