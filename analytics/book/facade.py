"""The object that opens an engine and hands out the parts. It has no logic of its own."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from analytics import documents, exports, invoices, ledger, prices, reports, usage
from analytics.book.questions import Moment, QueryResult, Which, WhichElse, to_filter
from analytics.engines import LONGEST_SECONDS, Limits
from analytics.errors import InvalidArgument
from analytics.period import month_period
from analytics.prices import additions
from analytics.records import (
    METER_NAMES,
    Account,
    CheckResult,
    CostEstimate,
    LoadResult,
    MissingPrice,
    Model,
    PastLoad,
    Price,
    PricedUsage,
    Rejection,
    Report,
    UndoneLoad,
    UsageRecord,
    UsageResult,
    UsageSummary,
)
from analytics.usage import loads
from analytics.usage.loading import LoadOptions, Progress

if TYPE_CHECKING:
    from analytics.engines.duckdb import DuckDBEngine


class Book:
    """Accounts, usage, prices and what follows from them. Made by `create` and `open`."""

    def __init__(self, engine: "DuckDBEngine") -> None:
        self._engine = engine

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The book's folder."""
        return self._engine.path

    def close(self) -> None:
        """Gives the book back. Closing twice is fine."""
        self._engine.close()

    def settings(self) -> dict[str, str]:
        """Billing time zone, currency and mark-up."""
        known = ("billing_timezone", "currency", "markup_percent")
        rows = self._engine.rows("book/settings")
        return {row["name"]: row["value"] for row in rows if row["name"] in known}

    def create_account(
        self,
        external_id: str | None = None,
        *,
        name: str | None = None,
        email: str | None = None,
        markup_percent: Decimal | int | str | None = None,
    ) -> Account:
        """Makes an account; see `ledger.create_account`."""
        return ledger.create_account(
            self._engine,
            external_id=external_id,
            name=name,
            email=email,
            markup_percent=markup_percent,
        )

    def update_account(
        self,
        account: str,
        *,
        name: str | None = None,
        email: str | None = None,
        markup_percent: Decimal | int | str | None = None,
    ) -> Account:
        """Changes what is given of an account; see `ledger.update_account`."""
        return ledger.update_account(
            self._engine, account, name=name, email=email, markup_percent=markup_percent
        )

    def get_account(self, account: str) -> Account:
        """The account of an id or external id; see `ledger.get_account`."""
        return ledger.get_account(self._engine, account)

    def list_accounts(self) -> list[Account]:
        """All accounts, by external id."""
        return ledger.list_accounts(self._engine)

    def list_models(self, provider: str | None = None, *, search: str | None = None) -> list[Model]:
        """The known models; see `prices.list_models`."""
        return prices.list_models(self._engine, provider=provider, search=search)

    def get_model(self, model_id: str, *, provider: str | None = None) -> Model:
        """The model that a name means; see `prices.get_model`."""
        return prices.get_model(self._engine, model_id, provider)

    def list_prices(
        self,
        model_id: str,
        *,
        provider: str | None = None,
        at: Moment | None = None,
        variant: str | Mapping[str, str] | None = None,
        with_history: bool = False,
    ) -> list[Price]:
        """The price rows of a model; see `prices.list_prices`."""
        return prices.list_prices(
            self._engine,
            model_id,
            provider=provider,
            at=at,
            variant=variant,
            with_history=with_history,
        )

    def calculate_cost(
        self,
        model_id: str,
        *,
        provider: str | None = None,
        at: Moment | None = None,
        variant: str | Mapping[str, str] | None = None,
        cached_tokens: int | None = None,
        audio_duration_seconds: Decimal | int | str | None = None,
        **quantities: int,
    ) -> CostEstimate:
        """What a call would cost; nothing is stored. See `prices.estimate`."""
        meters = dict(quantities)
        if cached_tokens is not None:
            meters["cache_read_tokens"] = cached_tokens
        if audio_duration_seconds is not None:
            meters["audio_milliseconds"] = usage.milliseconds(audio_duration_seconds)
        return prices.estimate(
            self._engine, model_id, provider=provider, at=at, variant=variant, quantities=meters
        )

    def missing_prices(self) -> list[MissingPrice]:
        """The names whose usage has no price; see `prices.missing`."""
        return prices.missing(self._engine)

    def add_alias(
        self,
        name: str,
        target: str,
        *,
        provider: str | None = None,
        target_provider: str | None = None,
    ) -> str:
        """Says what a name means; returns ``provider/model``. See `additions.add_alias`."""
        found = additions.add_alias(
            self._engine, name, provider=provider, target=target, target_provider=target_provider
        )
        return f"{found.price_provider}/{found.price_model}"

    def add_price(
        self,
        model_id: str,
        rates: Mapping[str, Decimal | int | str] | None = None,
        *,
        provider: str | None = None,
        effective_from: Moment | None = None,
        effective_to: Moment | None = None,
        variant: str | Mapping[str, str] | None = None,
        free: bool = False,
        minimum_audio_milliseconds: int = 0,
    ) -> str:
        """Adds a price and returns its model, as ``provider/model``; see `additions.add_price`."""
        return additions.add_price(
            self._engine,
            model_id,
            provider=provider,
            rates=rates or {},
            effective_from=effective_from,
            effective_to=effective_to,
            variant=variant,
            is_free=free,
            minimum_audio_milliseconds=minimum_audio_milliseconds,
        )

    def apply_prices(self) -> list[PricedUsage]:
        """Prices the records whose price was missing and is known by now; see `prices.apply`."""
        return prices.apply(self._engine)

    def record_usage(
        self,
        *,
        model_id: str,
        context: str | None = None,
        usage_type: str | None = None,
        provider: str | None = None,
        account_id: str | None = None,
        external_id: str | None = None,
        transaction_id: str | None = None,
        occurred_at: Moment | None = None,
        variant: str | Mapping[str, str] | None = None,
        cached_tokens: int | None = None,
        audio_duration_seconds: Decimal | int | str | None = None,
        id: str | None = None,  # noqa: A002 - the public API's name
        description: str | None = None,
        tags: Mapping[str, Any] | None = None,
        other_meters: Mapping[str, int] | None = None,
        **quantities: int,
    ) -> UsageRecord:
        """Appends one usage record, durably, and returns it with its price; see `usage.record`.

        Quantities are meters by name: ``input_tokens=1500, output_tokens=500``.
        """
        unknown = quantities.keys() - set(METER_NAMES)
        if unknown:
            problem = "there is no such meter; give it in other_meters"
            raise InvalidArgument(name=min(unknown), problem=problem)
        return usage.record(
            self._engine,
            {
                "id": id,
                "occurred_at": occurred_at,
                "context": context,
                "account_id": account_id,
                "external_id": external_id,
                "transaction_id": transaction_id,
                "provider": provider,
                "model": model_id,
                "usage_type": usage_type,
                "variant": variant,
                "cached_tokens": cached_tokens,
                "audio_duration_seconds": audio_duration_seconds,
                "description": description,
                "tags": tags,
                "other_meters": other_meters,
                **quantities,
            },
        )

    def ingest(
        self,
        *paths: str | Path,
        file_format: str | None = None,
        mapping: Mapping[str, str] | None = None,
        constants: Mapping[str, str] | None = None,
        create_accounts: bool = False,
        id_scope: str = "book",
        strict: bool = False,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> LoadResult:
        """Appends the usage in files, folders, globs; see `usage.ingest`, `usage.LoadOptions`."""
        options = LoadOptions(
            format=file_format,
            mapping=mapping or {},
            constants=constants or {},
            create_accounts=create_accounts,
            id_scope=id_scope,
            strict=strict,
        )
        names = [str(path) for path in paths]
        return usage.ingest(self._engine, names, options, dry_run=dry_run, progress=progress)

    def list_loads(self, *, limit: int = 100) -> list[PastLoad]:
        """What was loaded, newest first."""
        return loads.list_loads(self._engine, limit=limit)

    def undo_load(self, load_id: int) -> UndoneLoad:
        """Takes a load back; see `loads.undo`."""
        return loads.undo(self._engine, load_id)

    def list_rejections(
        self, *, load_id: int | None = None, code: str | None = None, limit: int = 100
    ) -> list[Rejection]:
        """Rows that were not recorded, newest load first."""
        return loads.list_rejections(self._engine, load_id=load_id, code=code, limit=limit)

    def retry_load(self, load_id: int, *, progress: Progress | None = None) -> LoadResult:
        """Loads a load's files again, in the same way: after a fix, what was rejected may pass."""
        paths, options = loads.repeat(self._engine, load_id)
        return usage.ingest(self._engine, paths, options, progress=progress)

    def get_usage(
        self,
        *,
        account_id: str | None = None,
        external_id: str | None = None,
        limit: int = 100,
        offset: int = 0,
        summary: bool = False,
        **which: Unpack[Which],
    ) -> UsageResult:
        """A page of usage records, newest first, or their summary."""
        if account_id and external_id:
            raise InvalidArgument(name="account_id", problem="give this or external_id, not both")
        if account := account_id or external_id:
            which["account"] = account
        asked = to_filter(**which)
        if summary:
            return UsageResult(summary=reports.summarise(self._engine, asked))
        records, following = reports.list_usage(self._engine, asked, limit=limit, offset=offset)
        return UsageResult(usage_records=records, next_offset=following)

    def get_usage_summary(
        self, context: str | None = None, **which: Unpack[WhichElse]
    ) -> UsageSummary:
        """Totals of a period, in all, per context and per model."""
        return reports.summarise(self._engine, to_filter(context=context, **which))

    def report(self, name: str, **which: Unpack[Which]) -> Report:
        """Runs a report; `reports` names them."""
        return reports.run_report(self._engine, name, to_filter(**which))

    def reports(self) -> dict[str, str]:
        """The name and title of each report; see `reports.report_titles`."""
        return reports.report_titles(self.path)

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
        limits = Limits(timeout_seconds, memory_limit, temp_limit)
        return QueryResult(self._engine.sandbox(text, limits))

    def draft_invoices(self, month: str, *, account: str | None = None) -> Sequence[invoices.Draft]:
        """The invoice drafts of a month, held ones included; see `invoices.draft`."""
        return invoices.draft(self._engine, month_period(month), account)

    def write_invoices(
        self, month: str, drafts: Sequence[invoices.Draft], folder: str | Path
    ) -> list[Path]:
        """Writes each draft as HTML and JSON, and an index page; see `documents.write_drafts`."""
        settings = self.settings()
        index = invoices.index_content(
            month_period(month), settings["currency"], settings["billing_timezone"], drafts
        )
        contents = {each.file_stem: each.content for each in drafts}
        return documents.write_drafts(Path(folder), contents, index)

    def refuse_unpriced(
        self, month: str, drafts: Sequence[invoices.Draft], *, account: str | None = None
    ) -> None:
        """Fails where unpriced records hold one of the drafts; see `invoices.refuse_unpriced`."""
        invoices.refuse_unpriced(self._engine, month_period(month), drafts, account)

    def export(
        self,
        what: str,
        path: str | Path,
        *,
        file_format: str,
        replace: bool = False,
        **which: Unpack[Which],
    ) -> int:
        """Writes usage or a report to a CSV, Parquet or JSON lines file; see `exports.export`."""
        return exports.export(
            self._engine,
            what,
            Path(path),
            file_format=file_format,
            parameters=to_filter(**which).parameters(),
            replace=replace,
        )

    def check(self) -> list[CheckResult]:
        """Runs every check; each has passed if it found no rows."""
        return reports.run_checks(self._engine)
