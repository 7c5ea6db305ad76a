"""Every check of `queries/checks/` finds what it is for, and finds nothing in a good book."""

import json
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

import analytics
from analytics import Book
from analytics.sql import names
from tests.conftest import assert_sound, outcomes, some, write_lines, write_seller

CHECKS = [name.partition("/")[2] for name in names("checks")]

CORRUPTIONS: dict[str, str] = {
    "account": "delete from account where external_id = 'acme'",
    "balance": "update account set balance = balance + 1 where external_id = 'acme'",
    "balance_after": "update credit_transaction set balance_after = balance_after + 1"
    " where kind = 'confirm'",
    "closed_month": "update usage_file set row_count = row_count + 1",
    "cost": "update usage_open set cost_usd = cost_usd + 0.000000000000000001"
    " where record_id = 'chat'",
    "hold": "update reservation set amount = amount + 1 where status = 'pending'",
    "invoice_chain": "update invoice set content = content || ' ' where kind = 'invoice'",
    "invoice_number": "update invoice set series_position = series_position + 1"
    " where kind = 'credit_note'",
    "invoice_sum": "update invoice set total = total + 0.01, tax = tax + 0.01"
    " where purpose = 'month'",
    "invoice_usage": "update invoice_usage set charge_usd = charge_usd + 0.01 where charge_usd > 0",
    "invoice_void": "update invoice set total = total - 0.01, subtotal = subtotal - 0.01"
    " where purpose = 'void'",
    "load": "update load set duplicates = duplicates + 1",
    "local_day": "update usage_open set local_day = local_day + 1 where record_id = 'chat'",
    "minimum": "update usage_open set billed_audio_milliseconds = audio_milliseconds"
    " where record_id = 'short audio'",
    "month_total": "insert into usage_month_total select date_trunc('month', local_day) as month,"
    " * exclude (local_day, is_compacted) from usage_daily_delta limit 1",
    "parts": "update usage_open set cache_read_tokens = input_tokens + 1 where record_id = 'chat'",
    "price_overlap": "insert into price select * replace ('twin' as price_id) from price where"
    " price_id = (select price_id from usage_open where record_id = 'chat')",
    "price_parts": "delete from price_rate where meter = 'input_tokens'",
    "price_rate": "update price_rate set per = 7 where meter = 'input_tokens'",
    "price_reference": "update usage_open set occurred_at = timestamp '2025-06-01'"
    " where record_id = 'old price'",
    "rate_for_usage": "update usage_open set input_characters = 1 where record_id = 'chat'",
    "record_id": "insert into usage_open from usage_open where record_id = 'chat';"
    " insert into record_index from record_index",
    "record_index": "update record_index set id_hash = id_hash + 1",
    "reservation": "update reservation set status = 'cancelled' where status = 'confirmed'",
    "rollup": "delete from usage_daily_delta where model = 'gpt-4o'",
    "unpriced_reason": "update usage_open set unpriced_reason = null where price_id is null",
    "usage_transaction": "update usage_open set account_id ="
    " (select account_id from account where external_id = 'beta') where record_id = 'paid'",
}
"""Check -> a statement that breaks a good book in the way that the check is about."""

MORE_CORRUPTIONS: tuple[tuple[str, str], ...] = (
    ("account", "update usage_open set account_id = null where context = 'customer'"),
    ("account", "update usage_open set context = 'nobody' where context = 'system'"),
    ("closed_month", "update usage_file set unpriced_count = 1"),
    ("balance", "delete from credit_transaction where kind = 'confirm'"),
    ("balance", "update account set transaction_count = 9 where external_id = 'acme'"),
    ("balance", "update account set reserved = balance + 1 where external_id = 'acme'"),
    ("balance", "delete from account where external_id = 'acme'"),
    ("balance_after", "update credit_transaction set amount = -amount where kind = 'confirm'"),
    ("balance_after", "update credit_transaction set account_sequence = account_sequence + 1"),
    (
        "balance_after",
        "update credit_transaction set created_at = '2030-01-01' where account_sequence = 1",
    ),
    ("balance_after", "update credit_transaction set type = 'gift' where type = 'credit'"),
    ("cost", "update price_rate set amount = amount * 2 where meter = 'output_tokens'"),
    ("cost", "update usage_open set cost_usd = null where record_id = 'chat'"),
    ("cost", "update usage_open set cost_usd = 0 where price_id is null"),
    ("price_rate", "insert into price_rate from price_rate"),
    ("price_rate", "update price_rate set meter = 'nothing' where meter = 'web_searches'"),
    ("price_rate", "delete from price where model = 'claude-2'"),
    (
        "rollup",
        """update usage_daily_delta set cost_usd = cost_usd + 0.01 where local_day =
        (select min(local_day) from usage_daily_delta where price_id is not null)""",
    ),
    ("hold", "update reservation set status = 'cancelled' where status = 'pending'"),
    ("hold", "update account set reserved = 0 where external_id = 'acme'"),
    ("hold", "update account set next_expiry_at = null where external_id = 'acme'"),
    ("hold", "update account set next_expiry_at = next_expiry_at + interval 1 second"),
    ("invoice_chain", "update invoice_face set bytes = 'x'::blob where face = 'html'"),
    ("invoice_chain", "update invoice set previous_sha256 = sha256 where chain_position = 2"),
    ("invoice_chain", "delete from invoice where chain_position = 1"),
    ("invoice_number", "update invoice set issue_date = '2030-01-01' where series_position = 1"),
    ("invoice_number", "delete from invoice where chain_position = 1"),
    ("invoice_number", "update invoice set number = 'X-1' where chain_position = 3"),
    ("invoice_sum", "update invoice set subtotal = subtotal + 1, total = total + 1"),
    (
        "invoice_sum",
        """update invoice set content = replace(content, '"total":"', '"total":"1')
        where kind = 'invoice'""",
    ),
    ("invoice_usage", "delete from invoice_usage"),
    ("invoice_usage", "update invoice_month set charge_usd = 7 where terms is not null"),
    ("invoice_usage", "delete from invoice_month"),
    ("invoice_void", "update invoice set refers_to = 'nothing' where purpose = 'void'"),
    ("invoice_void", "update invoice set purpose = 'void' where purpose = 'credit'"),
    ("invoice_void", "update invoice set purpose = 'credit' where purpose = 'void'"),
    ("load", "update load set appended = appended + 1, row_count = row_count + 1"),
    ("load", "delete from load"),
    ("load", "delete from rejection"),
    ("load", "delete from usage_open where record_id = 'chat'"),
    ("parts", "update usage_open set output_tokens = -1 where record_id = 'chat'"),
    ("parts", "update usage_open set output_reasoning_tokens = output_tokens + 1"),
    ("price_reference", "delete from price where provider = 'openai'"),
    ("price_reference", "update usage_open set input_tokens = 200001 where record_id = 'tier'"),
    ("price_reference", "update usage_open set occurred_at = occurred_at + interval 72 hour"),
    ("record_index", "delete from record_index"),
    ("record_index", "insert into record_index from record_index"),
    ("record_index", "update record_index set month = month + interval 1 month"),
    ("record_index", "insert into record_index values (1, 1, date '2026-10-01')"),
    (
        "reservation",
        "insert into credit_transaction from credit_transaction where kind = 'confirm'",
    ),
    ("reservation", "insert into reservation from reservation where status = 'pending'"),
    ("reservation", "delete from reservation where status = 'confirmed'"),
    ("reservation", "delete from credit_transaction where kind = 'confirm'"),
    ("reservation", "update reservation set charged = charged + 1 where status = 'confirmed'"),
    ("reservation", "update reservation set status = 'pending' where status = 'confirmed'"),
    ("reservation", "update reservation set status = 'lost' where status = 'pending'"),
    ("reservation", "update reservation set status = 'expired' where status = 'cancelled'"),
    ("month_total", "update usage_daily_delta set is_compacted = true"),
    ("record_index", "insert into usage_open from usage_open where record_id = 'chat'"),
    ("record_index", "update record_index set month = month - interval 1 month"),
    ("rollup", "insert into usage_daily_delta from usage_daily_delta"),
    ("rollup", "update usage_open set requests = requests + 1 where record_id = 'chat'"),
    ("rollup", "update usage_open set price_id = null where record_id = 'chat'"),
    ("rollup", "update usage_open set web_searches = web_searches + 1 where record_id = 'chat'"),
    ("unpriced_reason", "update usage_open set unpriced_reason = 'odd' where record_id = 'chat'"),
    ("usage_transaction", "update usage_open set transaction_id = 'no' where record_id = 'paid'"),
    ("usage_transaction", "delete from credit_transaction where kind = 'confirm'"),
)

LINES = (
    {"id": "chat", "model": "gpt-4o", "externalId": "acme", "inputTokens": 9, "outputTokens": 4},
    {"id": "own", "model": "gpt-4o", "context": "system", "inputTokens": 5},
    {"id": "unpriced", "model": "nobody-knows-1", "externalId": "acme", "inputTokens": 9},
    {"id": "tier", "model": "claude-sonnet-4-5", "externalId": "beta", "inputTokens": 200_000},
    {"id": "by day", "model": "deepseek-flash", "externalId": "beta", "inputTokens": 5},
    {"id": "old price", "model": "o3", "externalId": "beta", "inputTokens": 5},
    {"id": "wrong", "model": "gpt-4o", "externalId": "acme", "inputTokens": -1},
    {
        "id": "short audio",
        "model": "whisper-large-v3",
        "provider": "groq",
        "externalId": "acme",
        "audioMilliseconds": 3000,
    },
)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed book that passes every check, with a record of each sort and one rejection."""
    folder = tmp_path_factory.mktemp("good")
    lines = [json.dumps({"occurredAt": "2026-10-05T02:00:00Z"} | line) for line in LINES]
    with analytics.create(folder / "book", billing_timezone="America/Los_Angeles") as book:
        result = book.ingest(write_lines(folder / "log.jsonl", *lines), create_accounts=True)
        assert (result.appended, result.rejected, result.unpriced) == (7, 1, 1)
        move_credits(book)
        correct_invoices(book)
        close_a_month(book)
        assert_sound(book)
    return folder / "book"


def close_a_month(book: Book) -> None:
    """Another month, in a file."""
    when = "2026-08-05T02:00:00Z"
    book.record_usage(context="system", model_id="o3", occurred_at=when, id="filed", requests=1)
    book.close_month("2026-08")


def move_credits(book: Book) -> None:
    """A transaction of each sort, a reservation in each state, and usage that one paid for."""
    book.add_credits("acme", 100)
    for _ in range(2):
        book.create_reservation("acme", 10)
    book.cancel_reservation(book.create_reservation("acme", 10).id)
    paid = book.confirm_reservation(book.create_reservation("acme", 10).id, 4)
    book.record_usage(
        id="paid",
        context="customer",
        transaction_id=paid.transaction_id,
        model_id="gpt-4o",
        occurred_at="2026-10-05T02:00:00Z",
        input_tokens=9,
    )


def correct_invoices(book: Book) -> None:
    """An invoice that is credited in part, voided, and issued again."""
    write_seller(book.path)
    book.update_account("beta", monthly_fee="5.00")
    day = date(2026, 11, 2)
    run = book.issue_invoices("2026-10", issue_date=day)
    assert outcomes(run) == ["held", "issued"]
    book.credit_invoice("INV-2026-0001", "0.02", "Goodwill", issue_date=day)
    book.void_invoice("INV-2026-0001", "Wrong", issue_date=day)
    book.issue_invoices("2026-10", account="beta", issue_date=day, reissue=True)


@pytest.fixture
def path(good: Path, tmp_path: Path) -> Path:
    """A copy of the good book."""
    shutil.copytree(good, tmp_path / "book")
    return tmp_path / "book"


def corrupt(path: Path, statement: str) -> None:
    """Runs a statement on a closed book's database; it must change rows."""
    with duckdb.connect(str(path / "book.duckdb")) as connection:
        changed = connection.execute(statement).fetchone()
    assert changed is not None
    assert changed[0] > 0, "the corruption finds nothing to corrupt"


def failed(path: Path) -> dict[str, int]:
    """The checks that fail, with how many rows each found."""
    with analytics.open(path, read_only=True) as book:
        return {check.name: len(check.rows) for check in book.check() if not check.passed}


def test_every_check_has_a_corruption() -> None:
    """A new check needs a corruption here that makes it fail."""
    assert sorted(CORRUPTIONS) == CHECKS


def test_every_check_passes_on_a_good_book(path: Path) -> None:
    with analytics.open(path) as book:
        assert_sound(book)
        assert [check.name for check in book.check()] == CHECKS


def test_every_check_passes_on_an_empty_book(tmp_path: Path) -> None:
    with analytics.create(tmp_path / "empty") as book:
        assert_sound(book)


@pytest.mark.parametrize("check", CHECKS)
def test_each_check_finds_its_corruption(path: Path, check: str) -> None:
    """A check that no corruption can make fail would prove nothing."""
    corrupt(path, CORRUPTIONS[check])
    assert check in failed(path)


@pytest.mark.examples
@pytest.mark.parametrize(("check", "statement"), some(MORE_CORRUPTIONS, 3))
def test_each_check_finds_what_else_it_is_for(path: Path, check: str, statement: str) -> None:
    corrupt(path, statement)
    assert check in failed(path)


@pytest.mark.parametrize("check", ["load", "minimum", "price_parts", "unpriced_reason"])
def test_a_narrow_corruption_fails_one_check_only(path: Path, check: str) -> None:
    """Where a corruption concerns nothing else, the name of the check says what is wrong."""
    narrow = {
        "load": CORRUPTIONS["load"],
        "minimum": "update price set minimum_audio_milliseconds = 4000 where provider = 'groq'"
        " and minimum_audio_milliseconds > 0",
        "price_parts": "update price_rate set meter = 'cache_read_tokens' where"
        " meter = 'input_tokens' and price_id in"
        " (select price_id from price where model = 'claude-2')",
        "unpriced_reason": CORRUPTIONS["unpriced_reason"],
    }
    corrupt(path, narrow[check])
    assert list(failed(path)) == [check]


def test_a_check_says_what_it_found_and_where(path: Path) -> None:
    corrupt(path, CORRUPTIONS["parts"])
    with analytics.open(path, read_only=True) as book:
        check = next(each for each in book.check() if each.name == "parts")
    assert check.title.startswith("One row per usage record whose parts exceed their totals")
    assert [dict(row) for row in check.rows] == [{"record_id": "chat"}]


def test_a_record_whose_price_is_of_another_model_is_found(path: Path) -> None:
    """A price holds for the records of its own model only, even where the roll-up agrees."""
    other = "(select price_id from price where model = 'gpt-4' and variant = '')"
    for table in ("usage_open", "usage_daily_delta"):
        corrupt(path, f"update {table} set price_id = {other} where model = 'o3'")  # noqa: S608
    assert "price_reference" in failed(path)


def test_checking_a_book_that_is_open_for_writing_is_the_same(path: Path) -> None:
    corrupt(path, CORRUPTIONS["rollup"])
    found: dict[str, int] = failed(path)
    with analytics.open(path) as book:
        assert isinstance(book, Book)
        assert {check.name: len(check.rows) for check in book.check() if check.rows} == found
