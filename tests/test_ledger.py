"""Accounts, credits and reservations beside what the scenarios show: names, lists, usage, holds."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from analytics import Book, Reservation, TokenbookError
from analytics.ledger import ids
from analytics.records import Account
from tests.conftest import assert_sound, new_book

NINE = datetime(2026, 10, 5, 9, tzinfo=UTC)


@pytest.fixture
def strict(tmp_path: Path) -> Any:
    """A book as `create` makes it: usage of customers needs transactions. Its clock stands."""
    with new_book(tmp_path / "strict", billing_timezone="Europe/Berlin") as book:
        book._clock = lambda: NINE
        yield book
        assert_sound(book)


@pytest.fixture
def funded(strict: Book) -> Book:
    """The same, with an account that has 100 credits."""
    strict.create_account("acme", name="Acme GmbH")
    strict.add_credits("acme", 100, description="First", payment_method="card")
    return strict


@pytest.fixture
def acme(funded: Book) -> Account:
    """That account."""
    return funded.get_account("acme")


def code(act: Any) -> str:
    with pytest.raises(TokenbookError) as caught:
        act()
    assert str(caught.value).endswith(".")
    return caught.value.code


def numbers(*values: int | str) -> tuple[Decimal, ...]:
    """Decimals, to be compared with a tuple of them."""
    return tuple(map(Decimal, values))


# Accounts


def test_an_account_keeps_what_it_is_given(strict: Book) -> None:
    made = strict.create_account(
        "acme",
        name="Acme GmbH",
        email="a@b.example",
        markup_percent="12.5",
        currency="USD",
        billing_address="1 Road\nTown",
        tax_id="DE123",
        metadata={"tier": "gold", "limit": Decimal("1.10"), "tags": ["a", None, True]},
    )
    assert strict.get_account("acme") == made
    assert strict.list_accounts() == [made]
    assert made.metadata == {"tier": "gold", "limit": Decimal("1.10"), "tags": ["a", None, True]}
    assert (made.balance, made.closed_at, made.created_at) == (Decimal(0), None, NINE)
    changed = strict.update_account("acme", tax_id="DE456", metadata={})
    assert (changed.tax_id, changed.metadata, changed.name) == ("DE456", {}, "Acme GmbH")


def test_an_account_is_named_by_either_id(strict: Book, acme: Account) -> None:
    for names in (
        {"account": "acme"},
        {"account": acme.account_id},
        {"external_id": "acme"},
        {"account_id": acme.account_id},
        {"account_id": acme.account_id, "external_id": "acme"},
    ):
        assert strict.get_account(**names) == acme
        assert strict.get_balance(**names).balance == 100
    assert code(lambda: strict.get_account(account_id="acme")) == "account_not_found"
    assert code(lambda: strict.get_account(external_id=acme.account_id)) == "account_not_found"
    assert code(strict.get_account) == "invalid_argument"


def test_an_account_named_twice_differently_is_refused(strict: Book, acme: Account) -> None:
    strict.create_account("beta")
    names: dict[str, Any] = {"account_id": acme.account_id, "external_id": "beta"}
    assert code(lambda: strict.get_balance(**names)) == "account_mismatch"
    assert code(lambda: strict.create_reservation(amount=1, **names)) == "account_mismatch"
    assert code(lambda: strict.get_account("acme", external_id="beta")) == "account_mismatch"
    wrong = {"account_id": acme.account_id, "external_id": "nobody"}
    assert code(lambda: strict.get_account(**wrong)) == "account_not_found"


def test_what_is_kept_of_an_account_can_be_cleared(strict: Book, acme: Account) -> None:
    full = strict.update_account(
        "acme",
        name="A",
        email="a@b.c",
        markup_percent="5",
        tax_id="1",
        billing_address="B",
        metadata={"c": 1},
    )
    assert (full.tax_id, full.billing_address, full.metadata) == ("1", "B", {"c": 1})
    kept = strict.update_account("acme", clear=["email", "tax_id"])
    assert (kept.email, kept.tax_id, kept.name) == (None, None, "A")
    rest = ["name", "email", "markup_percent", "billing_address", "metadata"]
    bare = strict.update_account("acme", clear=rest, tax_id="2")
    assert (bare.name, bare.email, bare.markup_percent, bare.billing_address) == (None,) * 4
    assert (bare.account_id, bare.tax_id, bare.metadata) == (acme.account_id, "2", {})


@pytest.mark.parametrize("wrong", ["balance", "account_id", "name"])
@pytest.mark.usefixtures("acme")
def test_what_cannot_be_cleared_says_so(strict: Book, wrong: str) -> None:
    """What is no such field, and what is given and cleared at once."""
    assert code(lambda: strict.update_account("acme", clear=[wrong], name="B")) == (
        "invalid_argument"
    )


def test_an_external_id_can_change_and_be_used_again(strict: Book, acme: Account) -> None:
    assert strict.create_reservation("acme", 1).account_id == acme.account_id
    changed = strict.update_account("acme", new_external_id="acme-2")
    assert (changed.account_id, changed.external_id) == (acme.account_id, "acme-2")
    assert code(lambda: strict.create_reservation("acme", 1)) == "account_not_found"
    again = strict.create_account("acme")
    assert again.account_id != acme.account_id
    assert code(lambda: strict.update_account("acme", new_external_id="acme-2")) == "account_exists"
    assert strict.update_account("acme", new_external_id="acme").external_id == "acme"
    assert strict.get_balance("acme-2").balance == 100
    assert strict.get_balance("acme").balance == 0


def test_closing_keeps_everything(funded: Book) -> None:
    closed = funded.close_account("acme")
    assert closed.closed_at == NINE
    funded._clock = lambda: NINE + timedelta(days=1)
    assert funded.close_account("acme") == closed
    assert funded.get_account("acme").balance == 100


def test_retries_of_account_writes(strict: Book) -> None:
    made = strict.create_account("acme", name="A", idempotency_key="1")
    assert strict.create_account("acme", name="A", idempotency_key="1") == made
    conflict = "idempotency_conflict"
    assert code(lambda: strict.create_account("acme", idempotency_key="1")) == conflict
    strict.update_account("acme", name="B", idempotency_key="2")
    strict.update_account("acme", name="C")
    assert strict.update_account("acme", name="B", idempotency_key="2").name == "C"
    assert strict.close_account("acme", idempotency_key="3").closed_at
    assert code(lambda: strict.close_account("acme", idempotency_key="2")) == conflict
    for key in ("", "x" * 256):
        assert (
            code(partial(strict.close_account, "acme", idempotency_key=key)) == "invalid_argument"
        )


def test_a_wrong_field_of_an_account_is_refused(strict: Book) -> None:
    everything: list[dict[str, Any]] = [
        {"currency": "XXX"},
        {"markup_percent": "-100"},
        {"metadata": [1]},
        {"metadata": {1: 2}},
        {"metadata": {"a": float("nan")}},
        {"metadata": {"a": b"x"}},
        {"metadata": {"a": Decimal("Infinity")}},
    ]
    for wrong in everything:
        assert code(partial(strict.create_account, "acme", **wrong)) == "invalid_argument", wrong
        assert strict.list_accounts() == []


# Credits and transactions


def test_results_have_the_fields_of_the_public_api(strict: Book, acme: Account) -> None:
    added = strict.add_credits("acme", "0.5")
    assert (added.balance, added.added, added.external_id) == (
        Decimal("100.5"),
        1 / Decimal(2),
        "acme",
    )
    deducted = strict.deduct_credits(account_id=acme.account_id, amount=10, description="Fee")
    assert (deducted.balance, deducted.deducted) == numbers("90.5", 10)
    moved = strict.create_transaction("acme", 5, type="credit", kind="migration", metadata={"a": 1})
    assert (moved.type, moved.kind, moved.amount) == ("credit", "migration", Decimal(5))
    assert (moved.balance_after, moved.metadata) == (Decimal("95.5"), {"a": 1})
    assert strict.get_transaction(moved.id) == moved
    assert re.fullmatch("txn_[0-9a-f]{24}", moved.id)
    assert code(lambda: strict.create_transaction("acme", 5, type="gift")) == "invalid_argument"
    for wrong in ("add", "confirm", "x"):
        act = partial(strict.create_transaction, "acme", 5, type="debit", kind=wrong)
        assert code(act) == "invalid_argument"
    assert code(lambda: strict.add_credits("acme")) == "invalid_argument"
    for wrong_amount in (0.5, True, None, [1]):
        assert code(lambda a=wrong_amount: strict.add_credits("acme", a)).startswith("invalid_")


def test_transactions_are_listed_newest_first_by_pages(funded: Book) -> None:
    funded.create_account("beta")
    for number in range(5):
        funded.add_credits("acme", number + 1)
        funded.add_credits("beta", number + 1)
    everything = funded.list_transactions()
    assert everything.pagination.total_count == 11
    mine = funded.list_transactions("acme")
    assert [each.amount for each in mine.items] == [5, 4, 3, 2, 1, 100]
    first = funded.list_transactions("acme", limit=4)
    rest = funded.list_transactions("acme", limit=4, offset=4)
    assert [*first.items, *rest.items] == mine.items
    assert (first.pagination.has_more, rest.pagination.has_more) == (True, False)
    assert (rest.pagination.limit, rest.pagination.offset) == (4, 4)
    assert mine.items[-1].payment_method == "card"
    for wrong in ({"limit": 0}, {"limit": 10_001}, {"offset": -1}, {"include": "cake"}):
        assert code(lambda w=wrong: funded.list_transactions(**w)) == "invalid_argument"
    assert code(lambda: funded.list_transactions("nobody")) == "account_not_found"


def test_dates_are_days_of_the_billing_time_zone(funded: Book) -> None:
    funded._clock = lambda: datetime(2026, 10, 31, 22, 59, tzinfo=UTC)
    funded.add_credits("acme", 1)
    funded._clock = lambda: datetime(2026, 10, 31, 23, 0, tzinfo=UTC)
    funded.add_credits("acme", 2)

    def amounts(**dates: Any) -> list[Decimal]:
        return [each.amount for each in funded.list_transactions("acme", **dates).items]

    assert amounts(end_date="2026-10-31") == [1, 100]
    assert amounts(start_date="2026-10-06", end_date="2026-10-31") == [1]
    assert amounts(start_date="2026-11-01") == [2]
    assert amounts(start_date="0001-01-01") == [2, 1, 100]


def test_a_transaction_includes_its_reservation_and_usage(funded: Book) -> None:
    made = funded.create_reservation("acme", 5, operation="chat", model="gpt-4o")
    done = funded.confirm_reservation(made.id, 2)
    for number in range(2):
        funded.record_usage(
            id=f"call-{number}",
            transaction_id=done.transaction_id,
            model_id="gpt-4o",
            input_tokens=1000,
            occurred_at=NINE,
        )
    newest, oldest = funded.list_transactions("acme", include=("reservation", "usage")).items
    assert newest.reservation == funded.get_reservation(made.id)
    assert newest.usage is not None
    assert [each.id for each in newest.usage] == ["call-0", "call-1"]
    assert newest.usage[0].estimated_cost_usd == Decimal("0.0025")
    assert (oldest.reservation, oldest.usage) == (None, ())
    assert funded.list_transactions("acme").items[0].usage is None


# Reservations


def test_a_reservation_keeps_what_it_is_for(funded: Book) -> None:
    made = funded.create_reservation(
        external_id="acme", amount="1.5", operation="chat", model="gpt-4o", metadata={"a": [1]}
    )
    assert isinstance(made, Reservation)
    assert funded.get_reservation(made.id) == made
    assert funded.list_reservations("acme") == funded.list_reservations() == [made]
    assert made.metadata == {"operation": "chat", "model": "gpt-4o", "a": [1]}
    assert (made.status, made.amount) == ("pending", Decimal("1.5"))
    assert made.expires_at - made.created_at == timedelta(minutes=5)
    longer = funded.create_reservation("acme", 1, ttl=timedelta(days=2))
    assert longer.expires_at - longer.created_at == timedelta(days=2)


def test_a_wrong_time_to_live_is_refused(funded: Book) -> None:
    wrong: list[Any] = [0, -1, True, 1.5, "300", timedelta(0), timedelta(days=400), 10**20]
    for ttl in wrong:
        reserve = partial(funded.create_reservation, "acme", 1, ttl=ttl)
        assert code(reserve) == "invalid_argument", ttl


def test_lists_show_live_reservations_or_all(funded: Book) -> None:
    one, two, three = (funded.create_reservation("acme", 1, ttl=s).id for s in (10, 60, 60))
    funded.cancel_reservation(two)
    funded._clock = lambda: NINE + timedelta(seconds=10)
    assert [each.id for each in funded.list_reservations("acme")] == [three]
    found = funded.list_reservations("acme", active_only=False)
    assert {each.id: each.status for each in found} == {
        one: "expired",
        two: "cancelled",
        three: "pending",
    }
    assert len(funded.list_reservations(active_only=False, limit=2, offset=1)) == 2
    assert code(lambda: funded.list_reservations("nobody")) == "account_not_found"


def test_what_is_no_id_is_not_found(strict: Book) -> None:
    for wrong in ("", "x", "res_", "txn_065d141b5be4000123456789", "res_" + "f" * 24):
        found = "reservation_not_found"
        assert code(partial(strict.get_reservation, wrong)) == found, wrong
        assert code(partial(strict.confirm_reservation, wrong, 1)) == found, wrong
        ask_for = partial(strict.get_transaction, wrong.replace("txn", "res"))
        assert code(ask_for) == "transaction_not_found", wrong


def test_an_id_says_when_it_was_made() -> None:
    for text in ("1970-01-01", "2026-10-05T09:00:00.000001", "4000-01-01"):
        moment = datetime.fromisoformat(text)
        made = ids.new_id(ids.RESERVATION, moment)
        assert re.fullmatch("res_[0-9a-f]{24}", made)
        assert ids.made_at(ids.RESERVATION, made) == moment
        assert ids.made_at(ids.TRANSACTION, made) is None


# Usage tied to transactions


def test_usage_of_a_customer_needs_a_transaction(strict: Book, acme: Account) -> None:
    def record(**fields: Any) -> Any:
        return strict.record_usage(model_id="gpt-4o", input_tokens=5, occurred_at=NINE, **fields)

    assert code(lambda: record(external_id="acme")) == "transaction_required"
    assert code(lambda: record(context="customer")) == "transaction_required"
    assert code(lambda: record(external_id="nobody")) == "account_not_found"
    assert record(context="system").transaction_id is None
    paid = strict.deduct_credits("acme", 0)
    for names in ({}, {"external_id": "acme"}, {"context": "customer"}):
        done = record(transaction_id=paid.transaction_id, **names)
        assert (done.context, done.account_id) == ("customer", acme.account_id)
        assert done.transaction_id == paid.transaction_id
    assert record(context="system", transaction_id=paid.transaction_id).account_id is None


def test_a_transaction_that_is_given_is_checked(book: Book) -> None:
    book.create_account("acme")
    book.create_account("beta")
    paid = book.add_credits("acme", 5).transaction_id

    def record(**fields: Any) -> Any:
        return book.record_usage(model_id="gpt-4o", input_tokens=5, **fields)

    assert record(external_id="acme").transaction_id is None
    assert code(lambda: record(transaction_id="txn_1")) == "transaction_not_found"
    system = {"context": "system", "transaction_id": "txn_1"}
    assert code(lambda: record(**system)) == "transaction_not_found"
    other = {"external_id": "beta", "transaction_id": paid}
    assert code(lambda: record(**other)) == "transaction_mismatch"
    assert len(book.get_usage().usage_records or ()) == 1


def test_a_block_confirms_and_records_in_one_go(funded: Book) -> None:
    calls = [{"model_id": "gpt-4o", "input_tokens": n} for n in (10, 20)]
    with funded.reservation("acme", 10) as hold:
        done = hold.confirm("2.5", usage=calls)
    assert hold.confirmation == done
    assert (done.balance, done.charged) == (Decimal("97.5"), Decimal("2.5"))
    assert {each.transaction_id for each in hold.usage_records} == {done.transaction_id}
    assert len(hold.usage_records) == 2
    assert funded.get_balance("acme").available == Decimal("97.5")


def test_a_block_that_fails_or_does_nothing_frees_its_hold(strict: Book, acme: Account) -> None:
    with pytest.raises(ZeroDivisionError), strict.reservation("acme", 10) as failed:
        1 / 0  # noqa: B018
    with strict.reservation(external_id="acme", amount=10) as idle:
        assert strict.get_balance("acme").reserved == 10
    with strict.reservation(account_id=acme.account_id, amount=10) as cancelled:
        cancelled.cancel()
    for hold in (failed, idle, cancelled):
        assert strict.get_reservation(hold.id).status == "cancelled"
    assert strict.get_balance("acme").available == 100


def test_usage_that_is_refused_takes_the_confirmation_back(funded: Book) -> None:
    wrong = {"model_id": "gpt-4o", "input_tokens": -1}
    with pytest.raises(TokenbookError), funded.reservation("acme", 10) as hold:
        hold.confirm(5, usage=[{"model_id": "gpt-4o", "input_tokens": 1}, wrong])
    assert funded.get_reservation(hold.id).status == "cancelled"
    assert funded.get_balance("acme").balance == 100
    assert funded.get_usage().usage_records == []


def test_an_exception_matters_more_than_a_hold_that_cannot_be_freed(tmp_path: Path) -> None:
    book = new_book(tmp_path / "book")
    book.create_account("acme")
    book.add_credits("acme", 1)
    with pytest.raises(ZeroDivisionError), book.reservation("acme", 1):
        raise break_off(book)


def break_off(book: Book) -> Exception:
    """Closes the book; the hold then waits for its expiry."""
    book.close()
    return ZeroDivisionError()


# Statements


def test_a_statement_is_opening_movements_holds_and_closing(funded: Book) -> None:
    held = funded.create_reservation("acme", 5, ttl=timedelta(days=60))
    funded.create_reservation("acme", 5)
    funded.deduct_credits("acme", 30)
    funded._clock = lambda: datetime(2026, 11, 2, tzinfo=UTC)
    funded.add_credits("acme", 7)
    october = funded.get_statement("acme", "2026-10")
    assert (october.opening_balance, october.credits, october.debits) == numbers(0, 100, 30)
    assert (october.closing_balance, october.reserved, october.available) == numbers(70, 5, 65)
    assert [each.id for each in october.holds] == [held.id]
    assert [each.kind for each in october.movements] == ["add", "deduct"]
    assert october.as_of == datetime(2026, 10, 31, 22, 59, 59, 999999, tzinfo=UTC)
    november = funded.get_statement(external_id="acme", month="2026-11")
    assert (november.opening_balance, november.closing_balance, november.available) == numbers(
        70, 77, 72
    )
    assert november.as_of == datetime(2026, 11, 2, tzinfo=UTC)
    funded.confirm_reservation(held.id, 5)
    assert funded.get_statement("acme", "2026-10").reserved == 5
    assert funded.get_statement("acme", "2026-11").closing_balance == 72
    before = funded.get_statement("acme", "2026-09")
    assert (before.opening_balance, before.closing_balance) == numbers(0, 0)
    assert before.movements == []
    assert code(lambda: funded.get_statement("acme")) == "invalid_argument"
    assert code(lambda: funded.get_statement("acme", "October")) == "invalid_argument"


def test_the_page_of_a_statement(funded: Book, tmp_path: Path) -> None:
    funded.create_reservation("acme", "0.5", ttl=86_400)
    funded.deduct_credits("acme", 30, description="<b>Fee</b>")
    path = tmp_path / "pages" / "statement.html"
    path.parent.mkdir()
    funded.write_statement(funded.get_statement("acme", "2026-10"), path)
    page = path.read_text(encoding="utf-8")
    for text in ("October 2026", "Acme GmbH", "100.00", "30.00", "70.00", "0.50 reserved"):
        assert text in page
    assert "&lt;b&gt;Fee&lt;/b&gt;" in page
    assert "<script" not in page
    funded.write_statement(funded.get_statement("acme", "2026-08"), path)
    assert "No credits came or went" in path.read_text(encoding="utf-8")
