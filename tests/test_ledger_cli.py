"""The ledger on the command line: the flow by commands, its tables at two widths, its errors."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import analytics
from analytics import TokenbookError
from analytics.cli import cli
from tests.conftest import assert_sound


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a book and an account."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOKENBOOK", raising=False)
    run("init")
    run("accounts", "create", "--external-id", "acme", "--name", "Acme GmbH")
    return tmp_path


def run(*arguments: str, columns: int = 0) -> str:
    """What a command prints that must succeed."""
    environment = {"COLUMNS": str(columns)} if columns else {}
    result = CliRunner(env=environment).invoke(cli, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def as_json(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json"), parse_float=Decimal)


def test_the_flow_by_commands(folder: Path) -> None:
    added = as_json("credits", "add", "acme", "10.5", "--metadata", '{"order": 7}')
    assert (added["added"], added["balance"]) == (Decimal("10.5"), Decimal("10.5"))
    made = as_json("reserve", "acme", "5", "--operation", "chat", "--model", "gpt-4o")
    assert made["metadata"] == {"operation": "chat", "model": "gpt-4o"}
    assert [each["id"] for each in as_json("reservations", "--account", "acme")] == [made["id"]]
    done = as_json("confirm", made["id"], "1.25")
    assert (done["charged"], done["released"]) == (Decimal("1.25"), Decimal("3.75"))
    transaction = done["transaction_id"]
    call = ("record", "--model", "gpt-4o", "--input-tokens", "900")
    recorded = as_json(*call, "--transaction-id", transaction)
    assert (recorded["external_id"], recorded["transaction_id"]) == ("acme", transaction)
    items = as_json("transactions", "--include", "usage,reservation")["items"]
    assert items[0]["usage"][0]["id"] == recorded["id"]
    assert items[0]["reservation"]["id"] == made["id"]
    assert items[1]["metadata"] == {"order": 7}
    other = as_json("reserve", "acme", "5")
    assert as_json("cancel", other["id"])["status"] == "cancelled"
    assert as_json("credits", "balance", "acme")["available"] == Decimal("9.25")
    with analytics.open(folder / "book") as book:
        assert_sound(book)


def test_a_key_makes_a_command_safe_to_repeat() -> None:
    for _ in range(3):
        run("credits", "add", "acme", "10", "--idempotency-key", "top-up-1")
    assert as_json("credits", "balance", "acme")["balance"] == 10
    with pytest.raises(TokenbookError, match="was used for another request"):
        run("credits", "add", "acme", "11", "--idempotency-key", "top-up-1")


@pytest.mark.parametrize("columns", [80, 140])
def test_tables_fit_the_width(columns: int) -> None:
    run("credits", "add", "acme", "1234.5", "--description", "A long story " * 9)
    made = as_json("reserve", "acme", "0.5")
    run("confirm", made["id"], "0.123456")
    run("reserve", "acme", "20")
    month = as_json("transactions")["items"][0]["created_at"][:7]
    for command in (
        ("transactions",),
        ("reservations", "--all"),
        ("statement", "--account", "acme", "--month", month),
        ("accounts", "list"),
        ("credits", "balance", "acme"),
    ):
        printed = run(*command, columns=columns)
        assert max(map(len, printed.splitlines())) <= columns, command
        assert "acme" in printed.lower()
    movements = run("transactions", columns=columns)
    assert "1,234.500000" in movements
    assert "-0.123456" in movements
    assert ("txn_" in movements) is (columns == 140)


def test_a_statement_in_three_forms(folder: Path) -> None:
    run("credits", "add", "acme", "30")
    run("credits", "deduct", "acme", "0.25")
    run("credits", "adjust", "acme", "5", "--type", "credit", "--kind", "refund")
    run("reserve", "acme", "4")
    month = as_json("transactions")["items"][0]["created_at"][:7]
    which = ("statement", "--account", "acme", "--month", month)
    printed = run(*which, "--html", "page.html")
    assert "closing balance  34.75" in printed
    assert "available        30.75" in printed
    found = as_json(*which)
    assert (found["closing_balance"], found["reserved"]) == (Decimal("34.75"), 4)
    assert [each["kind"] for each in found["movements"]] == ["add", "deduct", "refund"]
    assert "34.75" in (folder / "page.html").read_text(encoding="utf-8")


def test_an_account_is_shown_changed_and_closed() -> None:
    fields = ("--billing-address", "1 Road", "--tax-id", "DE1", "--metadata", '{"a": 1.10}')
    changed = as_json("accounts", "update", "acme", "--external-id", "acme-2", *fields)
    assert (changed["external_id"], changed["metadata"]) == ("acme-2", {"a": Decimal("1.1")})
    printed = run("accounts", "show", "acme-2")
    assert "1 Road" in printed
    assert as_json("accounts", "close", "acme-2")["closed_at"]
    assert "closed" in run("accounts", "show", "acme-2")
    with pytest.raises(TokenbookError, match="it takes no more credits and reservations"):
        run("reserve", "acme-2", "1")


@pytest.mark.parametrize("text", ["[1]", "x", "1"])
def test_metadata_that_is_no_object_is_refused(text: str) -> None:
    result = CliRunner().invoke(cli, ["credits", "add", "acme", "1", "--metadata", text])
    assert result.exit_code == 2
    assert "is not a JSON object" in result.output


def test_a_book_can_do_without_transactions() -> None:
    call = ("record", "--model", "gpt-4o", "--external-id", "acme", "--input-tokens", "9")
    with pytest.raises(TokenbookError, match="needs a transaction_id"):
        run(*call)
    run("init", "--book", "other", "--no-require-transactions")
    run("accounts", "create", "--external-id", "acme", "--book", "other")
    run(*call, "--book", "other")
