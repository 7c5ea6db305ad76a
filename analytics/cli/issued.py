"""What was issued, as tables: printed by the commands of `invoice`."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analytics.records import Invoice, InvoiceDocument, IssueRun


def print_run(run: "IssueRun") -> None:
    """What became of each account's invoice, and a line with the counts and the total."""
    from analytics.documents.values import money
    from analytics.records import OUTCOMES, Column
    from analytics.terminal import print_message, print_records

    rows = [
        (
            each.name or each.external_id or each.account_id,
            "would be issued" if run.is_rehearsal and each.outcome == "issued" else each.outcome,
            each.number,
            money(str(each.total), each.currency) if each.currency else None,
            each.reason,
        )
        for each in run.outcomes
    ]
    columns = [
        Column("account", "text", "Account"),
        Column("outcome", "text", "Outcome"),
        Column("number", "text", "Number"),
        Column("total", "count", "Total"),
        Column("reason", "text", "Why"),
    ]
    print_records(columns, rows, f"Invoices of {run.month}")
    counts = ", ".join(f"{run.count(name):,} {name}" for name in OUTCOMES)
    if run.is_rehearsal:
        counts = f"Nothing was issued: this is a rehearsal. {counts}"
    asked = totals((each.currency, str(each.total)) for each in run.outcomes)
    print_message(f"{counts}; total {asked}")


def print_invoices(found: "Sequence[Invoice]") -> None:
    """Issued documents as a table."""
    from analytics.documents.values import money
    from analytics.records import Column
    from analytics.terminal import print_records

    rows: list[tuple[Any, ...]] = [
        (
            each.number,
            each.account_name or each.external_id or each.account_id,
            each.month,
            each.issue_date,
            money(str(each.total), each.currency),
            f"void: {each.voided_by}" if each.voided_by else each.status,
            each.refers_to,
        )
        for each in found
    ]
    columns = [
        Column("number", "text", "Number"),
        Column("account", "text", "Account"),
        Column("month", "text", "Month"),
        Column("issue_date", "day", "Issued"),
        Column("total", "count", "Total"),
        Column("status", "text", "Status"),
        Column("refers_to", "text", "Corrects"),
    ]
    print_records(columns, rows, "Issued")


def print_document(found: "InvoiceDocument") -> None:
    """One document: its lines, taxes and total."""
    from analytics.documents import invoice_lines
    from analytics.terminal import print_message, print_records

    print_invoices([found.invoice])
    print_message("")
    rows = invoice_lines(found.content)
    print_records(["model", "what", "quantity", "price", "amount"], rows, "Lines")
    print_message(f"SHA-256 of its content {found.invoice.sha256}")
    print_message(f"Its pages: {', '.join(sorted(found.faces))}")


def totals(amounts: "Iterable[tuple[str | None, str | None]]") -> str:
    """The sums of amounts in each of their currencies: ``$12.00, €3.00``."""
    from analytics.documents.values import money
    from analytics.money import exact_sum

    found: dict[str, list[Decimal]] = {}
    for currency, amount in amounts:
        if currency and amount:
            found.setdefault(currency, []).append(Decimal(amount))
    return ", ".join(money(str(exact_sum(each)), name) for name, each in found.items()) or "none"
