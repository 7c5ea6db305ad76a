"""Usage that nobody knows: held, estimated or free as book.toml says, and answered call by call."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from analytics import Book
from analytics.errors import InvalidArgument, UsageRecordNotFound
from tests.conftest import assert_sound, write_lines

CUT: dict[str, Any] = {
    "id": "cut",
    "occurred_at": "2026-10-05T12:00:00Z",
    "context": "system",
    "provider": "openai",
    "model": "gpt-4o",
    "other_meters": {"usage_unknown": 1},
}
PARTLY = CUT | {"id": "partly", "input_tokens": 1000}
WHOLE = Decimal("0.0025")
"""1,000 input tokens of gpt-4o at $2.50 a million."""


def load(book: Book, tmp_path: Path, *rows: dict[str, Any]) -> Path:
    file = write_lines(tmp_path / "log.jsonl", *map(json.dumps, rows))
    assert book.ingest(file).appended == len(rows)
    return file


def costs(book: Book) -> dict[str, tuple[Decimal | None, str | None]]:
    rows = book.query("select record_id, cost_usd, unpriced_reason from rated_usage").rows()
    return {row["record_id"]: (row["cost_usd"], row["unpriced_reason"]) for row in rows}


@pytest.mark.parametrize(
    ("policy", "cut", "partly"),
    [
        (None, None, None),
        ("hold", None, None),
        ("estimate", None, WHOLE),
        ("free", 0, WHOLE),
    ],
)
def test_the_book_says_what_becomes_of_usage_that_nobody_knows(
    policy: str | None, cut: int | None, partly: Decimal | None, book: Book, tmp_path: Path
) -> None:
    if policy:
        (book.path / "book.toml").write_text(f'[usage]\nunknown = "{policy}"\n')
    load(book, tmp_path, CUT, PARTLY)
    found = costs(book)
    assert [found[name][0] for name in ("cut", "partly")] == [cut, partly]
    held = {reason for cost, reason in found.values() if cost is None}
    assert held <= {"usage_unknown"}
    assert_sound(book)


def test_a_policy_that_changes_prices_what_waits_when_prices_are_applied(
    book: Book, tmp_path: Path
) -> None:
    load(book, tmp_path, CUT, PARTLY)
    (book.path / "book.toml").write_text('[usage]\nunknown = "estimate"\n')
    assert [each.count for each in book.apply_prices()] == [1]
    assert costs(book) == {"cut": (None, "usage_unknown"), "partly": (WHOLE, None)}
    assert_sound(book)


def test_a_mistake_in_the_file_bills_nothing(book: Book, tmp_path: Path) -> None:
    (book.path / "book.toml").write_text('[usage]\nunknown = "fre"\n')
    load(book, tmp_path, CUT)
    assert costs(book) == {"cut": (None, "usage_unknown")}


def test_an_answer_prices_the_record_and_its_log_stays_a_duplicate(
    book: Book, tmp_path: Path
) -> None:
    file = load(book, tmp_path, CUT, PARTLY)
    before = book.get_usage_summary()
    assert before.unpriced_count == 2
    record = book.answer_usage("cut", input_tokens=400, cached_tokens=100, output_tokens=20)
    used = {"input_tokens": 400, "cache_read_tokens": 100, "output_tokens": 20, "requests": 1}
    assert (record.quantities, record.other_meters) == (used, {})
    assert record.estimated_cost_usd == Decimal("0.001075")
    assert book.answer_usage("partly").estimated_cost_usd == 0
    assert book.ingest(file).duplicates == 2
    summary = book.get_usage_summary()
    assert (summary.record_count, summary.unpriced_count) == (2, 0)
    assert summary.total_input_tokens == 400
    assert summary.total_cost_usd == Decimal("0.001075")
    assert_sound(book)


def test_an_answer_to_a_closed_month_is_in_its_file(book: Book, tmp_path: Path) -> None:
    load(book, tmp_path, CUT | {"occurred_at": "2025-01-05T12:00:00Z"})
    book.close_month("2025-01")
    assert book.answer_usage("cut", input_tokens=1000).estimated_cost_usd == WHOLE
    assert book.get_usage_summary(month="2025-01").total_cost_usd == WHOLE
    assert_sound(book)


def test_a_total_that_contradicts_is_answered_too(book: Book, tmp_path: Path) -> None:
    load(book, tmp_path, CUT | {"input_tokens": 5, "other_meters": {"total_mismatch": 995}})
    assert book.answer_usage("cut", input_tokens=1000).estimated_cost_usd == WHOLE
    assert_sound(book)


def test_a_meter_that_a_row_counts_twice_is_answered(book: Book, tmp_path: Path) -> None:
    """`prices missing` prints how, a record at a time."""
    twice = CUT | {"input_tokens": 5, "other_meters": {"input_tokens": 1000}}
    load(book, tmp_path, twice, twice | {"id": "later", "occurred_at": "2026-10-06"})
    for name in ("cut", "later"):
        assert costs(book)[name] == (None, "other_meters: input_tokens")
        [waiting] = book.missing_prices()
        answer = f"tokenbook answer {name} --input-tokens COUNT --output-tokens COUNT"
        assert waiting.command == answer
        assert book.answer_usage(name, input_tokens=1000).estimated_cost_usd == WHOLE
    assert book.missing_prices() == []
    assert_sound(book)


def test_a_log_that_was_corrected_since_says_what_was_used(book: Book, tmp_path: Path) -> None:
    """Whenever its price becomes known."""
    doubted = write_lines(tmp_path / "doubted.jsonl", json.dumps(CUT))
    book.answer_usage(undone(book, doubted), input_tokens=1)
    book.undo_load(1)
    corrected = {**CUT, "model": "our-gpt", "input_tokens": 1000, "other_meters": None}
    load(book, tmp_path, corrected)
    assert costs(book) == {"cut": (None, "unknown_model")}
    book.add_alias("our-gpt", "gpt-4o")
    book.apply_prices()
    assert costs(book) == {"cut": (WHOLE, None)}
    assert_sound(book)


def undone(book: Book, file: Path) -> str:
    """Loads a file with one record and returns its id."""
    assert book.ingest(file).appended == 1
    [record] = book.get_usage().usage_records or ()
    return record.id


def test_what_nobody_believes_is_answered(book: Book, tmp_path: Path) -> None:
    load(book, tmp_path, CUT | {"other_meters": None, "input_tokens": 10**15 - 1})
    assert costs(book) == {"cut": (None, "too_large")}
    [waiting] = book.missing_prices()
    assert waiting.command.startswith("tokenbook answer cut ")
    assert book.answer_usage("cut", input_tokens=1000).estimated_cost_usd == WHOLE
    assert_sound(book)


def test_what_nobody_doubts_is_not_answered(book: Book, tmp_path: Path) -> None:
    known = CUT | {"other_meters": None, "input_tokens": 5}
    odd = CUT | {"id": "odd", "other_meters": {"frames": 3}}
    load(book, tmp_path, known, odd)
    for name in ("cut", "odd"):
        with pytest.raises(InvalidArgument, match="nobody doubts"):
            book.answer_usage(name, input_tokens=1)
    with pytest.raises(UsageRecordNotFound):
        book.answer_usage("none", input_tokens=1)


@pytest.mark.parametrize(
    "used", [{"input_tokens": -1}, {"input_tokens": 1, "cached_tokens": 2}, {"tokens": 3}]
)
def test_an_answer_that_cannot_be_right_changes_nothing(
    used: dict[str, int], book: Book, tmp_path: Path
) -> None:
    load(book, tmp_path, CUT)
    with pytest.raises(InvalidArgument):
        book.answer_usage("cut", **used)
    assert costs(book) == {"cut": (None, "usage_unknown")}
