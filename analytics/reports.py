"""Answers about a period: summaries, pages of usage records, reports (selects with a title).

Totals come from the roll-up (`rated_delta`); only single records come from the records themselves.
"""

import contextlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from analytics import sql
from analytics.engines import Limits
from analytics.errors import InvalidArgument, ReportNotFound, ReportUnreadable
from analytics.money import exact_sum
from analytics.period import Period
from analytics.rating import put_money, to_usage_record
from analytics.records import (
    CONTEXTS,
    USAGE_TYPES,
    CheckResult,
    Column,
    Report,
    Totals,
    UsageRecord,
    UsageSummary,
)

if TYPE_CHECKING:
    from analytics.engines import Reader, Row

EVER = Period()

_DIRECTIVE = re.compile(r"^-- (Title|Bar): (.+)$", re.MULTILINE)
_MANY, _FEW = 20_000, 4
"""Of so many records the day and time of a page's oldest are asked first, and of more files than
these which of them can have it: queries that take a while themselves."""

OF_MONTHS = ("by-account", "by-context", "by-model", "by-type", "top-accounts")
"""Reports that may sum whole months; any other has its days."""

Progress = Callable[[float, int, str], None]
"""Is told the share that is done, what is done, and what comes next."""

_KINDS = {"VARCHAR": "text", "BIGINT": "count", "DATE": "day", "TIMESTAMP": "time"}
_ARROW_KINDS = {"decimal": "money", "int": "count", "date": "day", "timestamp": "time"}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which usage a question is about; None asks for all.

    Args:
        period: days of the billing time zone.
        context: customer or system.
        account: an account's id or external id.
        provider: a provider's id.
        model: a model's id.
        usage_type: one of `USAGE_TYPES`.
    """

    period: Period = EVER
    context: str | None = None
    account: str | None = None
    provider: str | None = None
    model: str | None = None
    usage_type: str | None = None

    def parameters(self) -> dict[str, object]:
        """The parameters of a query.

        Raises:
            InvalidArgument: the context or usage type does not exist.
        """
        for name, value, known in (
            ("context", self.context, CONTEXTS),
            ("usage_type", self.usage_type, USAGE_TYPES),
        ):
            if value is not None and value not in known:
                raise InvalidArgument(name=name, problem=f"{value!r} is none of {', '.join(known)}")
        return {
            "start_day": self.period.start,
            "end_day": self.period.end,
            "context": self.context,
            "account": self.account,
            "provider": self.provider,
            "model": self.model,
            "usage_type": self.usage_type,
        }


def summarise(engine: "Reader", which: Filter) -> UsageSummary:
    """Totals of a period, in all, per context and per model."""
    parameters = which.parameters()
    rows = engine.rows(_of(which.period, "reports/summary_totals"), **parameters)
    by_context = _totals(rows, "context")
    by_model = _totals(rows, "model")
    total = _sum(by_context.values())
    end = which.period.end
    return UsageSummary(
        start_date=which.period.start,
        end_date=end - timedelta(days=1) if end else None,
        total_cost_usd=total.cost_usd,
        total_charge_usd=total.charge_usd,
        total_input_tokens=total.input_tokens,
        total_output_tokens=total.output_tokens,
        total_audio_milliseconds=total.audio_milliseconds,
        record_count=total.count,
        unpriced_count=total.unpriced_count,
        by_context=by_context,
        by_model=by_model,
    )


def list_usage(
    engine: "Reader", which: Filter, *, limit: int, offset: int
) -> tuple[list[UsageRecord], int | None]:
    """A page of usage records, newest first, and the offset of the next page, if there is one.

    Raises:
        InvalidArgument: the limit is not 1 to 10,000, or the offset is negative.
    """
    if not 1 <= limit <= 10_000:
        raise InvalidArgument(name="limit", problem=f"{limit} is not between 1 and 10000")
    if offset < 0:
        raise InvalidArgument(name="offset", problem=f"{offset} is less than 0")
    with engine.session():
        asked = parameters(engine, which) | {"limit": limit + 1, "offset": offset, "first_at": None}
        weight = engine.row("reports/account_weight", **asked)
        is_spread, is_many = weight["file_count"] > _FEW, weight["record_count"] > _MANY
        files = engine.rows("reports/usage_files", **asked) if is_spread else []
        if is_many or len(files) > _FEW:
            first_day = engine.row("reports/usage_days", **asked)["first_day"]
            if first_day is None:
                return [], None
            asked["start_day"] = first_day
            files = [file for file in files if file["month"] >= first_day.replace(day=1)]
        paths = [file["path"] for file in files]
        with engine.narrowed(paths) if is_spread else contextlib.nullcontext():
            if is_many:
                asked |= engine.row("reports/usage_page", **asked)
            rows = engine.rows("reports/usage_records", **asked)
        put_money(engine, rows)
    next_offset = offset + limit if len(rows) > limit else None
    return [to_usage_record(row) for row in rows[:limit]], next_offset


def parameters(engine: "Reader", which: Filter) -> dict[str, object]:
    """The parameters of `Filter.parameters`, and the id of the account that is meant.

    Records of closed months are sorted by that id: a query that compares nothing but it reads only
    the account's own.

    Raises:
        InvalidArgument: the context or usage type does not exist.
    """
    found = which.parameters()
    rows = engine.rows("reports/account_id", account=which.account) if which.account else []
    return found | {"account_id": rows[0]["account_id"] if rows else which.account}


def report_titles(folder: Path | None = None) -> dict[str, str]:
    """The name and title of each report: the built-in ones and, given a book's folder, its own.

    A report of one's own is a file ``queries/NAME.sql`` in the book's folder: one SELECT, which may
    use the parameters of `Filter.parameters` and comments ``-- Title: T`` and ``-- Bar: COLUMN``.
    One that cannot be read is left out; `refuse_unreadable` names it.
    """
    queries = (sql.load(name) for name in sql.names("reports"))
    found = {query.name.partition("/")[2]: _directives(query.text) for query in queries}
    titles = {name: words["Title"] for name, words in found.items() if "Title" in words}
    own: dict[str, str] = {}
    for name, file in sql.own_reports(folder).items():
        with contextlib.suppress(ReportUnreadable):
            own[name] = _directives(sql.own_report(file)).get("Title", name)
    return own | titles


def refuse_unreadable(folder: Path) -> None:
    """Fails where a report of a book's own is one that `report_titles` had to leave out.

    Raises:
        ReportUnreadable: naming each such file.
    """
    problems = []
    for file in sql.own_reports(folder).values():
        try:
            sql.own_report(file)
        except ReportUnreadable as error:
            problems.append(str(error.facts["problem"]))
    if problems:
        raise ReportUnreadable(problem="; ".join(problems))


def run_report(engine: "Reader", name: str, which: Filter) -> Report:
    """Runs a report; one of the book's own runs in the sandbox of ad hoc queries.

    Raises:
        ReportNotFound: there is none of that name.
        ReportUnreadable: the file of a report of one's own cannot be read.
        InvalidQuery: a report of one's own is not one SELECT, or cannot run.
    """
    titles, own = report_titles(), sql.own_reports(engine.path)
    if name not in titles and name not in own:
        raise ReportNotFound(name=name, names=", ".join({**own, **titles}))
    parameters = which.parameters()
    if name in titles:
        query = f"reports/{name}"
        text = sql.load(query).text
        query = _of(which.period, query) if name in OF_MONTHS else query
        types, rows = engine.result(query, **parameters)
        kinds = {column: _kind(kind) for column, kind in types.items()}
    else:
        text = sql.own_report(own[name])
        table = engine.sandbox(text, Limits(), parameters)
        kinds = {column.name: _arrow_kind(str(column.type)) for column in table.schema}
        rows = [tuple(row.values()) for row in table.to_pylist()]
    said = _directives(text)
    bar = said.get("Bar")
    return Report(
        name=name,
        title=said.get("Title", name),
        period=str(which.period),
        columns=[Column(column, kind, _title(column)) for column, kind in kinds.items()],
        rows=rows,
        bar_column=bar if bar in kinds else None,
    )


def run_checks(engine: "Reader", progress: Progress) -> list[CheckResult]:
    """Runs every check of `queries/checks/`: each is a select that must return no rows.

    Args:
        engine: the book.
        progress: is told the share of the checks that is done, their number and the next one.
    """
    found: list[CheckResult] = []
    names = sql.names("checks")
    with engine.session():
        for name in names:
            short = name.partition("/")[2]
            progress(len(found) / len(names), len(found), short)
            found.append(CheckResult(short, sql.load(name).title, engine.rows(name)))
    return found


def _of(period: Period, query: str) -> str:
    """The name of a query that sums up a period: whole months have totals, which are fewer rows."""
    return f"{query}{sql.OF_MONTHS}" if period.is_of_months else query


def _totals(rows: "Iterable[Row]", by: str) -> dict[str, Totals]:
    return {
        row[by]: Totals(
            cost_usd=row["cost_usd"],
            charge_usd=row["charge_usd"],
            input_tokens=row["input_tokens"],
            output_tokens=row["output_tokens"],
            audio_milliseconds=row["audio_milliseconds"],
            count=row["record_count"],
            unpriced_count=row["unpriced_count"],
        )
        for row in rows
        if row[by] is not None
    }


def _sum(totals: Iterable[Totals]) -> Totals:
    every = list(totals)
    return Totals(
        cost_usd=exact_sum(each.cost_usd for each in every),
        charge_usd=exact_sum(each.charge_usd for each in every),
        input_tokens=sum(each.input_tokens for each in every),
        output_tokens=sum(each.output_tokens for each in every),
        audio_milliseconds=sum(each.audio_milliseconds for each in every),
        count=sum(each.count for each in every),
        unpriced_count=sum(each.unpriced_count for each in every),
    )


def _directives(text: str) -> dict[str, str]:
    return dict(_DIRECTIVE.findall(text))


def _arrow_kind(arrow_type: str) -> str:
    for start, kind in _ARROW_KINDS.items():
        if arrow_type.startswith(start):
            return kind
    return "text"


def _kind(sql_type: str) -> str:
    return "money" if sql_type.startswith("DECIMAL") else _KINDS[sql_type]


def _title(column: str) -> str:
    return column.removesuffix("_usd").replace("_", " ").capitalize()
