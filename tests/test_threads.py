"""Many threads, and several books of one path in a process: who reads does not wait."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest

import analytics
from analytics import Book, sql
from tests.conftest import assert_sound, new_book

T = TypeVar("T")
AT = datetime(2026, 10, 5, tzinfo=UTC)
PATIENCE = 120
"""Seconds after which a thread counts as stuck."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    new_book(tmp_path / "book", require_transactions=False).close()
    return tmp_path / "book"


@pytest.fixture
def pair(path: Path) -> Iterator[tuple[Book, Book]]:
    """Two books of one path."""
    with analytics.open(path) as one, analytics.open(path) as other:
        yield one, other
        assert_sound(one)


def use(book: Book, name: str, model: str = "gpt-4o", **fields: Any) -> Decimal | None:
    """Records a thousand tokens, which cost a quarter of a cent."""
    usage = {"context": "system", "input_tokens": 1000, "occurred_at": AT, **fields}
    return book.record_usage(model_id=model, id=name, **usage).estimated_cost_usd


def count(book: Book) -> int:
    return book.get_usage_summary().record_count


def elsewhere(do: Callable[[], T]) -> T:
    """What a function returns in a thread of its own, which must not wait for this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(do).result(PATIENCE)


def test_a_reader_does_not_wait_for_a_writer_and_sees_what_was_committed(path: Path) -> None:
    with analytics.open(path) as book:
        use(book, "before")
        with book._engine.atomic():
            use(book, "in between")
            assert count(book) == 2
            assert elsewhere(lambda: count(book)) == 1
            assert elsewhere(lambda: len(book.get_usage().usage_records or ())) == 1
        assert elsewhere(lambda: count(book)) == 2


def test_what_a_transaction_found_is_nothing_to_others_until_it_is_committed(path: Path) -> None:
    """An estimate remembers prices; those of a transaction that fails never were."""
    with analytics.open(path) as book:

        def costs() -> Decimal | None:
            return book.calculate_cost("house", input_tokens=1_000_000).estimated_cost_usd

        with book._engine.atomic(keep=False):
            book.add_price("house", {"input_tokens": 2}, provider="house")
            assert costs() == 2
            assert elsewhere(costs) is None
        assert costs() is None
        book.add_price("house", {"input_tokens": 3}, provider="house")
        assert costs() == elsewhere(costs) == 3


def test_a_session_sees_the_book_as_it_was_at_first(path: Path) -> None:
    with analytics.open(path) as book:
        with book._engine.session():
            assert count(book) == 0
            elsewhere(lambda: use(book, "meanwhile"))
            assert count(book) == 0
        assert count(book) == 1


def test_two_books_of_one_path_read_and_write(pair: tuple[Book, Book]) -> None:
    for number in range(3):
        for book, name in zip(pair, "ab", strict=True):
            use(book, f"{name}{number}")
    assert [count(book) for book in pair] == [6, 6]


def test_what_one_book_changes_the_other_knows(pair: tuple[Book, Book]) -> None:
    """Accounts, prices, aliases and ignored counters, all of which single records remember."""
    one, other = pair
    counted: dict[str, Any] = {"other_meters": {"fetches": 1}}
    assert use(one, "counted", **counted) is None
    other.ignore_meter("fetches", provider="openai")
    assert use(one, "ignored", **counted) == Decimal("0.0025")
    assert use(one, "of nobody", "house", provider="house") is None
    other.add_price("house", {"input_tokens": 2}, provider="house")
    assert use(one, "of the house", "house", provider="house") == Decimal("0.002")
    other.create_account(name="Acme", external_id="acme")
    assert use(one, "of acme", context="customer", external_id="acme") == Decimal("0.0025")


def test_many_threads_of_two_books_lose_nothing(pair: tuple[Book, Book]) -> None:
    """They write one by one and in batches, and read, at the same time."""
    many = 40
    together = threading.Barrier(6)

    def single(book: Book, name: str) -> None:
        together.wait(PATIENCE)
        for number in range(many):
            use(book, f"{name}-{number}")

    def batches(book: Book) -> None:
        together.wait(PATIENCE)
        for number in range(4):
            book.record_many(
                {
                    "model_id": "gpt-4o",
                    "context": "system",
                    "input_tokens": 1,
                    "id": f"{number}-{n}",
                }
                for n in range(many)
            )

    def read(book: Book) -> None:
        together.wait(PATIENCE)
        seen = 0
        for _ in range(many):
            now = count(book)
            assert now >= seen
            seen = now

    one, other = pair
    with ThreadPoolExecutor(6) as pool:
        running = [
            *(
                pool.submit(single, book, name)
                for book, name in zip((*pair, one), "abc", strict=True)
            ),
            *(pool.submit(read, book) for book in pair),
            pool.submit(batches, other),
        ]
        for each in running:
            each.result(PATIENCE)
    assert count(one) == count(other) == 7 * many


def test_a_month_that_is_reopened_keeps_its_file_while_somebody_reads(path: Path) -> None:
    """He may not have opened it yet; it goes once nobody needs it."""
    with analytics.open(path) as book, analytics.open(path) as reader:
        use(book, "closed")
        book.close_month("2026-10")
        with reader._engine.session():
            assert count(reader) == 1
            elsewhere(lambda: book.reopen_month("2026-10"))
            assert [record.id for record in reader.get_usage().usage_records or ()] == ["closed"]
            assert list((path / "usage").rglob("*.parquet"))
        assert [record.id for record in reader.get_usage().usage_records or ()] == ["closed"]
    with analytics.open(path) as book:
        assert not list((path / "usage").rglob("*.parquet"))
        assert_sound(book)


@pytest.mark.parametrize("read_only", [True, False])
def test_every_thread_may_begin_with_any_question(path: Path, *, read_only: bool) -> None:
    """A connection of its own is ready for SQL of a user, too."""
    with analytics.open(path) as book:
        use(book, "one")
    with analytics.open(path, read_only=read_only) as book, ThreadPoolExecutor(4) as pool:
        counted = "select count(*)::int as records from usage_record"
        asked: list[Callable[[], object]] = [
            lambda: book.query(counted).rows() == [{"records": 1}],
            lambda: count(book) == 1,
            lambda: len(book.get_usage().usage_records or ()) == 1,
            lambda: all(check.passed for check in book.check()),
        ]
        for rounds in range(2):
            turned = asked[rounds:] + asked[:rounds]
            assert all(each.result(PATIENCE) for each in [pool.submit(ask) for ask in turned])


def test_a_stream_that_is_left_early_leaves_the_connection_free(path: Path) -> None:
    with analytics.open(path) as book:
        book.record_many(
            {"model_id": "gpt-4o", "context": "system", "input_tokens": 1, "id": str(number)}
            for number in range(20_000)
        )
        with book._engine.stream("ledger/accounts", account_id=None) as none:
            assert none.read_all().num_rows == 0
        parameters = dict.fromkeys(sql.load("exports/usage").parameters)
        with book._engine.stream("exports/usage", **parameters) as reader:
            assert reader.read_next_batch().num_rows < 20_000
        counted = "select count(*)::int as records from usage_record"
        assert book.query(counted).rows() == [{"records": 20_000}]


def test_closing_a_book_waits_for_who_reads(path: Path) -> None:
    book = analytics.open(path)
    reading, done = threading.Event(), threading.Event()

    def read() -> int:
        with book._engine.session():
            reading.set()
            assert done.wait(PATIENCE)
            return count(book)

    with ThreadPoolExecutor(2) as pool:
        found = pool.submit(read)
        assert reading.wait(PATIENCE)
        closing = pool.submit(book.close)
        done.set()
        assert found.result(PATIENCE) == 0
        closing.result(PATIENCE)
    with pytest.raises(analytics.TokenbookError, match="closed"):
        count(book)


def test_what_one_book_recorded_the_other_knows_by_its_id(pair: tuple[Book, Book]) -> None:
    """Also of a load of single records that began after it had looked."""
    one, other = pair
    with pytest.raises(analytics.TokenbookError):
        use(other, "wrong", input_tokens=-1)
    assert other.record_many([]) == []
    use(one, "first")
    use(other, "first")
    [again] = other.record_many([{"id": "first", "model_id": "gpt-4o", "context": "system"}])
    assert isinstance(again, analytics.TokenbookError)
    assert count(one) == 1
