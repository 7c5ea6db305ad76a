"""The month at a glance: its figures are those of the summaries, its page is one safe file."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

import analytics
from analytics import Book
from analytics.cli import cli
from analytics.documents.months import month_html
from analytics.errors import InvalidArgument
from tests.conftest import new_book, some
from tests.test_documents import HOSTILE, RAW, Page

GOLDEN = Path(__file__).parent / "golden" / "month.html"


def use(book: Book, day: str, account: str | None, model: str, tokens: int, name: str) -> None:
    context = "customer" if account else "system"
    book.record_usage(
        context=context,
        external_id=account,
        model_id=model,
        input_tokens=tokens,
        occurred_at=f"{day}T12:00:00Z",
        id=name,
    )


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """A book with two months of usage, by two customers and an own system; nothing changes it."""
    path = tmp_path_factory.mktemp("months") / "book"
    with new_book(path, markup_percent=20, require_transactions=False) as book:
        fill_months(book)
        yield book


def fill_months(book: Book) -> None:
    book.create_account("acme", name="Acme GmbH & Co. KG")
    book.create_account("beta")
    book.create_account("gone")
    use(book, "2026-09-03", "acme", "gpt-4o", 1_000_000, "1")
    use(book, "2026-09-04", "gone", "gpt-4o", 2_000_000, "2")
    use(book, "2026-10-01", "acme", "gpt-4o", 3_000_000, "3")
    use(book, "2026-10-20", "beta", "claude-sonnet-4-5", 1_000, "4")
    use(book, "2026-10-20", None, "gpt-4o-mini", 5_000_000, "5")
    use(book, "2026-10-20", "beta", "nobody-knows-it", 10, "6")


def test_its_figures_are_those_of_the_summaries(months: Book) -> None:
    report = months.month_report("2026-10")
    summary = months.get_usage_summary(month="2026-10")
    assert report.totals.cost_usd == summary.total_cost_usd
    assert report.totals.charge_usd == summary.total_charge_usd
    assert (report.totals.count, report.totals.unpriced_count) == (4, 1)
    assert report.customer == summary.by_context["customer"]
    assert report.system == summary.by_context["system"]
    before = months.get_usage_summary(month="2026-09")
    assert report.previous.cost_usd == before.total_cost_usd
    assert report.margin_usd == summary.total_charge_usd - summary.total_cost_usd
    assert sum(row.cost_usd for row in report.models) == summary.total_cost_usd
    assert sum(row.charge_usd for row in report.accounts) == summary.total_charge_usd


def test_each_day_of_the_month_is_there(months: Book) -> None:
    days = months.month_report("2026-10").days
    assert [each.day for each in days] == [date(2026, 10, day) for day in range(1, 32)]
    assert days[19].system_cost_usd == Decimal("0.75")
    assert days[19].record_count == 3
    assert days[1].record_count == 0


def test_what_moved_most_comes_first(months: Book) -> None:
    movers = months.month_report("2026-10").movers
    accounts = [(each.name, each.change_usd) for each in movers if each.kind == "account"]
    assert dict(accounts[:2]) == {
        "gone": Decimal(-6),
        "Acme GmbH & Co. KG": Decimal(6),
    }
    assert accounts[2] == ("beta", Decimal("0.0036"))
    assert {each.key for each in movers if each.kind == "model"} == {
        *("anthropic/claude-sonnet-4-5", "openai/gpt-4o-mini"),
    }


def test_against_a_month_without_usage_nothing_moved(months: Book) -> None:
    report = months.month_report("2026-09")
    assert report.movers == []
    assert "There is no usage in August 2026 to compare with." in Page(month_html(report)).text


def test_the_page_is_the_golden_one(months: Book) -> None:
    page = re.sub(r"acc_[0-9a-f]{20}", "acc_1", month_html(months.month_report("2026-10")))
    if os.environ.get("UPDATE_GOLDEN") == "1":
        GOLDEN.write_text(page, encoding="utf-8", newline="\n")
    assert page.encode() == GOLDEN.read_bytes()


def test_the_page_has_no_script_and_fetches_nothing(months: Book) -> None:
    text = month_html(months.month_report("2026-10"))
    page = Page(text)
    assert page.open == []
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & set(page.tags)
    assert not re.search(r"https?:|url\(|@import|//", text, re.IGNORECASE)


def test_the_page_warns_of_records_without_a_price(months: Book) -> None:
    text = Page(month_html(months.month_report("2026-10"))).text
    assert "1 record without a price." in text
    assert "nobody-knows-it (1)" in text
    assert "without a price" not in Page(month_html(months.month_report("2026-09"))).text


def test_a_month_without_usage_has_a_page(months: Book) -> None:
    assert "No usage in this month." in Page(month_html(months.month_report("2025-02"))).text


@pytest.mark.examples
@pytest.mark.parametrize("hostile", some((name for name in HOSTILE if name != "surrogate"), 3))
def test_names_of_strangers_stay_text(book: Book, hostile: str) -> None:
    book.create_account("acme", name=HOSTILE[hostile][:200])
    use(book, "2026-10-01", "acme", "gpt-4o", 1000, "1")
    text = month_html(book.month_report("2026-10"))
    page = Page(text)
    assert page.open == []
    assert not RAW.search(text)
    assert not {"script", "h3", "img"} & set(page.tags)


def test_more_rows_than_a_page_holds_are_one_row(book: Book) -> None:
    for number in range(43):
        book.create_account(f"acc-{number}")
        use(book, "2026-10-01", f"acc-{number}", "gpt-4o", 1000 + number, str(number))
    text = Page(month_html(book.month_report("2026-10"))).text
    assert "3 more accounts" in text


def test_the_first_month_of_all_has_none_before_it(book: Book) -> None:
    with pytest.raises(InvalidArgument, match="no month before it"):
        book.month_report("0001-01")


def test_the_command_writes_prints_and_answers(months: Book, tmp_path: Path) -> None:
    path = str(tmp_path / "copy")
    months._engine.close()
    shutil.copytree(months.path, path)
    months._engine = analytics.open(months.path)._engine
    ran = CliRunner().invoke(cli, ["report", "month", "--month", "2026-10", "--book", path])
    assert ran.exit_code == 0
    assert "Moved most against 2026-09" in ran.stdout
    command = ["report", "month", "--month", "2026-10", "--book", path]
    page = tmp_path / "october.html"
    ran = CliRunner().invoke(cli, [*command, "--html", str(page)])
    assert ran.stdout.split() == ["Wrote", str(page)]
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    ran = CliRunner().invoke(cli, [*command, "--json"])
    found = json.loads(ran.stdout)
    assert found["totals"]["count"] == 4
    assert found["days"][0]["day"] == "2026-10-01"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["month"], "wants --month"),
        (["month", "--month", "2026-10", "--csv"], "takes only"),
        (["month", "--month", "2026-10", "--account", "acme"], "takes only"),
        (["by-day", "--html", "x.html"], "is for the report 'month'"),
    ],
)
def test_what_the_command_does_not_take(tmp_path: Path, arguments: list[str], problem: str) -> None:
    new_book(tmp_path / "book").close()
    command = ["report", *arguments, "--book", str(tmp_path / "book")]
    ran = CliRunner().invoke(cli, command)
    assert ran.exit_code == 2
    assert problem in ran.output
