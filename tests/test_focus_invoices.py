"""FOCUS and issued invoices: the rows of a document add up to it, whatever happened since."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from analytics import Book
from tests.conftest import assert_sound, new_book, write_lines
from tests.test_focus import broken_rules, charges, total

CENT = Decimal("0.01")
SELLER = """
[seller]
legal_name = "Seller GmbH"
address = ["Weg 1", "10115 Berlin"]
tax_id = "DE1"
"""


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Three accounts with all that an invoice can have, and usage in October."""
    with new_book(tmp_path / "book", markup_percent="33.3333") as book:
        book._clock = lambda: datetime(2026, 11, 2, 9, tzinfo=UTC)
        (book.path / "book.toml").write_text(SELLER, encoding="utf-8")
        book.add_tax_rate("vat", 19)
        book.add_fx_rate("USD", "EUR", "0.912345", day="2026-10-30", source="ECB")
        terms: dict[str, Any] = {"discount_percent": 7, "monthly_fee": "5.55"}
        book.create_account("acme", tax="vat", billing_address="Road 1", name="Acme", **terms)
        book.create_account("euro", currency="EUR", billing_address="Rue 1", name="Euro")
        book.create_account("tiny", monthly_minimum=10, billing_address="Way 1", name="Tiny")
        record(book, "1", "acme", inputTokens=1_234_567, outputTokens=7_777)
        record(book, "2", "euro", inputTokens=1_000_001, cacheReadTokens=3)
        record(book, "3", "tiny", inputTokens=11)
        record(book, "4", None, inputTokens=5_000)
        yield book
        assert_sound(book)


def record(
    book: Book, name: str, account: str | None, day: str = "2026-10-05", **more: Any
) -> None:
    """Loads one call."""
    who = {"context": "system"} if account is None else {"externalId": account}
    call = {"id": name, "model": "gpt-4o", "occurredAt": f"{day}T12:00:00Z"} | who | more
    path = write_lines(book.path.parent / f"{name}.jsonl", json.dumps(call))
    assert book.ingest(path).appended == 1


def issue(book: Book, month: str = "2026-10", **options: Any) -> None:
    """Issues a month; nothing may be held."""
    day = date(2026, 11, 2) if month == "2026-10" else date(2026, 12, 1)
    book.refuse_held(book.issue_invoices(month, issue_date=day, **options))


def assert_adds_up(book: Book, folder: Path) -> list[dict[str, Any]]:
    """The rows of each document add up to it, and rounding is what rounding can be."""
    rows = charges(book, folder)
    assert broken_rules(rows) == set()
    documents = {each.number: each for each in book.list_invoices()}
    assert {row["InvoiceId"] for row in rows if row["InvoiceId"]} == set(documents)
    for number, document in documents.items():
        own = [row for row in rows if row["InvoiceId"] == number]
        assert total(own, "BilledCost") == document.total, number
        assert {row["BillingCurrency"] for row in own} == {document.currency}
        assert {row["BillingAccountId"] for row in own} == {document.account_id}
        assert abs(total(of(own, "rounding"), "BilledCost")) < CENT
        assert total(of(own, "tax"), "BilledCost") == document.tax
    summary = book.get_usage_summary()
    dollars = [row for row in rows if row["BillingCurrency"] == "USD"]
    euros = [row for row in rows if row["BillingCurrency"] == "EUR"]
    costs = total(dollars, "EffectiveCost") + total(euros, "PricingCurrencyEffectiveCost")
    assert costs == summary.total_cost_usd
    return rows


def of(rows: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The rows of a kind."""
    return [row for row in rows if row["x_ChargeKind"] == kind]


def test_before_an_invoice_is_issued_usage_has_no_invoice(book: Book, tmp_path: Path) -> None:
    rows = assert_adds_up(book, tmp_path)
    assert {row["x_ChargeKind"] for row in rows} == {"usage"}
    assert {row["InvoiceIssuerName"] for row in rows} == {"Seller GmbH"}


def test_the_rows_of_an_invoice_add_up_to_it(book: Book, tmp_path: Path) -> None:
    issue(book)
    rows = assert_adds_up(book, tmp_path)
    kinds = {row["x_ChargeKind"] for row in rows}
    assert kinds == {"usage", "discount", "fee", "minimum", "rounding", "tax"}
    assert {row["ChargeCategory"] for row in of(rows, "tax")} == {"Tax"}
    assert {row["InvoiceId"] for row in rows if row["x_Context"] == "system"} == {None}
    (euro,) = [row for row in of(rows, "usage") if row["x_TokenType"] == "cache_read_tokens"]
    assert euro["BillingCurrency"] == "EUR"
    assert euro["ContractedCost"] == Decimal("0.00000375") * Decimal("0.912345")


def test_usage_that_came_later_stands_under_no_invoice_until_it_is_billed(
    book: Book, tmp_path: Path
) -> None:
    issue(book)
    record(book, "late", "acme", inputTokens=400_000)
    rows = assert_adds_up(book, tmp_path)
    (changed,), (open_,) = of(rows, "changed"), of(rows, "open")
    assert changed["BilledCost"] == -open_["BilledCost"] < 0
    assert open_["InvoiceId"] is None
    assert changed["ChargeClass"] == open_["ChargeClass"] == "Correction"
    record(book, "november", "acme", day="2026-11-05", inputTokens=100)
    issue(book, "2026-11")
    rows = assert_adds_up(book, tmp_path)
    assert of(rows, "open") == []
    (adjustment,) = of(rows, "adjustment")
    discounted = -changed["BilledCost"] * Decimal("0.93")
    assert adjustment["BilledCost"] == discounted


def test_a_mark_up_that_changed_later_changes_no_invoice(book: Book, tmp_path: Path) -> None:
    issue(book)
    book.update_account("acme", markup_percent=500)
    rows = assert_adds_up(book, tmp_path)
    assert of(rows, "changed") == of(rows, "open") == []


def test_void_and_partly_credited_invoices_add_up_too(book: Book, tmp_path: Path) -> None:
    issue(book)
    numbers = {each.account_id: each.number for each in book.list_invoices()}
    ids = {name: book.get_account(name).account_id for name in ("acme", "euro", "tiny")}
    book.void_invoice(numbers[ids["acme"]], "wrong address", issue_date=date(2026, 11, 3))
    book.credit_invoice(numbers[ids["tiny"]], 2, "goodwill", issue_date=date(2026, 11, 3))
    rows = assert_adds_up(book, tmp_path)
    acme = [row for row in rows if row["BillingAccountId"] == ids["acme"]]
    assert total([row for row in acme if row["InvoiceId"]], "BilledCost") == 0
    record(book, "late", "acme", inputTokens=400_000)
    book._clock = lambda: datetime(2026, 11, 4, 9, tzinfo=UTC)
    book.refuse_held(
        book.issue_invoices("2026-10", issue_date=date(2026, 11, 4), reissue=True, account="acme")
    )
    rows = assert_adds_up(book, tmp_path)
    acme = [row for row in of(rows, "usage") if row["BillingAccountId"] == ids["acme"]]
    assert len({row["InvoiceId"] for row in acme}) == 3


def test_a_part_of_a_month_names_the_invoice_and_no_more(book: Book, tmp_path: Path) -> None:
    issue(book)
    for which in (
        {"start_date": "2026-10-05", "end_date": "2026-10-05"},
        {"month": "2026-10", "model_id": "gpt-4o"},
    ):
        rows = charges(book, tmp_path, **which)
        assert {row["x_ChargeKind"] for row in rows} == {"usage"}
        assert len({row["InvoiceId"] for row in rows}) == 4
    rows = charges(book, tmp_path, month="2026-10", account="acme")
    assert {"rounding", "tax"} <= {row["x_ChargeKind"] for row in rows}


def test_amounts_of_many_digits_have_room(tmp_path: Path) -> None:
    """A day of 6,000 USD in dong, and as much that comes later."""
    with new_book(tmp_path / "book", markup_percent="12.3456") as book:
        book._clock = lambda: datetime(2026, 11, 2, 9, tzinfo=UTC)
        (book.path / "book.toml").write_text(SELLER, encoding="utf-8")
        book.add_fx_rate("USD", "VND", "26123.456789", day="2026-10-30", source="SBV")
        book.create_account("v", currency="VND", billing_address="Road 1", name="V")
        book.add_price("big", {"input_tokens": "15.000001"})
        record(book, "1", "v", model="big", inputTokens=400_000_001)
        issue(book)
        (row,) = of(charges(book, tmp_path), "usage")
        cost = Decimal("6000.000415000001")
        assert row["EffectiveCost"] == cost * Decimal("26123.456789")
        record(book, "2", "v", model="big", inputTokens=900_000_000)
        (late,) = of(charges(book, tmp_path), "open")
        assert late["BilledCost"] == (
            900 * Decimal("15.000001") * Decimal("1.123456") * Decimal("26123.456789")
        )
        book.undo_load(1)
        book.undo_load(2)
        assert charges(book, tmp_path)
        assert_sound(book)
