"""Issues the invoices of a month: each is numbered, rendered, and stored in one transaction.

The book is held for the whole run, so another process that issues waits and then finds nothing left
to do. Documents are rendered ahead in threads, in the order of their numbers, and stored in that
order. If one cannot be rendered, its number goes to the next: those ahead of it are numbered anew.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analytics.errors import (
    InvoicesHeld,
    MonthNotOver,
    SellerIncomplete,
    TemplateFailed,
    TokenbookError,
)
from analytics.invoices import requirements
from analytics.invoices.content import issued
from analytics.invoices.drafting import Draft, draft, month_parameters
from analytics.invoices.index import some
from analytics.invoices.logos import Logo, read_logo
from analytics.invoices.numbering import Counter, Place
from analytics.invoices.storing import At, Document, Render, Rendered, months_of, store
from analytics.period import Period, time_zone
from analytics.records import IssueOutcome, IssueRun

if TYPE_CHECKING:
    from analytics.configuration import Configuration
    from analytics.engines import Reader, Writer

AHEAD = 8
"""How many documents are rendered ahead of the one that is stored."""

WORKERS = 2

_REASONS = 3
"""So many different reasons an error names."""

Progress = Callable[[int, int], None]
"""Is told how many accounts are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to issue.

    Args:
        account: the id or external id of one account; None is all of them.
        issue_date: None is today in the billing time zone.
        reissue: also accounts whose invoice of the month was voided.
        early: also a month that is not over at the issue date.
        rehearse: say what would be done, and do nothing.
    """

    account: str | None = None
    issue_date: date | None = None
    reissue: bool = False
    early: bool = False
    rehearse: bool = False


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A draft that was numbered and is being rendered."""

    draft: Draft
    place: Place
    content: Mapping[str, Any]
    rendered: "Future[Rendered]"


def issue(
    engine: "Writer",
    configuration: "Configuration",
    period: Period,
    render: Render,
    options: Options,
    *,
    now: datetime,
    progress: Progress = lambda _done, _all: None,
    at: At = lambda _point: None,
) -> IssueRun:
    """Issues every invoice of a month that is due. Doing it again issues what is left.

    Args:
        engine: the book.
        configuration: of the book.
        period: the month.
        render: makes the faces of a content.
        options: how.
        now: the time.
        progress: is told how far it is.
        at: is told each of `storing.POINTS`.

    Raises:
        MonthNotOver: the month has days after the issue date, and that was not asked for.
        AccountNotFound: there is no such account.
        SellerIncomplete: the seller's data do not suffice; nothing is issued.
        InvalidConfiguration: the formats of numbers, or the logo, cannot be used.
        InvalidArgument: the issue date is before that of a document that is issued.
    """
    with engine.writing():
        issue_date = options.issue_date or today(engine, now)
        if not options.early:
            _refuse_unfinished(engine, period, issue_date)
        drafts = draft(engine, configuration, period, options.account)
        plan = [(each, _obstacle(each, options)) for each in drafts]
        due = [each for each, obstacle in plan if obstacle is None]
        if due:
            _refuse_incomplete(configuration, due)
        outcomes = {each.account_id: obstacle for each, obstacle in plan if obstacle}
        if options.rehearse:
            outcomes |= {each.account_id: _done(each, None) for each in due}
        else:
            run = _Run(engine, configuration, period, render, issue_date, now, at)
            for number, outcome in enumerate(run.issue(due), 1):
                outcomes[outcome.account_id] = outcome
                progress(number, len(due))
    found = [outcomes[each.account_id] for each in drafts]
    return IssueRun(str(period), found, is_rehearsal=options.rehearse)


def refuse_held(run: IssueRun) -> None:
    """Fails where an invoice was held or could not be rendered.

    Raises:
        InvoicesHeld: naming the accounts and the first reasons.
    """
    held = [each for each in run.outcomes if each.outcome in {"held", "failed"}]
    if held:
        raise InvoicesHeld(
            held=len(held),
            accounts=len(run.outcomes),
            month=run.month,
            names=some([each.external_id or each.account_id for each in held]),
            reasons=_reasons(held),
        )


def _reasons(held: Sequence[IssueOutcome]) -> str:
    """The first few reasons, each once, with the account that has it."""
    found: dict[str | None, str] = {}
    for each in held:
        found.setdefault(each.reason, f"{each.external_id or each.account_id}: {each.reason}")
    return "; ".join(list(found.values())[:_REASONS])


def today(engine: "Reader", now: datetime) -> date:
    """The day that it is in the billing time zone."""
    zone = time_zone(engine.row("book/setting", name="billing_timezone")["value"])
    return now.replace(tzinfo=UTC).astimezone(zone).date()


class _Run:
    """One run of issuing, in one session."""

    def __init__(
        self,
        engine: "Writer",
        configuration: "Configuration",
        period: Period,
        render: Render,
        issue_date: date,
        now: datetime,
        at: At,
    ) -> None:
        self._engine = engine
        self._render = render
        self._date = issue_date
        self._now = now
        self._at = at
        self._due_days = configuration.section("invoice")["due_days"]
        self._counter = Counter(engine, configuration, issue_date)
        self._logo: Logo | None = read_logo(configuration)
        self._assets = {self._logo.sha256: self._logo.data} if self._logo else {}
        self._parameters = month_parameters(engine, period, None)

    def issue(self, drafts: Sequence[Draft]) -> Iterator[IssueOutcome]:
        """Issues drafts in their order; yields what became of each."""
        waiting, ahead = deque(drafts), deque[_Ahead]()
        with ThreadPoolExecutor(WORKERS) as pool:
            try:
                while waiting or ahead:
                    while waiting and len(ahead) < AHEAD:
                        ahead.append(self._begin(waiting.popleft(), pool))
                    first = ahead.popleft()
                    outcome = self._finish(first)
                    if outcome.outcome == "failed":
                        waiting.extendleft(each.draft for each in reversed(ahead))
                        _cancel(ahead)
                        self._counter.reset()
                    yield outcome
            finally:
                _cancel(ahead)

    def _begin(self, each: Draft, pool: ThreadPoolExecutor) -> _Ahead:
        assert each.content is not None, "only what could be computed is due"
        place = self._counter.next(each.content["kind"])
        content = issued(
            each.content, number=place.number, issue_date=self._date, due_days=self._due_days
        )
        self._at("numbered")
        rendered = pool.submit(self._render, content, self._assets, self._engine.path)
        return _Ahead(each, place, content, rendered)

    def _finish(self, first: _Ahead) -> IssueOutcome:
        try:
            rendered = first.rendered.result()
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - typst's panic is no Exception
            return _failed(first.draft, error)
        self._at("rendered")
        document = Document(first.place, first.content, rendered, "month", months_of(first.draft))
        store(
            self._engine,
            document,
            lambda: self._store_usage(first),
            logo=self._logo,
            now=self._now,
            at=self._at,
        )
        return _done(first.draft, first.place.number)

    def _store_usage(self, first: _Ahead) -> None:
        which = {"number": first.place.number, "account_id": first.draft.account_id}
        start_day = self._parameters["start_day"]
        self._engine.execute("invoices/insert_usage", start_day=start_day, **which)
        if first.draft.adjustments:
            self._engine.execute("invoices/insert_adjusted_usage", **which)


def _cancel(ahead: "deque[_Ahead]") -> None:
    for each in ahead:
        each.rendered.cancel()
    ahead.clear()


def _obstacle(each: Draft, options: Options) -> IssueOutcome | None:
    """Why a draft is not issued; None where it is due."""
    if each.number:
        return _outcome(each, "skipped", number=each.number, reason="issued already")
    if each.voided_as and not options.reissue:
        reason = f"{each.voided_as} was voided; --reissue issues the month again"
        return _outcome(each, "skipped", reason=reason)
    if each.holds:
        return _outcome(each, "held", reason="; ".join(each.holds))
    assert each.content is not None, "what holds no draft lets it be computed"
    if not each.records and not each.content["lines"]:
        return _outcome(each, "skipped", reason="nothing to bill")
    return None


def _done(each: Draft, number: str | None) -> IssueOutcome:
    assert each.content is not None, "it was due"
    total, currency = Decimal(each.content["total"]), each.content["currency"]
    return _outcome(each, "issued", number=number, total=total, currency=currency)


def _failed(each: Draft, error: BaseException) -> IssueOutcome:
    match error:
        case TemplateFailed():
            text = f"{error.facts['place']}: {error.facts['problem']}"
        case TokenbookError():
            text = str(error).rstrip(".")
        case _:
            text = f"{type(error).__name__}: {error}"
    return _outcome(each, "failed", reason=f"it cannot be rendered: {text}")


def _outcome(each: Draft, outcome: str, **facts: Any) -> IssueOutcome:
    return IssueOutcome(each.account_id, each.external_id, each.name, outcome, **facts)


def _refuse_unfinished(engine: "Reader", period: Period, issue_date: date) -> None:
    """Fails before the first day after the month, which is the first day that knows all of it."""
    assert period.end is not None, "a month has an end"
    if issue_date < period.end:
        raise MonthNotOver(
            month=period,
            last_day=period.end - timedelta(days=1),
            timezone=engine.row("book/setting", name="billing_timezone")["value"],
            issue_date=issue_date,
            first_day=period.end,
        )


def _refuse_incomplete(configuration: "Configuration", due: Sequence[Draft]) -> None:
    is_taxed = any(each.terms and each.terms.tax for each in due)
    missing = requirements.of_seller(configuration, is_taxed=is_taxed)
    if missing:
        raise SellerIncomplete(path=configuration.path, names=", ".join(missing))
