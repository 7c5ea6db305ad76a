"""Loads: a dry run, what was refused, trying again, taking back; and reports of one's own."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from analytics import Book
from analytics.errors import (
    InvalidArgument,
    InvalidQuery,
    LoadAlreadyUndone,
    LoadNotFound,
    RejectedRows,
    ReportNotFound,
)
from tests.conftest import assert_sound, write_lines

DAY = "2026-10-05T12:00:00Z"


def usage(record_id: str, account: str = "acme", model: str = "gpt-4o", count: int = 1000) -> str:
    """A line of 1,000 input tokens: 0.0025 USD at gpt-4o."""
    row = {
        "id": record_id,
        "occurredAt": DAY,
        "externalId": account,
        "modelId": model,
        "inputTokens": count,
    }
    return json.dumps(row)


def everything(book: Book) -> list[dict[str, object]]:
    """What the book holds, apart from its loads."""
    return [
        row
        for text in (
            "select * exclude (load_id, recorded_at) from rated_usage order by record_id",
            "select * from usage_daily order by all",
            "select id_hash from record_index order by all",
        )
        for row in book.query(text).rows()
    ]


def test_a_dry_run_tells_all_and_writes_nothing(book: Book, tmp_path: Path) -> None:
    log = write_lines(
        tmp_path / "log.jsonl", usage("a"), usage("b", model="nobody"), usage("c", count=-1), "{"
    )
    result = book.ingest(log, create_accounts=True, dry_run=True, strict=True)
    assert (result.load_id, result.appended, result.unpriced) == (None, 2, 1)
    assert result.rejected_by_code == {"bad_count": 1, "bad_json": 1}
    assert result.preview is not None
    assert result.preview.cost_usd == Decimal("0.0025")
    assert (result.preview.accounts, result.preview.input_tokens) == (1, 2000)
    states = {each.model_as_sent: each.state for each in result.preview.models}
    assert states == {"gpt-4o": "priced", "nobody": "unknown_model"}
    assert everything(book) == []
    assert (book.list_accounts(), book.list_loads(), book.list_rejections()) == ([], [], [])


def test_rejections_are_kept_with_their_place_and_text(book: Book, tmp_path: Path) -> None:
    log = write_lines(tmp_path / "log.jsonl", usage("a"), "{", usage("b", count=-1))
    load = book.ingest(log, create_accounts=True).load_id
    found = book.list_rejections(load_id=load)
    assert [(each.line, each.code, each.excerpt) for each in found] == [
        (2, "bad_json", "{"),
        (3, "bad_count", usage("b", count=-1)),
    ]
    assert [each.line for each in book.list_rejections(code="bad_count")] == [3]
    assert book.list_rejections(load_id=99) == []


def test_a_load_is_tried_again_after_a_fix(book: Book, tmp_path: Path) -> None:
    """Here the account was missing; the mapping of the first try is used again."""
    row = {"id": "a", "at": DAY, "externalId": "acme", "modelId": "gpt-4o", "inputTokens": 1000}
    log = write_lines(tmp_path / "log.jsonl", json.dumps(row))
    first = book.ingest(log, mapping={"occurred_at": "at"})
    assert first.rejected_by_code == {"unknown_account": 1}
    assert first.load_id is not None
    book.create_account("acme")
    again = book.retry_load(first.load_id)
    assert (again.appended, again.rejected) == (1, 0)
    assert book.retry_load(first.load_id).duplicates == 1


def test_what_was_no_file_cannot_be_read_again(book: Book) -> None:
    book.record_usage(model_id="gpt-4o", context="system", input_tokens=1)
    with pytest.raises(InvalidArgument, match="send its rows anew"):
        book.retry_load(1)
    with pytest.raises(LoadNotFound):
        book.retry_load(2)


def test_a_load_that_is_taken_back_leaves_no_trace(book: Book, tmp_path: Path) -> None:
    """Not in the records, the roll-up or the identity index; the others stay as they are."""
    book.ingest(write_lines(tmp_path / "one.jsonl", usage("a"), usage("b")), create_accounts=True)
    before = everything(book)
    second = book.ingest(
        write_lines(tmp_path / "two.jsonl", usage("b"), usage("c"), usage("d", model="nobody"))
    )
    assert (second.appended, second.duplicates) == (2, 1)
    assert second.load_id is not None
    undone = book.undo_load(second.load_id)
    assert (undone.removed, undone.cost_usd) == (2, Decimal("0.0025"))
    assert everything(book) == before
    assert_sound(book)
    assert book.list_loads()[0].undone_at is not None


def test_what_was_taken_back_can_be_loaded_again(book: Book, tmp_path: Path) -> None:
    log = write_lines(tmp_path / "log.jsonl", usage("a"), usage("b"))
    first = book.ingest(log, create_accounts=True)
    before = everything(book)
    assert first.load_id is not None
    book.undo_load(first.load_id)
    assert book.get_usage_summary().record_count == 0
    assert book.ingest(log).appended == 2
    assert everything(book) == before


def test_usage_that_was_priced_late_is_taken_back_whole(book: Book, tmp_path: Path) -> None:
    log = write_lines(tmp_path / "log.jsonl", usage("a", model="house"))
    load = book.ingest(log, create_accounts=True).load_id
    book.add_price("house", {"input_tokens": 2})
    book.apply_prices()
    assert load is not None
    assert book.undo_load(load).cost_usd == Decimal("0.002")
    assert everything(book) == []


def test_a_load_is_taken_back_once(book: Book, tmp_path: Path) -> None:
    load = book.ingest(
        write_lines(tmp_path / "log.jsonl", usage("a")), create_accounts=True
    ).load_id
    assert load is not None
    book.undo_load(load)
    with pytest.raises(LoadAlreadyUndone):
        book.undo_load(load)
    with pytest.raises(LoadNotFound):
        book.undo_load(load + 1)


def test_strict_says_what_is_wrong_and_where(book: Book, tmp_path: Path) -> None:
    log = write_lines(tmp_path / "log.jsonl", usage("a"), "{")
    with pytest.raises(RejectedRows, match=r"log\.jsonl:2 the line is not valid JSON"):
        book.ingest(log, create_accounts=True, strict=True)
    assert everything(book) == []


def test_a_report_of_ones_own_takes_the_filters(book: Book, tmp_path: Path) -> None:
    log = write_lines(tmp_path / "log.jsonl", usage("a"), usage("b", account="beta"))
    book.ingest(log, create_accounts=True)
    (book.path / "queries").mkdir()
    write_lines(
        book.path / "queries" / "spend.sql",
        "-- Title: What they spent",
        "-- Bar: cost_usd",
        "select external_id, occurred_at, local_day, sum(cost_usd) as cost_usd, count(*) as n",
        "from rated_usage where external_id = $account or $account is null",
        "group by all order by external_id",
    )
    assert book.reports()["spend"] == "What they spent"
    report = book.report("spend", account="beta")
    assert [row[0] for row in report.rows] == ["beta"]
    assert [column.kind for column in report.columns] == ["text", "time", "day", "money", "count"]
    assert report.bar_column == "cost_usd"
    assert len(book.report("spend").rows) == 2


def test_a_report_of_ones_own_can_change_nothing(book: Book) -> None:
    (book.path / "queries").mkdir()
    write_lines(book.path / "queries" / "evil.sql", "drop table price")
    with pytest.raises(InvalidQuery):
        book.report("evil")
    with pytest.raises(ReportNotFound):
        book.report("nothing")


def test_an_account_is_found_and_changed_by_either_id(book: Book) -> None:
    account = book.create_account("acme", name="Acme", email="a@acme.example")
    changed = book.update_account(account.account_id, name="Acme Holding", markup_percent="12.5")
    assert changed == book.get_account("acme")
    assert (changed.name, changed.email) == ("Acme Holding", "a@acme.example")
    record = book.record_usage(
        model_id="gpt-4o", external_id="acme", input_tokens=1_000_000, occurred_at=DAY
    )
    assert record.charge_usd == Decimal("2.5") * Decimal("1.125")


@pytest.mark.parametrize("percent", ["-100", "0.00001", "many", "NaN", 10_001, 1.5])
def test_a_mark_up_is_a_believable_percentage(book: Book, percent: str) -> None:
    with pytest.raises(InvalidArgument):
        book.create_account("acme", markup_percent=percent)
    assert book.list_accounts() == []


def test_an_old_name_of_an_account_makes_another_one(book: Book, tmp_path: Path) -> None:
    """The id of the first was made of that name, and stays its own."""
    line = {
        "occurred_at": "2026-10-05",
        "model": "gpt-4o",
        "external_id": "acme",
        "input_tokens": 1,
    }
    path = write_lines(tmp_path / "a.jsonl", json.dumps(line | {"id": "a"}))
    assert book.ingest(path, create_accounts=True).accounts_created == 1
    book.update_account("acme", new_external_id="acme-old")
    path = write_lines(tmp_path / "b.jsonl", json.dumps(line | {"id": "b"}))
    assert book.ingest(path, create_accounts=True).accounts_created == 1
    assert {account.external_id for account in book.list_accounts()} == {"acme", "acme-old"}
    assert book.get_usage(external_id="acme").usage_records[0].id == "b"  # type: ignore[index]
