"""Invoices that are issued: once, without gaps, frozen, and corrected by the next document."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, localcontext
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import analytics
from analytics import Book, Invoice, configuration, invoices
from analytics.documents import faces
from analytics.errors import (
    InvalidArgument,
    InvalidConfiguration,
    InvoiceNotFound,
    InvoiceNotVoidable,
    InvoicesDamaged,
    InvoicesHeld,
    MonthNotOver,
    RateExists,
    SellerIncomplete,
)
from analytics.invoices.storing import POINTS
from analytics.money import MINOR_UNIT_DIGITS
from analytics.period import month_period
from tests.conftest import assert_sound, new_book, outcomes, some, write_lines, write_seller

ISSUED = date(2026, 11, 2)
LATER = date(2026, 12, 2)
MILLION = 1_000_000
OCTOBER = {"occurredAt": "2026-10-05T00:00:00Z"}


def total_of(amounts: Sequence[Decimal]) -> Decimal:
    """A sum that never loses a digit."""
    with localcontext(prec=200):
        return sum(amounts, Decimal(0))


def use(
    book: Book,
    account: str,
    tokens: int,
    *,
    day: str = "2026-10-05",
    model: str = "gpt-4o",
    **more: Any,
) -> None:
    """Records usage of an account, which is made where it is not there."""
    if account not in {each.external_id for each in book.list_accounts()}:
        book.create_account(account, name=account.title())
    book.record_usage(
        external_id=account,
        context="customer",
        model_id=model,
        occurred_at=f"{day}T12:00:00Z",
        input_tokens=tokens,
        **more,
    )


def issue(book: Book, month: str = "2026-10", day: date = ISSUED, **more: Any) -> list[str | None]:
    """Issues a month; returns the numbers that it gave."""
    run = book.issue_invoices(month, issue_date=day, **more)
    assert not [each for each in outcomes(run) if each.startswith("failed")]
    return [each.number for each in run.outcomes if each.outcome == "issued"]


def content_of(book: Book, number: str) -> Mapping[str, Any]:
    return book.get_invoice(number).content


def lines_of(book: Book, number: str) -> list[tuple[str, str, str]]:
    content = content_of(book, number)
    return [(line["kind"], line["label"], line["amount"]) for line in content["lines"]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two closed books that tests copy: one without usage, one with two accounts and a seller."""
    folder = tmp_path_factory.mktemp("made")
    paths = {"empty": folder / "empty", "selling": folder / "selling"}
    with new_book(paths["empty"], markup_percent=20, require_transactions=False) as book:
        write_seller(book.path)
    shutil.copytree(paths["empty"], paths["selling"])
    with analytics.open(paths["selling"]) as book:
        use(book, "acme", 1_234_567)
        use(book, "beta", MILLION)
    return paths


@pytest.fixture
def book(made: dict[str, Path], tmp_path: Path) -> Iterator[Book]:
    """A copy of the book without usage; its checks must pass in the end."""
    yield from opened(made["empty"], tmp_path)


@pytest.fixture
def selling(made: dict[str, Path], tmp_path: Path) -> Iterator[Book]:
    """A copy of the book with two accounts that used something in October."""
    yield from opened(made["selling"], tmp_path)


def opened(made: Path, folder: Path) -> Iterator[Book]:
    shutil.copytree(made, folder / "book")
    with analytics.open(folder / "book") as book:
        yield book
        assert_sound(book)


def load(book: Book, folder: Path, *accounts: str, tokens: int = MILLION) -> None:
    """Usage of many accounts at once."""
    lines = [
        json.dumps({"model": "gpt-4o", "externalId": name, "inputTokens": tokens} | OCTOBER)
        for name in accounts
    ]
    book.ingest(write_lines(folder / "load.jsonl", *lines), create_accounts=True)


# The life cycle


def test_a_month_is_issued_once(selling: Book) -> None:
    run = selling.issue_invoices("2026-10", issue_date=ISSUED)
    assert [(each.outcome, each.number, each.total) for each in run.outcomes] == [
        ("issued", "INV-2026-0001", Decimal("3.70")),
        ("issued", "INV-2026-0002", Decimal("3.00")),
    ]
    again = selling.issue_invoices("2026-10", issue_date=ISSUED)
    assert [each.reason for each in again.outcomes] == ["issued already"] * 2
    assert [each.number for each in selling.list_invoices()] == ["INV-2026-0001", "INV-2026-0002"]
    assert [each.number for each in selling.list_invoices(account="beta")] == ["INV-2026-0002"]
    assert selling.list_invoices(month="2026-09") == []


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_month_is_not_issued_before_it_is_over(selling: Book, *, dry_run: bool) -> None:
    last = date(2026, 10, 31)
    with pytest.raises(MonthNotOver, match="Issue it from 2026-11-01 on; --early"):
        selling.issue_invoices("2026-10", issue_date=last, dry_run=dry_run)
    assert selling.list_invoices() == []
    assert issue(selling, day=date(2026, 11, 1)) == ["INV-2026-0001", "INV-2026-0002"]


def test_whether_a_month_is_over_is_a_question_of_the_billing_time_zone(tmp_path: Path) -> None:
    """Half an hour before midnight in Berlin, and after it."""
    wanted = {"billing_timezone": "Europe/Berlin", "require_transactions": False}
    with new_book(tmp_path / "book", **wanted) as book:
        write_seller(book.path)
        use(book, "acme", MILLION)
        book._clock = lambda: datetime(2026, 10, 31, 22, 30, tzinfo=UTC)
        with pytest.raises(MonthNotOver, match="a day of Europe/Berlin, and the issue date is"):
            book.issue_invoices("2026-10")
        book._clock = lambda: datetime(2026, 10, 31, 23, 0, tzinfo=UTC)
        assert outcomes(book.issue_invoices("2026-10")) == ["issued"]


def test_a_month_that_is_issued_early_is_adjusted_by_the_next(selling: Book) -> None:
    early = date(2026, 10, 20)
    assert issue(selling, day=early, account="acme", early=True) == ["INV-2026-0001"]
    use(selling, "acme", MILLION, day="2026-10-25")
    assert issue(selling, "2026-11", LATER, account="acme") == ["INV-2026-0002"]
    assert lines_of(selling, "INV-2026-0002") == [
        ("adjustment", "Adjustment of 2026-10 (INV-2026-0001)", "3.00")
    ]


def test_an_issued_invoice_is_frozen(selling: Book) -> None:
    """Prices, names, mark-up, templates and usage change; what was issued does not."""
    issue(selling)
    before = selling.get_invoice("INV-2026-0001")
    assert before.faces["json"] == analytics_json(before.content)
    selling.update_account("acme", name="Another", markup_percent=99, billing_address="Elsewhere")
    selling.add_price("gpt-4o", {"input_tokens": 9}, effective_from="2026-10-01")
    use(selling, "acme", MILLION, day="2026-10-06")
    write_seller(selling.path, 'footer = "Another"\n')
    after = selling.get_invoice("INV-2026-0001")
    assert (after.content, after.faces) == (before.content, before.faces)
    assert before.content["customer"]["name"] == "Acme"
    assert selling.verify_invoices()[0].problems == []


def analytics_json(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def test_a_markup_that_changes_later_leaves_issued_months_alone(selling: Book) -> None:
    issue(selling)
    selling.update_account("acme", markup_percent=50)
    use(selling, "acme", MILLION, day="2026-10-07")
    assert issue(selling, "2026-11", LATER) == ["INV-2026-0003"]
    assert lines_of(selling, "INV-2026-0003") == [
        ("adjustment", "Adjustment of 2026-10 (INV-2026-0001)", "3.00")
    ]


def test_drafting_changes_nothing_and_says_what_is_issued(selling: Book) -> None:
    draft = selling.draft_invoices("2026-10", account="acme")[0]
    assert draft.content is not None
    assert (draft.content["status"], draft.content["number"]) == ("draft", None)
    issue(selling, account="acme")
    drafts = selling.draft_invoices("2026-10")
    assert [(each.number, each.content is None) for each in drafts] == [
        ("INV-2026-0001", True),
        (None, False),
    ]


def test_a_rehearsal_issues_nothing(selling: Book) -> None:
    assert issue(selling, dry_run=True) == [None, None]
    assert selling.list_invoices() == []


def test_nothing_is_issued_while_the_seller_is_unknown(book: Book) -> None:
    use(book, "acme", MILLION)
    (book.path / "book.toml").write_text("[invoice]\ncustomer_needs = []\n", encoding="utf-8")
    with pytest.raises(SellerIncomplete, match="lacks legal_name, address"):
        issue(book)
    book.add_tax_rate("vat", 19)
    write_seller(book.path, 'tax = "vat"\n')
    assert book.missing_seller_data() == []


def test_an_account_that_lacks_something_is_held_and_says_what(selling: Book) -> None:
    (selling.path / "book.toml").write_text(
        '[seller]\nlegal_name = "E"\naddress = "S"\n', encoding="utf-8"
    )
    use(selling, "gamma", 5, model="nobody-knows-1")
    selling.update_account("beta", billing_address="Street 1\n20095 Hamburg")
    run = selling.issue_invoices("2026-10", issue_date=ISSUED)
    assert outcomes(run) == ["held", "issued", "held"]
    assert run.outcomes[0].reason == (
        "no address: tokenbook accounts update acme --billing-address TEXT"
    )
    assert "1 record without a price" in str(run.outcomes[2].reason)
    with pytest.raises(
        InvoicesHeld, match=r"2 of 3 .* acme, gamma\. acme: no address.*; gamma: 1 rec"
    ):
        selling.refuse_held(run)
    customer = content_of(selling, "INV-2026-0001")["customer"]
    assert customer["address"] == ["Street 1", "20095 Hamburg"]


def test_numbers_begin_anew_where_the_format_says_so(selling: Book) -> None:
    write_seller(selling.path, 'number = "R{year}{month}/{number:03}"\n')
    with pytest.raises(InvalidConfiguration, match="may hold letters"):
        issue(selling)
    write_seller(selling.path, 'number = "R{year}-{month}-{number:03}"\n')
    assert issue(selling, account="acme") == ["R2026-11-001"]
    assert issue(selling, account="beta") == ["R2026-11-002"]
    use(selling, "acme", MILLION, day="2026-11-05")
    assert issue(selling, "2026-11", LATER) == ["R2026-12-001"]


def test_two_series_that_begin_alike_are_refused(selling: Book) -> None:
    write_seller(selling.path, 'number = "X-{number}"\ncredit_note_number = "X-{number:09}"\n')
    with pytest.raises(InvalidConfiguration, match="begin alike"):
        issue(selling)


def test_dates_follow_the_numbers(selling: Book) -> None:
    issue(selling, account="acme", day=LATER)
    with pytest.raises(InvalidArgument, match="is before 2026-12-02"):
        issue(selling, account="beta")
    assert len(selling.list_invoices()) == 1


def test_what_is_unknown_is_not_found(selling: Book) -> None:
    for ask in (selling.get_invoice, lambda n: selling.void_invoice(n, "x")):
        with pytest.raises(InvoiceNotFound):
            ask("INV-2026-0009")
    with pytest.raises(InvoiceNotFound):
        selling.verify_invoices(number="INV-2026-0009")


# Money


def test_terms_become_lines_in_order(selling: Book) -> None:
    selling.add_tax_rate("vat", "19")
    selling.add_fx_rate("USD", "EUR", "0.5", day="2026-10-30", source="ECB")
    selling.update_account(
        "acme",
        currency="EUR",
        discount_percent=10,
        monthly_minimum=2,
        monthly_fee="4.99",
        fee_label="Support",
        tax="vat",
    )
    issue(selling, account="acme")
    content = content_of(selling, "INV-2026-0001")
    assert lines_of(selling, "INV-2026-0001") == [
        ("usage", "Input", "1.85"),
        ("discount", "Discount 10%", "-0.18"),
        ("minimum", "Up to the monthly minimum of 2.00", "0.33"),
        ("fee", "Support", "4.99"),
    ]
    assert content["exchange_rate"] == {
        "from": "USD",
        "to": "EUR",
        "rate": "0.5",
        "date": "2026-10-30",
        "source": "ECB",
    }
    assert content["tax"] == [
        {
            "name": "vat",
            "kind": "standard",
            "rate_percent": "19",
            "note": None,
            "base": "6.99",
            "amount": "1.33",
        }
    ]
    assert (content["usage"], content["subtotal"], content["total"]) == ("1.85", "6.99", "8.32")


def test_reverse_charge_has_its_sentence_and_needs_the_customers_tax_id(selling: Book) -> None:
    selling.add_tax_rate("eu", kind="reverse_charge", note="Reverse charge.")
    selling.update_account("acme", tax="eu")
    run = selling.issue_invoices("2026-10", account="acme", issue_date=ISSUED)
    assert "no tax id" in str(run.outcomes[0].reason)
    selling.update_account("acme", tax_id="FR123")
    issue(selling, account="acme")
    tax = content_of(selling, "INV-2026-0001")["tax"]
    assert [(row["note"], row["base"], row["amount"]) for row in tax] == [
        ("Reverse charge.", "3.70", "0.00")
    ]


def test_a_tax_rate_holds_from_its_day(selling: Book) -> None:
    selling.add_tax_rate("vat", 16)
    selling.add_tax_rate("vat", 19, effective_from=date(2026, 11, 1))
    write_seller(selling.path, 'tax = "vat"\n')
    issue(selling)
    use(selling, "acme", MILLION, day="2026-10-09")
    use(selling, "acme", MILLION, day="2026-11-09")
    issue(selling, "2026-11", LATER)
    tax = content_of(selling, "INV-2026-0003")["tax"]
    assert [(row["rate_percent"], row["base"], row["amount"]) for row in tax] == [
        ("19", "3.00", "0.57"),
        ("16", "3.00", "0.48"),
    ]


def test_an_unknown_tax_or_a_missing_exchange_rate_holds_an_invoice(selling: Book) -> None:
    selling.update_account("acme", currency="JPY")
    selling.update_account("beta", tax="nowhere")
    selling.add_fx_rate("USD", "JPY", 150, day="2026-08-01", source="too old")
    drafts = selling.draft_invoices("2026-10")
    assert [each.content for each in drafts] == [None, None]
    assert "tokenbook fx add USD JPY RATE" in drafts[0].holds[0]
    assert "no tax rate 'nowhere' in force" in drafts[1].holds[0]
    selling.add_fx_rate("USD", "JPY", 150, day="2026-10-15", source="BOJ")
    assert issue(selling) == ["INV-2026-0001"]
    assert content_of(selling, "INV-2026-0001")["total"] == "556"


def test_a_fee_is_due_without_usage_from_the_month_of_the_account(book: Book) -> None:
    write_seller(book.path)
    book._clock = lambda: analytics_time("2026-10-10T00:00:00+00:00")
    book.create_account("acme", monthly_fee=5)
    assert issue(book, "2026-09") == []
    assert issue(book, "2026-10") == ["INV-2026-0001"]
    assert lines_of(book, "INV-2026-0001") == [("fee", "Monthly fee", "5.00")]
    book.close_account("acme")
    assert issue(book, "2026-11", LATER) == []


def analytics_time(text: str) -> Any:
    from datetime import datetime

    return datetime.fromisoformat(text)


def test_an_invoice_of_a_free_model_has_no_lines(book: Book) -> None:
    write_seller(book.path)
    book.add_price("house-1", free=True, provider="house")
    use(book, "acme", 5, model="house-1", provider="house")
    assert issue(book) == ["INV-2026-0001"]
    content = content_of(book, "INV-2026-0001")
    assert (content["lines"], content["total"], content["due_date"]) == ([], "0.00", None)


def test_credits_stand_on_the_invoice_of_who_has_them(selling: Book) -> None:
    selling._clock = lambda: analytics_time("2026-10-10T00:00:00+00:00")
    selling.add_credits("acme", 100)
    issue(selling)
    assert content_of(selling, "INV-2026-0001")["credits"] == {"opening": "0", "closing": "100"}
    assert content_of(selling, "INV-2026-0002")["credits"] is None


# Corrections


def test_late_usage_is_an_adjustment_of_its_month(selling: Book) -> None:
    issue(selling)
    use(selling, "acme", MILLION, day="2026-10-31")
    use(selling, "acme", 2 * MILLION, day="2026-11-03")
    assert issue(selling, "2026-11", LATER) == ["INV-2026-0003"]
    assert lines_of(selling, "INV-2026-0003") == [
        ("usage", "Input", "6.00"),
        ("adjustment", "Adjustment of 2026-10 (INV-2026-0001)", "3.00"),
    ]
    [adjustment] = content_of(selling, "INV-2026-0003")["adjustments"]
    assert (adjustment["month"], adjustment["exact"]) == ("2026-10", "3")
    assert [(row["meter"], row["quantity"]) for row in adjustment["usage"]] == [
        ("input_tokens", "1000000")
    ]
    assert issue(selling, "2026-12", date(2027, 1, 2)) == []


def test_undone_usage_of_an_invoice_becomes_a_credit_note(book: Book, tmp_path: Path) -> None:
    write_seller(book.path)
    row = {"model": "gpt-4o", "externalId": "acme", "inputTokens": MILLION}
    line = json.dumps({**row, "occurredAt": "2026-10-05T00:00:00Z"})
    load = book.ingest(write_lines(tmp_path / "u.jsonl", line), create_accounts=True)
    issue(book)
    assert load.load_id is not None
    book.undo_load(load.load_id)
    assert issue(book, "2026-11", LATER) == ["CN-2026-0001"]
    found = book.get_invoice("CN-2026-0001")
    assert (found.invoice.kind, found.invoice.total) == ("credit_note", Decimal("-3.00"))
    assert found.content["due_date"] is None
    assert issue(book, "2026-12", date(2027, 1, 2)) == []


def test_late_usage_fills_a_minimum_before_it_costs(selling: Book) -> None:
    selling.update_account("acme", monthly_minimum=5)
    issue(selling)
    use(selling, "acme", 100_000, day="2026-10-06")
    assert issue(selling, "2026-11", LATER, account="acme") == ["INV-2026-0003"]
    kinds = [kind for kind, _, _ in lines_of(selling, "INV-2026-0003")]
    assert kinds == ["minimum"], "October stays below its minimum"
    use(selling, "acme", MILLION, day="2026-10-07")
    issue(selling, "2026-12", date(2027, 1, 2), account="acme")
    adjustment = [x for x in lines_of(selling, "INV-2027-0001") if x[0] == "adjustment"]
    assert [amount for _, _, amount in adjustment] == ["2.00"]


def test_a_void_mirrors_its_invoice_and_the_month_is_issued_again(selling: Book) -> None:
    selling.add_tax_rate("vat", 19)
    write_seller(selling.path, 'tax = "vat"\n')
    issue(selling)
    credit = selling.credit_invoice("INV-2026-0001", "1.00", "Goodwill", issue_date=ISSUED)
    assert (credit.number, credit.total) == ("CN-2026-0001", Decimal("-1.19"))
    void = selling.void_invoice("INV-2026-0001", "Wrong name", issue_date=ISSUED)
    assert void.total == Decimal("-3.21")
    content = content_of(selling, void.number)
    assert content["refers_to"] == {
        "number": "INV-2026-0001",
        "date": "2026-11-02",
        "reason": "Wrong name",
    }
    assert lines_of(selling, void.number) == [
        ("usage", "Input", "-3.70"),
        ("credit", "Credited before (CN-2026-0001): Goodwill", "1.00"),
    ]
    assert content["lines"][0]["quantity"] == "-1234567"
    assert selling.get_invoice("INV-2026-0001").invoice.status == "void"
    assert issue(selling) == []
    assert issue(selling, reissue=True) == ["INV-2026-0003"]
    assert total_of([each.total for each in selling.list_invoices(account="acme")]) == (
        Decimal("4.40")
    )
    assert [each.problems for each in selling.verify_invoices()] == [[]] * 5


def test_a_void_month_that_a_later_invoice_adjusted_is_not_billed_twice(selling: Book) -> None:
    issue(selling)
    use(selling, "acme", MILLION, day="2026-10-20")
    issue(selling, "2026-11", LATER)  # bills the late million
    selling.void_invoice("INV-2026-0001", "Wrong", issue_date=LATER)
    assert issue(selling, reissue=True, day=LATER) == ["INV-2026-0004"]
    assert lines_of(selling, "INV-2026-0004") == [
        ("usage", "Input", "6.70"),
        ("adjustment", "Billed before, of 2026-10 (INV-2026-0001)", "-3.00"),
    ]
    assert issue(selling, "2026-12", date(2027, 1, 2)) == []


def test_what_cannot_be_corrected_is_refused(selling: Book) -> None:
    issue(selling)
    for amount in ("0", "-1", "0.001", "x", "NaN"):
        with pytest.raises(InvalidArgument, match="no amount of USD above zero"):
            selling.credit_invoice("INV-2026-0001", amount, "x", issue_date=ISSUED)
    with pytest.raises(InvoiceNotVoidable, match=r"only 3\.70 of it is left"):
        selling.credit_invoice("INV-2026-0001", 4, "x", issue_date=ISSUED)
    with pytest.raises(InvalidArgument, match="no tax 'vat'"):
        selling.credit_invoice("INV-2026-0001", 1, "x", tax="vat", issue_date=ISSUED)
    with pytest.raises(InvalidArgument, match="say why"):
        selling.void_invoice("INV-2026-0001", " ", issue_date=ISSUED)
    void = selling.void_invoice("INV-2026-0001", "x", issue_date=ISSUED)
    with pytest.raises(InvoiceNotVoidable, match=f"{void.number} voided it"):
        selling.void_invoice("INV-2026-0001", "x", issue_date=ISSUED)
    with pytest.raises(InvoiceNotVoidable, match="corrects INV-2026-0001 itself"):
        selling.void_invoice(void.number, "x", issue_date=ISSUED)


def test_a_change_in_another_currency_holds_the_invoice(selling: Book) -> None:
    issue(selling)
    selling.add_fx_rate("USD", "EUR", "0.9", day="2026-11-30", source="ECB")
    selling.update_account("acme", currency="EUR")
    use(selling, "acme", MILLION, day="2026-10-31")
    run = selling.issue_invoices("2026-11", issue_date=LATER)
    assert "2026-10 was billed in USD and has changed since" in str(run.outcomes[0].reason)


def test_late_usage_without_a_price_holds_the_next_invoice(selling: Book) -> None:
    issue(selling)
    use(selling, "acme", MILLION, day="2026-10-31", model="nobody-knows-1")
    use(selling, "acme", MILLION, day="2026-11-01")
    run = selling.issue_invoices("2026-11", issue_date=LATER)
    assert "of issued months without a price" in str(run.outcomes[0].reason)


# Rates


def test_rates_are_checked_and_never_overwritten_by_accident(book: Book, tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "rates.csv",
        "from,to,date,rate,source",
        "USD,EUR,2026-10-30,0.86,ECB",
        "USD,JPY,2026-10-30,151.2,ECB",
    )
    assert (book.import_fx_rates(path), book.import_fx_rates(path)) == (2, 0)
    with pytest.raises(RateExists, match=r"USD to EUR on 2026-10-30 already: 0\.86"):
        book.add_fx_rate("USD", "EUR", "0.9", day="2026-10-30", source="x")
    book.add_fx_rate("USD", "EUR", "0.9", day="2026-10-30", source="x", replace=True)
    assert [str(each.rate.normalize()) for each in book.list_fx_rates()] == ["0.9", "151.2"]
    for bad in ("USD,XXX,2026-10-30,1,e", "USD,EUR,2026-13-30,1,e", "USD,EUR,2026-10-30,-1,e"):
        write_lines(path, "from,to,date,rate,source", bad)
        with pytest.raises(InvalidArgument, match="line 2"):
            book.import_fx_rates(path)
    for name, percent, kind in (
        ("v", 101, "standard"),
        ("v", 0, "x"),
        ("v", 0, "exempt"),
        ("", 0, "x"),
    ):
        with pytest.raises(InvalidArgument):
            book.add_tax_rate(name, percent, kind=kind)
    book.add_tax_rate("vat", 19)
    with pytest.raises(RateExists, match="19%"):
        book.add_tax_rate("vat", 20)


# Verifying


DAMAGES = {
    "content": "update invoice set content = replace(content, 'Acme', 'Evil')",
    "recomputed": "update invoice set content = replace(content, 'Acme', 'Evil'),"
    " sha256 = sha256(replace(content, 'Acme', 'Evil'))",
    "html": "update invoice_face set bytes = 'x'::blob where face = 'html'",
    "html, hash": "update invoice_face set bytes = 'x'::blob, sha256 = sha256('x'::blob)"
    " where face = 'html'",
    "missing": "delete from invoice where number = 'INV-2026-0001'",
    "total": "update invoice set total = total + 1 where number = 'INV-2026-0001'",
}


@pytest.fixture(scope="module")
def verified(made: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed book with two invoices that are whole."""
    path = Path(shutil.copytree(made["selling"], tmp_path_factory.mktemp("verified") / "book"))
    with analytics.open(path) as book:
        issue(book)
        book.refuse_damaged(book.verify_invoices())
    return path


@pytest.mark.parametrize("damage", DAMAGES)
def test_verify_finds_damage(verified: Path, tmp_path: Path, damage: str) -> None:
    path = Path(shutil.copytree(verified, tmp_path / "book"))
    with duckdb.connect(str(path / "book.duckdb")) as connection:
        connection.execute(DAMAGES[damage])
    with analytics.open(path, read_only=True) as book, pytest.raises(InvoicesDamaged):
        book.refuse_damaged(book.verify_invoices())


# A process that dies, and two at once


DYING = """
import os, sys
from datetime import date, datetime
import analytics
from analytics import configuration, invoices
from analytics.documents import faces
from analytics.engines.duckdb import DuckDBEngine
from analytics.period import month_period
from pathlib import Path
path, point, after = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
seen = []
def at(reached):
    seen.append(reached)
    if seen.count(point) > after and reached == point:
        os._exit(9)
invoices.issue(
    DuckDBEngine(path), configuration.read(path), month_period("2026-10"), faces.render,
    invoices.Options(issue_date=date(2026, 11, 2)), now=datetime(2026, 11, 2), at=at,
)
"""


@pytest.mark.examples
@pytest.mark.parametrize("point", some(POINTS, 3))
def test_a_process_that_dies_leaves_no_gap_and_no_half_invoice(
    made: dict[str, Path], tmp_path: Path, point: str
) -> None:
    path = tmp_path / "book"
    shutil.copytree(made["selling"], path)
    with analytics.open(path) as book:
        load(book, tmp_path, "gamma")
    command = [sys.executable, "-c", DYING, str(path), point, "1"]
    died = subprocess.run(command, check=False, capture_output=True, text=True)
    assert died.returncode == 9, died.stderr
    with analytics.open(path) as book:
        kept = len(book.list_invoices())
        assert kept == {"numbered": 0, "committed": 2}.get(point, 1)
        book.refuse_damaged(book.verify_invoices())
        assert_sound(book)
        issue(book)
        numbers = [each.number for each in book.list_invoices()]
        assert numbers == ["INV-2026-0001", "INV-2026-0002", "INV-2026-0003"]
        book.refuse_damaged(book.verify_invoices())
        assert_sound(book)


def test_two_processes_at_once_issue_each_invoice_once(
    made: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "book"
    shutil.copytree(made["empty"], path)
    with analytics.open(path) as book:
        load(book, tmp_path, *(f"account-{number}" for number in range(12)))
    command = [
        *(sys.executable, "-m", "analytics", "invoice", "issue", "--month", "2026-10"),
        *("--book", str(path), "--wait", "60", "--issue-date", "2026-11-02", "--json"),
    ]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    runs = [json.loads(process.communicate()[0])["outcomes"] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    issued = [each["number"] for run in runs for each in run if each["outcome"] == "issued"]
    assert sorted(issued) == [f"INV-2026-{number:04}" for number in range(1, 13)]


class Panic(BaseException):
    """As a fault in typst itself arrives: it is no Exception."""


def test_an_invoice_that_cannot_be_rendered_leaves_no_gap(selling: Book, tmp_path: Path) -> None:
    """Its number goes to the next one; what was rendered ahead is numbered anew."""
    load(selling, tmp_path, *(f"more-{number:02}" for number in range(12)))

    def render(content: Mapping[str, Any], assets: Mapping[str, bytes], folder: Path) -> Any:
        if content["customer"]["external_id"] in {"acme", "more-03", "more-04"}:
            raise Panic("the template is broken")
        return faces.render(content, assets, folder)

    run = invoices.issue(
        selling._engine,
        configuration.read(selling.path),
        month_period("2026-10"),
        render,
        invoices.Options(issue_date=ISSUED),
        now=selling._now(),
    )
    failed = {each.external_id: each.reason for each in run.outcomes if each.outcome == "failed"}
    assert set(failed) == {"acme", "more-03", "more-04"}
    assert failed["acme"] == "it cannot be rendered: Panic: the template is broken"
    with pytest.raises(
        InvoicesHeld, match=r"more-04\. acme: it .*: the template is broken\. The o"
    ):
        selling.refuse_held(run)
    numbers = [each.number for each in selling.list_invoices()]
    assert numbers == [f"INV-2026-{number:04}" for number in range(1, 12)]
    assert issue(selling) == [f"INV-2026-{number:04}" for number in range(12, 15)]
    selling.refuse_damaged(selling.verify_invoices())


# Any usage, on any terms


HOSTILE = '<script>alert(1)</script> {{ 7*7 }} #read("/etc/passwd") $x$ \u202e \x1b[31m \U0001f4a9'


@pytest.mark.parametrize("number_of_lines", [40, pytest.param(4_000, marks=pytest.mark.slow)])
def test_invoices_of_many_lines_add_up(book: Book, tmp_path: Path, number_of_lines: int) -> None:
    write_seller(book.path)
    lines = []
    for number in range(number_of_lines):
        book.add_price(f"m-{number:04}", {"input_tokens": "0.123456789"}, provider="house")
        row = {"model": f"m-{number:04}", "provider": "house", "inputTokens": 1000 + number}
        lines.append(
            json.dumps({**row, "externalId": "acme", "occurredAt": "2026-10-05T00:00:00Z"})
        )
    book.ingest(write_lines(tmp_path / "u.jsonl", *lines), create_accounts=True)
    book.update_account("acme", name=HOSTILE, billing_address=HOSTILE)
    assert issue(book) == ["INV-2026-0001"]
    content = content_of(book, "INV-2026-0001")
    assert len(content["lines"]) == number_of_lines
    assert_adds_up(content)
    assert content["customer"]["name"] == HOSTILE


def assert_adds_up(content: Mapping[str, Any]) -> None:
    """Lines + tax = total, each line within a minor unit of its exact amount."""
    unit = Decimal(1).scaleb(-MINOR_UNIT_DIGITS[content["currency"]])
    lines = total_of([Decimal(line["amount"]) for line in content["lines"]])
    taxes = total_of([Decimal(row["amount"]) for row in content["tax"]])
    assert lines == Decimal(content["subtotal"])
    assert lines + taxes == Decimal(content["total"])
    for line in content["lines"]:
        assert abs(Decimal(line["amount"]) - Decimal(line["exact"])) < unit
    for row in content["tax"]:
        exact = Decimal(row["base"]) * Decimal(row["rate_percent"]) / 100
        assert abs(Decimal(row["amount"]) - exact) * 2 <= unit


amounts = st.decimals(0, 100, places=2)
SERIAL = count(1)
usage = st.lists(
    st.tuples(
        st.sampled_from(["gpt-4o", "claude-sonnet-4-5", "o3"]),
        st.integers(0, 3_000_000),
        st.integers(0, 200_000),
        st.sampled_from(["2026-10-02", "2026-10-30"]),
    ),
    max_size=4,
)


@st.composite
def account_terms(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "currency": draw(st.sampled_from(["USD", "EUR", "JPY", "KWD"])),
        "discount_percent": draw(st.decimals(0, 100, places=4)),
        "monthly_minimum": draw(st.just(Decimal(0)) | amounts),
        "monthly_fee": draw(st.just(Decimal(0)) | amounts),
        "markup_percent": draw(st.decimals(0, 200, places=4)),
        "tax": draw(st.sampled_from(["vat", "none"])),
    }


@pytest.fixture(scope="module")
def terms_book() -> Iterator[Book]:
    """A book with rates of all sorts; each example has an account of its own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        new_book(Path(folder) / "book", require_transactions=False) as book,
    ):
        write_seller(book.path)
        book.add_tax_rate("vat", "8.1")
        book.add_tax_rate("none", kind="exempt", note="Not taxable.")
        for currency, rate in (("EUR", "0.861234567891"), ("JPY", "151.37"), ("KWD", "0.30701")):
            for day in ("2026-10-31", "2026-11-30", "2026-12-31"):
                book.add_fx_rate("USD", currency, rate, day=day, source="test")
        yield book
        book.refuse_damaged(book.verify_invoices())
        assert_sound(book)


FEW = settings(
    max_examples=2,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)


@FEW
@given(terms=account_terms(), early=usage, late=usage, later=usage)
def test_issued_and_adjustments_are_the_exact_total_of_now(
    terms_book: Book, terms: dict[str, Any], early: Any, late: Any, later: Any
) -> None:
    """Whatever was used, whenever it became known, on whatever terms."""
    assert_exact(terms_book, terms, early, late, later)


@pytest.mark.slow
@settings(FEW, max_examples=150)
@given(terms=account_terms(), early=usage, late=usage, later=usage)
def test_many_issued_and_adjustments_are_the_exact_total_of_now(
    terms_book: Book, terms: dict[str, Any], early: Any, late: Any, later: Any
) -> None:
    """The same, for longer."""
    assert_exact(terms_book, terms, early, late, later)


def assert_exact(book: Book, terms: dict[str, Any], early: Any, late: Any, later: Any) -> None:
    """Issues three months of an account whose October keeps changing."""
    name = f"account-{len(book.list_accounts())}"
    book.create_account(name, **terms)
    record(book, name, early)
    for month, more in (("2026-10", late), ("2026-11", later), ("2026-12", [])):
        if month == "2026-11":
            record(book, name, [("gpt-4o", 1000, 0, "2026-11-05")])
        issue_one(book, name, month)
        record(book, name, more)
    issued: list[Invoice] = book.list_invoices(account=name)
    for each in issued:
        assert_adds_up(content_of(book, each.number))
    if any(each.month == "2026-10" for each in issued):
        (charge, owed), (billed_charge, billed) = (
            october_owed(book, name),
            october_billed(book, name),
        )
        assert owed == billed
        # Where nothing is owed whatever was used, a change alone makes no document.
        assert charge == billed_charge or terms["discount_percent"] == 100


def record(book: Book, account: str, rows: Any) -> None:
    """Loads rows of model, input, output and day."""
    if not rows:
        return
    lines = [
        json.dumps(
            {
                "model": model,
                "externalId": account,
                "inputTokens": tokens,
                "outputTokens": output,
                "occurredAt": f"{day}T12:00:00Z",
                "id": f"{account}-{next(SERIAL)}",
            }
        )
        for model, tokens, output, day in rows
    ]
    book.ingest(write_lines(book.path.parent / "rows.jsonl", *lines))


def issue_one(book: Book, account: str, month: str) -> None:
    """All on one day: the accounts of other examples were issued later months."""
    run = book.issue_invoices(month, account=account, issue_date=date(2027, 1, 2))
    book.refuse_held(run)


def october_owed(book: Book, account: str) -> tuple[Decimal, Decimal]:
    """The exact charge of October now, and what it comes to on the account's terms."""
    result = book.query(
        "select external_id, charge_usd from rated_usage"
        " where local_day between '2026-10-01' and '2026-10-31'"
    )
    rows = [row for row in result.rows() if row["external_id"] == account]
    charge = total_of([row["charge_usd"] for row in rows])
    found = book.get_account(account)
    rates = {each.to_currency: each.rate for each in book.list_fx_rates()}
    with localcontext(prec=200):
        usage_ = charge * rates.get(found.currency, 1)
        usage_ *= (100 - (found.discount_percent or 0)) / Decimal(100)
        return charge, max(usage_, found.monthly_minimum or Decimal(0))


def october_billed(book: Book, account: str) -> tuple[Decimal, Decimal]:
    """What all documents have billed of October, exactly."""
    result = book.query(
        "select external_id, charge_usd, owed from invoice_month join account using (account_id)"
        " where month = '2026-10-01'"
    )
    rows = [row for row in result.rows() if row["external_id"] == account]
    charge = total_of([Decimal(row["charge_usd"]) for row in rows])
    return charge, total_of([Decimal(row["owed"]) for row in rows])
