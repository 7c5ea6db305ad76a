"""What is asked of a book, as keyword arguments, and the answer to a query of one's own."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypedDict

from analytics import reports
from analytics.errors import InvalidArgument, InvalidQuery
from analytics.period import day_period, month_period

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

Day = date | str
Moment = datetime | date | str


class WhichElse(TypedDict, total=False):
    """Which usage a question is about. Both dates are included; a month stands for its dates."""

    account: str | None
    provider: str | None
    model_id: str | None
    usage_type: str | None
    start_date: Day | None
    end_date: Day | None
    month: str | None


class Which(WhichElse, total=False):
    """Which usage a question is about, and in which context."""

    context: str | None


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
        try:
            rows: list[dict[str, Any]] = self.table.to_pylist()
        except (OverflowError, ValueError) as error:
            problem = f"a value is beyond Python's calendar ({error}); cast it to text."
            raise InvalidQuery(problem=problem) from None
        return rows


def to_filter(
    *,
    account: str | None = None,
    context: str | None = None,
    provider: str | None = None,
    model_id: str | None = None,
    usage_type: str | None = None,
    start_date: Day | None = None,
    end_date: Day | None = None,
    month: str | None = None,
) -> reports.Filter:
    """The filter that keyword arguments mean.

    Raises:
        InvalidArgument: a date cannot be read, or a month and dates are given.
    """
    if month is not None and (start_date or end_date):
        raise InvalidArgument(name="month", problem="give a month or dates, not both")
    return reports.Filter(
        period=day_period(start_date, end_date) if month is None else month_period(month),
        context=context,
        account=account,
        provider=provider,
        model=model_id,
        usage_type=usage_type,
    )
