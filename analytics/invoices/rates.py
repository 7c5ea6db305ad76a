"""Tax rates and exchange rates: both are dated, and a document keeps those that it began with."""

import csv
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.errors import FileMissing, FileUnreadable, InvalidArgument, RateExists
from analytics.money import MINOR_UNIT_DIGITS, plain
from analytics.records import TAX_KINDS, FxRate, TaxRate

if TYPE_CHECKING:
    from analytics.engines import Reader, Writer

FX_COLUMNS = ("from", "to", "date", "rate", "source")
_FX_DIGITS = 12
_TAX_DIGITS = 4
_MOST_FX = Decimal(10) ** 12


def add_tax_rate(engine: "Writer", rate: TaxRate, *, replace: bool, now: datetime) -> TaxRate:
    """Adds a tax rate from a day on.

    Raises:
        RateExists: there is another one of that name and day, and it is not to be replaced.
    """
    with engine.atomic():
        for known in list_tax_rates(engine):
            is_same = (known.name, known.effective_from) == (rate.name, rate.effective_from)
            if is_same and known != rate and not replace:
                what = f"{rate.name} from {rate.effective_from}"
                raise RateExists(what=what, rate=f"{plain(known.rate_percent)}%")
        engine.execute(
            "invoices/insert_tax_rate",
            name=rate.name,
            effective_from=rate.effective_from,
            kind=rate.kind,
            rate_percent=rate.rate_percent,
            note=rate.note,
            recorded_at=now,
        )
    return rate


def tax_rate(
    name: str, percent: Decimal | int | str, kind: str, note: str | None, effective_from: date
) -> TaxRate:
    """A tax rate, checked.

    Raises:
        InvalidArgument: the name, kind, rate or note cannot be used.
    """
    if isinstance(percent, float):
        raise InvalidArgument(name="rate_percent", problem="give a Decimal or a text, not a float")
    try:
        rate = TaxRate(name, kind, Decimal(percent), note, effective_from)
    except InvalidOperation:
        problem = f"{percent!r} is no percentage"
        raise InvalidArgument(name="rate_percent", problem=problem) from None
    _check_tax(rate)
    return rate


def list_tax_rates(engine: "Reader") -> list[TaxRate]:
    """All tax rates, by name and day."""
    return [TaxRate(**row) for row in engine.rows("invoices/tax_rates")]


def add_fx_rates(engine: "Writer", rates: "list[FxRate]", *, replace: bool, now: datetime) -> int:
    """Adds exchange rates, all or none; returns how many are new.

    Raises:
        RateExists: a pair and day has another rate, and it is not to be replaced.
    """
    with engine.atomic():
        known = {_fx_key(rate): rate for rate in list_fx_rates(engine)}
        new: dict[tuple[str, str, date], FxRate] = {}
        for rate in rates:
            before = known.get(_fx_key(rate)) or new.get(_fx_key(rate))
            if before and before.rate != rate.rate and not replace:
                what = f"{rate.from_currency} to {rate.to_currency} on {rate.rate_day}"
                raise RateExists(what=what, rate=plain(before.rate))
            if before != rate:
                new[_fx_key(rate)] = rate
        rows = [
            {
                "from_currency": rate.from_currency,
                "to_currency": rate.to_currency,
                "rate_day": rate.rate_day,
                "rate": rate.rate,
                "source": rate.source,
                "recorded_at": now,
            }
            for rate in new.values()
        ]
        engine.insert("invoices/insert_fx_rate", rows)
    return len(rows)


def list_fx_rates(engine: "Reader") -> list[FxRate]:
    """All exchange rates, the newest day of each pair first."""
    rows = engine.rows("invoices/fx_rates", from_currency=None, first_day=None, last_day=None)
    return [FxRate(**row) for row in rows]


def fx_rate(
    from_currency: str, to_currency: str, day: date | str, rate: Decimal | int | str, source: str
) -> FxRate:
    """An exchange rate, checked.

    Raises:
        InvalidArgument: a currency is none of ISO 4217, the day is none, or the rate is no number
            above zero of at most 12 decimals.
    """
    for name, code in (("from", from_currency), ("to", to_currency)):
        if code not in MINOR_UNIT_DIGITS:
            raise InvalidArgument(name=name, problem=f"{code!r} is no currency of ISO 4217")
    if from_currency == to_currency:
        raise InvalidArgument(name="to", problem="give two currencies")
    if not source.strip():
        raise InvalidArgument(name="source", problem="say whose rate it is, like ECB")
    try:
        on = day if isinstance(day, date) else date.fromisoformat(day)
    except ValueError:
        problem = f"{day!r} is not a day like 2026-10-31"
        raise InvalidArgument(name="date", problem=problem) from None
    return FxRate(from_currency, to_currency, on, _positive(rate), source.strip())


def read_fx_rates(path: Path) -> list[FxRate]:
    """The exchange rates of a CSV file with the columns from, to, date, rate and source.

    Raises:
        FileMissing: there is no such file.
        FileUnreadable: it cannot be read.
        InvalidArgument: a column is missing, or a line cannot be used; naming it.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FileMissing(path=path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(path=path, problem=str(error)) from None
    reader = csv.DictReader(text.splitlines())
    missing = [name for name in FX_COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        problem = f"it has no column {', '.join(missing)}; it needs {', '.join(FX_COLUMNS)}"
        raise InvalidArgument(name=str(path), problem=problem)
    return list(_fx_rows(reader, path))


def _fx_rows(reader: "csv.DictReader[str]", path: Path) -> Iterator[FxRate]:
    row: Mapping[str, str | None]
    for row in reader:
        given = [(row[name] or "").strip() for name in FX_COLUMNS]
        try:
            yield fx_rate(given[0], given[1], given[2], given[3], given[4])
        except InvalidArgument as error:
            where = f"{path}, line {reader.line_num}"
            raise InvalidArgument(name=where, problem=str(error).removesuffix(".")) from None


def _fx_key(rate: FxRate) -> tuple[str, str, date]:
    return rate.from_currency, rate.to_currency, rate.rate_day


def _positive(rate: Decimal | int | str) -> Decimal:
    problem = f"{rate!r} is no number above zero of at most {_FX_DIGITS} decimals"
    if isinstance(rate, float):
        raise InvalidArgument(name="rate", problem="give a Decimal or a text, not a float")
    try:
        found = Decimal(rate)
        is_right = 0 < found < _MOST_FX and found == round(found, _FX_DIGITS)
    except (InvalidOperation, ValueError):
        is_right = False
    if not is_right:
        raise InvalidArgument(name="rate", problem=problem)
    return found


def _check_tax(rate: TaxRate) -> None:
    if not rate.name.strip() or rate.name != rate.name.strip():
        raise InvalidArgument(name="name", problem="give a name like vat")
    if rate.kind not in TAX_KINDS:
        raise InvalidArgument(name="kind", problem=f"choose one of {', '.join(TAX_KINDS)}")
    percent = rate.rate_percent
    is_right = percent.is_finite() and 0 <= percent <= 100
    if not is_right or percent != round(percent, _TAX_DIGITS):
        problem = f"{percent} is no percentage from 0 to 100 of at most {_TAX_DIGITS} decimals"
        raise InvalidArgument(name="rate_percent", problem=problem)
    if rate.kind != "standard" and (percent or not (rate.note or "").strip()):
        problem = "an exemption has the rate 0 and the sentence that the law asks for"
        raise InvalidArgument(name="note", problem=problem)
