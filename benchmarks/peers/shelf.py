"""The folder that all peers share: the prices, the month as Parquet, and where each keeps its own.

The prices are those that our own book has for the models of the workload, so that no peer has to
know what a model name means. The Parquet is one file, by account and time, which our book writes
with the cost of each record; the files of its closed month have the price instead. `write_month` is
the one place that says so.
"""

import json
from pathlib import Path

import duckdb

import analytics
from analytics.engines.sessions import FILE_NAME
from analytics.period import month_period
from benchmarks.bench import MARKUP
from benchmarks.workload import MONTH, models, query

PRICES, PRICES_CSV, PARQUET = "prices.parquet", "prices.csv", "month.parquet"
BOOK = "book"
SORT_MEMORY = "4GB"
SOCKET, USER = "postgresql.socket", "bench"
"""A file that names the folder of PostgreSQL's socket, and who we are there."""


def month() -> dict[str, object]:
    """The parameters of a month's queries."""
    period = month_period(MONTH)
    return {"start_day": period.start, "end_day": period.end}


def write_prices(folder: Path) -> None:
    """Writes the prices of the workload's models, twice: PostgreSQL reads no Parquet."""
    lines, path = folder / "models.jsonl", folder / "priced"
    row = {"occurred_at": f"{MONTH}-01T00:00:00Z", "context": "system", "input_tokens": 1}
    text = [json.dumps({**row, "provider": name, "model": model}) for name, model in models()]
    lines.write_text("\n".join(text), encoding="utf-8")
    with analytics.create(path, markup_percent=MARKUP, require_transactions=False) as book:
        book.ingest(lines)
    for name in (PRICES, PRICES_CSV):
        _copy(path, "peer_prices", folder / name)


def write_month(folder: Path) -> Path:
    """Writes the month of our book as Parquet."""
    _copy(folder / BOOK, "month_parquet", folder / PARQUET)
    return folder / PARQUET


def _copy(book: Path, name: str, to: Path) -> None:
    with duckdb.connect(
        str(book / FILE_NAME), read_only=True, config={"memory_limit": SORT_MEMORY}
    ) as connection:
        connection.execute(query(name), {**month(), "path": str(to)})
