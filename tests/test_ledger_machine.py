"""The ledger against a model: a dictionary that does each operation in the obvious way."""

import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import analytics
from analytics import TokenbookError
from tests.conftest import assert_sound, new_book

ACCOUNTS = ("acme", "beta")
LATEST = 3
"""Reservations of the most recent are chosen from: operations then meet."""

amounts = st.decimals(min_value=0, max_value=20, places=2) | st.sampled_from(
    [Decimal("0.000001"), Decimal(5)]
)


@dataclass
class Hold:
    """A reservation of the model."""

    account: str
    amount: Decimal
    expires_at: datetime
    status: str = "pending"
    actual: Decimal | None = None


@dataclass
class Model:
    """What the ledger is to hold."""

    balances: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(ACCOUNTS, Decimal()))
    times: dict[str, datetime] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    transactions: int = 0

    def time(self, account: str, clock: datetime) -> datetime:
        return max(clock, self.times.get(account, clock))

    def touch(self, account: str, clock: datetime) -> datetime:
        """A write: what has expired by now has expired for good."""
        self.times[account] = now = self.time(account, clock)
        return now

    def reserved(self, account: str, now: datetime) -> Decimal:
        live = (h for h in self.holds.values() if h.account == account and h.status == "pending")
        return sum((hold.amount for hold in live if hold.expires_at > now), Decimal(0))

    def available(self, account: str, now: datetime) -> Decimal:
        return self.balances[account] - self.reserved(account, now)


class LedgerMachine(RuleBasedStateMachine):
    """Random operations with a clock that jumps; each result is the model's."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.clock = datetime(2026, 10, 5, 9, tzinfo=UTC)
        self.model = Model()
        self.used: list[tuple[str, Any, Any]] = []
        self.book = new_book(self.folder / "book")
        self.book._clock = lambda: self.clock
        for account in ACCOUNTS:
            self.book.create_account(account)

    def teardown(self) -> None:
        if hasattr(self, "book"):
            assert_sound(self.book)
            self.book.close()
            shutil.rmtree(self.folder)

    def attempt(self, expected: str | None, act: Any) -> Any:
        """Runs an operation that must end with an error's code, or with none.

        One that succeeds is done with a key, and repeated with the same one now and then.
        """
        key = f"key-{len(self.used)}"
        if expected:
            with pytest.raises(TokenbookError) as caught:
                act(key)
            assert caught.value.code == expected
            return None
        result = act(key)
        self.used.append((key, act, result))
        return result

    @rule(account=st.sampled_from(ACCOUNTS), amount=amounts)
    def add(self, account: str, amount: Decimal) -> None:
        expected = (
            "zero_amount"
            if not amount
            else "account_closed"
            if account in self.model.closed
            else None
        )
        done = self.attempt(
            expected, lambda key: self.book.add_credits(account, amount, idempotency_key=key)
        )
        if done:
            self.model.touch(account, self.clock)
            self.model.balances[account] += amount
            self.model.transactions += 1
            assert done.balance == self.model.balances[account]

    @rule(account=st.sampled_from(ACCOUNTS), amount=amounts)
    def deduct(self, account: str, amount: Decimal) -> None:
        now = self.model.time(account, self.clock)
        is_covered = amount <= self.model.available(account, now)
        done = self.attempt(
            None if is_covered else "insufficient_credits",
            lambda key: self.book.deduct_credits(account, amount, idempotency_key=key),
        )
        if done:
            self.model.touch(account, self.clock)
            self.model.balances[account] -= amount
            self.model.transactions += 1

    @rule(account=st.sampled_from(ACCOUNTS), amount=amounts, ttl=st.integers(1, 600))
    def reserve(self, account: str, amount: Decimal, ttl: int) -> None:
        now = self.model.time(account, self.clock)
        expected = None
        if not amount:
            expected = "zero_amount"
        elif account in self.model.closed:
            expected = "account_closed"
        elif amount > self.model.available(account, now):
            expected = "insufficient_credits"
        made = self.attempt(
            expected,
            lambda key: (
                self.book.create_reservation(account, amount, ttl=ttl, idempotency_key=key).id
            ),
        )
        if made:
            now = self.model.touch(account, self.clock)
            self.model.holds[made] = Hold(account, amount, now + timedelta(seconds=ttl))

    @rule(place=st.integers(1, LATEST), amount=amounts, cap=st.booleans(), whole=st.booleans())
    def confirm(self, place: int, amount: Decimal, *, cap: bool, whole: bool) -> None:
        if len(self.model.holds) < place:
            return
        reservation = list(self.model.holds)[-place]
        hold = self.model.holds[reservation]
        actual = hold.amount if whole else amount
        now = self.model.time(hold.account, self.clock)
        is_late = hold.expires_at <= now
        held = Decimal(0) if is_late or hold.status != "pending" else hold.amount
        usable = self.model.available(hold.account, now) + held
        expected = None
        if hold.status == "cancelled":
            expected = "reservation_cancelled"
        elif hold.status == "confirmed":
            expected = None if actual == hold.actual else "reservation_already_confirmed"
        elif actual > usable and not cap:
            expected = "reservation_expired" if is_late else "insufficient_credits"
        done = self.attempt(
            expected,
            lambda key: self.book.confirm_reservation(
                reservation, actual, on_shortfall="cap" if cap else "reject", idempotency_key=key
            ),
        )
        if done and hold.status != "confirmed":
            self.model.touch(hold.account, self.clock)
            charged = min(actual, usable)
            self.model.balances[hold.account] -= charged
            self.model.transactions += 1
            hold.status, hold.actual = "confirmed", actual
            facts = (done.charged, done.released, done.shortfall, done.balance, done.is_late)
            left = max(held - charged, Decimal(0))
            balance = self.model.balances[hold.account]
            assert facts == (charged, left, actual - charged, balance, is_late)

    @rule(place=st.integers(1, LATEST))
    def cancel(self, place: int) -> None:
        if len(self.model.holds) < place:
            return
        reservation = list(self.model.holds)[-place]
        hold = self.model.holds[reservation]
        done = self.attempt(
            "reservation_already_confirmed" if hold.status == "confirmed" else None,
            lambda key: self.book.cancel_reservation(reservation, idempotency_key=key).status,
        )
        if done and hold.status == "pending":
            now = self.model.touch(hold.account, self.clock)
            if hold.expires_at > now:
                hold.status = "cancelled"
            assert done == ("cancelled" if hold.status == "cancelled" else "expired")

    @rule(account=st.sampled_from(ACCOUNTS), sure=st.integers(0, 9))
    def close_account(self, account: str, sure: int) -> None:
        if sure == 0:
            self.book.close_account(account)
            self.model.closed.add(account)

    @rule(seconds=st.integers(-1200, 1200))
    def jump(self, seconds: int) -> None:
        self.clock += timedelta(seconds=seconds)

    @rule(place=st.integers(1, 5))
    def retry(self, place: int) -> None:
        """The same key and request: the same result, and nothing changes."""
        if len(self.used) >= place:
            key, act, result = self.used[-place]
            again = act(key)
            assert again == result or isinstance(result, str)

    @rule()
    def reopen(self) -> None:
        self.book.close()
        self.book = analytics.open(self.folder / "book")
        self.book._clock = lambda: self.clock

    @invariant()
    def balances_are_the_models(self) -> None:
        if not hasattr(self, "book"):
            return
        for account in ACCOUNTS:
            now = self.model.time(account, self.clock)
            found = self.book.get_balance(account)
            assert found.balance == self.model.balances[account]
            assert found.reserved == self.model.reserved(account, now)
            assert found.available == found.balance - found.reserved >= 0
        for reservation, hold in list(self.model.holds.items())[-LATEST:]:
            status = self.book.get_reservation(reservation).status
            now = self.model.time(hold.account, self.clock)
            is_over = hold.status == "pending" and hold.expires_at <= now
            assert status == ("expired" if is_over else hold.status)
        total = self.book.list_transactions(limit=1).pagination.total_count
        assert total == self.model.transactions


def test_the_ledger_does_what_the_model_does() -> None:
    """A short run of what the slow test does at length."""
    run(examples=6, steps=25)


@pytest.mark.slow
def test_the_ledger_does_what_the_model_does_for_long() -> None:
    run(examples=60, steps=50)


def run(examples: int, steps: int) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
