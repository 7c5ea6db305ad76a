"""Log formats without a book: damaged lines never end a load, and no line is lost on the way."""

import copy
import json
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from analytics import Book
from analytics.records import METER_NAMES
from analytics.rules.exact_json import encoded
from analytics.sources.formats import MODULES, format_of
from analytics.sources.formats.lines import Line, decode
from analytics.sources.formats.reading import PartReader
from analytics.sources.lines import line_schema
from analytics.sources.overrides import Overrides
from tests.conftest import write_lines

FOLDER = Path(__file__).parent / "sources"
ODD: list[Any] = [
    *(None, True, -1, 0, 1.5, 1e300, 10**20, 7, "7", "seven", "", "{", [], [7], {}, {"a": 7}),
    *([[]], [None], {"type": []}, {"": {}}, "\ud83d", 10**15),
]


def samples(name: str) -> list[Any]:
    """The lines of a source's cases that are JSON."""
    found = []
    for file in sorted(FOLDER.glob(f"{name}/*.json*")):
        if ".expected." in file.name or ".options." in file.name:
            continue
        text = file.read_text(encoding="utf-8")
        for line in [text] if file.suffix == ".json" else text.splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            found += row if isinstance(row, list) else [row]
    return found


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value: what holds it, and its key."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, held in list(pairs):
        yield value, key
        if isinstance(held, dict | list):
            yield from places(held)


def table_of(texts: list[str]) -> pa.Table:
    rows = [("log.jsonl", number, None, text, None) for number, text in enumerate(texts, 1)]
    columns = list(zip(*rows, strict=True))
    return pa.table(
        [pa.array(column, kind.type) for column, kind in zip(columns, line_schema(), strict=True)],
        schema=line_schema(),
    )


def reader_of() -> PartReader:
    """A reader for which nothing was said, and nothing is in the future."""
    return PartReader(lambda _source: Overrides(), 10**17)


@pytest.mark.parametrize("name", MODULES)
def test_a_damaged_line_is_read_or_refused_and_ends_nothing(name: str) -> None:
    chance = random.Random(name)
    rows = samples(name)
    texts = []
    for _ in range(600):
        row = copy.deepcopy(chance.choice(rows))
        for _ in range(chance.choice((1, 1, 2, 3))):
            if isinstance(row, dict) and (found := list(places(row))):
                holder, key = chance.choice(found)
                holder[key] = copy.deepcopy(chance.choice(ODD))
        texts.append(json.dumps(row))
    found_format = format_of(name)
    assert found_format is not None
    read = reader_of().read(table_of(texts), found_format, name)
    assert read.table.num_rows + read.skipped >= (0 if found_format.has_records else len(texts))
    numbers = read.table.column("line_number").to_pylist()
    assert len(set(numbers)) == len(numbers)
    assert {"record_id", "occurred_at", *METER_NAMES} <= set(read.table.column_names)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "bad_json"),
        ("", "bad_json"),
        ("[1]", "not_an_object"),
        ("7", "not_an_object"),
        ('{"a": NaN}', "bad_json"),
        ('{"a": 1} {"a": 2}', "bad_json"),
        ("[" * 100_000, "bad_json"),
    ],
)
def test_a_line_that_is_no_object_says_so(text: str, problem: str) -> None:
    line = Line("x", 1, None, text, 0)
    decode(line)
    assert (line.problem, line.row) == (problem, None)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '{"a" : 1, "b": {"c": 1}, "a": 2}',
        '{"a": 1, "\\u0061": 2}',
        '{"a":1,"x":"\\":","a":2}',
    ],
)
def test_of_a_key_that_stands_twice_the_first_value_counts(text: str) -> None:
    line = Line("x", 1, None, text, 0)
    decode(line)
    assert line.row is not None
    assert line.row["a"] == 1


def test_numbers_keep_their_digits() -> None:
    line = Line("x", 1, None, '{"a": 0.100000000000000000001, "b": 12345678901234567890}', 0)
    decode(line)
    assert line.row == {"a": Decimal("0.100000000000000000001"), "b": 12345678901234567890}
    assert encoded(line.row) == '{"a":0.100000000000000000001,"b":12345678901234567890}'


def test_a_time_beyond_all_numbers_rejects_the_row_not_the_load(book: Book, tmp_path: Path) -> None:
    row: dict[str, Any] = {
        "id": "c-1",
        "object": "chat.completion",
        "created": 9_999_999_999_999_999_999,
        "model": "gpt-4o",
        "usage": {"prompt_tokens": 1, "completion_tokens": 1},
    }
    good = {**row, "id": "c-2", "created": 1_791_201_600}
    file = write_lines(tmp_path / "log.jsonl", json.dumps(row), json.dumps(good))
    done = book.ingest(file, source="openai")
    assert (done.appended, done.rejected_by_code) == (1, {"time_in_future": 1})


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("anthropic", {"timestamp": "2026-10-05T12:00:00Z", "response": {"input_tokens": 2095}}),
        ("gemini", {"timestamp": "2026-10-05T12:00:00Z", "response": {"totalTokens": 31}}),
        ("bedrock", {"operation": "CountTokens", "input": {"inputTokenCount": 9}, "output": {}}),
        ("openai", {"object": "response.input_tokens", "input_tokens": 11}),
        ("openai", {"id": "modr-1", "model": "omni-moderation", "results": [{"flagged": False}]}),
        ("litellm", {"call_type": "amoderation", "prompt_tokens": 0, "completion_tokens": 0}),
        ("litellm", {"cache_hit": "True", "prompt_tokens": 5, "completion_tokens": 5}),
        ("helicone", {"cache_reference_id": "0d5c8", "prompt_tokens": 5}),
        ("langfuse", {"type": "SPAN", "usageDetails": {"input": 5}}),
    ],
)
def test_what_nobody_bills_is_skipped_with_a_reason(name: str, row: dict[str, Any]) -> None:
    found = format_of(name)
    assert found is not None
    reader = reader_of()
    read = reader.read(table_of([json.dumps(row)]), found, name)
    assert (read.table.num_rows, read.skipped, reader.reasons.total()) == (0, 1, 1)
    assert all(reader.reasons)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (1_791_201_600, "2026-10-05 12:00:00"),
        (1_791_201_600.5, "2026-10-05 12:00:00.500000"),
        ("1791201600123", "2026-10-05 12:00:00.123000"),
        ("2026-10-05T14:00:00+02:00", "2026-10-05 12:00:00"),
    ],
)
def test_a_time_that_a_load_is_told_to_look_for_may_be_unix_time(
    at: object, said: str, book: Book, tmp_path: Path
) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 1}
    row = {"object": "chat.completion", "model": "gpt-4o", "usage": usage, "seen": {"at": at}}
    file = write_lines(tmp_path / "log.jsonl", json.dumps(row))
    done = book.ingest(file, source="openai", mapping={"occurred_at": "seen.at"})
    assert (done.appended, done.rejected) == (1, 0)
    [record] = book.query("select occurred_at from usage_record").rows()
    assert str(record["occurred_at"]) == said
