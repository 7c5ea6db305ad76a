"""What commands say in the cases that are seldom seen: previews, prices of odd shape, refusals."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

import analytics
from analytics.cli import cli
from analytics.errors import CheckFailed, FileMissing, FileUnreadable, InvalidArgument
from tests.conftest import new_book, write_lines

DAY = "2026-10-05T12:00:00Z"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a closed book whose records are priced in every sort of way."""
    folder = tmp_path_factory.mktemp("said")
    lines: tuple[dict[str, Any], ...] = (
        {"id": "short", "model": "whisper-large-v3", "provider": "groq"}
        | {"usage_type": "audio_stt", "audio_duration_seconds": 2},
        {"id": "unknown", "model": "house-llm", "input_tokens": 5},
        {"id": "night", "model": "deepseek-chat", "input_tokens": 5_000_000}
        | {"occurred_at": "2025-03-01T18:00:00Z"},
        {"id": "large", "model": "gemini-2.5-pro", "input_tokens": 262_960, "output_tokens": 1},
        {"id": "flex", "model": "gpt-5-mini", "input_tokens": 10, "variant": "service_tier=flex"},
    )
    write_lines(
        folder / "usage.jsonl",
        *(json.dumps({"occurred_at": DAY, "context": "system"} | line) for line in lines),
        json.dumps(
            {
                "id": "paid",
                "occurred_at": DAY,
                "external_id": "acme",
                "model": "openai/o3",
                "input_tokens": 0,
            }
        ),
    )
    with new_book(folder / "book", markup_percent=20) as book:
        done = book.ingest(folder / "usage.jsonl", create_accounts=True)
        assert (done.appended, done.rejected) == (6, 0)
    return folder


def said(home: Path, *arguments: str) -> str:
    """What a command prints, with single spaces."""
    done = CliRunner().invoke(cli, [*arguments, "--book", str(home / "book")])
    assert done.exit_code == 0, done.output
    return " ".join(done.stdout.split())


def test_a_rehearsal_says_what_a_load_would_record(home: Path) -> None:
    file = write_lines(
        home / "more.jsonl",
        json.dumps({"occurred_at": DAY, "external_id": "new", "model": "o3", "input_tokens": 9}),
        json.dumps({"occurred_at": DAY, "context": "system", "model": "house-llm", "requests": 1}),
    )
    text = said(home, "ingest", str(file), "--create-accounts", "--dry-run")
    assert "Nothing was written." in text
    assert "What would be recorded from 2026-10-05 12:00:00Z to 2026-10-05 12:00:00Z" in text
    assert "none: system usage" in text
    assert "openai/o3" in text
    assert "unknown_model" in text


EXPLAINED = {
    "short": ("2 s of audio is billed as 10 s", "10 s of audio a request"),
    "unknown": ("Cost unknown", "'tokenbook prices missing'"),
    "night": ("16:30 to 24:00 UTC",),
    "large": ("requests of 200,001 input tokens and more",),
    "flex": ("variant as served service_tier=flex", "system usage is not charged"),
    "paid": ("sent as openai/o3", "1.2"),
}


@pytest.mark.parametrize("record", EXPLAINED)
def test_a_record_is_explained_whatever_its_price(home: Path, record: str) -> None:
    text = said(home, "explain", "usage", record)
    for words in EXPLAINED[record]:
        assert words in text, text


def test_prices_say_for_which_requests_and_hours_they_are(home: Path) -> None:
    tiers = said(home, "prices", "show", "gemini-2.5-pro", "--variant", "")
    assert "up to 200,000 input tokens" in tiers
    assert "from 200,001 input tokens" in tiers
    assert "16:30 to 24:00 UTC" in said(
        home, "prices", "show", "deepseek-chat", "--at", "2025-03-01"
    )


def test_an_estimate_without_a_price_says_why(home: Path) -> None:
    arguments = (
        "estimate",
        "gpt-4o",
        "--meter",
        "input_characters=1",
        "--book",
        str(home / "book"),
    )
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 1
    assert "no_rate: input_characters" in str(done.exception)


def test_a_check_that_finds_something_is_named(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "book", tmp_path / "book")
    with duckdb.connect(str(tmp_path / "book" / "book.duckdb")) as connection:
        connection.execute("update usage_daily_delta set record_count = record_count + 1")
    done = CliRunner().invoke(cli, ["check", "--book", str(tmp_path / "book")])
    assert isinstance(done.exception, CheckFailed)
    assert "found" in done.stdout


RATES: dict[str, tuple[bytes | None, type[Exception], str]] = {
    "no file": (None, FileMissing, "nothing to read"),
    "no text": (b"\xff\xfe", FileUnreadable, "cannot be read"),
    "no column": (b"from,to,date\n", InvalidArgument, "it has no column rate, source"),
    "no rate": (b"from,to,date,rate,source\nUSD,EUR,2026-10-30,x,ECB\n", InvalidArgument, "line 2"),
    "no day": (b"from,to,date,rate,source\nUSD,EUR,soon,1,ECB\n", InvalidArgument, "line 2"),
    "no currency": (
        b"from,to,date,rate,source\nUSD,XXZ,2026-10-30,1,ECB\n",
        InvalidArgument,
        "XXZ",
    ),
    "one": (b"from,to,date,rate,source\nUSD,USD,2026-10-30,1,ECB\n", InvalidArgument, "two curr"),
    "nobody's": (b"from,to,date,rate,source\nUSD,EUR,2026-10-30,1,\n", InvalidArgument, "whose"),
}


@pytest.mark.parametrize("name", RATES)
def test_a_file_of_rates_that_cannot_be_used_says_which_line(home: Path, name: str) -> None:
    data, error, words = RATES[name]
    file = home / f"{name}.csv"
    if data is not None:
        file.write_bytes(data)
    with analytics.open(home / "book") as book:
        with pytest.raises(error, match=words):
            book.import_fx_rates(file)
        assert book.list_fx_rates() == []


def test_a_rate_that_is_a_float_or_none_is_refused(home: Path) -> None:
    wrong: Any
    with analytics.open(home / "book") as book:
        for wrong, words in ((8.1, "not a float"), ("much", "is no percentage")):
            with pytest.raises(InvalidArgument, match=words):
                book.add_tax_rate("vat", wrong)
        for wrong in (0.9, "much", 0, "1e-30"):
            with pytest.raises(InvalidArgument):
                book.add_fx_rate("USD", "EUR", wrong, day=date(2026, 10, 30), source="ECB")
        assert book.list_tax_rates() == []


SECTIONS = {
    "no TOML": ("sources = [", "Invalid"),
    "no table": ("sources = 7", r"write \[sources.NAME\]"),
    "no source": ("[sources.nobody]\naccount_from = 'user'", "there are native"),
    "no section": ("[sources]\nlitellm = 7", "write account_from and account_else"),
    "another key": ("[sources.litellm]\nuser = 'x'", "there are account_from and account_else"),
    "no text": ("[sources.litellm]\naccount_from = 7", "both texts"),
    "empty": ("[sources.litellm]\naccount_from = ' '", "give a path"),
    "no fallback": ("[sources.litellm]\naccount_else = ''", "say system, reject"),
}


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_of_a_source_that_means_nothing_is_refused(tmp_path: Path, name: str) -> None:
    text, words = SECTIONS[name]
    with new_book(tmp_path / "book") as book:
        (book.path / "book.toml").write_text(text, encoding="utf-8")
        with pytest.raises(InvalidArgument, match=words):
            book.ingest(write_lines(tmp_path / "x.jsonl", "{}"))
