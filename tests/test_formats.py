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
from analytics.sources.formats.lines import Line, decode, forget
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


GEMINI = {
    "timestamp": "2026-06-05T09:30:00Z",
    "customer": "zeta",
    "response": {
        "responseId": "g-1",
        "modelVersion": "gemini-2.5-flash",
        "usageMetadata": {
            "promptTokenCount": 1000,
            "candidatesTokenCount": 500,
            "totalTokenCount": 1500,
        },
    },
}
CLAUDE_CODE = {
    "type": "assistant",
    "timestamp": "2026-06-05T09:30:00.000Z",
    "sessionId": "s-1",
    "cwd": "zeta",
    "requestId": "req_1",
    "message": {
        "id": "msg_1",
        "model": "claude-sonnet-4-5-20250929",
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 5, "output_tokens": 310},
    },
}
CODEX = {
    "timestamp": "2026-06-05T09:30:00.000Z",
    "type": "event_msg",
    "payload": {
        "type": "token_count",
        "owner": "zeta",
        "info": {
            "model": "gpt-5-codex",
            "last_token_usage": {"input_tokens": 100, "output_tokens": 10},
        },
    },
}
HOLDING = {
    "gemini": (GEMINI, "customer"),
    "claude-code": (CLAUDE_CODE, "cwd"),
    "codex": (CODEX, "payload.owner"),
}
"""Formats that hold lines until the end of a part: a line, and where its customer stands."""


def customers(book: Book) -> list[str | None]:
    """Who pays for each record, in the order of ids."""
    found = book.query("select external_id from rated_usage order by record_id").rows()
    return [row["external_id"] for row in found]


@pytest.mark.parametrize("name", HOLDING)
@pytest.mark.parametrize(
    "options",
    [
        {"account_from": "{path}", "account_else": "other"},
        {"account_from": "{path}"},
        {"mapping": {"external_id": "{path}"}},
    ],
    ids=["account_from", "no account_else", "mapping"],
)
def test_a_customer_is_found_in_a_line_that_its_format_holds(
    name: str, options: dict[str, Any], book: Book, tmp_path: Path
) -> None:
    row, path = HOLDING[name]
    given = json.loads(json.dumps(options).replace("{path}", path))
    file = write_lines(tmp_path / "log.jsonl", json.dumps(row))
    done = book.ingest(file, source=name, create_accounts=True, **given)
    assert (done.appended, done.rejected) == (1, 0)
    assert customers(book) == ["zeta"]


@pytest.mark.parametrize("name", HOLDING)
def test_any_column_is_found_in_a_line_that_its_format_holds(
    name: str, book: Book, tmp_path: Path
) -> None:
    row, path = HOLDING[name]
    file = write_lines(tmp_path / "log.jsonl", json.dumps(row))
    done = book.ingest(file, source=name, mapping={"description": path})
    assert (done.appended, done.rejected) == (1, 0)
    [record] = book.query("select description, context from usage_record").rows()
    assert (record["description"], record["context"]) == ("zeta", "system")


def test_of_a_stream_the_customer_of_the_last_chunk_pays(book: Book, tmp_path: Path) -> None:
    later = {**GEMINI, "customer": "theta"}
    file = write_lines(tmp_path / "log.jsonl", json.dumps(GEMINI), json.dumps(later))
    done = book.ingest(file, source="gemini", account_from="customer", create_accounts=True)
    assert (done.appended, done.skipped) == (1, 1)
    assert customers(book) == ["theta"]


def test_copies_of_an_answer_are_paid_by_the_customer_of_the_one_that_counts(
    book: Book, tmp_path: Path
) -> None:
    """A session that was resumed in another folder repeats the answers of the first one."""
    copy_ = {**CLAUDE_CODE, "sessionId": "s-2", "cwd": "copy", "forkedFrom": {"sessionId": "s-1"}}
    folder = tmp_path / "projects"
    folder.mkdir()
    write_lines(folder / "a.jsonl", json.dumps(copy_))
    write_lines(folder / "b.jsonl", json.dumps(CLAUDE_CODE))
    done = book.ingest(folder, source="claude-code", account_from="cwd", create_accounts=True)
    assert (done.appended, done.duplicates, done.rejected) == (1, 1, 0)
    assert customers(book) == ["zeta"]


def test_copies_of_a_response_are_paid_by_the_customer_of_the_first_session(
    book: Book, tmp_path: Path
) -> None:
    def session(number: int, owner: str, began: str) -> list[str]:
        about = {"id": f"s-{number}", "timestamp": began}
        payload = {**CODEX["payload"], "owner": owner}  # type: ignore[dict-item]
        rows = [{"type": "session_meta", "payload": about}, {**CODEX, "payload": payload}]
        return list(map(json.dumps, rows))

    folder = tmp_path / "sessions"
    folder.mkdir()
    write_lines(folder / "a.jsonl", *session(2, "copy", "2026-06-05T09:20:00Z"))
    write_lines(folder / "b.jsonl", *session(1, "zeta", "2026-06-05T09:10:00Z"))
    path = "payload.owner"
    done = book.ingest(folder, source="codex", account_from=path, create_accounts=True)
    assert (done.appended, done.duplicates, done.rejected) == (1, 1, 0)
    assert customers(book) == ["zeta"]


def test_a_line_is_kept_only_if_something_is_looked_for_in_it() -> None:
    """Formats hold a million lines: what nobody asks for would take their memory."""
    for is_looked_into, text in ((False, ""), (True, '{"a": 1}')):
        line = Line("x", 1, None, '{"a": 1}', 0, is_looked_into=is_looked_into)
        decode(line)
        forget(line)
        assert (line.text, line.row) == (text, None)


def langfuse(usage: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "obs-1",
        "type": "GENERATION",
        "startTime": "2026-10-05T12:00:00Z",
        "model": "gpt-4o",
        "usageDetails": usage,
    }


def helicone(**counts: Any) -> dict[str, Any]:
    return {
        "response_id": "rs-1",
        "request_created_at": "2026-10-05T12:00:00Z",
        "response_status": 200,
        "provider": "OPENAI",
        "response_model": "gpt-4o",
        **counts,
    }


def outcome(name: str, row: dict[str, Any], book: Book, folder: Path) -> dict[str, Any]:
    """What becomes of the one record of a row."""
    done = book.ingest(write_lines(folder / "log.jsonl", json.dumps(row)), source=name)
    assert (done.appended, done.rejected) == (1, 0)
    [record] = book.query("select * from rated_usage").rows()
    return record


@pytest.mark.parametrize(
    ("usage", "reason"),
    [
        ({"unit": 5}, "unit"),
        ({"unit": 5, "input": 1}, "unit"),
        ({"unit": 5, "input": 1, "total": 6}, "unit"),
        ({"unit": 5, "input": 1, "output": 2, "total": 3}, "unit"),
        ({"unit": 5, "credits": 3}, "unit"),
        ({"unit": 5, "total": 5}, "total_mismatch"),
        ({"unit": 5, "input": 2, "output": 3}, None),
        ({"unit": 5, "input": 2, "output": 3, "total": 5}, None),
        ({"unit": 0, "input": 2, "output": 3}, None),
        ({"unit": 9, "input": 2, "input_cached_tokens": 4, "output": 3}, None),
    ],
)
def test_units_of_langfuse_are_not_free(
    usage: dict[str, Any], reason: str | None, book: Book, tmp_path: Path
) -> None:
    """Unless they say the total once more."""
    record = outcome("langfuse", langfuse(usage), book, tmp_path)
    if reason is None:
        assert record["cost_usd"] > 0
    else:
        assert record["cost_usd"] is None
        assert reason in record["unpriced_reason"]


@pytest.mark.parametrize(
    ("counts", "is_held"),
    [
        ({"prompt_tokens": 1300, "completion_tokens": 500, "total_tokens": 99}, True),
        ({"prompt_tokens": "1300", "completion_tokens": "500", "total_tokens": "99"}, True),
        ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 99}, True),
        ({"prompt_tokens": 1300, "completion_tokens": 500, "total_tokens": 1800}, False),
        ({"prompt_tokens": 1300, "completion_tokens": 500, "total_tokens": 0}, False),
        ({"prompt_tokens": 1300, "completion_tokens": 500, "total_tokens": None}, False),
        ({"prompt_tokens": 1300, "completion_tokens": 500, "usage": {"total_tokens": 99}}, False),
    ],
)
@pytest.mark.parametrize("beside", [0, 200])
def test_a_total_of_helicone_that_contradicts_its_counts_holds_the_record(
    counts: dict[str, Any], beside: int, *, is_held: bool, book: Book, tmp_path: Path
) -> None:
    """What stands beside the counts is not in it; a total in another object is no evidence."""
    more = {"prompt_cache_read_tokens": beside, "reasoning_tokens": beside}
    record = outcome("helicone", helicone(**counts, **more), book, tmp_path)
    assert (record["cost_usd"] is None) == is_held
    assert ("total_mismatch" in (record["unpriced_reason"] or "")) == is_held


def test_a_total_of_helicone_may_have_all_that_stands_beside_the_counts(
    book: Book, tmp_path: Path
) -> None:
    counts = {"prompt_tokens": 1300, "completion_tokens": 500, "total_tokens": 2070}
    more = {"prompt_cache_read_tokens": 200, "reasoning_tokens": 70}
    record = outcome("helicone", helicone(**counts, **more), book, tmp_path)
    assert (record["input_tokens"], record["output_tokens"]) == (1500, 570)
    assert record["cost_usd"] > 0
