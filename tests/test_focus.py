"""FOCUS: what each column holds, exact sums, periods, and what the official validator misses.

`.ci/focus.py` runs that validator. The rules here are those that it does not check: each is also
shown to find the fault it is for.
"""

import csv
import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import analytics
from analytics import Book
from analytics.errors import InvalidArgument, UnpricedExport
from analytics.records import METERS
from tests.conftest import assert_sound, new_book, write_lines
from tests.test_cli import run

ROOT = Path(__file__).parent
COSTS = ("ListCost", "ContractedCost", "EffectiveCost", "BilledCost")
Row = dict[str, Any]

LINES: tuple[Row, ...] = (
    {"id": "1", "external_id": "acme", "model": "gpt-4o", "inputTokens": 1500}
    | {"cacheReadTokens": 200, "outputTokens": 500, "tags": {"team": "blue", "n": 1.50}},
    {"id": "2", "external_id": "acme", "model": "gpt-4o", "inputTokens": 100}
    | {"tags": {"team": "red", "nested": {"a": [1, "x"]}, "flag": True, "a/b~c": None}},
    {"id": "3", "external_id": "zoë", "model": "whisper-1", "audioMilliseconds": 61_237},
    {"id": "4", "context": "system", "model": "claude-sonnet-4-5", "inputTokens": 172_000}
    | {"cacheReadTokens": 155_000, "cacheWriteTokens": 3_000, "outputTokens": 7},
    {"id": "5", "external_id": "acme", "model": "gpt-4o-mini", "webSearches": 3},
    {"id": "6", "external_id": "acme", "provider": "house", "model": "free-llm"}
    | {"inputTokens": 9, "outputTokens": 4},
    {"id": "7", "external_id": "acme", "model": "o3", "inputTokens": 1_000_000},
    {"id": "8", "external_id": "acme", "model": "gpt-5-mini", "variant": "service_tier=flex"}
    | {"inputTokens": 2_000, "cacheReadTokens": 1_000, "outputTokens": 500},
)
"""Calls at one instant: cached input, audio, system, a free model, a price of the owner's, flex."""


def make_book(folder: Path, *lines: Row, timezone: str = "UTC") -> Book:
    """A book with an own price for o3 and a free model of the house."""
    book = new_book(folder / "book", markup_percent=20, billing_timezone=timezone)
    book.add_price("o3", {"input_tokens": "1.5", "output_tokens": 6}, provider="openai")
    book.add_price("free-llm", {}, provider="house", free=True)
    given = [{"occurredAt": "2026-10-05T12:00:00Z"} | line for line in lines]
    path = write_lines(folder / "log.jsonl", *(json.dumps(line) for line in given))
    assert book.ingest(path, create_accounts=True).appended == len(lines)
    return book


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """A book that these tests only read."""
    with make_book(tmp_path_factory.mktemp("focus"), *LINES) as book:
        yield book
        assert_sound(book)


def charges(book: Book, folder: Path, **options: Any) -> list[Row]:
    """The rows of the export."""
    path = folder / "focus.parquet"
    book.export("focus", path, replace=True, **options)
    rows: list[Row] = pq.read_table(path).to_pylist()
    return rows


def total(rows: list[Row], column: str) -> Decimal:
    return sum((row[column] for row in rows), Decimal(0))


# Rules


def broken_rules(rows: list[Row]) -> set[str]:
    """What is wrong with a file, of all that the official validator lets pass."""
    found = set()
    for row in rows:
        is_usage = row["ChargeCategory"] == "Usage"
        pairs = (("ListCost", "ListUnitPrice"), ("ContractedCost", "ContractedUnitPrice"))
        for cost, unit_price in pairs:
            if is_usage and row[cost] != row["PricingQuantity"] * row[unit_price]:
                found.add(f"{cost} is quantity x price")
        needed = ("SkuId", "SkuPriceId", "SkuMeter", "PricingUnit", "ConsumedUnit")
        found |= {f"{name} of usage" for name in needed if is_usage and not row[name]}
        if is_usage and row["SkuPriceId"].partition("@")[0] != row["SkuId"]:
            found.add("a SKU price has one SKU")
        for column in ("Tags", "SkuPriceDetails"):
            pairs_ = json.loads(row[column] or "{}", object_pairs_hook=list)
            keys = [key for key, _ in pairs_]
            if len(set(keys)) != len(keys):
                found.add(f"keys of {column} are unique")
            if any(isinstance(value, list | dict) for _, value in pairs_):
                found.add(f"values of {column} are scalars")
        if not (
            row["BillingPeriodStart"]
            <= row["ChargePeriodStart"]
            < row["ChargePeriodEnd"]
            <= row["BillingPeriodEnd"]
        ):
            found.add("charges lie in their billing period")
    return found


@pytest.mark.parametrize("tags", [(), ("*",), ("team",)])
def test_the_export_keeps_the_rules(book: Book, tmp_path: Path, tags: tuple[str, ...]) -> None:
    rows = charges(book, tmp_path, tags=tags)
    assert rows
    assert broken_rules(rows) == set()


FAULTS: dict[str, Callable[[Row], Row]] = {
    "ListCost is quantity x price": lambda row: {"ListCost": row["ListCost"] * 2},
    "ContractedCost is quantity x price": lambda _: {"ContractedCost": Decimal("0.1")},
    "SkuId of usage": lambda _: {"SkuId": None},
    "a SKU price has one SKU": lambda _: {"SkuPriceId": "openai/o3:output_tokens@price_1"},
    "values of Tags are scalars": lambda _: {"Tags": '{"team": {"name": "blue"}}'},
    "keys of Tags are unique": lambda _: {"Tags": '{"team": "a", "team": "b"}'},
    "charges lie in their billing period": lambda row: {
        "ChargePeriodEnd": row["BillingPeriodEnd"] + timedelta(seconds=1)
    },
}


@pytest.mark.parametrize("rule", FAULTS)
def test_each_rule_finds_its_fault(book: Book, tmp_path: Path, rule: str) -> None:
    rows = charges(book, tmp_path)
    rows[3] |= FAULTS[rule](rows[3])
    assert rule in broken_rules(rows)


# Money


def test_the_sums_are_those_of_the_book(book: Book, tmp_path: Path) -> None:
    rows = charges(book, tmp_path)
    summary = book.get_usage_summary()
    assert total(rows, "EffectiveCost") == total(rows, "ContractedCost") == summary.total_cost_usd
    assert total(rows, "BilledCost") == summary.total_charge_usd


def test_the_four_costs_differ_where_they_should(book: Book, tmp_path: Path) -> None:
    """List is the provider's price, contracted and effective are ours, billed is the customer's."""
    rows = charges(book, tmp_path)
    (own,) = [row for row in rows if row["x_ModelId"] == "o3"]
    costs = tuple(own[name] for name in COSTS)
    assert costs == (Decimal(2), Decimal("1.5"), Decimal("1.5"), Decimal("1.8"))
    assert (own["ListUnitPrice"], own["ContractedUnitPrice"]) == (Decimal(2), Decimal("1.5"))
    system = [row for row in rows if row["x_Context"] == "system"]
    assert {row["BilledCost"] for row in system} == {Decimal(0)}
    assert total(system, "EffectiveCost") > 0
    assert {row["BillingAccountId"] for row in system} == {"system"}
    others = [row for row in rows if row["x_ModelId"] == "gpt-4o"]
    assert total(others, "ListCost") == total(others, "EffectiveCost")
    assert total(others, "BilledCost") == total(others, "EffectiveCost") * Decimal("1.2")


def test_parts_are_taken_out_of_their_totals(book: Book, tmp_path: Path) -> None:
    rows = charges(book, tmp_path, account="acme", model_id="gpt-4o")
    assert {row["x_TokenType"]: row["ConsumedQuantity"] for row in rows} == {
        "input_tokens": 1400,
        "cache_read_tokens": 200,
        "output_tokens": 500,
    }
    assert {row["PricingUnit"] for row in rows} == {"1000000 Tokens"}
    assert {row["SkuId"] for row in rows} >= {"openai/gpt-4o:cache_read_tokens"}


def test_audio_is_in_seconds(book: Book, tmp_path: Path) -> None:
    (row,) = charges(book, tmp_path, model_id="whisper-1")
    assert (row["ConsumedQuantity"], row["ConsumedUnit"]) == (Decimal("61.237"), "Seconds")
    assert (row["PricingQuantity"], row["PricingUnit"]) == (Decimal("61.237"), "Seconds")
    assert row["ListUnitPrice"] == Decimal("0.0001")
    assert row["BillingAccountName"] == "zoë"


def test_free_usage_is_there_and_costs_nothing(book: Book, tmp_path: Path) -> None:
    rows = charges(book, tmp_path, model_id="free-llm")
    assert {row["x_TokenType"]: row["ConsumedQuantity"] for row in rows} == {
        "input_tokens": 9,
        "output_tokens": 4,
    }
    assert {row[cost] for row in rows for cost in COSTS} == {Decimal(0)}


def test_every_meter_has_its_units(book: Book) -> None:
    with book._engine.session():
        rows = book._engine.rows("exports/focus_meters")
    rows.sort(key=lambda row: row["position"])
    assert [(row["meter"], row["sku_meter"]) for row in rows] == [
        (meter.name, meter.label) for meter in METERS
    ]
    for row, meter in zip(rows, METERS, strict=True):
        per = 1_000 if meter.unit == "millisecond" else min(meter.per, 1_000_000)
        assert row["per"] == per
        assert row["to_pricing"] * per == 1
        unit = "Seconds" if meter.unit == "millisecond" else f"{per} {row['consumed_unit']}"
        assert row["pricing_unit"] == unit


def test_a_list_price_that_depends_on_the_size_is_not_known(tmp_path: Path) -> None:
    """The roll-up does not know the size of a request, so the list price is then our own."""
    with new_book(tmp_path / "book", markup_percent=0) as book:
        rates = {"input_tokens": 1, "output_tokens": 2}
        book.add_price("gemini-2.5-pro", rates, provider="google")
        line = {"external_id": "a", "model": "gemini-2.5-pro", "input_tokens": 1_000_000}
        log = json.dumps(line | {"occurred_at": "2026-10-05T12:00:00Z"})
        book.ingest(write_lines(tmp_path / "log.jsonl", log), create_accounts=True)
        (row,) = charges(book, tmp_path)
    assert row["ListCost"] == row["ContractedCost"] == 1


# Without a price


def test_unpriced_usage_is_refused_or_left_out_and_counted(tmp_path: Path) -> None:
    lines = (*LINES, {"id": "x", "external_id": "acme", "model": "nobody-knows", "inputTokens": 1})
    with make_book(tmp_path, *lines) as book:
        path = tmp_path / "focus.csv"
        with pytest.raises(UnpricedExport, match="The period has 1 record without a price"):
            book.export("focus", path)
        assert not path.exists()
        written = book.export("focus", path, leave_out_unpriced=True)
        assert written.left_out == 1
        assert written.rows == len(charges(book, tmp_path, leave_out_unpriced=True)) > 10
        assert book.export("focus", path, replace=True, model_id="o3").left_out == 0
    command = ("export", "focus", "--to", "focus.csv", "--force")
    ran = run(*command, cwd=tmp_path)
    assert (ran.code, ran.out) == (4, "")
    assert "--leave-out-unpriced" in ran.err
    ran = run(*command, "--leave-out-unpriced", cwd=tmp_path)
    assert (ran.code, ran.out[:5]) == (0, "Wrote")
    assert "Left out: 1 record without a price." in ran.err
    ran = run(*command, "--leave-out-unpriced", "--json", cwd=tmp_path)
    assert json.loads(ran.out)["left_out"] == 1


# Tags


def test_tags_tell_rows_apart_only_where_they_are_asked_for(book: Book, tmp_path: Path) -> None:
    which = {"account": "acme", "model_id": "gpt-4o"}
    assert {row["Tags"] for row in charges(book, tmp_path, **which)} == {None}
    rows = charges(book, tmp_path, tags=["team"], **which)
    assert {(row["Tags"], row["x_TokenType"], row["ConsumedQuantity"]) for row in rows} == {
        ('{"team":"blue"}', "input_tokens", Decimal(1300)),
        ('{"team":"blue"}', "cache_read_tokens", Decimal(200)),
        ('{"team":"blue"}', "output_tokens", Decimal(500)),
        ('{"team":"red"}', "input_tokens", Decimal(100)),
    }
    every = {row["Tags"] for row in charges(book, tmp_path, tags=["*"], **which)}
    nested = '"nested":"{\\"a\\":[1,\\"x\\"]}"'
    assert every == {
        '{"n":1.5,"team":"blue"}',
        f'{{"a/b~c":null,"flag":true,{nested},"team":"red"}}',
    }


def test_totals_do_not_depend_on_tags(book: Book, tmp_path: Path) -> None:
    plain = charges(book, tmp_path)
    for tags in (["team"], ["*"], ["no-such-tag"]):
        tagged = charges(book, tmp_path, tags=tags)
        assert [total(tagged, cost) for cost in COSTS] == [total(plain, cost) for cost in COSTS]


def test_only_focus_is_told_apart_by_tags(book: Book, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="only 'focus' is told apart by tags"):
        book.export("usage", tmp_path / "usage.csv", tags=["team"])


# Time


@pytest.mark.parametrize(
    ("zone", "hours"), [("Europe/Berlin", {24, 25}), ("America/Los_Angeles", {24}), ("UTC", {24})]
)
def test_days_and_months_are_those_of_the_billing_time_zone(
    tmp_path: Path, zone: str, hours: set[int]
) -> None:
    """The clocks of Berlin go back on 2026-10-25, so that day has 25 hours."""
    start = datetime(2026, 10, 1, 0, 30, tzinfo=UTC)
    lines = [
        {"id": str(hour), "external_id": "a", "model": "gpt-4o", "inputTokens": 1}
        | {"occurredAt": (start + timedelta(hours=hour)).isoformat()}
        for hour in range(30 * 24)
    ]
    with make_book(tmp_path, *lines, timezone=zone) as book:
        rows = charges(book, tmp_path)
    spans = sorted({(row["ChargePeriodStart"], row["ChargePeriodEnd"]) for row in rows})
    assert {(end - begin) // timedelta(hours=1) for begin, end in spans} == hours
    assert all(one[1] == two[0] for one, two in pairwise(spans))
    assert total(rows, "ConsumedQuantity") == len(lines)
    for row in rows:
        inside = [
            line["occurredAt"]
            for line in lines
            if row["ChargePeriodStart"]
            <= datetime.fromisoformat(str(line["occurredAt"]))
            < row["ChargePeriodEnd"]
        ]
        assert row["ConsumedQuantity"] == len(inside)
    assert broken_rules(rows) == set()


def test_csv_has_the_times_and_numbers_of_the_specification(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "focus.csv"
    book.export("focus", path)
    with path.open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    assert row["ChargePeriodStart"] == "2026-10-05T00:00:00Z"
    assert row["BillingPeriodEnd"] == "2026-11-01T00:00:00Z"
    numbers = [name for name in row if name.endswith(("Cost", "Price", "Quantity"))]
    assert all("." in row[name] for name in numbers), "a whole number is written as 1234.0"


# Types and bytes


def test_no_column_loses_digits(book: Book, tmp_path: Path) -> None:
    path = tmp_path / "focus.parquet"
    book.export("focus", path)
    schema = pq.read_schema(path)
    assert not [name for name in schema.names if pa.types.is_floating(schema.field(name).type)]
    for name in schema.names:
        if name.endswith(("Cost", "UnitPrice", "Quantity")):
            assert pa.types.is_decimal(schema.field(name).type), name
        if name.endswith(("Start", "End")):
            assert schema.field(name).type == pa.timestamp("us", tz="UTC"), name


def test_the_file_is_the_one_that_was_reviewed(book: Book, tmp_path: Path) -> None:
    """Account ids are random and price ids of own prices hold the time: they are left out."""
    path = tmp_path / "focus.csv"
    book.export("focus", path)
    ids = {row["account_id"]: row["external_id"] for row in book.query("from account").rows()}
    ids |= {
        row["price_id"]: f"price-of-{row['model']}"
        for row in book.query("select price_id, model from price where origin = 'book'").rows()
    }
    text = path.read_text(encoding="utf-8")
    for name, stable in ids.items():
        text = text.replace(name, stable)
    golden = ROOT / "golden" / "focus.csv"
    head, *rows = text.splitlines()
    stable_text = "".join(f"{line}\n" for line in (head, *sorted(rows)))
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(stable_text, encoding="utf-8")
    assert stable_text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("file_format", ["csv", "parquet", "jsonl", "arrow"])
def test_exporting_twice_gives_the_same_bytes(book: Book, tmp_path: Path, file_format: str) -> None:
    paths = [tmp_path / f"{name}.{file_format}" for name in ("one", "two")]
    for path in paths:
        book.export("focus", path, tags=["*"])
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_reader_can_export_it(book: Book, tmp_path: Path) -> None:
    shutil.copytree(book.path, tmp_path / "book", ignore=shutil.ignore_patterns("tmp"))
    book.export("focus", tmp_path / "writer.csv")
    with analytics.open(tmp_path / "book", read_only=True) as reader:
        reader.export("focus", tmp_path / "reader.csv")
    assert (tmp_path / "reader.csv").read_bytes() == (tmp_path / "writer.csv").read_bytes()


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_hostile_names_break_no_file(tmp_path: Path, ending: str) -> None:
    """Of accounts, models, variants and tags: formulas, quotes, line ends, the keys' own signs."""
    names = ("=1+1", 'a"b', "a'b", "a,b;c", "a\nb", "a|b@c:d/e", "😀 東京", "\\", "{}", "[1]")
    lines = [
        {"id": str(number), "external_id": name, "provider": "house", "model": "free-llm"}
        | {"inputTokens": 1, "tags": {name: name}}
        for number, name in enumerate(names)
    ]
    with make_book(tmp_path, *lines) as book:
        path = tmp_path / f"focus.{ending}"
        assert book.export("focus", path, tags=["*"]).rows == len(names)
        rows = charges(book, tmp_path, tags=["*"], file_format="parquet")
    assert broken_rules(rows) == set()
    assert {row["SubAccountId"] for row in rows} == set(names)
    assert [json.loads(row["Tags"]) for row in rows] == [
        {row["SubAccountId"]: row["SubAccountId"]} for row in rows
    ]
    if ending == "csv":
        with path.open(encoding="utf-8", newline="") as file:
            found = [row["SubAccountId"] for row in csv.DictReader(file)]
        assert sorted(found) == sorted(["'=1+1", *names[1:]])
