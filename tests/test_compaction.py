"""Compaction of the roll-up: what is read of it never changes, and it does not grow for ever."""

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import analytics
from analytics import Book, sql
from analytics.engines.duckdb import DuckDBEngine
from analytics.period import month_period
from analytics.reports import EVER, OF_MONTHS, Filter
from analytics.usage import compaction
from tests.conftest import assert_sound, examples, new_book, write_lines

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
REPORTS = ("by-account", "by-context", "by-day", "by-model", "by-type", "top-accounts")

SUMMED = [f"reports/{name}" for name in (*OF_MONTHS, "summary_totals")]

ROWS = st.fixed_dictionaries(
    {
        "occurredAt": st.dates(date(2026, 9, 28), date(2026, 11, 3)).map(
            lambda day: f"{day}T12:00:00Z"
        ),
        "externalId": st.sampled_from(["acme", "beta", None]),
        "modelId": st.sampled_from(["gpt-4o", "claude-sonnet-4-5", "nobody-knows-1"]),
        "inputTokens": st.integers(0, 900_000),
        "outputTokens": st.integers(0, 5_000),
        "webSearches": st.sampled_from([0, 0, 3]),
    }
)
STEPS = st.lists(
    st.one_of(
        st.lists(ROWS, min_size=1, max_size=6),
        st.sampled_from(["undo", "reprice", "compact october", "compact crowded"]),
    ),
    min_size=2,
    max_size=7,
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book without usage, to copy."""
    path = tmp_path_factory.mktemp("compaction") / "book"
    with new_book(path, markup_percent=17, require_transactions=False):
        return path


def engine_of(book: Book) -> DuckDBEngine:
    """The engine, as the loads of a book have it."""
    engine = book._engine  # compaction has no public name
    assert isinstance(engine, DuckDBEngine)
    return engine


def lines(rows: list[dict[str, Any]], first: int) -> Iterator[str]:
    """Rows as JSON lines, each with an id."""
    for number, row in enumerate(rows, first):
        context = {} if row["externalId"] else {"context": "system"}
        given = {name: value for name, value in row.items() if value is not None}
        yield json.dumps(given | context | {"id": f"row {number}"})


def everything(book: Book) -> list[Any]:
    """All that is read of the roll-up, by day and by month."""
    drafts = [
        (draft.account_id, draft.records, draft.unpriced, draft.charge_usd, draft.content)
        for month in ("2026-09", "2026-10", "2026-11")
        for draft in book.draft_invoices(month)
    ]
    reports = [sorted(book.report(name).rows, key=repr) for name in REPORTS]
    cells = book.query("select * from usage_daily order by all").rows()
    assert_months_are_their_days(book)
    return [book.get_usage_summary(), drafts, reports, cells]


def assert_months_are_their_days(book: Book) -> None:
    """What is summed from the totals of months is what is summed from their days."""
    engine = engine_of(book)
    for month in ("2026-09", "2026-10", None):
        which = Filter(period=month_period(month) if month else EVER)
        for query in SUMMED:
            days = engine.result(query, **which.parameters())
            assert engine.result(f"{query}{sql.OF_MONTHS}", **which.parameters()) == days
    spans = {"previous_day": date(2026, 9, 1), "start_day": OCTOBER, "end_day": NOVEMBER}
    for query in ("reports/month_models", "reports/month_accounts"):
        assert engine.rows(f"{query}{sql.OF_MONTHS}", **spans) == engine.rows(query, **spans)


@pytest.mark.examples
@given(steps=STEPS)
@settings(
    max_examples=examples(2, 4),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a smaller case takes minutes to find
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nothing_that_is_read_changes(
    empty: Path, tmp_path_factory: pytest.TempPathFactory, steps: list[Any]
) -> None:
    folder = tmp_path_factory.mktemp("steps")
    path = Path(shutil.copytree(empty, folder / "book"))
    loaded: list[int] = []
    repriced = False
    with analytics.open(path) as book:
        assert isinstance(book, Book)
        engine = engine_of(book)
        for number, step in enumerate(steps):
            if isinstance(step, list):
                log = write_lines(folder / f"{number}.jsonl", *lines(step, number * 100))
                result = book.ingest(log, create_accounts=True)
                assert result.load_id is not None
                loaded.append(result.load_id)
            elif step == "undo" and loaded:
                book.undo_load(loaded.pop())
            elif step == "reprice" and not repriced:
                book.add_alias("nobody-knows-1", "gpt-4o", provider="openai")
                book.apply_prices()
                repriced = True
            if str(step).startswith("compact"):
                before = everything(book)
                if step == "compact october":
                    compaction.compact(engine, OCTOBER)
                else:
                    with pytest.MonkeyPatch.context() as patch:
                        patch.setattr(compaction, "LEAST_CHANGES", 1)
                        compaction.compact_crowded(engine)
                assert everything(book) == before
        before = everything(book)
        for month in (date(2026, 9, 1), OCTOBER, NOVEMBER):
            compaction.compact(engine, month)
        assert everything(book) == before
        assert_sound(book)


def changes(book: Book) -> list[tuple[bool, int]]:
    """How many rows the roll-up has, compacted or not."""
    text = "select is_compacted, count(*) as n from usage_daily_delta group by 1 order by 1"
    return [(row["is_compacted"], row["n"]) for row in engine_rows(book, text)]


def engine_rows(book: Book, text: str) -> list[dict[str, Any]]:
    """Rows of a query on a table that views hide."""
    return book.query(text).rows()


def test_a_month_is_compacted_when_its_changes_are_four_times_its_cells(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "LEAST_CHANGES", 3)

    def load(name: str, *days: int) -> None:
        rows = [
            {
                "id": f"{name} {day}",
                "occurredAt": f"2026-10-{day:02}T12:00:00Z",
                "context": "system",
            }
            | {"modelId": "gpt-4o", "inputTokens": 10}
            for day in days
        ]
        book.ingest(write_lines(tmp_path / f"{name}.jsonl", *map(json.dumps, rows)))

    load("few", 1, 2)
    assert changes(book) == [(False, 2)]
    load("more", 2, 3)
    assert changes(book) == [(True, 3)]
    load("as many", 1, 2, 3)
    for again in ("again", "once more", "a fourth time"):
        load(again, 1, 2, 3)
    assert changes(book) == [(False, 12), (True, 3)]
    load("too many", 4)
    assert changes(book) == [(True, 4)]
    assert_sound(book)


def test_a_cost_that_was_taken_back_is_none_and_not_zero(book: Book, tmp_path: Path) -> None:
    """An account whose only record left has no price costs nobody knows what."""
    row = {"occurredAt": "2026-10-05T12:00:00Z", "externalId": "acme", "inputTokens": 9}
    unpriced = row | {"id": "a", "modelId": "nobody-knows-1"}
    book.ingest(write_lines(tmp_path / "1.jsonl", json.dumps(unpriced)), create_accounts=True)
    priced = row | {"id": "b", "modelId": "gpt-4o"}
    result = book.ingest(write_lines(tmp_path / "2.jsonl", json.dumps(priced)))
    assert result.load_id is not None
    book.undo_load(result.load_id)
    [account] = book.query("select account_id, cost_usd from usage_by_account").rows()
    assert account["cost_usd"] is None
    assert_sound(book)


def test_cells_that_were_taken_back_are_gone(book: Book, tmp_path: Path) -> None:
    row = {"id": "a", "occurredAt": "2026-10-05T12:00:00Z", "context": "system", "modelId": "o3"}
    result = book.ingest(write_lines(tmp_path / "log.jsonl", json.dumps(row | {"inputTokens": 9})))
    assert result.load_id is not None
    book.undo_load(result.load_id)
    assert compaction.compact(engine_of(book), OCTOBER) == 0
    assert changes(book) == []
    assert_sound(book)
