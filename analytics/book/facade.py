"""The object that opens an engine and hands out the parts. It has no logic of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

from analytics import reports
from analytics.book.accounts import Accounts
from analytics.book.closing import Months
from analytics.book.credits import Credits
from analytics.book.holds import Hold
from analytics.book.invoicing import Invoices
from analytics.book.part import Clock, Later, utc_now
from analytics.book.pricing import Prices
from analytics.book.questions import QueryResult, Which, to_filter
from analytics.book.recording import Usage
from analytics.engines import LONGEST_SECONDS, Limits
from analytics.errors import InvalidArgument, InvoiceIssued
from analytics.period import DEFAULT_TTL, Duration

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from types import TracebackType

    from analytics import explain, exports
    from analytics import month as months_of_books
    from analytics.documents import months, statements, templates
    from analytics.engines.duckdb import DuckDBEngine
    from analytics.ledger.amounts import Amount
    from analytics.records import (
        CheckResult,
        ExplainedPart,
        ExportResult,
        MonthReport,
        Report,
        Statement,
        UsageExplanation,
    )
else:
    explain = Later("analytics.explain")
    exports = Later("analytics.exports")
    months_of_books = Later("analytics.month")
    months = Later("analytics.documents.months")
    statements = Later("analytics.documents.statements")
    templates = Later("analytics.documents.templates")


class Book(Accounts, Credits, Invoices, Months, Prices, Usage):
    """Accounts, credits, usage, prices and what follows from them. Made by `create` and `open`.

    It is safe to use from many threads, and several of one path are: those that write take turns,
    those that read see what was committed last.
    """

    def __init__(
        self, engine: DuckDBEngine, *, clock: Clock = utc_now, spool: Path | None = None
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._spool = spool

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives the book back. Closing twice is fine."""
        self._engine.close()

    def settings(self) -> dict[str, str]:
        """Billing time zone, currency, mark-up, and whether usage must name its transaction."""
        known = ("billing_timezone", "currency", "markup_percent", "require_transactions")
        rows = self._engine.rows("book/settings")
        return {row["name"]: row["value"] for row in rows if row["name"] in known}

    def reservation(
        self,
        account: str | None = None,
        amount: Amount | None = None,
        *,
        account_id: str | None = None,
        external_id: str | None = None,
        ttl: Duration = DEFAULT_TTL,
        operation: str | None = None,
        model: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Hold:
        """Holds credits for a block, and frees them at its end if it did not confirm.

        with book.reservation("acme", "0.50") as hold:
            answer = call_the_model()
            hold.confirm("0.12", usage={"model_id": "gpt-4o", "input_tokens": 900})
        """
        made = self.create_reservation(
            account,
            amount,
            account_id=account_id,
            external_id=external_id,
            ttl=ttl,
            operation=operation,
            model=model,
            metadata=metadata,
        )
        return Hold(self, made)

    def report(self, name: str, **which: Unpack[Which]) -> Report:
        """Runs a report; `reports` names them."""
        self._warn_of_backlog()
        return reports.run_report(self._engine, name, to_filter(**which))

    def reports(self) -> dict[str, str]:
        """The name and title of each report; see `reports.report_titles`."""
        return reports.report_titles(self.path)

    def month_report(self, month: str) -> MonthReport:
        """A month at a glance, against the one before; see `month.month_report`."""
        self._warn_of_backlog()
        return months_of_books.month_report(self._engine, month)

    def write_month(self, report: MonthReport, path: str | Path) -> None:
        """Writes the page of a month; see `documents.months.write_month`."""
        months.write_month(report, Path(path), self.path)

    def copy_templates(self, *, replace: bool = False) -> list[Path]:
        """Copies the built-in templates into the book; see `templates.copy_templates`."""
        return templates.copy_templates(self.path, replace=replace)

    def explain_usage(self, record_id: str) -> UsageExplanation:
        """Where a usage record's cost and charge come from; see `explain.explain_usage`."""
        return explain.explain_usage(self._engine, record_id)

    def explain_invoice(self, number: str, *, line: int | None = None) -> ExplainedPart:
        """Where an issued document's total, or one of its lines, comes from."""
        return explain.explain_invoice(self._engine, self.get_invoice(number).content, line)

    def explain_draft(self, month: str, account: str, *, line: int | None = None) -> ExplainedPart:
        """The same of an account's draft of a month.

        Raises:
            InvoiceIssued: the month is issued to the account; the error names the invoice.
            UnpricedUsage: records without a price hold it.
            InvalidArgument: the account has no usage in the month, or no such line.
        """
        drafts = self.draft_invoices(month, account=account)
        if number := next((each.number for each in drafts if each.number), None):
            raise InvoiceIssued(month=month, account=account, number=number)
        self.refuse_unpriced(month, drafts, account=account)
        contents = [each.content for each in drafts if each.content is not None]
        if not contents:
            problem = f"nothing is to be billed to {account!r} for {month}"
            raise InvalidArgument(name="account", problem=problem)
        return explain.explain_invoice(self._engine, contents[0], line)

    def query(
        self,
        text: str,
        *,
        timeout_seconds: float = 60,
        memory_limit: str = "1GB",
        temp_limit: str = "2GB",
    ) -> QueryResult:
        """Runs one SELECT of yours over the book's tables and views.

        A book opened with ``read_only=True`` runs it in a sandbox: no files, network or settings. A
        book that is open for writing only refuses what is not one SELECT; that is no security
        boundary, so do not run strangers' SQL there.

        Raises:
            InvalidQuery: it is not one SELECT, or cannot run.
            QueryLimit: it took too long or too much.
        """
        if not 0 <= timeout_seconds <= LONGEST_SECONDS:
            problem = f"{timeout_seconds} is not between 0 and {LONGEST_SECONDS}"
            raise InvalidArgument(name="timeout_seconds", problem=problem)
        self._warn_of_backlog()
        limits = Limits(timeout_seconds, memory_limit, temp_limit)
        return QueryResult(self._engine.sandbox(text, limits))

    def write_statement(self, statement: Statement, path: str | Path) -> None:
        """Writes the page of a statement; see `statements.write_statement`."""
        statements.write_statement(statement, Path(path), self.path)

    def export(
        self,
        what: str,
        path: str | Path,
        *,
        file_format: str | None = None,
        replace: bool = False,
        tags: Collection[str] = (),
        leave_out_unpriced: bool = False,
        **which: Unpack[Which],
    ) -> ExportResult:
        """Writes usage, a ledger's table, reports or FOCUS to a file; see `exports.export`."""
        self._warn_of_backlog()
        return exports.export(
            self._engine,
            what,
            Path(path),
            file_format=file_format,
            parameters=reports.parameters(self._engine, to_filter(**which)),
            replace=replace,
            tags=tags,
            leave_out_unpriced=leave_out_unpriced,
        )

    def check(
        self, *, progress: Callable[[float, int, str], None] | None = None
    ) -> list[CheckResult]:
        """Runs every check; each has passed if it found no rows.

        Args:
            progress: is told the share of the checks that is done, their number and the next one.
        """
        return reports.run_checks(self._engine, progress or (lambda _share, _done, _next: None))
