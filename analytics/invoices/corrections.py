"""Corrections of what was issued: a credit note for all of a document, or for a part of it.

Nothing issued is changed. A void mirrors the lines of its document with the opposite sign, less
what was credited before, so that all of them add up to zero; what the document billed of usage is
taken back with it, and the month can be issued again. A partial credit note is money off: it bills
no usage, so no later adjustment takes it back.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import simplejson

from analytics.errors import InvalidArgument, InvoiceNotVoidable
from analytics.invoices.archive import assets_of, get_invoice
from analytics.invoices.content import sums
from analytics.invoices.issuing import today
from analytics.invoices.lines import plain_line, settle
from analytics.invoices.numbering import Counter
from analytics.invoices.storing import At, BilledMonth, Document, Render, store
from analytics.invoices.terms import Tax
from analytics.money import exact_sum, fixed, plain, round_amount
from analytics.records import Invoice, InvoiceDocument

if TYPE_CHECKING:
    from analytics.configuration import Configuration
    from analytics.engines import Writer

_ZERO = Decimal(0)


class Corrector:
    """Issues credit notes.

    Args:
        engine: the book.
        configuration: of the book.
        render: makes the faces of a content.
        now: the time.
        issue_date: None is today in the billing time zone.
        at: is told each of `storing.POINTS`.
    """

    def __init__(
        self,
        engine: "Writer",
        configuration: "Configuration",
        render: Render,
        *,
        now: datetime,
        issue_date: date | None = None,
        at: At = lambda _point: None,
    ) -> None:
        self._engine = engine
        self._configuration = configuration
        self._render = render
        self._now = now
        self._date = issue_date
        self._at = at

    def void(self, number: str, reason: str) -> Invoice:
        """Cancels a document by one with its lines and the opposite sign.

        Raises:
            InvoiceNotFound: there is none of that number.
            InvoiceNotVoidable: it is void already, or itself corrects another.
        """
        with self._engine.writing():
            found = self._correctable(number)
            rows = self._engine.rows("invoices/corrections", number=number)
            earlier = [(row["number"], simplejson.loads(row["content"])) for row in rows]
            content = {**found.content, **_mirrored(found.content, earlier)}
            months = [
                BilledMonth(
                    row["month"],
                    row["charge_factor"],
                    row["charge_usd"].copy_negate(),
                    Decimal(row["owed"]).copy_negate(),
                )
                for row in self._engine.rows("invoices/document_months", number=number)
            ]
            return self._issue(found, content, "void", reason, months)

    def credit(
        self, number: str, amount: Decimal | int | str, reason: str, *, tax: str | None = None
    ) -> Invoice:
        """Credits a part of a document: an amount without tax, in its currency.

        Args:
            number: the document.
            amount: above zero, at most what is left of what the document bills at that tax.
            reason: stands on the credit note.
            tax: the name of the tax of that part, where the document has several.

        Raises:
            InvoiceNotFound: there is none of that number.
            InvoiceNotVoidable: it is void, itself corrects another, or less is left of it.
            InvalidArgument: the amount or the tax cannot be used.
        """
        with self._engine.writing():
            found = self._correctable(number)
            currency = found.invoice.currency
            taken = _amount(amount, currency)
            of = _tax_of(found.content, tax)
            self._refuse_too_much(found, taken, of)
            line = plain_line("credit", reason, taken.copy_negate(), of)
            billed = settle([line], currency, [of])
            content = {
                **found.content,
                **sums(billed, currency),
                "records": 0,
                "models": [],
                "days": [],
                "adjustments": [],
            }
            return self._issue(found, content, "credit", reason, [])

    def _correctable(self, number: str) -> InvoiceDocument:
        found = get_invoice(self._engine, number)
        if found.invoice.purpose != "month":
            problem = f"it corrects {found.invoice.refers_to} itself; issue the month again instead"
            raise InvoiceNotVoidable(number=number, problem=problem)
        if found.invoice.voided_by:
            raise InvoiceNotVoidable(number=number, problem=f"{found.invoice.voided_by} voided it")
        return found

    def _refuse_too_much(self, found: InvoiceDocument, amount: Decimal, tax: Tax | None) -> None:
        key = (tax.name, plain(tax.rate_percent)) if tax else (None, None)
        rows = self._engine.rows("invoices/corrections", number=found.invoice.number)
        contents = [found.content, *(simplejson.loads(row["content"]) for row in rows)]
        left = exact_sum(
            Decimal(line["amount"])
            for content in contents
            for line in content["lines"]
            if (line["tax"], line["tax_percent"]) == key
        )
        if amount > left:
            problem = f"only {fixed(left, found.invoice.currency)} of it is left to credit"
            raise InvoiceNotVoidable(number=found.invoice.number, problem=problem)

    def _issue(
        self,
        found: InvoiceDocument,
        content: Mapping[str, Any],
        purpose: str,
        reason: str,
        months: Sequence[BilledMonth],
    ) -> Invoice:
        if not reason.strip():
            raise InvalidArgument(name="reason", problem="say why; it stands on the credit note")
        issue_date = self._date or today(self._engine, self._now)
        kind = "invoice" if Decimal(content["total"]) > 0 else "credit_note"
        counter = Counter(self._engine, self._configuration, issue_date)
        place = counter.next(kind)
        self._at("numbered")
        original = found.invoice
        frozen = {
            **content,
            "kind": kind,
            "status": "issued",
            "number": place.number,
            "issue_date": str(issue_date),
            "due_date": None,
            "credits": None,
            "refers_to": {
                "number": original.number,
                "date": str(original.issue_date),
                "reason": reason.strip(),
            },
        }
        assets = assets_of(self._engine, frozen)
        rendered = self._render(frozen, assets, self._engine.path)
        self._at("rendered")
        document = Document(place, frozen, rendered, purpose, months)
        store(
            self._engine,
            document,
            lambda: self._reverse(place.number, original.number, purpose),
            logo=None,
            now=self._now,
            at=self._at,
        )
        return get_invoice(self._engine, place.number).invoice

    def _reverse(self, number: str, refers_to: str, purpose: str) -> None:
        if purpose == "void":
            which = {"number": number, "refers_to": refers_to}
            self._engine.execute("invoices/insert_reversed_usage", **which)


def _mirrored(
    content: Mapping[str, Any], earlier: Sequence[tuple[str, Mapping[str, Any]]]
) -> dict[str, Any]:
    """What a void has of its document with the opposite sign, less earlier credit notes."""
    currency = content["currency"]
    lines = [_negated_line(line) for line in content["lines"]]
    for number, credited in earlier:
        lines += [
            {**_negated_line(line), "label": f"Credited before ({number}): {line['label']}"}
            for line in credited["lines"]
        ]
    every = [content, *(credited for _, credited in earlier)]
    return {
        "lines": lines,
        "tax": _negated_tax([row for each in every for row in each["tax"]], currency),
        "models": [{**row, "amount": _negated(row["amount"])} for row in content["models"]],
        "days": [],
        "adjustments": [],
        **{
            name: fixed(exact_sum(Decimal(_negated(each[name])) for each in every), currency)
            for name in ("usage", "subtotal", "tax_total", "total")
        },
    }


def _negated_line(line: Mapping[str, Any]) -> dict[str, Any]:
    prices = [
        {**price, "quantity": _negated(price["quantity"]), "exact": _negated(price["exact"])}
        for price in line["prices"]
    ]
    changed = {name: _negated(line[name]) for name in ("quantity", "exact", "amount") if line[name]}
    return {**line, **changed, "prices": prices}


def _negated_tax(rows: Sequence[Mapping[str, Any]], currency: str) -> list[dict[str, Any]]:
    """One row per rate: the sum of the given ones with the opposite sign."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        before = found.setdefault(
            (row["name"], row["rate_percent"]), {**row, "base": "0", "amount": "0"}
        )
        for name in ("base", "amount"):
            total = exact_sum((Decimal(before[name]), Decimal(_negated(row[name]))))
            before[name] = fixed(total, currency)
    return list(found.values())


def _negated(text: str) -> str:
    """An amount with the opposite sign; zero has none."""
    if Decimal(text) == _ZERO:
        return text
    return text.removeprefix("-") if text.startswith("-") else f"-{text}"


def _tax_of(content: Mapping[str, Any], name: str | None) -> Tax | None:
    rows = [row for row in content["tax"] if name in (None, row["name"])]
    if name is not None and not rows:
        raise InvalidArgument(name="tax", problem=f"the document has no tax {name!r}")
    is_mixed = any(line["tax"] is None for line in content["lines"]) and rows
    if len(rows) > 1 or (is_mixed and name is None):
        names = ", ".join(f"{row['name']} {row['rate_percent']}%" for row in content["tax"])
        raise InvalidArgument(name="tax", problem=f"the document has several: {names}; name one")
    if not rows:
        return None
    row = rows[0]
    return Tax(row["name"], row["kind"], Decimal(row["rate_percent"]), row["note"])


def _amount(amount: Decimal | int | str, currency: str) -> Decimal:
    problem = f"{amount!r} is no amount of {currency} above zero"
    if isinstance(amount, float):
        raise InvalidArgument(name="amount", problem="give a Decimal or a text, not a float")
    try:
        found = Decimal(amount)
        is_right = found.is_finite() and found > 0 and round_amount(found, currency) == found
    except InvalidOperation:
        is_right = False
    if not is_right:
        raise InvalidArgument(name="amount", problem=problem)
    return found
