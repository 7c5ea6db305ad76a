"""Explanations: what is shown adds up to what is stored, to the last digit."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import analytics
from analytics import Book
from analytics.cli import cli
from analytics.errors import (
    InvalidArgument,
    InvoiceIssued,
    UnpricedUsage,
    UsageRecordNotFound,
)
from analytics.money import exact_product, exact_sum
from analytics.records import ExplainedPart
from tests.conftest import assert_sound, examples, new_book

COUNTS = st.integers(0, 10**9)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """One book for many records."""
    path = tmp_path_factory.mktemp("explain") / "book"
    with new_book(path, markup_percent="17.25", require_transactions=False) as book:
        book.create_account("acme", markup_percent="3.3333")
        book.create_account("beta")
        yield book
        assert_sound(book)


def record(book: Book, name: str, **values: Any) -> None:
    book.record_usage(**{"context": "customer", "external_id": "acme", "id": name, **values})


@pytest.mark.examples
@settings(max_examples=examples(5, 15), deadline=None)
@given(
    model=st.sampled_from(["gpt-4o", "claude-sonnet-4-5", "gemini-2.5-pro", "o3", "deepseek-chat"]),
    fresh=COUNTS,
    cached=COUNTS,
    output=COUNTS,
    account=st.sampled_from(["acme", "beta", None]),
    hour=st.integers(0, 23),
)
def test_lines_and_mark_up_are_the_cost_and_the_charge(
    shared: Book,
    model: str,
    fresh: int,
    cached: int,
    output: int,
    account: str | None,
    hour: int,
) -> None:
    made = shared.record_usage(
        context="customer" if account else "system",
        external_id=account,
        model_id=model,
        input_tokens=fresh + cached,
        cached_tokens=cached,
        output_tokens=output,
        occurred_at=f"2025-03-{hour + 1:02}T{hour:02}:00:00Z",
    )
    found = shared.explain_usage(made.id)
    assert found.cost_usd == made.estimated_cost_usd
    assert found.charge_usd == made.charge_usd
    products = [exact_product(line.rate.quoted(1).amount, line.quantity) for line in found.lines]
    assert products == [line.cost_usd for line in found.lines]
    assert found.cost_usd is not None
    assert exact_sum(products) == found.cost_usd
    assert exact_product(found.cost_usd, found.charge_factor) == found.charge_usd
    assert found.markup_of == {"acme": "account", "beta": "book", None: None}[account]
    assert found.price is not None
    assert found.price.price_id == made.price_id


def test_a_minimum_is_named(book: Book) -> None:
    book.create_account("acme")
    book.add_price("talk", {"audio_milliseconds": 60}, minimum_audio_milliseconds=10_000)
    record(
        book,
        "short",
        model_id="talk",
        usage_type="audio_stt",
        audio_duration_seconds=Decimal("2.5"),
    )
    found = book.explain_usage("short")
    assert found.billed_audio_milliseconds == 10_000
    assert found.cost_usd == 10


def test_an_unknown_name_is_explained_as_unknown(book: Book) -> None:
    book.create_account("acme")
    record(book, "u", model_id="nobody-knows-it", input_tokens=10)
    found = book.explain_usage("u")
    assert (found.cost_usd, found.charge_usd, found.price, found.lines) == (None, None, None, [])
    assert found.name.how == "unknown"
    with pytest.raises(UsageRecordNotFound, match="no usage record 'v'"):
        book.explain_usage("v")


def amounts(part: ExplainedPart) -> Iterator[tuple[str, str | None]]:
    """Label and amount of each step, from the top."""
    yield part.label, part.amount
    for each in part.parts:
        yield from amounts(each)


def spent(book: Book) -> None:
    """An account's October: a price that changes, a rate that is rounded, mark-up, tax, euros."""
    book.create_account("acme", name="Acme", billing_address="Hafenstr. 12", markup_percent=20)
    book.update_account("acme", currency="EUR", tax="vat")
    book.add_tax_rate("vat", 19)
    book.add_fx_rate("USD", "EUR", "0.92145", day="2026-10-30", source="ECB")
    book.add_price("house", {"input_tokens": 3}, effective_from="2026-01-01")
    book.add_price("house", {"input_tokens": 5}, effective_from="2026-10-15")
    record(book, "1", model_id="house", input_tokens=1001, occurred_at="2026-10-02T00:00:00Z")
    record(book, "2", model_id="house", input_tokens=99_007, occurred_at="2026-10-20T00:00:00Z")


def test_an_invoice_is_explained_down_to_its_prices(book: Book) -> None:
    spent(book)
    found = book.explain_draft("2026-10", "acme")
    assert found.facts is not None
    assert found.facts["exchange rate"] == "1 USD = 0.92145 EUR on 2026-10-30, ECB"
    steps = dict(amounts(found))
    used = [part for part in found.parts[0].parts if part.label == "Usage"]
    exact = exact_sum(Decimal(str(part.amount)) for part in used)
    usd = Decimal("0.000003") * 1001 + Decimal("0.000005") * 99_007
    assert exact == usd * Decimal("1.2") * Decimal("0.92145")
    assert steps["Subtotal"] == str(round(exact, 2))
    [taxed] = [amount for label, amount in steps.items() if label.startswith("Tax vat")]
    assert Decimal(str(steps["Subtotal"])) + Decimal(str(taxed)) == Decimal(str(found.amount))
    assert [(part.facts or {})["unit price"] for part in used] == [
        "3.00 USD x 1.2 (charge / cost: the mark-up) x 0.92145 (exchange rate)",
        "5.00 USD x 1.2 (charge / cost: the mark-up) x 0.92145 (exchange rate)",
    ]
    prices = [part.parts[0].facts or {} for part in used]
    assert prices[0]["in force"] == "from 2026-01-01 00:00:00Z until 2026-10-15 00:00:00Z"


def test_only_a_rate_without_an_end_has_a_rest(book: Book) -> None:
    """What rounding leaves of a price by the hour is on its own line, not on one that is exact."""
    book.create_account("acme", name="Acme", billing_address="Hafenstr. 12")
    book.add_price("ears", {"input_tokens": 1, "audio_milliseconds": "0.04/h"})
    day = "2026-10-02T00:00:00Z"
    for name in "abcde":
        used: dict[str, Any] = {"input_tokens": 7, "audio_duration_seconds": Decimal("0.001")}
        record(book, name, model_id="ears", occurred_at=day, **used)
    content = book.draft_invoices("2026-10")[0].content
    assert content is not None
    text, audio = content["lines"]
    assert Decimal(text["exact"]) == 5 * 7 * Decimal("0.000001") * Decimal("1.2")
    assert Decimal(audio["exact"]) == 5 * Decimal("0.000000011111111111") * Decimal("1.2")
    assert [part.label for part in book.explain_draft("2026-10", "acme").parts] == [
        "Line 1: custom/ears, Input",
        "Line 2: custom/ears, Audio",
        "Subtotal",
    ]


def test_one_line_and_an_issued_invoice(book: Book) -> None:
    spent(book)
    (book.path / "book.toml").write_text(
        '[seller]\nlegal_name = "Example Ltd"\naddress = ["Main Street 1"]\ntax_id = "DE1"\n'
    )
    draft = book.explain_draft("2026-10", "acme", line=1)
    book.issue_invoices("2026-10")
    assert book.explain_invoice("INV-2026-0001", line=1) == draft
    with pytest.raises(InvoiceIssued, match="2026-10 of 'acme' is issued as INV-2026-0001"):
        book.explain_draft("2026-10", "acme")
    assert book.explain_invoice("INV-2026-0001").label == "Invoice INV-2026-0001"
    book.add_price("house", {"input_tokens": "1"}, effective_from="2026-01-01")
    assert book.explain_invoice("INV-2026-0001", line=1).amount == draft.amount
    book.void_invoice("INV-2026-0001", "Wrong address")
    voided = book.explain_invoice("CN-2026-0001", line=1)
    assert Decimal(str(voided.amount)) == -Decimal(str(draft.amount))
    with pytest.raises(InvalidArgument, match="not one of the 1 lines"):
        book.explain_invoice("INV-2026-0001", line=2)
    with pytest.raises(InvalidArgument, match="nothing is to be billed"):
        book.explain_draft("2025-01", "acme")


def test_a_held_draft_is_not_explained(book: Book) -> None:
    book.create_account("acme")
    record(book, "u", model_id="nobody-knows-it", input_tokens=10, occurred_at="2026-10-02")
    with pytest.raises(UnpricedUsage):
        book.explain_draft("2026-10", "acme")


@pytest.fixture
def closed(book: Book) -> Iterator[Path]:
    """A book of one customer's usage, closed for commands."""
    spent(book)
    path = book.path
    book._engine.close()
    yield path
    book._engine = analytics.open(path)._engine


def run(*arguments: str, book: Path) -> str:
    ran = CliRunner().invoke(cli, ["explain", *arguments, "--book", str(book)])
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_the_commands_draw_a_tree(closed: Path) -> None:
    tree = run("usage", "1", book=closed)
    assert "Cost  0.003003 USD" in tree
    assert "1,001 tokens x 3.00 USD per 1,000,000 tokens" in tree
    assert "Charge  0.0036036 USD  = cost x 1.2 (mark-up of the account: 20 %)" in tree
    assert tree.isascii()
    tree = run("invoice", "--month", "2026-10", "--account", "acme", book=closed)
    assert "Invoice (draft) 2026-10" in tree
    assert "+-- Line 1: custom/house, Input" in tree


def test_the_commands_answer_in_json(closed: Path) -> None:
    found = json.loads(run("usage", "1", "--json", book=closed), parse_float=Decimal)
    assert found["cost_usd"] == Decimal("0.003003")
    assert found["lines"][0]["quantity"] == 1001
    arguments = ("--month", "2026-10", "--account", "acme", "--line", "1", "--json")
    found = json.loads(run("invoice", *arguments, book=closed))
    assert found["currency"] == "EUR"
    assert found["parts"][0]["parts"][0]["facts"]["source"] == "book"


@pytest.mark.parametrize(
    "arguments", [[], ["--month", "2026-10"], ["INV-1", "--month", "2026-10", "--account", "a"]]
)
def test_a_number_or_a_month_and_an_account(closed: Path, arguments: list[str]) -> None:
    ran = CliRunner().invoke(cli, ["explain", "invoice", *arguments, "--book", str(closed)])
    assert ran.exit_code == 2
    assert "or --month and --account" in ran.output


def test_a_terminal_gets_lines_and_a_hostile_id_moves_nothing(tmp_path: Path) -> None:
    with new_book(tmp_path / "book", require_transactions=False) as book:
        book.create_account("acme")
        record(book, "evil\x1b[2J", model_id="gpt-4o", input_tokens=10)
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "analytics", "explain", "usage", "evil\x1b[2J"]
    environment = {**os.environ, "COLUMNS": "80", "TERM": "xterm", "PYTHONIOENCODING": "utf-8"}
    subprocess.run(
        [*command, "--book", str(tmp_path / "book")], stdout=child, env=environment, check=True
    )
    os.close(child)
    shown = os.read(parent, 65_536).decode()
    os.close(parent)
    assert "├── " in shown
    assert "evil\ufffd[2J" in shown
