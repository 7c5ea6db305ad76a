"""Rows of the native form that are understood by half: held and named, not billed for the half."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import Book
from analytics.rules.native import columns_of, is_plain_key
from analytics.rules.record import Refused
from tests.conftest import write_lines

AT = "2026-10-05T12:00:00Z"
ROW: dict[str, Any] = {
    "id": "r",
    "occurred_at": AT,
    "context": "system",
    "provider": "openai",
    "model": "gpt-4o",
    "input_tokens": 1000,
}

HELD: dict[str, dict[str, Any]] = {
    "in words": {"Output Tokens": 500},
    "with a dash": {"output-tokens": 500},
    "of an answer": {"completion_tokens": 500},
    "of Gemini": {"candidatesTokenCount": 500},
    "of a tool": {"web_search_requests": 2},
    "in quotes": {"completion_tokens": "500"},
    "of audio": {"audio_seconds": 30},
    "two of them": {"completion_tokens": 500, "thinking_tokens": 90},
    "a double": {"completion_tokens": 500.0},
    "with an exponent": {"completion_tokens": "5e2"},
    "between spaces": {"Completion Tokens": " 500 "},
    "a total of a part": {"total_output_tokens": 500},
    "of a trace": {"ContextTokens": 500},
    "of OpenRouter": {"tokens_completion": 500},
    "of Ollama": {"eval_count": 500},
    "of calls": {"web_search_calls": 2},
}
"""Keys that count, and that are no columns: to what they say in all."""

FREE: dict[str, dict[str, Any]] = {
    "a limit": {"max_tokens": 4096},
    "a count of one's own": {"retry_count": 2, "message_count": 12},
    "a total that agrees": {"total_tokens": 1000},
    "a zero": {"completion_tokens": 0},
    "a text": {"tokens": "few"},
    "a time": {"latency_seconds": 3},
}


def as_csv(file: Path, row: dict[str, Any]) -> Path:
    """A table with one row."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(row))
    writer.writeheader()
    writer.writerow(row)
    file.write_text(text.getvalue(), encoding="utf-8")
    return file


def load(book: Book, tmp_path: Path, row: dict[str, Any], form: str) -> dict[str, Any]:
    """The record that a file with one row makes."""
    if form == "csv":
        file = as_csv(tmp_path / "log.csv", row)
    else:
        file = write_lines(tmp_path / "log.jsonl", json.dumps(row))
    assert book.ingest(file).appended == 1
    [record] = book.query("select * from rated_usage").rows()
    return record


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.parametrize("name", HELD)
def test_a_count_that_no_column_has_is_kept_named_and_held(
    name: str, form: str, book: Book, tmp_path: Path
) -> None:
    more = HELD[name]
    record = load(book, tmp_path, ROW | more, form)
    others = json.loads(record["other_meters"])
    assert sorted(others.values()) == sorted(int(float(each)) for each in more.values())
    assert record["cost_usd"] is None
    assert record["unpriced_reason"]
    assert record["tags"] is None


def test_a_key_in_one_word_counts_too(book: Book, tmp_path: Path) -> None:
    """A heading of a table is read without regard to its case; a key of JSON is not."""
    record = load(book, tmp_path, ROW | {"outputtokens": 500}, "jsonl")
    assert json.loads(record["other_meters"]) == {"outputtokens": 500}


UNREADABLE: list[Any] = [500.5, -5, 10**16, [500], {"a": 500}, [{"a": [0, 2]}], "1,200", "-3"]


@pytest.mark.parametrize("value", UNREADABLE, ids=str)
def test_a_count_that_nobody_can_read_holds_the_record(
    value: Any, book: Book, tmp_path: Path
) -> None:
    record = load(book, tmp_path, ROW | {"completion_tokens": value}, "jsonl")
    others = json.loads(record["other_meters"])
    assert all(name.startswith("completion_tokens") for name in others)
    assert record["cost_usd"] is None


BLOCKS: dict[str, Any] = {
    "a double": {"output_tokens": 500.0},
    "a list": [{"output_tokens": 500}],
    "within": {"items": [{"output_tokens": 500}]},
    "short names": {"input": 1000, "output": 500},
    "a text": '{"output_tokens": 500}',
    "no JSON": "{output_tokens: 500}",
    "a number": 500,
    "deep": [[[[[[[[[[[[[[[[[[[[500]]]]]]]]]]]]]]]]]]]],
}


@pytest.mark.parametrize("key", ["usage", "usageDetails", "token_usage"])
@pytest.mark.parametrize("name", BLOCKS)
def test_a_usage_block_is_seen_however_it_is_written(
    name: str, key: str, book: Book, tmp_path: Path
) -> None:
    record = load(book, tmp_path, ROW | {key: BLOCKS[name]}, "jsonl")
    assert record["other_meters"]
    assert record["cost_usd"] is None


def test_a_block_says_the_tier_where_the_row_does_not(book: Book, tmp_path: Path) -> None:
    block = {"usage": {"service_tier": "flex", "latency": 0.5}}
    assert load(book, tmp_path, ROW | block, "jsonl")["variant"] == "service_tier=flex"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"service_tier": "flex", "serviceTier": "priority"}, "repeated_key"),
        ({"service_tier": ["flex"]}, "bad_variant"),
        ({"service_tier": {"name": "flex"}}, "bad_variant"),
    ],
)
def test_a_tier_that_is_said_twice_or_is_none_is_refused(said: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        columns_of(ROW | said)
    assert refused.value.code == code


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.parametrize("name", FREE)
def test_what_counts_nothing_that_is_billed_is_a_tag(
    name: str, form: str, book: Book, tmp_path: Path
) -> None:
    record = load(book, tmp_path, ROW | FREE[name], form)
    assert record["other_meters"] is None
    assert record["cost_usd"] is not None
    assert set(json.loads(record["tags"])) == set(FREE[name])


def test_tags_of_ones_own_are_nobody_elses_business(book: Book, tmp_path: Path) -> None:
    """What stands in the tags is a tag, whatever it is called."""
    record = load(book, tmp_path, ROW | {"tags": {"completion_tokens": 7}}, "jsonl")
    assert (record["other_meters"], record["tags"]) == (None, '{"completion_tokens":7}')


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_total_that_the_counts_are_not_holds_the_record(
    form: str, book: Book, tmp_path: Path
) -> None:
    for number, total in enumerate((1500, 1500.0, "1500")):
        row = ROW | {"id": str(number), "total_tokens": total}
        file = as_csv(tmp_path / f"{number}.csv", row)
        if form == "jsonl":
            file = write_lines(tmp_path / f"{number}.jsonl", json.dumps(row))
        book.ingest(file)
    for record in book.query("select * from rated_usage").rows():
        assert json.loads(record["other_meters"]) == {"total_mismatch": 500}
        assert record["cost_usd"] is None


def test_a_usage_block_beside_the_counts_is_named(book: Book, tmp_path: Path) -> None:
    block = {"completion_tokens": 500, "details": {"reasoning_tokens": 90}, "latency_seconds": 3}
    record = load(book, tmp_path, ROW | {"usage": block}, "jsonl")
    named = {"usage.completion_tokens": 500, "usage.details.reasoning_tokens": 90}
    assert json.loads(record["other_meters"]) == named


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@pytest.mark.parametrize(
    ("said", "variant"),
    [
        ({"service_tier": "flex"}, "service_tier=flex"),
        ({"serviceTier": "default"}, ""),
        ({"service_tier": "batch"}, "processing=batch"),
        ({"speed": "fast", "processing": "batch"}, "processing=batch,speed=fast"),
        ({"variant": "speed=fast", "service_tier": "priority"}, "service_tier=priority,speed=fast"),
        ({"variant": '{"speed":"fast"}', "service_tier": "flex"}, "service_tier=flex,speed=fast"),
    ],
)
def test_what_decides_the_price_is_part_of_the_variant(
    said: dict[str, str], variant: str, form: str, book: Book, tmp_path: Path
) -> None:
    record = load(book, tmp_path, ROW | said, form)
    assert (record["variant"], record["tags"]) == (variant, None)


keys = st.one_of(
    st.sampled_from(["tokens", "Token Count", "usage", "total_tokens", "speed", "pages", "x"]),
    st.text(min_size=1, max_size=12),
)
values = st.one_of(st.integers(0, 10**15), st.text(max_size=5), st.booleans(), st.none())


@given(more=st.dictionaries(keys, values, max_size=6))
def test_whatever_a_row_says_is_kept_named_or_refused(more: dict[str, Any]) -> None:
    """Of what is no column nothing is lost: it is a tag, a meter or the variant."""
    more = {key: value for key, value in more.items() if key not in ROW}
    try:
        found = columns_of(ROW | more)
    except Refused:
        return
    kept = {*found.get("tags", {}), *found.get("other_meters", {})}
    for key, value in more.items():
        if value is None or key in found:
            continue
        is_kept = key in kept or not is_plain_key(key)
        assert is_kept, f"{key} = {value!r} was lost"
