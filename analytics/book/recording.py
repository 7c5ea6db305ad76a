"""The usage of a book: recorded, loaded, listed, summed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Unpack

from analytics import reports
from analytics.book.part import Later
from analytics.book.questions import Moment, Which, WhichElse, to_filter
from analytics.book.spools import Spools
from analytics.errors import InvalidArgument, InvalidUsage, TokenbookError
from analytics.records import METER_NAMES, UsageResult

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from decimal import Decimal
    from pathlib import Path

    from analytics import ledger, usage
    from analytics.ledger.amounts import Amount
    from analytics.records import (
        Confirmation,
        LoadResult,
        PastLoad,
        Rejection,
        UndoneLoad,
        UsageRecord,
        UsageSummary,
    )
    from analytics.sources import accounts
    from analytics.usage import following, loads
    from analytics.usage import options as reading
    from analytics.usage.loading import Progress
else:
    ledger = Later("analytics.ledger")
    usage = Later("analytics.usage")
    accounts = Later("analytics.sources.accounts")
    following = Later("analytics.usage.following")
    reading = Later("analytics.usage.options")
    loads = Later("analytics.usage.loads")


class Usage(Spools):
    """The methods of `Book` for usage."""

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
        fields = _fields(
            {
                "model_id": model_id,
                "id": id,
                "occurred_at": occurred_at,
                "context": context,
                "account_id": account_id,
                "external_id": external_id,
                "transaction_id": transaction_id,
                "provider": provider,
                "usage_type": usage_type,
                "variant": variant,
                "cached_tokens": cached_tokens,
                "audio_duration_seconds": audio_duration_seconds,
                "description": description,
                "tags": tags,
                "other_meters": other_meters,
                **quantities,
            }
        )
        with self._engine.atomic(forget=False):
            checked = ledger.check_usage_transaction(self._engine, fields)
            return usage.record(self._engine, checked)

    def record_many(
        self, records: Iterable[Mapping[str, Any]]
    ) -> list[UsageRecord | TokenbookError]:
        """Appends many usage records durably, in one transaction, each with its own result.

        A record that cannot be recorded stops no other. It takes a fraction of the time of single
        records: what costs is a statement and a sync, not a record.

        Args:
            records: keyword arguments of `record_usage` for each.

        Returns:
            In their order, the record that `record_usage` would return, or the error that it would
            raise.
        """
        found: list[Mapping[str, Any] | TokenbookError] = []
        for record in records:
            try:
                found.append(_fields(record))
            except TokenbookError as error:
                found.append(error)
        with self._engine.atomic(forget=False):
            checked = ledger.check_usage_transactions(self._engine, found)
            return usage.record_many(self._engine, checked)

    def confirm_and_record(
        self,
        reservation_id: str,
        actual_amount: Amount,
        calls: Sequence[Mapping[str, Any]],
        *,
        on_shortfall: str = "reject",
    ) -> tuple[Confirmation, list[UsageRecord]]:
        """Confirms a reservation and records what it paid for, in one database transaction.

        Args:
            reservation_id: which one.
            actual_amount: what was used.
            calls: keyword arguments of `record_usage` for each call; the account and the
                transaction are those of the reservation.
            on_shortfall: as in `confirm_reservation`.

        Raises:
            TokenbookError: one of these failed; nothing was changed.
        """
        with self._engine.atomic(forget=False):
            done = ledger.confirm_reservation(
                self._engine,
                reservation_id,
                actual_amount,
                on_shortfall=on_shortfall,
                now=self._now(),
            )
            paid = {
                "context": "customer",
                "account_id": done.account_id,
                "transaction_id": done.transaction_id,
            }
            return done, [self.record_usage(**{**paid, **call}) for call in calls]

    def ingest(
        self,
        *paths: str | Path,
        file_format: str | None = None,
        mapping: Mapping[str, str] | None = None,
        constants: Mapping[str, str] | None = None,
        create_accounts: bool = False,
        id_scope: str = "book",
        strict: bool = False,
        source: str | None = None,
        account_from: str | None = None,
        account_else: str | None = None,
        dry_run: bool = False,
        processes: int = 1,
        progress: Progress | None = None,
    ) -> LoadResult:
        """Appends the usage in files, folders, globs; see `usage.ingest`, `usage.LoadOptions`."""
        options = reading.LoadOptions(
            format=file_format,
            mapping=mapping or {},
            constants=constants or {},
            create_accounts=create_accounts,
            id_scope=id_scope,
            strict=strict,
            source=source,
            account_from=account_from,
            account_else=account_else,
            accounts=accounts.account_sections(self._engine.path),
        )
        names = [str(path) for path in paths]
        return usage.ingest(
            self._engine, names, options, dry_run=dry_run, processes=processes, progress=progress
        )

    def follow(
        self,
        *paths: str | Path,
        stop: threading.Event,
        poll_seconds: float = 1,
        notify: Callable[[str], None] | None = None,
        **how: Any,
    ) -> Iterator[LoadResult]:
        """Keeps loading what is appended to files and folders; see `usage.following.Follower`.

        Args:
            paths: files and folders.
            stop: ends it, once it is set.
            poll_seconds: how often to look.
            notify: is told what is left out, and why.
            how: fields of `usage.LoadOptions`.
        """
        sections = accounts.account_sections(self._engine.path)
        options = reading.LoadOptions(accounts=sections, **how)
        names = [str(path) for path in paths]
        follower = following.Follower(self._engine, names, options, notify or _ignore)
        return follower.loads(stop, poll_seconds)

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
        self._warn_of_backlog()
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
        self._warn_of_backlog()
        return reports.summarise(self._engine, to_filter(context=context, **which))


_ARGUMENTS = frozenset(("model_id", *(Usage.record_usage.__kwdefaults__ or ()), *METER_NAMES))
"""What `record_usage` takes."""


_IDS = ("account_id", "external_id", "transaction_id")


def _fields(given: Any) -> dict[str, Any]:
    """The columns that the arguments of `record_usage` are.

    Raises:
        InvalidArgument: there is no such argument or meter.
        InvalidUsage: an id is no text.
    """
    from analytics.rules.record import Refused, text_in

    if not isinstance(given, Mapping):
        problem = f"each is a mapping of the arguments of record_usage, not {given!r:.80}"
        raise InvalidArgument(name="records", problem=problem)
    unknown = given.keys() - _ARGUMENTS
    if unknown:
        problem = "there is no such meter; give it in other_meters"
        raise InvalidArgument(name=min(map(str, unknown)), problem=problem)
    fields = dict(given)
    fields["model"] = fields.pop("model_id", None)
    try:
        for name in _IDS:
            fields[name] = text_in(fields.get(name))
    except Refused as error:
        raise InvalidUsage(problem=error.problem) from None
    return fields


def _ignore(_message: str) -> None:
    """Nobody wants to know."""
