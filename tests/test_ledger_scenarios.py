"""What the ledger does, as text: a line of `tests/ledger/*.txt` is an operation and its result."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import analytics
from analytics import Book, TokenbookError
from tests.conftest import assert_sound, examples, new_book

FILES = sorted((Path(__file__).parent / "ledger").glob("*.txt"))
OPTIONS = ("ttl", "key")


class Teller:
    """Does what a line says, on a book with a clock of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.time = datetime(2026, 10, 5, 9, tzinfo=UTC)
        self.ids: dict[str, str] = {}
        self.book = new_book(path)
        self.book._clock = lambda: self.time

    def do(self, line: str) -> dict[str, Any]:
        """The facts after an operation: the balance of its account, and what it returned."""
        operation, *words = line.split()
        options: dict[str, Any] = {}
        while len(words) > 2 and words[-2] in OPTIONS:
            options[words[-2]] = words[-1]
            del words[-2:]
        if "key" in options:
            options["idempotency_key"] = options.pop("key")
        if "ttl" in options:
            options["ttl"] = int(options["ttl"])
        account, result = getattr(self, operation)(*words, **options)
        facts = {"nothing": None} if result is None else as_facts(result)
        if account:
            balance = as_facts(self.book.get_balance(account))
            transactions = self.book.list_transactions(account).pagination.total_count
            facts |= balance | {"transactions": transactions}
        return facts

    def attempt(self, line: str) -> dict[str, Any] | str:
        """The facts after an operation, or the code of its error."""
        try:
            return self.do(line)
        except TokenbookError as error:
            return error.code

    def account(self, name: str) -> tuple[str, Any]:
        return name, self.book.create_account(name)

    def add(self, name: str, amount: str, **options: Any) -> tuple[str, Any]:
        return name, self.book.add_credits(name, amount, **options)

    def deduct(self, name: str, amount: str, **options: Any) -> tuple[str, Any]:
        return name, self.book.deduct_credits(name, amount, **options)

    def refund(self, name: str, amount: str) -> tuple[str, Any]:
        return name, self.book.create_transaction(name, amount, type="credit", kind="refund")

    def balance(self, name: str) -> tuple[str, Any]:
        return name, self.book.get_balance(name)

    def close(self, name: str) -> tuple[str, Any]:
        return name, self.book.close_account(name)

    def reserve(self, name: str, label: str, amount: str, **options: Any) -> tuple[str, Any]:
        made = self.book.create_reservation(name, amount, **options)
        assert self.ids.setdefault(label, made.id) == made.id
        return name, made

    def confirm(self, label: str, amount: str, cap: str = "", **options: Any) -> tuple[str, Any]:
        reservation = self.ids.get(label, label)
        done = self.book.confirm_reservation(
            reservation, amount, on_shortfall=cap or "reject", **options
        )
        return done.account_id, done

    def cancel(self, label: str) -> tuple[str, Any]:
        done = self.book.cancel_reservation(self.ids.get(label, label))
        return done.account_id, done

    def status(self, label: str) -> tuple[str, Any]:
        found = self.book.get_reservation(self.ids[label])
        return found.account_id, found

    def wait(self, seconds: str) -> tuple[None, None]:
        self.time += timedelta(seconds=int(seconds))
        return None, None

    def reopen(self) -> tuple[None, None]:
        self.book.close()
        self.book = analytics.open(self.path)
        self.book._clock = lambda: self.time
        return None, None


def as_facts(record: Any) -> dict[str, Any]:
    """The fields of a record; late is yes or no."""
    facts = {name: getattr(record, name) for name in record.__slots__}
    if "is_late" in facts:
        facts["late"] = "yes" if facts["is_late"] else "no"
    return facts


def is_met(facts: dict[str, Any], expected: str) -> bool:
    """Whether each pair of a name and a value is among the facts."""
    words = expected.split()
    if words == ["nothing"]:
        return True
    if len(words) == 1:
        return False
    pairs = zip(words[::2], words[1::2], strict=True)
    return all(
        facts[name] == (Decimal(value) if isinstance(facts[name], Decimal | int) else value)
        for name, value in pairs
    )


def lines(path: Path) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line and not line.startswith("#"):
            operation, arrow, expected = line.partition("->")
            assert arrow, f"{path.name}:{number} has no result"
            yield number, operation.strip(), expected.strip()


@pytest.mark.examples
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_line_of_a_scenario_comes_true(path: Path, tmp_path: Path) -> None:
    teller, checked_lines = Teller(tmp_path / "book"), examples(10, 1)
    for number, operation, expected in lines(path):
        facts = teller.attempt(operation)
        is_right = facts == expected if isinstance(facts, str) else is_met(facts, expected)
        assert is_right, f"{path.name}:{number} {operation}: {facts}, not {expected}"
        if number % checked_lines == 0:
            assert_sound(teller.book)
    assert_sound(teller.book)
    teller.book.close()


def test_a_scenario_that_is_wrong_fails(tmp_path: Path) -> None:
    """The teller compares: another number, another status and another word are seen."""
    teller = Teller(tmp_path / "book")
    facts = teller.do("account acme") and teller.do("add acme 5")
    assert is_met(facts, "balance 5 available 5.00 transactions 1")
    assert not is_met(facts, "balance 5 available 4")
    with pytest.raises(KeyError):
        is_met(facts, "blance 5")
    assert isinstance(teller.book, Book)
    teller.book.close()
