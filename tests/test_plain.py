"""Plain rows and all others are stored alike: the short way of a load agrees with the long one."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import Book
from analytics.usage import plain
from tests.conftest import assert_sound, examples, new_book, write_lines

MODELS = ("gpt-4o", "claude-sonnet-4-5", "gemini-2.5-pro", "deepseek-chat", "nobody-knows", " o3 ")
TEXTS = ("a", "{a", "[b]", "é", "x" * 300, "a'b", "2", " padded ")

counts = st.one_of(
    st.integers(0, 3_000), st.sampled_from([200_001, 10**15, -1, 2.5, "7", None, 999_999])
)
rows: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "id": st.one_of(st.integers(1, 60).map(lambda n: f"r{n}"), st.sampled_from(TEXTS)),
        "occurred_at": st.sampled_from(
            [
                "2026-10-05T09:30:00Z",
                "2026-10-31T23:30:00.123456Z",
                "2026-10-05T09:30:00+05:30",
                "2025-03-01T18:00:00Z",
                "2025-02-30T00:00:00Z",
                "2026-10-05",
                "soon",
            ]
        ),
        "model": st.sampled_from(MODELS),
        "input_tokens": counts,
    },
    optional={
        "context": st.sampled_from(["customer", "system", "nobody", None]),
        "external_id": st.sampled_from(["acme", "globex", "{x", None, ""]),
        "provider": st.sampled_from(["openai", "OpenAI ", "anthropic", "", None, "{p"]),
        "usage_type": st.sampled_from(["text", "embedding", "image", "other", None]),
        "description": st.one_of(st.sampled_from(TEXTS), st.none()),
        "tags": st.sampled_from([None, {}, {"b": 1, "a": "x"}, {"a": {"n": None}}, [], "t", "{}"]),
        "cache_read_tokens": counts,
        "cache_write_tokens": counts,
        "output_tokens": counts,
        "output_reasoning_tokens": counts,
    },
)


def stored(book: Book) -> list[dict[str, Any]]:
    """What was stored of each record, but for when."""
    text = "select * exclude (recorded_at, load_id) from usage_open order by record_id"
    return book.query(text).rows()


def rejected(book: Book) -> list[dict[str, Any]]:
    """What was rejected, and why."""
    text = "select line, code, message, excerpt from rejection order by line, code"
    return book.query(text).rows()


def create(folder: Path) -> Book:
    """A book whose days are not those of UTC."""
    return new_book(folder, billing_timezone="Asia/Kolkata", markup_percent=20)


def load(book: Book, file: Path, *, is_short: bool) -> tuple[int, int, int]:
    """Loads a file the short or the long way; appended, duplicates, rejected."""
    with pytest.MonkeyPatch.context() as patch:
        if not is_short:
            patch.setattr(plain, "_MAX_SHAPES", 0)
        done = book.ingest(file, create_accounts=True)
    return done.appended, done.duplicates, done.rejected


@pytest.mark.examples
@settings(max_examples=examples(2, 12), deadline=None, suppress_health_check=list(HealthCheck))
@given(usage=st.lists(rows, min_size=1, max_size=40))
def test_both_ways_store_and_reject_the_same(
    usage: list[Mapping[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("plain")
    file = write_lines(folder / "usage.jsonl", *map(json.dumps, usage))
    with create(folder / "short") as short, create(folder / "long") as long:
        first = load(short, file, is_short=True)
        assert load(long, file, is_short=False) == first
        assert stored(short) == stored(long)
        assert rejected(short) == rejected(long)
        appended, duplicates, refused = first
        for book, is_short in ((short, False), (long, True)):
            again = load(book, file, is_short=is_short)
            assert again == (0, appended + duplicates, refused)
            assert_sound(book)


def row(number: int, **values: object) -> dict[str, object]:
    """A row that is plain."""
    return {
        "id": f"p{number}",
        "occurred_at": "2026-10-05T09:30:00Z",
        "external_id": f"acct-{number % 3}",
        "provider": "openai",
        "model": "gpt-4o",
        "input_tokens": 100 + number,
        "output_tokens": number,
    } | values


def test_a_table_of_plain_columns_stores_what_lines_of_them_store(tmp_path: Path) -> None:
    usage = [row(number) for number in range(200)]
    lines = write_lines(tmp_path / "usage.jsonl", *map(json.dumps, usage))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(usage[0]))
    writer.writeheader()
    writer.writerows(usage)
    table = tmp_path / "usage.csv"
    table.write_text(text.getvalue(), encoding="utf-8")
    with create(tmp_path / "lines") as one, create(tmp_path / "table") as other:
        assert load(one, lines, is_short=True) == load(other, table, is_short=True) == (200, 0, 0)
        assert stored(one) == stored(other)
        assert load(one, table, is_short=True) == (0, 200, 0)


def test_a_file_of_both_kinds_is_loaded_once_and_in_order(tmp_path: Path) -> None:
    """Plain and other rows share ids and accounts: of two the first one counts."""
    usage: list[dict[str, object]] = []
    for number in range(90):
        usage += [row(number), row(number, variant="service_tier=flex"), row(number)]
    usage += [row(500, requests=2, external_id="new"), row(501, external_id="new")]
    file = write_lines(tmp_path / "usage.jsonl", *map(json.dumps, usage))
    with create(tmp_path / "book") as book:
        assert load(book, file, is_short=True) == (92, 90, 90)
        assert {row["code"] for row in rejected(book)} == {"id_conflict"}
        assert [row["line"] for row in rejected(book)] == [3 * n + 2 for n in range(90)]
        assert len(book.query("select 1 from account where external_id = 'new'").rows()) == 1
        assert_sound(book)


TAGS = (
    *("0.50", "0.5", "1e5", "1.23e+20", "-0.0", "100.25", "0.123456789012345678", "[1.50,2]"),
    *('"1.50"', '{"k":1}', '{"k":1,"k":2}', '{"k":[]}'),
)
ALIKE = [
    *('"id":1700000000.120', '"id":1e3', '"id":1E0', '"id":1.5', '"id":12345678901234567890123'),
    *('"id":"a","external_id":1.10', '"id":"a","description":1.10', '"id":"a","model":1.50'),
    *(f'"id":"a","tags":{{"n":{value}}}' for value in TAGS),
]
"""What a row may say that is not written as it is stored."""


@pytest.mark.parametrize("said", ALIKE)
def test_a_row_means_the_same_whatever_stands_beside_it(said: str, tmp_path: Path) -> None:
    """Alone it may be plain; among rows that are not, the rule book reads it."""
    usage = '"occurred_at":"2026-10-05T12:00:00Z","input_tokens":1'
    row = f"{{{said},{usage}}}" if '"model"' in said else f'{{{said},"model":"gpt-4o",{usage}}}'
    row = row if '"external_id"' in said else row[:-1] + ',"external_id":"acme"}'
    others = [f'{{"id":"n{n}","model":"gpt-4o","context":"system",{usage},"x":1}}' for n in "ab"]
    found = []
    for name, lines in (("alone", [row]), ("among", [row, *others])):
        with new_book(tmp_path / name) as book:
            book.ingest(write_lines(tmp_path / f"{name}.jsonl", *lines), create_accounts=True)
            found.append([each for each in stored(book) if each["record_id"] not in ("na", "nb")])
    assert found[0] == found[1]
    assert len(found[0]) == 1


def test_shapes_are_those_of_most_lines() -> None:
    usual = ("id", "occurred_at", "model", "input_tokens", "cached_tokens")
    other = ("id", "occurred_at", "model", "inputTokens")
    repeated = ("id", "id", "occurred_at", "model")
    found = plain.find_shapes({usual: 10, other: 2, repeated: 5})
    assert found is not None
    assert found.known == [usual]
    assert found.keys["cache_read_tokens"] == "cached_tokens"
    assert found.keys["input_tokens"] == "input_tokens"
    assert found.keys["tags"] is None
    assert plain.find_shapes({usual: 2, repeated: 5}) is None
    assert plain.find_shapes({(): 5}) is None
    assert plain.find_shapes({}) is None
