"""One object that opens an engine and hands out the parts. It has no logic of its own."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from analytics import documents, exports, invoices, ledger, prices, reports, usage
from analytics.engines import Limits
from analytics.engines.duckdb import FILE_NAME, DuckDBEngine
from analytics.errors import (
    BookExists,
    BookNotFound,
    BookTooNew,
    BookTooOld,
    InvalidArgument,
    NotABook,
    StorageFailed,
)
from analytics.money import MINOR_UNIT_DIGITS
from analytics.period import Period, day_period, month_period, time_zone
from analytics.records import (
    METER_NAMES,
    Account,
    CheckResult,
    CostEstimate,
    Load,
    LoadResult,
    MissingPrice,
    Model,
    Price,
    PricedUsage,
    Report,
    UsageRecord,
    UsageResult,
    UsageSummary,
)
from analytics.sql import schema_versions

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

Day = date | str
Moment = datetime | date | str


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The result of an ad hoc query."""

    table: "pa.Table"

    def arrow(self) -> "pa.Table":
        """As a pyarrow table."""
        return self.table

    def polars(self) -> "pl.DataFrame":
        """As a polars data frame."""
        import polars as pl

        frame = pl.from_arrow(self.table)
        assert isinstance(frame, pl.DataFrame), "a table becomes a frame"
        return frame

    def rows(self) -> list[dict[str, Any]]:
        """As dictionaries, with decimals and datetimes as Python has them."""
        rows: list[dict[str, Any]] = self.table.to_pylist()
        return rows


def create(
    path: str | Path,
    *,
    billing_timezone: str = "UTC",
    currency: str = "USD",
    markup_percent: Decimal | int | str = 0,
) -> "Book":
    """Makes a new book with the built-in prices, and opens it.

    Args:
        path: a folder, new or empty.
        billing_timezone: the IANA zone whose days and months are billed.
        currency: of the invoices; only USD so far.
        markup_percent: what customers pay on top of the cost, where their account does not say
            otherwise.

    Raises:
        BookExists: the folder has a book.
        InvalidArgument: zone, currency or mark-up cannot be used.
        StorageFailed: the folder cannot be written.
    """
    folder = Path(path)
    settings = {
        "billing_timezone": str(time_zone(billing_timezone)),
        "currency": _currency(currency),
        "markup_percent": str(ledger.markup(markup_percent)),
    }
    if (folder / FILE_NAME).exists():
        raise BookExists(path=folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise StorageFailed(problem=f"{folder} cannot be made ({error.strerror})") from error
    engine = DuckDBEngine(folder)
    try:
        with engine.atomic():
            engine.migrate()
            for name, value in settings.items():
                engine.execute("book/set_setting", name=name, value=value)
            prices.import_builtin(engine)
    except BaseException:
        engine.close()
        (folder / FILE_NAME).unlink(missing_ok=True)
        raise
    return Book(engine)


def open(  # noqa: A001 - analytics.open(path) reads as it should
    path: str | Path,
    *,
    read_only: bool = False,
    shared: bool = False,
    wait_seconds: float = 10,
) -> "Book":
    """Opens a book.

    Args:
        path: the book's folder.
        read_only: never write; many can read at once.
        shared: take the book for each operation, so that processes can take turns; otherwise it is
            held until
            `Book.close`.
        wait_seconds: how long to wait for another process that holds the book.

    Raises:
        BookNotFound: there is no book.
        NotABook: the folder's database is another program's, or damaged.
        BookLocked: another process holds the book.
        BookTooNew: a newer program made it.
        BookTooOld: it must be migrated, which `read_only` forbids.
    """
    folder = Path(path)
    if not (folder / FILE_NAME).exists():
        raise BookNotFound(path=folder)
    engine = DuckDBEngine(folder, read_only=read_only, hold=not shared, wait_seconds=wait_seconds)
    try:
        _bring_up_to_date(engine, folder, read_only=read_only)
    except BaseException:
        engine.close()
        raise
    return Book(engine)


class Book:
    """Accounts, usage, prices and what follows from them. Made by `create` and `open`."""

    def __init__(self, engine: DuckDBEngine) -> None:
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

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Keeps a shared book open for several operations."""
        with self._engine.session():
            yield

    # Accounts

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

    # Prices

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
        variant: str | None = None,
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
        """Says what a name means; returns ``provider/model``. See `prices.add_alias`."""
        found = prices.add_alias(
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
        """Adds a price and returns its model, as ``provider/model``; see `prices.add_price`."""
        return prices.add_price(
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

    # Usage

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
        record_id = usage.record(
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
        return reports.get_usage_record(self._engine, record_id)

    def ingest(
        self,
        *paths: str | Path,
        file_format: str | None = None,
        mapping: Mapping[str, str] | None = None,
        constants: Mapping[str, str] | None = None,
        create_accounts: bool = False,
        id_scope: str = "book",
        strict: bool = False,
        progress: usage.Progress | None = None,
    ) -> LoadResult:
        """Appends the usage in files, folders, globs; see `usage.ingest`, `usage.LoadOptions`."""
        options = usage.LoadOptions(
            format=file_format,
            mapping=mapping or {},
            constants=constants or {},
            create_accounts=create_accounts,
            id_scope=id_scope,
            strict=strict,
        )
        return usage.ingest(self._engine, [str(path) for path in paths], options, progress)

    def list_loads(self) -> list[Load]:
        """What was loaded, newest first."""
        return usage.list_loads(self._engine)

    # Answers

    def get_usage(
        self,
        *,
        account_id: str | None = None,
        external_id: str | None = None,
        context: str | None = None,
        provider: str | None = None,
        model_id: str | None = None,
        usage_type: str | None = None,
        start_date: Day | None = None,
        end_date: Day | None = None,
        month: str | None = None,
        limit: int = 100,
        offset: int = 0,
        summary: bool = False,
    ) -> UsageResult:
        """A page of usage records, newest first, or their summary. Both dates are included."""
        which = _filter(
            account_id or external_id,
            context,
            provider,
            model_id,
            usage_type,
            _period(start_date, end_date, month),
        )
        if summary:
            return UsageResult(summary=reports.summarise(self._engine, which))
        records, following = reports.list_usage(self._engine, which, limit=limit, offset=offset)
        return UsageResult(usage_records=records, next_offset=following)

    def get_usage_summary(
        self,
        context: str | None = None,
        *,
        account: str | None = None,
        provider: str | None = None,
        model_id: str | None = None,
        usage_type: str | None = None,
        start_date: Day | None = None,
        end_date: Day | None = None,
        month: str | None = None,
    ) -> UsageSummary:
        """Totals of a period, in all, per context and per model. Both dates are included."""
        period = _period(start_date, end_date, month)
        which = _filter(account, context, provider, model_id, usage_type, period)
        return reports.summarise(self._engine, which)

    def report(
        self,
        name: str,
        *,
        account: str | None = None,
        context: str | None = None,
        provider: str | None = None,
        model_id: str | None = None,
        usage_type: str | None = None,
        start_date: Day | None = None,
        end_date: Day | None = None,
        month: str | None = None,
    ) -> Report:
        """Runs a report of a period; `reports` names them. Both dates are included."""
        period = _period(start_date, end_date, month)
        which = _filter(account, context, provider, model_id, usage_type, period)
        return reports.run_report(self._engine, name, which)

    def reports(self) -> dict[str, str]:
        """The name and title of each report."""
        return reports.report_titles()

    def query(
        self,
        text: str,
        *,
        timeout_seconds: float = 60,
        memory_limit: str = "1GB",
        temp_limit: str = "2GB",
    ) -> QueryResult:
        """Runs one SELECT of yours over the book's tables and views.

        A book that was opened with ``read_only=True`` runs it in a sandbox: no files, no network,
        no settings, within the limits. A book that is open for writing only refuses what is not one
        SELECT; that is no security boundary, so do not run strangers' SQL there.

        Raises:
            InvalidQuery: it is not one SELECT, or cannot run.
            QueryLimit: it took too long or too much.
        """
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
        contents = {each.file_stem: each.content for each in drafts if each.content is not None}
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
        account: str | None = None,
        context: str | None = None,
        provider: str | None = None,
        model_id: str | None = None,
        usage_type: str | None = None,
        start_date: Day | None = None,
        end_date: Day | None = None,
        month: str | None = None,
        replace: bool = False,
    ) -> int:
        """Writes usage or a report to a CSV, Parquet or JSON lines file; see `exports.export`."""
        period = _period(start_date, end_date, month)
        which = _filter(account, context, provider, model_id, usage_type, period)
        return exports.export(
            self._engine,
            what,
            Path(path),
            file_format=file_format,
            parameters=which.parameters(),
            replace=replace,
        )

    def check(self) -> list[CheckResult]:
        """Runs every check; each has passed if it found no rows."""
        return reports.run_checks(self._engine)


def _filter(
    account: str | None,
    context: str | None,
    provider: str | None,
    model: str | None,
    usage_type: str | None,
    period: Period,
) -> reports.Filter:
    return reports.Filter(
        period=period,
        context=context,
        account=account,
        provider=provider,
        model=model,
        usage_type=usage_type,
    )


def _period(start_date: Day | None, end_date: Day | None, month: str | None) -> Period:
    if month is None:
        return day_period(start_date, end_date)
    if start_date or end_date:
        raise InvalidArgument(name="month", problem="give a month or dates, not both")
    return month_period(month)


def _bring_up_to_date(engine: DuckDBEngine, folder: Path, *, read_only: bool) -> None:
    known = schema_versions()[-1]
    with engine.session():
        found = engine.schema_version()
        if found == 0:
            raise NotABook(path=folder, problem="its database is empty")
        if found > known:
            raise BookTooNew(path=folder, found=found, known=known)
        if engine.is_current():
            return
        if read_only:
            raise BookTooOld(path=folder, found=found, known=known)
        engine.migrate()


def _currency(code: str) -> str:
    if code not in MINOR_UNIT_DIGITS:
        problem = f"{code!r} cannot be used yet: invoices are in {', '.join(MINOR_UNIT_DIGITS)}"
        raise InvalidArgument(name="currency", problem=problem)
    return code
