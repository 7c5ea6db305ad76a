"""One table of usage blocks through every door: a load, a recorder's spool, single records.

Each block of `tests/data/usage_blocks.jsonl` must become the same meters, wherever it comes in.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from analytics import Book, Recorder
from analytics.errors import InvalidUsage
from analytics.records import METER_NAMES
from analytics.rules.answers import form_of, provider_named
from analytics.rules.fields import record_fields
from analytics.spool import folder
from tests.conftest import new_book, write_lines
from tests.test_usage_blocks import CASES

GOOD = [case for case in CASES if "readings" in case]
SELLERS = {"xai", "perplexity", "groq", "deepseek", "moonshot", "openrouter"}
AT = "2026-10-05T12:00:00Z"
COLUMNS = ("provider_as_sent", "variant", "other_meters", *METER_NAMES)
QUERY = "select * from rated_usage order by record_id"

Content = dict[str, Any]


def contents(book: Book) -> dict[str, Content]:
    """What the book has of each record, but for what the doors add: ids, times, tags."""
    return {
        row["record_id"]: {name: row[name] for name in COLUMNS} for row in book.query(QUERY).rows()
    }


def expected(case: dict[str, Any]) -> list[Content]:
    """What a case must become, by its readings."""
    found = []
    for reading in provider_named(case["of"]).readings(case["response"]):
        fields = record_fields(reading)
        row: Content = {name: fields.get(name, 0) for name in METER_NAMES}
        row["requests"] = fields.get("requests", 1)
        row["provider_as_sent"] = fields.get("provider")
        pairs = sorted(fields.get("variant", {}).items())
        row["variant"] = ",".join(f"{key}={value}" for key, value in pairs)
        other = fields.get("other_meters")
        row["other_meters"] = None
        if other:
            row["other_meters"] = json.dumps(other, separators=(",", ":"), sort_keys=True)
        found.append(row)
    return found


@pytest.fixture
def wanted() -> list[Content]:
    return sorted((each for case in GOOD for each in expected(case)), key=repr)


def as_sent(found: dict[str, Content]) -> list[Content]:
    return sorted(
        ({name: row[name] for name in (*METER_NAMES, *COLUMNS[:3])} for row in found.values()),
        key=repr,
    )


def test_a_load_has_the_meters_of_each_block(
    book: Book, tmp_path: Path, wanted: list[Content]
) -> None:
    streams = [case for case in GOOD if isinstance(case["response"], list)]
    rows = [
        {
            "timestamp": AT,
            "request_id": f"row-{number}",
            "model": "some-model",
            "provider": case["of"],
            "response": {**case["response"], "id": f"row-{number}", "created": None},
        }
        for number, case in enumerate(GOOD)
        if case not in streams
    ]
    file = write_lines(tmp_path / "answers.jsonl", *map(json.dumps, rows))
    done = book.ingest(file, source="answers")
    assert not book.list_rejections()
    assert done.skipped == 0
    without = [each for case in streams for each in expected(case)]
    assert as_sent(contents(book)) == [row for row in wanted if row not in without]


def test_answers_in_the_form_of_openai_are_read_as_their_seller_writes_them(
    tmp_path: Path,
) -> None:
    """As OpenAI's they are told by their shape; whose they are decides what counts mean."""
    rows = [
        {"timestamp": AT, "request_id": f"row-{n}", "model": "m", "provider": case["of"]}
        | {"response": {**case["response"], "id": f"row-{n}", "created": None}}
        for n, case in enumerate(GOOD)
        if isinstance(case["response"], dict)
        and case["of"] in SELLERS
        and form_of(case["response"]) == "openai"
    ]
    assert len(rows) > 5
    found = []
    for source in ("openai", "answers"):
        with new_book(tmp_path / source) as book:
            file = write_lines(tmp_path / f"{source}.jsonl", *map(json.dumps, rows))
            book.ingest(file, source=source)
            found.append(contents(book))
    assert found[0] == found[1]


def test_a_recorder_has_the_meters_of_each_block(tmp_path: Path, wanted: list[Content]) -> None:
    owner: dict[str, Any] = {"external_id": "acme", "occurred_at": AT}
    with Recorder(tmp_path / "spool", fsync="none") as recorder:
        for case in GOOD:
            recorder.from_response(case["response"], of=case["of"], model_id="some-model", **owner)
    assert list(folder.files(tmp_path / "spool"))
    with new_book(tmp_path / "book") as book:
        done = book.drain_spool(tmp_path / "spool", create_accounts=True)
        assert done is not None
        assert done.rejected == 0
        assert as_sent(contents(book)) == wanted


def test_parts_have_the_same_ids_at_each_door(book: Book, tmp_path: Path) -> None:
    """So what is loaded and recorded too, or recorded twice, is in the book once."""
    billed_besides = [
        case for case in GOOD if len(case["readings"]) > 1 and isinstance(case["response"], dict)
    ]
    assert {case["of"] for case in billed_besides} == {"openai", "anthropic"}
    rows = [
        {"timestamp": AT, "provider": case["of"], "model": "some-model"}
        | {"response": {**case["response"], "id": f"row-{number}", "created": None}}
        for number, case in enumerate(billed_besides)
    ]
    book.ingest(write_lines(tmp_path / "a.jsonl", *map(json.dumps, rows)), source="answers")
    owner: dict[str, Any] = {"external_id": "acme", "occurred_at": AT}
    said = {**owner, "tags": {"part": "of my own"}}
    with Recorder(tmp_path / "spool", fsync="none") as recorder:
        for number, case in enumerate(billed_besides):
            given = {"of": case["of"], "model_id": "some-model", "id": f"row-{number}"}
            recorder.from_response(case["response"], **given, **owner)
            recorder.from_response(case["response"], **given, **said)
    lines = [
        json.loads(line)
        for file in folder.files(tmp_path / "spool")
        for line in file.path.read_text(encoding="utf-8").splitlines()
    ]
    ids = [line["id"] for line in lines]
    assert set(ids) == set(contents(book))
    assert len(ids) == 2 * len(set(ids))


def chunk(number: int, *, name: str = "g-1", **said: Any) -> dict[str, Any]:
    """A chunk of Gemini's, or an answer, with the sums so far."""
    usage = {"promptTokenCount": 10, "candidatesTokenCount": number}
    named = {"responseId": name, "modelVersion": "gemini-2.5-flash", "createTime": AT}
    return {**named, "usageMetadata": usage, **said}


CONTENT: dict[str, Any] = {"candidates": [{"content": {"parts": [{"text": "x"}]}}]}
ENDED: dict[str, Any] = {"candidates": [{"finishReason": "STOP"}]}
BLOCKED: dict[str, Any] = {"promptFeedback": {"blockReason": "SAFETY"}}
UNKNOWN = '{"usage_unknown":1}'


@pytest.mark.parametrize(
    ("chunks", "doubt"),
    [
        ([chunk(3, **CONTENT), chunk(7, **CONTENT)], UNKNOWN),
        ([chunk(3, **CONTENT), chunk(5, **CONTENT), chunk(7)], UNKNOWN),
        ([chunk(3, **CONTENT), chunk(7, **ENDED)], None),
        ([chunk(3, **CONTENT), chunk(7, **BLOCKED)], None),
    ],
    ids=["cut", "cut, usage last", "ended", "blocked"],
)
@pytest.mark.parametrize("door", ["lines", "a list", "a stream"])
def test_chunks_of_which_none_ends_the_answer_are_a_stream_that_was_cut(
    chunks: list[dict[str, Any]], doubt: str | None, door: str, book: Book, tmp_path: Path
) -> None:
    if door == "lines":
        book.ingest(write_lines(tmp_path / "a.jsonl", *map(json.dumps, chunks)))
    elif door == "a list":
        book.ingest(write_lines(tmp_path / "a.json", json.dumps(chunks)))
    else:
        with Recorder(tmp_path / "spool", fsync="none") as recorder:
            list(recorder.stream(chunks, of="gemini", external_id="acme", occurred_at=AT))
        book.drain_spool(tmp_path / "spool", create_accounts=True)
    [row] = contents(book).values()
    assert (row["output_tokens"], row["other_meters"]) == (7, doubt)


@pytest.mark.parametrize(
    "answers",
    [
        [chunk(7)],
        [chunk(7), chunk(7)],
        [chunk(7, **CONTENT)],
        [chunk(7, **CONTENT), chunk(7, name="g-2", **CONTENT)],
    ],
    ids=["without content", "logged twice", "alone", "two answers"],
)
def test_an_answer_that_may_be_whole_is_no_chunk(
    answers: list[dict[str, Any]], book: Book, tmp_path: Path
) -> None:
    """A log may not keep why an answer ended."""
    book.ingest(write_lines(tmp_path / "a.jsonl", *map(json.dumps, answers)))
    assert {row["other_meters"] for row in contents(book).values()} == {None}


@pytest.mark.slow
def test_single_records_have_the_meters_of_each_block(book: Book, wanted: list[Content]) -> None:
    for case in GOOD:
        for reading in provider_named(case["of"]).readings(case["response"]):
            fields = record_fields(reading)
            book.record_usage(model_id="some-model", context="system", occurred_at=AT, **fields)
    assert as_sent(contents(book)) == wanted


@pytest.mark.parametrize("case", [c for c in CASES if "refused" in c], ids=lambda c: c["name"])
def test_what_is_refused_is_refused_at_each_door(
    case: dict[str, Any], book: Book, tmp_path: Path
) -> None:
    row = {"timestamp": AT, "provider": case["of"], "model": "m", "response": case["response"]}
    file = write_lines(tmp_path / "answers.jsonl", json.dumps(row))
    assert book.ingest(file, source="answers").rejected_by_code == {case["refused"]: 1}
    with Recorder(tmp_path / "spool") as recorder, pytest.raises(InvalidUsage):
        recorder.from_response(case["response"], of=case["of"], model_id="m", external_id="acme")
