"""Loading files: every format, every way to be wrong, and nothing lost in silence."""

import csv
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

import analytics
from analytics import Book, LoadResult
from analytics.errors import (
    FileMissing,
    Invalid,
    InvalidArgument,
    RejectedRows,
    TokenbookError,
    UnknownFormat,
)
from analytics.sql import load as load_query
from tests.conftest import assert_sound, new_book, some, write_lines

TRACES = Path(__file__).parents[2] / "shared" / "traces"
AT = "2026-10-05T12:00:00Z"
SNAKE: dict[str, object] = {
    "id": "one",
    "occurred_at": AT,
    "external_id": "acme",
    "provider": "openai",
    "model_id": "gpt-4o",
    "usage_type": "text",
    "variant": "service_tier=default",
    "input_tokens": 1500,
    "cached_tokens": 200,
    "output_tokens": 500,
    "web_searches": 2,
    "description": "a call",
}
CAMEL: dict[str, object] = {
    "id": "one",
    "occurredAt": AT,
    "externalId": "acme",
    "provider": "openai",
    "modelId": "gpt-4o",
    "usageType": "text",
    "variant": {"service_tier": "default"},
    "inputTokens": 1500,
    "cachedTokens": 200,
    "outputTokens": 500,
    "webSearches": 2,
    "description": "a call",
}
MINIMAL = {"occurredAt": AT, "context": "system", "model": "gpt-4o", "storageSearches": 0}
CONTENT = "select * exclude (load_id, recorded_at) from usage_record order by record_id"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed book with two accounts."""
    path = tmp_path_factory.mktemp("template") / "book"
    with new_book(path) as book:
        book.create_account("acme")
        book.create_account("beta")
    return path


@pytest.fixture
def book(template: Path, tmp_path: Path) -> Iterator[Book]:
    """A new book, sound at the end."""
    shutil.copytree(template, tmp_path / "book")
    with analytics.open(tmp_path / "book") as book:
        yield book
        assert_sound(book)


def counts(result: LoadResult) -> tuple[int, int, int]:
    """Appended, duplicates, rejected; they always add up to the rows."""
    assert result.rows == result.appended + result.duplicates + result.rejected
    assert sum(result.rejected_by_code.values()) == result.rejected
    return result.appended, result.duplicates, result.rejected


def line(**values: object) -> str:
    """A line of JSONL that is fine but for what is given."""
    return json.dumps(MINIMAL | values)


def records(book: Book) -> list[dict[str, Any]]:
    """What is recorded, in the order of ids."""
    return book.query(CONTENT).rows()


def only(book: Book) -> dict[str, Any]:
    """The one record, without what it does not have."""
    (row,) = records(book)
    return {name: value for name, value in row.items() if value not in {None, 0, ""}}


def table(rows: list[dict[str, object]], delimiter: str = ",") -> str:
    """Rows as the text of a CSV file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write(path: Path, data: str | bytes) -> Path:
    """A file of exactly these bytes."""
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


# Formats


def as_jsonl(folder: Path, row: dict[str, object]) -> Path:
    return write_lines(folder / "usage.jsonl", json.dumps(row))


def as_ndjson(folder: Path, row: dict[str, object]) -> Path:
    return write_lines(folder / "usage.NDJSON", json.dumps(row))


def as_gzip(folder: Path, row: dict[str, object]) -> Path:
    return write(folder / "usage.jsonl.gz", gzip.compress(json.dumps(row).encode()))


def as_zstd(folder: Path, row: dict[str, object]) -> Path:
    packed = zstandard.ZstdCompressor().compress(json.dumps(row).encode())
    return write(folder / "usage.jsonl.zst", packed)


def as_csv(folder: Path, row: dict[str, object]) -> Path:
    return write(folder / "usage.csv", table([row]))


def as_csv_gzip(folder: Path, row: dict[str, object]) -> Path:
    return write(folder / "usage.csv.gz", gzip.compress(table([row]).encode()))


def as_csv_zstd(folder: Path, row: dict[str, object]) -> Path:
    packed = zstandard.ZstdCompressor().compress(table([row]).encode())
    return write(folder / "usage.csv.zst", packed)


def as_tsv(folder: Path, row: dict[str, object]) -> Path:
    return write(folder / "usage.tsv", table([row], "\t"))


def as_semicolons(folder: Path, row: dict[str, object]) -> Path:
    return write(folder / "usage.csv", table([row], ";"))


def as_excel_csv(folder: Path, row: dict[str, object]) -> Path:
    text = table([row]).replace("\n", "\r\n")
    return write(folder / "usage.csv", b"\xef\xbb\xbf" + text.encode())


def as_parquet(folder: Path, row: dict[str, object]) -> Path:
    pq.write_table(pa.Table.from_pylist([row]), folder / "usage.parquet")
    return folder / "usage.parquet"


WRITERS: tuple[Callable[[Path, dict[str, object]], Path], ...] = (
    as_jsonl,
    as_ndjson,
    as_gzip,
    as_zstd,
    as_csv,
    as_csv_gzip,
    as_csv_zstd,
    as_tsv,
    as_semicolons,
    as_excel_csv,
    as_parquet,
)


@pytest.mark.examples
@pytest.mark.parametrize(
    ("writer", "row"),
    some(product(WRITERS, (SNAKE, CAMEL)), 3),
    ids=lambda each: each.__name__ if callable(each) else list(each)[1],
)
def test_a_record_is_the_same_in_every_format_and_spelling(
    book: Book,
    tmp_path: Path,
    writer: Callable[[Path, dict[str, object]], Path],
    row: dict[str, object],
) -> None:
    """And loading it again in the plain format finds it known, with the same content."""
    is_text = writer in {as_csv, as_csv_gzip, as_csv_zstd, as_tsv, as_semicolons, as_excel_csv}
    if is_text and row is CAMEL:
        row = row | {"variant": '{"service_tier":"default"}'}
    assert counts(book.ingest(writer(tmp_path, row))) == (1, 0, 0)
    found = only(book)
    assert found["record_id"] == "one"
    assert (found["model"], found["provider"], found["variant"]) == (
        "gpt-4o",
        "openai",
        "service_tier=default",
    )
    assert (found["input_tokens"], found["cache_read_tokens"]) == (1500, 200)
    assert (found["output_tokens"], found["web_searches"], found["requests"]) == (500, 2, 1)
    assert found["occurred_at"].isoformat() == "2026-10-05T12:00:00"
    assert "tags" not in found
    assert book.get_usage_summary().total_cost_usd == Decimal("0.0285")
    assert counts(book.ingest(write_lines(tmp_path / "again.jsonl", json.dumps(SNAKE)))) == (
        0,
        1,
        0,
    )


def test_parquet_types_are_read_as_what_they_are(book: Book, tmp_path: Path) -> None:
    """Timestamps with and without zone, decimals, structs, maps, and a missing count."""
    at = pa.array([1_791_201_600_123_456], pa.timestamp("us", tz="Asia/Kolkata"))
    columns = {
        "id": pa.array(["p"]),
        "occurred_at": at,
        "context": pa.array(["system"]),
        "model": pa.array(["gpt-4o"]).dictionary_encode(),
        "input_tokens": pa.array([7], pa.uint16()),
        "output_tokens": pa.array([None], pa.int64()),
        "audio_duration_seconds": pa.array([Decimal("1.5005")], pa.decimal128(10, 4)),
        "tags": pa.array([{"team": "blue", "n": 1}]),
        "variant": pa.array([[("service_tier", "flex")]], pa.map_(pa.string(), pa.string())),
    }
    pq.write_table(pa.table(columns), tmp_path / "usage.parquet")
    assert counts(book.ingest(tmp_path / "usage.parquet")) == (1, 0, 0)
    found = only(book)
    assert found["occurred_at"].isoformat() == "2026-10-05T12:00:00.123456"
    assert (found["input_tokens"], found["audio_milliseconds"]) == (7, 1501)
    assert json.loads(found["tags"]) == {"team": "blue", "n": 1}
    assert found["variant"] == "service_tier=flex"


def test_a_fraction_of_a_token_in_parquet_is_rejected(book: Book, tmp_path: Path) -> None:
    columns = {"occurred_at": [AT], "context": ["system"], "model": ["m"], "input_tokens": [1.5]}
    pq.write_table(pa.table(columns), tmp_path / "usage.parquet")
    assert book.ingest(tmp_path / "usage.parquet").rejected_by_code == {"bad_count": 1}


def test_folders_globs_and_files_are_each_read_once(book: Book, tmp_path: Path) -> None:
    """Files with other endings in a folder are left alone; a file named three times counts once."""
    folder = tmp_path / "logs"
    (folder / "deep").mkdir(parents=True)
    write_lines(folder / "a.jsonl", line(id="a"))
    write_lines(folder / "deep" / "b.jsonl", line(id="b"))
    write(
        folder / "c.csv",
        table([{"id": "c", "model": "m", "context": "system", "occurredAt": AT, "requests": 1}]),
    )
    write(folder / "notes.txt", "not usage")
    result = book.ingest(folder, folder / "a.jsonl", str(folder / "*.jsonl"))
    assert (result.files, counts(result)) == (3, (3, 0, 0))
    globbed = book.ingest(str(folder / "**" / "*.jsonl"))
    assert (globbed.files, counts(globbed)) == (2, (0, 2, 0))


def test_what_cannot_be_found_or_told_is_refused(book: Book, tmp_path: Path) -> None:
    write(tmp_path / "usage.log", line(id="log"))
    for missing in (tmp_path / "none.jsonl", tmp_path / "*.nothing", tmp_path / "none"):
        with pytest.raises(FileMissing, match="nothing was loaded"):
            book.ingest(missing)
    with pytest.raises(UnknownFormat, match="its format cannot be told"):
        book.ingest(tmp_path / "usage.log")
    assert counts(book.ingest(tmp_path / "usage.log", file_format="jsonl")) == (1, 0, 0)


@pytest.mark.parametrize(
    "name", ["x.jsonl.gz", "x.jsonl.zst", "x.csv.gz", "x.csv.zst", "x.parquet"]
)
def test_a_damaged_file_loads_nothing_and_says_so(book: Book, tmp_path: Path, name: str) -> None:
    """A good file beside it is not loaded either."""
    good = write_lines(tmp_path / "good.jsonl", line(id="good"))
    with pytest.raises(TokenbookError) as caught:
        book.ingest(good, write(tmp_path / name, b"garbage that is no archive"))
    assert name in str(caught.value)
    assert not records(book)


@pytest.mark.parametrize(
    "name",
    [
        "x.jsonl.gz",
        "x.csv.gz",
        "x.parquet",
    ],
)
def test_a_damaged_file_is_the_callers_mistake(book: Book, tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid):
        book.ingest(write(tmp_path / name, b"garbage that is no archive"))


@pytest.mark.skipif(
    not (Path(analytics.__file__).parent / "cli" / "__init__.py").exists(), reason="no CLI yet"
)
def test_standard_input_is_read_like_a_file(template: Path, tmp_path: Path) -> None:
    """A real process; the copy of what came in is gone afterwards."""
    shutil.copytree(template, tmp_path / "book")
    command = [sys.executable, "-m", "analytics", "ingest", "-", "--json"]
    environment = os.environ | {
        "TOKENBOOK": str(tmp_path / "book"),
        "PYTHONPATH": str(Path(analytics.__file__).parents[1]),
    }
    text = f"{line(id='a')}\n{line(id='b')}\nbroken\n{line(id='a')}"
    for wanted in ((2, 1, 1), (0, 3, 1)):
        done = subprocess.run(
            command, input=text, env=environment, capture_output=True, text=True, check=False
        )
        result = json.loads(done.stdout)
        assert (result["appended"], result["duplicates"], result["rejected"]) == wanted
    assert sorted(path.name for path in (tmp_path / "book").iterdir()) == ["book.duckdb"]
    with analytics.open(tmp_path / "book", read_only=True) as book:
        assert [row["record_id"] for row in records(book)] == ["a", "b"]
        assert_sound(book)


# Mapping and constants

FOREIGN: dict[str, object] = {
    "when": AT,
    "who": "acme",
    "engine": "gpt-4o",
    "prompt": 10,
    "out": 5,
    "team": "blue",
}
MAPPING = {
    "occurred_at": "when",
    "external_id": "who",
    "model": "engine",
    "input_tokens": "prompt",
    "output_tokens": "out",
}


@pytest.mark.parametrize("writer", [as_jsonl, as_csv, as_parquet], ids=lambda w: w.__name__)
def test_columns_are_mapped_and_constants_set(
    book: Book, tmp_path: Path, writer: Callable[[Path, dict[str, object]], Path]
) -> None:
    """What is mapped does not stay as a tag under its old name."""
    result = book.ingest(
        writer(tmp_path, FOREIGN),
        mapping=MAPPING,
        constants={"description": "from a log", "provider": "openai", "web_searches": "3"},
    )
    assert counts(result) == (1, 0, 0)
    found = only(book)
    assert (found["input_tokens"], found["output_tokens"], found["web_searches"]) == (10, 5, 3)
    assert (found["context"], found["model"]) == ("customer", "gpt-4o")
    assert found["description"] == "from a log"
    assert json.loads(found["tags"]) == {"team": "blue"}


def test_json_is_mapped_by_key_path_and_pointer(book: Book, tmp_path: Path) -> None:
    row = {"usage": {"in": 7, "out": 3}, "a.b": {"m": "gpt-4o"}, "t~/x": AT, "context": "system"}
    mapping = {
        "input_tokens": "$.usage.in",
        "output_tokens": "/usage/out",
        "model": '$."a.b".m',
        "occurred_at": "t~/x",
    }
    assert counts(book.ingest(as_jsonl(tmp_path, row), mapping=mapping)) == (1, 0, 0)
    found = only(book)
    assert (found["input_tokens"], found["output_tokens"], found["model"]) == (7, 3, "gpt-4o")
    assert "tags" not in found


def test_bad_lines_are_rejected_under_a_mapping_too(book: Book, tmp_path: Path) -> None:
    lines = ['{"m": "gpt-4o", "requests": 1}', "{broken", "[1]", "5", "{}"]
    result = book.ingest(
        write_lines(tmp_path / "log.jsonl", *lines),
        mapping={"model": "m"},
        constants={"occurred_at": AT, "context": "system"},
    )
    assert [(each.line, each.code) for each in result.first_rejections] == [
        (2, "bad_json"),
        (3, "not_an_object"),
        (4, "not_an_object"),
        (5, "missing_model"),
    ]
    assert counts(result) == (1, 0, 4)


def test_a_mapped_key_that_is_given_twice_is_rejected(book: Book, tmp_path: Path) -> None:
    """As it is without a mapping: nobody can say which of the two was meant."""
    result = book.ingest(
        write_lines(tmp_path / "log.jsonl", '{"m": "gpt-4o", "n": 5, "n": 7}'),
        mapping={"model": "m", "input_tokens": "n"},
        constants={"occurred_at": AT, "context": "system"},
    )
    assert result.rejected_by_code == {"repeated_key": 1}


def test_mappings_that_cannot_be_are_refused(book: Book, tmp_path: Path) -> None:
    csv_file = as_csv(tmp_path, FOREIGN)
    with pytest.raises(InvalidArgument, match="has no column 'nothing'; it has when, who, engine"):
        book.ingest(csv_file, mapping={"model": "nothing"})
    with pytest.raises(InvalidArgument, match="there is no column 'tokens'; the columns are id"):
        book.ingest(csv_file, mapping={"tokens": "prompt"})
    with pytest.raises(InvalidArgument, match="there is no column 'tokens'; the columns are id"):
        book.ingest(csv_file, constants={"tokens": "1"})
    with pytest.raises(InvalidArgument, match="id_scope"):
        book.ingest(csv_file, id_scope="everywhere")
    both = write(tmp_path / "both.csv", "model,modelId,occurred_at\na,b,2026-10-05\n")
    with pytest.raises(InvalidArgument, match="has both 'model' and 'modelId'"):
        book.ingest(both)
    assert not records(book)


@pytest.mark.parametrize(
    "writer",
    [
        as_jsonl,
        as_csv,
        as_parquet,
    ],
    ids=lambda writer: writer.__name__,
)
def test_a_constant_of_digits_keeps_its_zeros(
    book: Book, tmp_path: Path, writer: Callable[[Path, dict[str, object]], Path]
) -> None:
    """Customer 0042 is not customer 42."""
    row: dict[str, object] = {"model": "gpt-4o", "occurred_at": AT, "requests": 1}
    book.ingest(writer(tmp_path, row), constants={"external_id": "0042"}, create_accounts=True)
    assert [each.external_id for each in book.list_accounts()] == ["0042", "acme", "beta"]


@pytest.mark.parametrize(
    "writer",
    [
        as_jsonl,
        as_csv,
        as_parquet,
    ],
    ids=lambda writer: writer.__name__,
)
def test_a_constant_replaces_the_column_in_any_spelling(
    book: Book, tmp_path: Path, writer: Callable[[Path, dict[str, object]], Path]
) -> None:
    row: dict[str, object] = {"modelId": "gpt-4o", "occurredAt": AT, "context": "system"}
    row["requests"] = 1
    constants = {"model": "gpt-4", "occurred_at": "2026-10-06T00:00:00Z"}
    assert counts(book.ingest(writer(tmp_path, row), constants=constants)) == (1, 0, 0)
    assert (only(book)["model"], str(only(book)["local_day"])) == ("gpt-4", "2026-10-06")


# Unknown keys and meters


@pytest.mark.parametrize("writer", [as_jsonl, as_csv, as_parquet], ids=lambda w: w.__name__)
def test_unknown_columns_become_tags_where_they_are_short(
    book: Book, tmp_path: Path, writer: Callable[[Path, dict[str, object]], Path]
) -> None:
    """A prompt does not belong in a billing book; tags of the row itself win."""
    row: dict[str, object] = {
        "model": "gpt-4o",
        "occurred_at": AT,
        "context": "system",
        "requests": 1,
        "team": "blue",
        "prompt": "x" * 257,
        "edge": "y" * 254,
        "tags": '{"own":"1","team":"red"}',
    }
    if writer is as_jsonl:
        row["tags"] = {"own": "1", "team": "red"}
    assert counts(book.ingest(writer(tmp_path, row))) == (1, 0, 0)
    assert json.loads(only(book)["tags"]) == {"edge": "y" * 254, "own": "1", "team": "red"}


def test_only_scalars_of_json_become_tags(book: Book, tmp_path: Path) -> None:
    row = {
        "list": [1],
        "object": {"a": 1},
        "null": None,
        "yes": True,
        "n": 1.25,
        "t": "x",
        "a/b": 1,
    }
    book.ingest(write_lines(tmp_path / "log.jsonl", line(**row)))
    assert json.loads(only(book)["tags"]) == {"yes": True, "n": 1.25, "t": "x", "a/b": 1}


@pytest.mark.parametrize("writer", [as_jsonl, as_csv, as_parquet], ids=lambda w: w.__name__)
def test_a_meter_that_is_not_stored_makes_the_record_unpriced(
    book: Book, tmp_path: Path, writer: Callable[[Path, dict[str, object]], Path]
) -> None:
    """It is kept, named as the reason, and neither dropped nor made a tag; zero is harmless."""
    row: dict[str, object] = {"occurred_at": AT, "context": "system", "model": "gpt-4o"}
    result = book.ingest(writer(tmp_path, row | {"id": "a", "inputToolTokens": 4}))
    assert (counts(result), result.unpriced) == ((1, 0, 0), 1)
    found = only(book)
    assert json.loads(found["other_meters"]) == {"input_tool_tokens": 4}
    assert found["unpriced_reason"] == "other_meters: input_tool_tokens"
    assert "tags" not in found
    result = book.ingest(writer(tmp_path, row | {"id": "b", "inputToolTokens": 0}))
    assert (counts(result), result.unpriced) == ((1, 0, 0), 0)
    missing = {(each.model, each.reason) for each in book.missing_prices()}
    assert missing == {("gpt-4o", "other_meters: input_tool_tokens")}


OTHER_AND_NAMED = {"occurred_at": AT, "context": "system", "model": "m", "inputToolTokens": 4}


@pytest.mark.parametrize(
    "writer",
    [
        as_jsonl,
        as_csv,
    ],
    ids=lambda writer: writer.__name__,
)
def test_other_meters_and_named_ones_are_both_kept(
    book: Book, tmp_path: Path, writer: Callable[[Path, dict[str, object]], Path]
) -> None:
    other: object = {"foo": 1} if writer is as_jsonl else '{"foo":1}'
    assert counts(book.ingest(writer(tmp_path, OTHER_AND_NAMED | {"other_meters": other})))[0] == 1
    assert json.loads(only(book)["other_meters"]) == {"foo": 1, "input_tool_tokens": 4}


def test_bad_other_meters_are_not_hidden_by_named_ones(book: Book, tmp_path: Path) -> None:
    bad = write_lines(tmp_path / "log.jsonl", line(other_meters=5, inputToolTokens=3))
    assert book.ingest(bad).rejected_by_code == {"bad_other_meters": 1}


# Accounts


def test_accounts_are_made_on_first_sight_if_asked(book: Book, tmp_path: Path) -> None:
    lines = [line(id=str(n), context="customer", externalId=f"new-{n % 2}") for n in range(4)]
    lines.append(line(id="bad", context="customer", externalId="never", inputTokens=-1))
    file = write_lines(tmp_path / "log.jsonl", *lines)
    refused = book.ingest(file)
    assert counts(refused) == (0, 0, 5)
    assert refused.rejected_by_code == {"unknown_account": 4, "bad_count": 1}
    loaded = book.ingest(file, create_accounts=True)
    assert (counts(loaded), loaded.accounts_created) == ((4, 0, 1), 2)
    names = [account.external_id for account in book.list_accounts()]
    assert names == ["acme", "beta", "new-0", "new-1"], "a rejected row makes no account"
    again = book.ingest(file, create_accounts=True)
    assert (counts(again), again.accounts_created) == ((0, 4, 1), 0)


def test_the_same_logs_make_the_same_account_ids(template: Path, tmp_path: Path) -> None:
    ids = []
    for name in ("one", "two"):
        shutil.copytree(template, tmp_path / name)
        file = write_lines(tmp_path / "log.jsonl", line(context="customer", externalId="new"))
        with analytics.open(tmp_path / name) as book:
            book.ingest(file, create_accounts=True)
            ids.append(book.get_account("new").account_id)
    assert ids[0] == ids[1]


# Rejections

BAD: dict[str, dict[str, object] | str | bytes] = {
    "bad_json": '{"model": "gpt-4o",',
    "not_an_object": '["model"]',
    "bad_encoding": b'{"model": "gpt-\xff4o"}',
    "bad_text": {"model": {"name": "gpt-4o"}},
    "too_many_keys": "{" + ", ".join(f'"k{n}": 1' for n in range(257)) + "}",
    "repeated_key": '{"inputTokens": 1, "input_tokens": 2}',
    "bad_time": {"occurredAt": "yesterday"},
    "missing_time": {"occurredAt": None},
    "time_too_early": {"occurredAt": "2014-12-31T23:59:59Z"},
    "time_in_future": {"occurredAt": "2999-01-01T00:00:00Z"},
    "missing_model": {"model": ""},
    "missing_account": {"context": "customer"},
    "bad_context": {"context": "nobody"},
    "unknown_account": {"context": "customer", "externalId": "stranger"},
    "account_mismatch": {"context": "customer", "externalId": "acme", "accountId": "{beta}"},
    "unknown_transaction": {"context": "customer", "externalId": "acme", "transactionId": "txn_1"},
    "transaction_mismatch": {
        "context": "customer",
        "externalId": "acme",
        "transactionId": "{of_beta}",
    },
    "bad_count": {"inputTokens": 1200.7},
    "bad_duration": {"audioDurationSeconds": -1},
    "bad_usage_type": {"usageType": "smell"},
    "bad_variant": {"variant": "flex"},
    "bad_tags": {"tags": ["blue"]},
    "bad_other_meters": {"otherMeters": {"foo": "many"}},
    "cache_exceeds_input": {"inputTokens": 10, "cachedTokens": 6, "cacheWriteTokens": 5},
    "parts_exceed_input": {"inputTokens": 10, "inputAudioTokens": 6, "inputImageTokens": 5},
    "cached_part_exceeds": {"inputTokens": 9, "cachedTokens": 5, "cacheAudioReadTokens": 1},
    "parts_exceed_output": {"outputTokens": 10, "outputReasoningTokens": 11},
    "parts_exceed_pages": {"documentPages": 1, "annotatedDocumentPages": 2},
    "id_conflict": {"id": "known", "inputTokens": 8},
}
"""Rejection code -> what is wrong with a line that is otherwise fine."""


def bad_line(code: str, book: Book) -> bytes:
    """A line that is rejected with a code."""
    wrong = BAD[code]
    if isinstance(wrong, dict):
        beta = book.get_account("beta").account_id
        text = line(**wrong).replace("{beta}", beta)
        if "{of_beta}" in text:
            debit = book.create_transaction("beta", 0, type="debit")
            text = text.replace("{of_beta}", debit.id)
        return text.encode()
    return wrong if isinstance(wrong, bytes) else wrong.encode()


def test_every_rejection_code_has_a_line() -> None:
    """A new code in queries/usage/rejected.sql needs a line here, or is for tables
    or for the logs of other programs."""
    codes = set(re.findall(r"when '(\w+)'", load_query("usage/rejected").text))
    assert codes == set(BAD) | {"bad_columns", "line_too_long"} | {"missing_usage", "bad_usage"}


def test_bad_lines_spoil_neither_their_file_nor_another(book: Book, tmp_path: Path) -> None:
    """A file for each code, all in one load: the lines around the bad one are loaded."""
    files = {}
    for code in BAD:
        known = "known" if code == "id_conflict" else f"known {code}"
        around = (line(id=known, inputTokens=7).encode(), line(id=f"after {code}").encode())
        data = b"\n".join([around[0], b"", bad_line(code, book), around[1]])
        files[str(write(tmp_path / f"{code}.jsonl", data))] = code
    assert counts(book.ingest(*files)) == (2 * len(BAD), 0, len(BAD))
    found = book.list_rejections(limit=1000)
    assert {each.path: each.code for each in found} == files
    assert {each.line for each in found} == {3}
    assert all(each.message and each.message != each.code for each in found)


@pytest.mark.slow
@pytest.mark.parametrize("code", BAD)
def test_each_bad_line_is_rejected_by_itself(book: Book, tmp_path: Path, code: str) -> None:
    """With its code, a sentence, its place and its text; the lines around it are loaded."""
    known, after = line(id="known", inputTokens=7), line(id="after")
    wrong = bad_line(code, book)
    file = write(tmp_path / "log.jsonl", b"\n".join([known.encode(), b"", wrong, after.encode()]))
    result = book.ingest(file)
    assert counts(result) == (2, 0, 1)
    (found,) = result.first_rejections
    assert (found.path, found.line, found.code) == (str(file), 3, code)
    assert found.message
    assert found.message != code
    if code != "id_conflict":
        assert found.excerpt == wrong.decode("utf-8", errors="replace")[:512]
    stored = book.query("select load_id, path, line, code, message, excerpt from rejection").rows()
    assert stored == [
        {
            "load_id": result.load_id,
            "path": found.path,
            "line": found.line,
            "code": found.code,
            "message": found.message,
            "excerpt": found.excerpt,
        }
    ]
    assert [row["record_id"] for row in records(book)] == ["after", "known"]


def test_a_conflict_has_its_text_too(book: Book, tmp_path: Path) -> None:
    lines = [line(id="known"), line(id="known", inputTokens=8)]
    result = book.ingest(write_lines(tmp_path / "log.jsonl", *lines))
    assert [each.excerpt for each in result.first_rejections] == [lines[1]]


def test_an_excerpt_is_what_the_file_has(book: Book, tmp_path: Path) -> None:
    text = '{"m": "gpt-4o",  "t": "never"}'
    mapping = {"model": "m", "occurred_at": "t"}
    result = book.ingest(write_lines(tmp_path / "log.jsonl", text), mapping=mapping)
    assert [each.excerpt for each in result.first_rejections] == [text]


ODD_VARIANTS: list[object] = [
    "{oops",
    "a=1,a=2",
    {"a": None},
    {"a": {"b": 1}},
    "a=1,,b=2",
    "=1",
    5,
    ["a=1"],
    "a=\t",
]


@pytest.mark.examples
@pytest.mark.parametrize("variant", some(ODD_VARIANTS, 3), ids=str)
def test_an_odd_variant_spoils_only_its_line(book: Book, tmp_path: Path, variant: object) -> None:
    file = write_lines(tmp_path / "log.jsonl", line(variant=variant), line(id="fine"))
    assert counts(book.ingest(file)) == (1, 0, 1)


NO_COUNTS = ("-1", "1.0", "1.7", "1e3", "true", '"12"', "1000000000000000", "9" * 20, "[]", '""')


def test_a_count_is_one_to_fifteen_digits(book: Book, tmp_path: Path) -> None:
    """Never a fraction cut off, never a text, never a number that does not fit."""
    keys = (
        "inputTokens",
        "audioMilliseconds",
        "requests",
        "cachedTokens",
        "annotatedDocumentPages",
    )
    lines = [
        line(here=0).replace('"here": 0', f'"{key}": {count}')
        for key in keys
        for count in NO_COUNTS
    ]
    result = book.ingest(write_lines(tmp_path / "log.jsonl", *lines))
    assert result.rejected_by_code == {"bad_count": len(keys) * len(NO_COUNTS)}


def test_a_long_excerpt_is_cut(book: Book, tmp_path: Path) -> None:
    text = line(model=None, description="x" * 5000)
    result = book.ingest(write_lines(tmp_path / "log.jsonl", text))
    assert [each.excerpt for each in result.first_rejections] == [text[:512]]


def test_the_counts_of_a_load_add_up_and_only_a_few_rejections_are_shown(
    book: Book, tmp_path: Path
) -> None:
    """The book keeps all of them, with the load's own counts."""
    lines = [line(id=str(n % 10)) for n in range(30)] + ["broken"] * 7 + [line(inputTokens=-1)] * 2
    result = book.ingest(write_lines(tmp_path / "log.jsonl", *lines))
    assert counts(result) == (10, 20, 9)
    assert result.rejected_by_code == {"bad_json": 7, "bad_count": 2}
    assert [each.line for each in result.first_rejections] == [31, 32, 33, 34, 35]
    assert book.query("select count(*) as n from rejection").rows() == [{"n": 9}]
    (load,) = book.query("select row_count, appended, duplicates, rejected from load").rows()
    assert load == {"row_count": 39, "appended": 10, "duplicates": 20, "rejected": 9}


# Bytes


def test_bom_crlf_blank_lines_and_no_last_newline_change_nothing(
    book: Book, tmp_path: Path
) -> None:
    lines = [line(id=str(n), inputTokens=n) for n in range(3)]
    plain = write_lines(tmp_path / "plain.jsonl", *lines)
    odd = b"\xef\xbb\xbf" + "\r\n\r\n  \r\n".join(lines).encode()
    assert counts(book.ingest(plain)) == (3, 0, 0)
    assert counts(book.ingest(write(tmp_path / "odd.jsonl", odd))) == (0, 3, 0)


BAD_BYTES = (b"\x00", b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf5\x80\x80\x80")


@pytest.mark.examples
@pytest.mark.parametrize("bad", some(BAD_BYTES, 2))
def test_a_bad_byte_spoils_only_its_line(book: Book, tmp_path: Path, bad: bytes) -> None:
    """NUL and each sort of invalid UTF-8; line numbers stay right."""
    wrong = line(id="bad", description="HERE").encode().replace(b"HERE", bad)
    data = b"\n".join([line(id="a").encode(), wrong, b"", line(id="b").encode(), wrong])
    result = book.ingest(write(tmp_path / "log.jsonl", data))
    assert counts(result) == (2, 0, 2)
    code = "bad_json" if bad == b"\x00" else "bad_encoding"
    assert [(each.line, each.code) for each in result.first_rejections] == [(2, code), (5, code)]
    assert [row["record_id"] for row in records(book)] == ["a", "b"]


def test_text_of_every_script_survives(book: Book, tmp_path: Path) -> None:
    text = "Zoë 東京 🙂 \u202e \u00a0 '; drop table usage_open; --"
    result = book.ingest(write_lines(tmp_path / "log.jsonl", line(id=text, description=text)))
    assert counts(result) == (1, 0, 0)
    assert (only(book)["record_id"], only(book)["description"]) == (text, text)


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff", " \r\n"])
def test_an_empty_file_is_no_mistake(book: Book, tmp_path: Path, text: str) -> None:
    assert counts(book.ingest(write(tmp_path / "log.jsonl", text))) == (0, 0, 0)


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf"], ids=["no bytes", "a BOM"])
@pytest.mark.parametrize("source", [None, "native", "helicone"])
def test_an_empty_table_has_no_rows_and_spoils_no_other_file(
    book: Book, tmp_path: Path, data: bytes, source: str | None
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    write(folder / "a.csv", data)
    write(folder / "b.csv.gz", gzip.compress(data))
    assert counts(book.ingest(folder, source=source)) == (0, 0, 0)
    write(folder / "c.csv", HEADER + row_of("c"))
    write_lines(folder / "d.jsonl", line(id="d"))
    done = book.ingest(folder, source="native" if source else None)
    assert (done.files, counts(done)) == (4, (2, 0, 0))
    assert [row["record_id"] for row in records(book)] == ["c", "d"]


HEADER = "id,model,occurred_at,context,requests,description\n"


def row_of(record_id: str, description: str = "x") -> str:
    return f"{record_id},gpt-4o,{AT},system,1,{description}\n"


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        pytest.param(row_of("bad", "x,surplus"), "bad_columns", id="a cell too many"),
        pytest.param("bad,gpt-4o\n", "bad_columns", id="cells too few"),
        pytest.param(row_of("bad").encode()[:-2] + b"\xff\n", "bad_encoding", id="invalid UTF-8"),
    ],
)
def test_a_bad_row_of_a_csv_spoils_only_itself(
    book: Book, tmp_path: Path, bad: str | bytes, code: str
) -> None:
    wrong = bad if isinstance(bad, bytes) else bad.encode()
    data = HEADER.encode() + row_of("a").encode() + wrong + row_of("b").encode()
    result = book.ingest(write(tmp_path / "log.csv", data))
    assert [row["record_id"] for row in records(book)] == ["a", "b"]
    assert counts(result) == (2, 0, 1)
    assert [(each.line, each.code) for each in result.first_rejections] == [(3, code)]


def test_a_quote_that_is_never_closed_is_not_taken_for_a_cell(book: Book, tmp_path: Path) -> None:
    """Refused or rejected, as long as it is said: the rows after it are not in the book."""
    data = HEADER + row_of("a") + row_of("bad", '"open') + row_of("b")
    try:
        result = book.ingest(write(tmp_path / "log.csv", data))
    except TokenbookError:
        return
    assert result.rejected


def test_a_csv_with_a_ragged_row_is_never_read_as_empty(book: Book, tmp_path: Path) -> None:
    """The load must fail, or account for every row: silence loses money."""
    data = HEADER + row_of("a") + row_of("b", "x,surplus")
    try:
        result = book.ingest(write(tmp_path / "log.csv", data))
    except TokenbookError:
        return
    assert result.rows == 2


def test_the_lines_of_a_large_csv_are_right_to_the_end(book: Book, tmp_path: Path) -> None:
    """Ragged rows, bad bytes and bad values on many lines of a file of several blocks."""
    kinds = {0: "bad_columns", 1: "bad_encoding", 2: "bad_time"}
    wanted, rows = [], [HEADER.encode()]
    for number in range(2, 60_000):
        if number % 97 < 3:
            wanted.append({"line": number, "code": kinds[number % 97]})
        text = row_of(str(number), "y" * 150).encode()
        if number % 97 == 0:
            text = text[:-1] + b",surplus\n"
        elif number % 97 == 1:
            text = text[:-1] + b"\xff\n"
        elif number % 97 == 2:
            text = text.replace(AT.encode(), b"never")
        rows.append(text)
    result = book.ingest(write(tmp_path / "log.csv", b"".join(rows)))
    assert counts(result) == (59_998 - len(wanted), 0, len(wanted))
    assert book.query("select line, code from rejection order by line").rows() == wanted


def test_a_csv_in_another_encoding_is_refused_in_a_sentence(book: Book, tmp_path: Path) -> None:
    """What a spreadsheet saves as Unicode text."""
    with pytest.raises(TokenbookError):
        book.ingest(write(tmp_path / "log.csv", (HEADER + row_of("a")).encode("utf-16")))


def test_a_column_without_a_heading_is_left_out(book: Book, tmp_path: Path) -> None:
    """As pandas writes its index."""
    data = f",{HEADER}0,{row_of('a')}"
    assert counts(book.ingest(write(tmp_path / "log.csv", data))) == (1, 0, 0)
    assert "tags" not in only(book)


def test_csv_cells_may_hold_quotes_newlines_and_other_delimiters(
    book: Book, tmp_path: Path
) -> None:
    rows: list[dict[str, object]] = [
        {"id": str(n), "model": "m", "occurred_at": AT, "context": "system", "requests": 1}
        | {"description": text}
        for n, text in enumerate(['say "x"', "two\nlines", "a;b\tc|d,e", "#hash", "'quote", "1e5"])
    ]
    assert counts(book.ingest(write(tmp_path / "log.csv", table(rows)))) == (6, 0, 0)
    assert [row["description"] for row in records(book)] == [row["description"] for row in rows]


def test_the_line_of_a_csv_rejection_is_the_line_of_the_file(book: Book, tmp_path: Path) -> None:
    text = HEADER + row_of("a") + f"b,gpt-4o,never,system,1,x\n{row_of('c')}"
    result = book.ingest(write(tmp_path / "log.csv", text))
    assert [(each.line, each.code) for each in result.first_rejections] == [(3, "bad_time")]


def test_a_csv_column_in_two_spellings_is_refused(book: Book, tmp_path: Path) -> None:
    text = f"model,occurred_at,context,inputTokens,input_tokens\ngpt-4o,{AT},system,5,7\n"
    with pytest.raises(InvalidArgument):
        book.ingest(write(tmp_path / "log.csv", text))


def test_a_csv_row_with_a_bad_value_is_rejected_with_its_cells(book: Book, tmp_path: Path) -> None:
    text = HEADER.replace("description", "input_tokens") + row_of("a", "7") + row_of("b", "0x10")
    result = book.ingest(write(tmp_path / "log.csv", text))
    assert counts(result) == (1, 0, 1)
    (found,) = result.first_rejections
    assert (found.code, found.excerpt) == ("bad_count", row_of("b", "0x10").strip())


@pytest.mark.parametrize("text", ["\n", " \n", "\ufeff\n", ",,\n", f"\n{HEADER}"])
def test_a_csv_without_headings_is_refused_in_a_sentence(
    book: Book, tmp_path: Path, text: str
) -> None:
    with pytest.raises(UnknownFormat, match="its first line has no headings"):
        book.ingest(write(tmp_path / "log.csv", text))
    assert counts(book.ingest(write(tmp_path / "log.csv", HEADER))) == (0, 0, 0)


# All or nothing


def contents(path: Path) -> str:
    """A hash of all rows of all tables of a closed book."""
    digest = hashlib.sha256()
    with duckdb.connect(str(path / "book.duckdb"), read_only=True) as connection:
        names = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
        for (name,) in names:
            query = f"select * from {name} order by all"  # noqa: S608 - our own tables
            digest.update(repr((name, connection.execute(query).fetchall())).encode())
    return digest.hexdigest()


def test_strict_writes_nothing_if_a_row_is_rejected(template: Path, tmp_path: Path) -> None:
    """No record, account, rejection, load or name: every table is as it was."""
    path = tmp_path / "book"
    shutil.copytree(template, path)
    before = contents(path)
    good = line(id="a", context="customer", externalId="new", model="never-seen-1")
    file = write_lines(tmp_path / "log.jsonl", good, "broken", line(inputTokens=-1))
    with (
        analytics.open(path) as book,
        pytest.raises(RejectedRows, match="bad_count 1, bad_json 1") as caught,
    ):
        book.ingest(file, strict=True, create_accounts=True)
    assert f"{file}:2 the line is not valid JSON" in str(caught.value)
    assert contents(path) == before
    with analytics.open(path) as book:
        fine = book.ingest(
            write_lines(tmp_path / "log.jsonl", good), strict=True, create_accounts=True
        )
        assert counts(fine) == (1, 0, 0)
        assert_sound(book)


def test_a_file_that_fails_takes_the_whole_load_back(template: Path, tmp_path: Path) -> None:
    path = tmp_path / "book"
    shutil.copytree(template, path)
    before = contents(path)
    good = write_lines(tmp_path / "good.jsonl", line(id="a", externalId="new", context="customer"))
    bad = write(tmp_path / "bad.parquet", b"garbage")
    with analytics.open(path) as book, pytest.raises(TokenbookError):
        book.ingest(good, bad, create_accounts=True)
    assert contents(path) == before


def test_a_record_with_an_empty_id_is_refused_or_given_one(book: Book) -> None:
    """Sent again after the error, it would be charged twice."""
    try:
        recorded = book.record_usage(id="", model_id="gpt-4o", context="system", input_tokens=1)
    except TokenbookError:
        assert not records(book)
    else:
        assert [row["record_id"] for row in records(book)] == [recorded.id]


# Real input


@pytest.mark.skipif(not TRACES.is_dir(), reason="the traces are not beside this checkout")
def test_the_azure_traces_cost_what_they_cost(book: Book) -> None:
    """Two published hours, 28,185 requests, at the prices of gpt-4: exact, and only once."""

    def ingest(kind: str) -> LoadResult:
        return book.ingest(
            TRACES / f"azure_llm_2023_{kind}.csv",
            mapping={
                "occurred_at": "TIMESTAMP",
                "input_tokens": "ContextTokens",
                "output_tokens": "GeneratedTokens",
            },
            constants={"model": "gpt-4", "external_id": f"azure-{kind}"},
            create_accounts=True,
        )

    assert counts(ingest("conv")) == (19_366, 0, 0)
    assert counts(ingest("code")) == (8_819, 0, 0)
    for repeated in (False, True):
        if repeated:
            assert counts(ingest("conv")) == (0, 19_366, 0)
            assert counts(ingest("code")) == (0, 8_819, 0)
        total = book.get_usage_summary(month="2023-11")
        assert (total.record_count, total.unpriced_count) == (28_185, 0)
        assert (total.total_input_tokens, total.total_output_tokens) == (40_421_844, 4_334_561)
        assert total.total_cost_usd == total.total_charge_usd == Decimal("1472.72898")
        conv = book.get_usage_summary(account="azure-conv")
        assert (conv.total_input_tokens, conv.total_output_tokens) == (22_361_870, 4_088_665)
        assert conv.total_cost_usd == Decimal("916.176")
        assert book.get_usage_summary(account="azure-code").total_cost_usd == Decimal("556.55298")
    drafts = {each.external_id: each.total for each in book.draft_invoices("2023-11")}
    assert drafts == {"azure-code": "556.55", "azure-conv": "916.18"}


def test_unknown_keys_given_twice_spoil_only_their_line(book: Book, tmp_path: Path) -> None:
    """Also where two spellings of a meter that is not stored meet."""
    lines = [
        line(id="a"),
        line(id="b")[:-1] + ',"feature": 1, "feature": 2}',
        line(id="c")[:-1] + ',"inputToolTokens": 1, "input_tool_tokens": 2}',
    ]
    result = book.ingest(write_lines(tmp_path / "log.jsonl", *lines))
    assert (result.appended, result.rejected_by_code) == (1, {"repeated_key": 2})
