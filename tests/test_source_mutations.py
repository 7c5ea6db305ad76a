"""Ten thousand damaged lines of other programs' logs.

Each is accepted as a slow, obvious reader reads it, or rejected with a code, or left out as no
usage; none is lost, none ends the load.
"""

import copy
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import assert_sound, new_book

FOLDER = Path(__file__).parent / "sources"
ODD: list[object] = [
    *(
        None,
        True,
        -1,
        0,
        1.5,
        1e30,
        10**20,
        7,
        "7",
        "seven",
        "",
        "0x10",
        " 7 ",
        [],
        [7],
        {},
        {"a": 7},
    )
]
"""What a value may become."""

Row = dict[str, Any]


KINDS = ("completion", "output")


def first_wins(pairs: list[tuple[str, Any]]) -> Row:
    """An object whose repeated keys have their first value, as DuckDB reads them."""
    found: Row = {}
    for key, value in pairs:
        found.setdefault(key, value)
    return found


def count(value: object) -> int:
    """A count as the sources take it; a number in quotes is one."""
    if value is None:
        return 0
    assert not isinstance(value, bool)
    assert isinstance(value, int) or (isinstance(value, str) and value.isdecimal())
    return int(value)


WRITES = ("ephemeral_1h_input_tokens", "ephemeral_5m_input_tokens")


def part(value: object, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def body_of(row: Row) -> Row:
    response = row.get("response")
    for found in (part(response, "body"), response, row.get("body")):
        if isinstance(found, dict):
            return found
    return row


def read_anthropic(row: Row) -> tuple[int, ...]:
    usage = body_of(row)["usage"]
    split = sum(count(part(usage.get("cache_creation"), kind)) for kind in WRITES)
    total = max(split, count(usage.get("cache_creation_input_tokens")))
    read = count(usage.get("cache_read_input_tokens"))
    return (count(usage["input_tokens"]) + read + total, read, count(usage["output_tokens"]))


def read_openai(row: Row) -> tuple[int, ...]:
    usage = body_of(row).get("usage") or {}
    first = next((usage[k] for k in ("prompt_tokens", "input_tokens") if usage.get(k)), 0)
    last = next((usage[k] for k in ("completion_tokens", "output_tokens") if usage.get(k)), 0)
    places = ("prompt_tokens_details", "input_tokens_details", "input_token_details")
    cached = [part(usage.get(place), "cached_tokens") for place in places]
    cached.append(usage.get("prompt_cache_hit_tokens"))
    read = next((each for each in cached if each), 0)
    if usage.keys().isdisjoint(f"{kind}_tokens" for kind in ("prompt", "input", *KINDS)):
        first = usage.get("total_tokens")
    details = [part(usage.get(f"{kind}_tokens_details"), "reasoning_tokens") for kind in KINDS]
    thought = next((count(each) for each in details if each), 0)
    whole = count(first) + count(last)
    total = usage.get("total_tokens")
    is_beside = thought > count(last) or (total != whole and total == whole + thought)
    return (count(first), count(read), count(last) + (thought if is_beside else 0))


def read_gemini(row: Row) -> tuple[int, ...]:
    body = body_of(row)
    usage = body.get("usageMetadata")
    if usage is None:
        usage = {
            "promptTokenCount": body["usage_metadata"].get("prompt_token_count"),
            "cachedContentTokenCount": body["usage_metadata"].get("cached_content_token_count"),
            "candidatesTokenCount": body["usage_metadata"].get("candidates_token_count"),
            "thoughtsTokenCount": body["usage_metadata"].get("thoughts_token_count"),
            "toolUsePromptTokenCount": body["usage_metadata"].get("tool_use_prompt_token_count"),
        }
    first = count(usage["promptTokenCount"]) + count(usage.get("toolUsePromptTokenCount"))
    last = count(usage.get("candidatesTokenCount")) + count(usage.get("thoughtsTokenCount"))
    return (first, count(usage.get("cachedContentTokenCount")), last)


def read_bedrock(row: Row) -> tuple[int, ...]:
    given = row.get("input") or {}
    body = part(part(row.get("output"), "outputBodyJson"), "usage")
    fresh = given.get("inputTokenCount") or part(body, "inputTokens")
    made = part(row.get("output"), "outputTokenCount") or part(body, "outputTokens")
    read = count(given.get("cacheReadInputTokenCount"))
    split = part(body, "cache_creation")
    kept = sum(count(part(split, kind)) for kind in WRITES)
    first = count(fresh) + read + (count(given.get("cacheWriteInputTokenCount")) or kept)
    return (first, read, count(made))


def read_litellm(row: Row) -> tuple[int, ...]:
    usage = part(row.get("metadata"), "usage_object") or {}
    read = usage.get("cache_read_input_tokens")
    if read is None:
        read = part(usage.get("prompt_tokens_details"), "cached_tokens")
    first, last = (
        count(row[name]) or count(usage.get(name))
        for name in ("prompt_tokens", "completion_tokens")
    )
    return (first, count(read), last)


def identify_body(row: Row, number: int, key: str = "id") -> None:
    body_of(row)[key] = f"row-{number}"


def identify_row(row: Row, number: int, key: str = "id") -> None:
    row[key] = f"row-{number}"


SOURCES: dict[str, tuple[str, Callable[[Row], tuple[int, ...]], Callable[[Row, int], None]]] = {
    "anthropic": ("messages.jsonl", read_anthropic, identify_body),
    "openai": ("answers.jsonl", read_openai, identify_body),
    "gemini": ("answers.jsonl", read_gemini, lambda row, n: identify_body(row, n, "responseId")),
    "bedrock": ("log.jsonl", read_bedrock, lambda row, n: identify_row(row, n, "requestId")),
    "litellm": ("payloads.jsonl", read_litellm, identify_row),
}
"""Source -> its case, how its rows are read, how one gets an id of its own."""


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value: what holds it, and its key."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, held in list(pairs):
        yield value, key
        if isinstance(held, dict | list):
            yield from places(held)


def damaged(line: str, number: int, chance: random.Random, identify: Any) -> str:
    """A line with one or two things wrong, and an id of its own where it still can have one."""
    row = json.loads(line)
    for _ in range(chance.choice((0, 1, 1, 1, 2))):
        holder, key = chance.choice(list(places(row)))
        if chance.random() < 0.2:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(chance.choice(ODD))
    identify(row, number)
    text = json.dumps(row)
    if chance.random() < 0.05:
        return text[: chance.randrange(len(text))].strip() or "{"
    if chance.random() < 0.05:
        return text.replace('_tokens": ', '_tokens": 3, "output_tokens": ', 1)
    return text


def check(name: str, lines: int, folder: Path) -> None:
    case, read, identify = SOURCES[name]
    chance = random.Random(name)
    samples = (FOLDER / name / case).read_text().splitlines()
    texts = [damaged(chance.choice(samples), n, chance, identify) for n in range(lines)]
    file = folder / "damaged.jsonl"
    file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    with new_book(folder / "book") as book:
        done = book.ingest(file, source=name, create_accounts=True)
        found = book.query("select * from usage_record").rows()
        codes = {each.code for each in book.list_rejections(limit=10_000)}
        assert_sound(book)
    assert done.rows == lines
    assert done.appended + done.duplicates + done.rejected + done.skipped == done.rows
    assert done.appended > lines // 5
    assert done.rejected > lines // 10
    assert {"bad_json", "missing_usage", "bad_count"} <= codes
    for record in found:
        if record["record_id"].startswith("row-"):
            number = int(record["record_id"].removeprefix("row-"))
            row = json.loads(texts[number], object_pairs_hook=first_wins)
            stored = tuple(
                record[k] for k in ("input_tokens", "cache_read_tokens", "output_tokens")
            )
            assert stored == read(row), texts[number]


@pytest.mark.parametrize("name", SOURCES)
def test_damaged_lines_are_read_as_they_say_or_rejected(name: str, tmp_path: Path) -> None:
    check(name, 300, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", SOURCES)
def test_ten_thousand_damaged_lines(name: str, tmp_path: Path) -> None:
    check(name, 2_000, tmp_path)
