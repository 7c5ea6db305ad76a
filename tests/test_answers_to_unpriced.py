"""What `prices missing` prints works when it is pasted, and prices what waited for it."""

import json
import shlex
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

import analytics
from analytics import Book, TokenbookError
from analytics.cli import cli
from tests.conftest import assert_sound, new_book, write_lines

AT = '"occurred_at":"2026-10-20T00:00:00Z","context":"system"'
UNPRICED = {
    '"model":"gpt-4o","input_tokens":1000,"variant":"service_tier=scale"': "0.0025",
    '"model":"house-llm","provider":"house","input_tokens":1000': "0.003",
    '"model":"claude-sonnet-4-5","input_tokens":1000,"other_meters":{"web_fetches":3}': "0.003",
    '"model":"gpt-4o","input_tokens":1000,"document_pages":2': "0.0085",
    '"model":"gpt-4o","other_meters":{"usage_unknown":1}': "0",
    '"model":"gpt-4o","input_tokens":8,"other_meters":{"total_mismatch":4}': "0.00002",
    '"model":"gpt-4o:ft-acme","input_tokens":1000': "0.003",
    '"model":"gpt-4o-2024-08-06","output_tokens":10,"output_image_tokens":10': "0.00003",
    '"model":"o3-2025-04-16","input_tokens":8,"other_meters":{"total_mismatch":4}': "0.000016",
    '"model":"-weird","input_tokens":1000': "0.003",
    '"provider":"azure","model":"azure/eu/gpt-4o","input_tokens":1000': "0.0025",
    '"provider":"aws","model":"eu.amazon.nova-lite-v1:0","input_tokens":1000': "0.00006",
    '"model":"gpt-4o","input_tokens":2,"other_meters":{" x, y ":1}': "0.000005",
}
"""A row of a log, and what it costs once what is printed for it was answered with 3 USD."""


def tokenbook(book: Path, *words: str) -> str:
    """What a command prints."""
    done = CliRunner(env={"TOKENBOOK": str(book)}).invoke(cli, words)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_every_printed_answer_works_and_nothing_waits_any_more(tmp_path: Path) -> None:
    path = tmp_path / "book"
    new_book(path).close()
    rows = [f'{{"id":"{number:02}",{AT},{row}}}' for number, row in enumerate(UNPRICED)]
    tokenbook(path, "ingest", str(write_lines(tmp_path / "log.jsonl", *rows)))
    missing = json.loads(tokenbook(path, "prices", "missing", "--json"))
    assert len(missing) == len(UNPRICED)
    for each in missing:
        words = shlex.split(each["command"].replace("=USD", "=3"))
        assert words[0] == "tokenbook"
        tokenbook(path, *words[1:])
    tokenbook(path, "prices", "apply")
    assert json.loads(tokenbook(path, "prices", "missing", "--json")) == []
    with analytics.open(path) as book:
        costs = book.query("select record_id, cost_usd from usage_record order by record_id")
        assert [row["cost_usd"] for row in costs.rows()] == list(map(Decimal, UNPRICED.values()))
        assert_sound(book)


def test_an_answer_leaves_what_other_days_cost_as_it_is(tmp_path: Path) -> None:
    """Batches of gpt-4o have a price since August 2024: the answer is for the days before."""
    path = tmp_path / "book"
    new_book(path).close()

    def row(name: str, day: str) -> str:
        call = {"id": name, "occurred_at": day, "context": "system", "provider": "openai"}
        usage = {"model": "gpt-4o", "input_tokens": 1_000_000, "variant": "processing=batch"}
        return json.dumps(call | usage)

    log = write_lines(tmp_path / "log.jsonl", row("old", "2024-07-05"), row("new", "2026-10-05"))
    tokenbook(path, "ingest", str(log))
    [missing] = json.loads(tokenbook(path, "prices", "missing", "--json"))
    assert missing["command"].endswith("--like standard --to 2024-08-06")
    tokenbook(path, *shlex.split(missing["command"])[1:])
    tokenbook(path, "prices", "apply")
    later = write_lines(tmp_path / "later.jsonl", row("later", "2026-10-06"))
    tokenbook(path, "ingest", str(later))
    with analytics.open(path) as book:
        costs = book.query("select record_id, cost_usd from usage_record order by record_id")
        found = {each["record_id"]: each["cost_usd"] for each in costs.rows()}
        assert found == {"later": Decimal("1.25"), "new": Decimal("1.25"), "old": Decimal("2.5")}
        assert_sound(book)


def test_a_factor_leaves_the_fees_of_searches_as_they_are(book: Book) -> None:
    book.add_price("gpt-4o", variant="service_tier=scale", factor="0.5")
    scaled = {"model_id": "gpt-4o", "variant": "service_tier=scale"}
    without = use(book, **scaled, id="without")
    searched = use(book, **scaled, web_searches=1000, id="searched")
    assert without is not None
    assert searched is not None
    assert searched - without == 10


def use(book: Book, **fields: object) -> Decimal | None:
    """The cost of a thousand tokens in and a thousand out."""
    at = datetime(2026, 10, 20, tzinfo=UTC)
    usage = {"input_tokens": 1000, "output_tokens": 1000, "occurred_at": at, **fields}
    return book.record_usage(context="system", **usage).estimated_cost_usd  # type: ignore[arg-type]


def test_a_factor_halves_every_rate_at_every_date(book: Book) -> None:
    """O3 was dearer before June 2025; half of each is what a variant at half the price costs."""
    assert book.add_price("o3", variant="service_tier=scale", factor="0.5").rows > 1
    costs = []
    for day in (datetime(2025, 5, 1, tzinfo=UTC), datetime(2026, 10, 20, tzinfo=UTC)):
        whole = use(book, model_id="o3", occurred_at=day, id=f"whole {day}")
        half = use(
            book, model_id="o3", variant="service_tier=scale", occurred_at=day, id=f"half {day}"
        )
        assert whole is not None
        assert half is not None
        assert half * 2 == whole
        costs.append(whole)
    assert costs[0] > costs[1]
    assert_sound(book)


def test_what_an_added_price_replaces_and_drops_is_said(book: Book) -> None:
    first = book.add_price("house", {"input_tokens": 2, "output_tokens": 8})
    assert (first.replaced, first.dropped) == ([], [])
    dropping = book.add_price("house", {"input_tokens": 3})
    assert (list(dropping.replaced), list(dropping.dropped)) == (
        ["input_tokens"],
        ["output_tokens"],
    )
    assert use(book, model_id="house") is None
    kept = book.add_price("house", {"output_tokens": 9}, keep=True)
    assert (list(kept.dropped), kept.waiting) == ([], 1)
    assert use(book, model_id="house", id="kept") == Decimal("0.012")
    book.apply_prices()
    assert book.missing_prices() == []
    assert_sound(book)


def test_a_price_like_one_that_is_not_there_is_refused(book: Book) -> None:
    with pytest.raises(TokenbookError):
        book.add_price("gpt-4o", variant="service_tier=scale", like="service_tier=nothing")
    with pytest.raises(TokenbookError):
        book.add_price("gpt-4o", variant="service_tier=scale", factor="-1")


def test_an_ignored_counter_is_minded_again(book: Book) -> None:
    """Only of the provider that was named, and only until it is taken back."""
    free = {"other_meters": {"fetches": 2}, "model_id": "claude-sonnet-4-5"}
    assert use(book, **free, id="before") is None
    book.ignore_meter("fetches", provider="anthropic")
    assert [each.meter for each in book.list_ignored_meters()] == ["fetches"]
    assert use(book, **free, id="after") == Decimal("0.018")
    other = {"other_meters": {"fetches": 2}, "model_id": "gpt-4o"}
    assert use(book, **other, id="of another") is None
    book.mind_meter("fetches", provider="anthropic")
    assert book.list_ignored_meters() == []
    assert use(book, **free, id="again") is None
    book.ignore_meter("fetches", provider="anthropic")
    book.apply_prices()
    assert [each.reason for each in book.missing_prices()] == ["other_meters: fetches"]
    assert use(book, **free, id="once more") == Decimal("0.018")
    assert_sound(book)
