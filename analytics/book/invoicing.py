"""The invoices of a book, and the rates that they need."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.book.part import Later
from analytics.book.spools import Spools
from analytics.period import month_period

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from analytics import configuration, documents, invoices
    from analytics.documents import drafts as draft_files
    from analytics.documents import faces as all_faces
    from analytics.invoices import logos, rates, requirements
    from analytics.records import (
        FxRate,
        Invoice,
        InvoiceDocument,
        IssueRun,
        TaxRate,
        VerifiedInvoice,
    )
else:
    configuration = Later("analytics.configuration")
    documents = Later("analytics.documents")
    invoices = Later("analytics.invoices")
    draft_files = Later("analytics.documents.drafts")
    all_faces = Later("analytics.documents.faces")
    logos = Later("analytics.invoices.logos")
    rates = Later("analytics.invoices.rates")
    requirements = Later("analytics.invoices.requirements")

Progress = Callable[[int, int], None]


def _silent(_done: int, _all: int) -> None:
    """Nobody is looking."""


class Invoices(Spools):
    """The methods of `Book` for invoices, tax rates and exchange rates."""

    @property
    def path(self) -> Path:
        """The book's folder."""
        return self._engine.path

    def configuration(self) -> configuration.Configuration:
        """What the book's `book.toml` says; see `configuration.read`."""
        return configuration.read(self.path)

    def missing_seller_data(self) -> list[str]:
        """The keys of [seller] that invoices need and `book.toml` lacks."""
        is_taxed = bool(rates.list_tax_rates(self._engine))
        return requirements.of_seller(self.configuration(), is_taxed=is_taxed)

    def draft_invoices(self, month: str, *, account: str | None = None) -> Sequence[invoices.Draft]:
        """The invoice drafts of a month, held ones included; see `invoices.draft`."""
        self._warn_of_backlog()
        return invoices.draft(self._engine, self.configuration(), month_period(month), account)

    def write_invoices(
        self,
        month: str,
        drafts: Sequence[invoices.Draft],
        folder: str | Path,
        *,
        faces: Sequence[str] | None = None,
    ) -> list[Path]:
        """Writes faces of each draft, and an index page; see `drafts.write_drafts`."""
        timezone = self._engine.row("book/setting", name="billing_timezone")["value"]
        logo = logos.read_logo(self.configuration())
        return draft_files.write_drafts(
            Path(folder),
            {each.file_stem: each.content for each in drafts},
            invoices.index_content(month_period(month), timezone, drafts),
            assets={logo.sha256: logo.data} if logo else {},
            book=self.path,
            kinds=faces or draft_files.DRAFT_FACES,
        )

    def refuse_unpriced(
        self, month: str, drafts: Sequence[invoices.Draft], *, account: str | None = None
    ) -> None:
        """Fails where unpriced records hold one of the drafts; see `invoices.refuse_unpriced`."""
        invoices.refuse_unpriced(self._engine, month_period(month), drafts, account)

    def issue_invoices(
        self,
        month: str,
        *,
        account: str | None = None,
        issue_date: date | None = None,
        reissue: bool = False,
        early: bool = False,
        dry_run: bool = False,
        progress: Progress = _silent,
    ) -> IssueRun:
        """Issues every invoice of a month that is due; see `invoices.issue`."""
        return invoices.issue(
            self._engine,
            self.configuration(),
            month_period(month),
            all_faces.render,
            invoices.Options(account, issue_date, reissue, early, dry_run),
            now=self._now(),
            progress=progress,
        )

    def refuse_held(self, run: IssueRun) -> None:
        """Fails where a run of issuing held an invoice; see `invoices.refuse_held`."""
        invoices.refuse_held(run)

    def list_invoices(
        self, *, month: str | None = None, account: str | None = None
    ) -> list[Invoice]:
        """The issued documents in the order of issuing; see `invoices.list_invoices`."""
        period = month_period(month) if month else None
        return invoices.list_invoices(self._engine, period=period, account=account)

    def get_invoice(self, number: str) -> InvoiceDocument:
        """An issued document as it was issued; see `invoices.get_invoice`."""
        return invoices.get_invoice(self._engine, number)

    def void_invoice(self, number: str, reason: str, *, issue_date: date | None = None) -> Invoice:
        """Cancels a document by a credit note; see `invoices.Corrector.void`."""
        return self._corrector(issue_date).void(number, reason)

    def credit_invoice(
        self,
        number: str,
        amount: Decimal | int | str,
        reason: str,
        *,
        tax: str | None = None,
        issue_date: date | None = None,
    ) -> Invoice:
        """Credits a part of a document, without tax; see `invoices.Corrector.credit`."""
        return self._corrector(issue_date).credit(number, amount, reason, tax=tax)

    def verify_invoices(
        self, *, number: str | None = None, progress: Progress = _silent
    ) -> list[VerifiedInvoice]:
        """Computes what was issued again and compares; see `invoices.verify`."""
        return invoices.verify(
            self._engine,
            all_faces.render,
            lambda: all_faces.versions(self.path),
            number=number,
            progress=progress,
        )

    def refuse_damaged(self, found: Sequence[VerifiedInvoice]) -> None:
        """Fails where a document is not what was issued; see `invoices.refuse_damaged`."""
        invoices.refuse_damaged(found)

    def write_faces(
        self, document: InvoiceDocument, folder: str | Path, wanted: Sequence[str] = ()
    ) -> list[Path]:
        """Writes faces of a document as they were issued: all of them where none is named."""
        named: Mapping[str, bytes] = {
            f"{document.invoice.number}.{face}": data
            for face, data in document.faces.items()
            if not wanted or face in wanted
        }
        return documents.write_files(Path(folder), named)

    def add_tax_rate(
        self,
        name: str,
        rate_percent: Decimal | int | str = 0,
        *,
        kind: str = "standard",
        note: str | None = None,
        effective_from: date = date.min,
        replace: bool = False,
    ) -> TaxRate:
        """Adds a tax rate from a day on; see `rates.add_tax_rate`."""
        rate = rates.tax_rate(name, rate_percent, kind, note, effective_from)
        return rates.add_tax_rate(self._engine, rate, replace=replace, now=self._now())

    def list_tax_rates(self) -> list[TaxRate]:
        """All tax rates."""
        return rates.list_tax_rates(self._engine)

    def add_fx_rate(
        self,
        from_currency: str,
        to_currency: str,
        rate: Decimal | int | str,
        *,
        day: date | str,
        source: str,
        replace: bool = False,
    ) -> FxRate:
        """Adds an exchange rate of a day; see `rates.add_fx_rates`."""
        made = rates.fx_rate(from_currency, to_currency, day, rate, source)
        rates.add_fx_rates(self._engine, [made], replace=replace, now=self._now())
        return made

    def import_fx_rates(self, path: str | Path, *, replace: bool = False) -> int:
        """Adds the exchange rates of a CSV file, all or none; returns how many are new."""
        found = rates.read_fx_rates(Path(path))
        return rates.add_fx_rates(self._engine, found, replace=replace, now=self._now())

    def list_fx_rates(self) -> list[FxRate]:
        """All exchange rates, the newest day of each pair first."""
        return rates.list_fx_rates(self._engine)

    def _corrector(self, issue_date: date | None) -> invoices.Corrector:
        return invoices.Corrector(
            self._engine,
            self.configuration(),
            all_faces.render,
            now=self._now(),
            issue_date=issue_date,
        )
