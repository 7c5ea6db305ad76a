"""Many at once on one account: threads of a process, processes that take turns, one of them killed.

Whoever is served is served exactly once: as many succeed as there are credits for, the others are
told so, and no hold is lost.
"""

import subprocess
import sys
import textwrap
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

import analytics
from analytics import Book, TokenbookError
from tests.conftest import assert_sound, examples, new_book

CREDITS, AMOUNT, SERVED = "5.00", "0.10", 50

RESERVE = textwrap.dedent(
    """
    import sys
    import analytics
    with analytics.open(sys.argv[1], shared=True, wait_seconds=120) as book:
        for number in range(int(sys.argv[2])):
            try:
                print(book.create_reservation("acme", "0.10", ttl=3600).id, flush=True)
            except analytics.TokenbookError as error:
                print(error.code, flush=True)
    """
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed book with an account that has credits for fifty reservations."""
    with new_book(tmp_path / "book") as book:
        book.create_account("acme")
        book.add_credits("acme", CREDITS)
    return tmp_path / "book"


def try_to_reserve(book: Book) -> str:
    try:
        return book.create_reservation("acme", AMOUNT, ttl=3600).id
    except TokenbookError as error:
        return error.code


def assert_served(path: Path, answers: list[str], asked: int) -> None:
    """Fifty have a reservation each, the others were told that there is nothing left."""
    counted = Counter(answer for answer in answers if not answer.startswith("res_"))
    served = {answer for answer in answers if answer.startswith("res_")}
    assert counted == {"insufficient_credits": asked - SERVED}
    assert len(served) == SERVED
    assert_held(path, served)


def assert_held(path: Path, served: set[str]) -> None:
    with analytics.open(path) as book:
        assert {each.id for each in book.list_reservations(limit=1000)} == served
        balance = book.get_balance("acme")
        assert balance.reserved == Decimal(AMOUNT) * len(served)
        assert_sound(book)


@pytest.mark.examples
def test_a_thousand_reservations_from_sixteen_threads(path: Path) -> None:
    """In `make slow`; a quarter of them in `make test`."""
    asked = examples(250, 1000)
    with analytics.open(path) as book, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: try_to_reserve(book), range(asked)))
    assert_served(path, answers, asked=asked)


def test_threads_that_confirm_the_same_reservation_charge_it_once(path: Path) -> None:
    with analytics.open(path) as book, ThreadPoolExecutor(16) as pool:
        made = book.create_reservation("acme", 5)
        done = list(pool.map(lambda _: book.confirm_reservation(made.id, 3), range(100)))
        assert len({each.transaction_id for each in done}) == 1
        assert book.get_balance("acme").balance == 2
        assert_sound(book)


def test_threads_that_use_the_same_key_do_it_once(path: Path) -> None:
    with analytics.open(path) as book, ThreadPoolExecutor(16) as pool:
        keys = [f"key-{number % 5}" for number in range(100)]
        list(pool.map(lambda key: book.add_credits("acme", 1, idempotency_key=key), keys))
        assert book.get_balance("acme").balance == 10
        assert_sound(book)


def start(path: Path, times: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RESERVE, str(path), str(times)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_two_hundred_reservations_from_four_processes(path: Path) -> None:
    started = [start(path, 50) for _ in range(4)]
    answers = [line for each in started for line in each.communicate()[0].split()]
    assert [each.returncode for each in started] == [0] * 4
    assert_served(path, answers, asked=200)


@pytest.mark.slow
def test_killing_one_of_four_processes_loses_and_doubles_nothing(path: Path) -> None:
    """What the killed one was told is true; at most one more hold was made and not reported."""
    started = [start(path, 50) for _ in range(4)]
    victim = started[0]
    assert victim.stdout is not None
    told = [victim.stdout.readline().strip() for _ in range(3)]
    time.sleep(0.05)
    victim.kill()
    told += victim.communicate()[0].split()
    assert victim.returncode < 0
    answers = [line for each in started[1:] for line in each.communicate()[0].split()]
    assert [each.returncode for each in started[1:]] == [0] * 3
    answers += told
    served = {answer for answer in answers if answer.startswith("res_")}
    with analytics.open(path) as book:
        held = {each.id for each in book.list_reservations(limit=1000)}
        assert served <= held
        assert len(held) == SERVED
        assert len(held - served) <= 1
        assert_sound(book)
