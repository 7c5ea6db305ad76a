"""Logs of other programs: each case of `tests/sources/<name>/` beside the rows that it becomes.

A case is a file of the source's own format and `<case>.expected.jsonl`: the records by id with
what is not empty, the rejections, and the counts of the load. `<case>.options.json` says how it is
loaded. After a change, `UPDATE_EXPECTED=1 pytest tests/test_sources.py` writes them anew; read the
difference before you commit it.
"""

import itertools
import json
import os
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import analytics
from analytics import Book
from analytics.errors import UnknownSource
from analytics.sources import find_files
from analytics.sources.registry import NATIVE, SOURCES
from analytics.sources.sniffing import identify
from tests.conftest import assert_sound, examples, new_book, some, write_lines

FOLDER = Path(__file__).parent / "sources"
ROOT = FOLDER.parents[1]
FOREIGN = [name for name in SOURCES if name != NATIVE]
CASES = sorted(
    path
    for path in FOLDER.glob("*/*")
    if not path.name.endswith((".expected.jsonl", ".options.json"))
)
NAMES = [f"{path.parent.name}/{path.name}" for path in CASES]
CONTENT = "select * exclude (load_id, recorded_at) from usage_record order by record_id"
LEFT_OUT = {"recorded_at", "local_day", "load_id", "account_id", "price_id", "charge_usd"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, closed book."""
    path = tmp_path_factory.mktemp("template") / "book"
    new_book(path).close()
    return path


@pytest.fixture
def fresh(template: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(template, tmp_path / "fresh"))


def together(cases: list[Path]) -> list[list[Path]]:
    """The cases that are loaded with the same options, as one load takes them."""
    found: dict[str, list[Path]] = {}
    for case in cases:
        found.setdefault(json.dumps(options_of(case), sort_keys=True), []).append(case)
    return list(found.values())


def options_of(case: Path) -> dict[str, Any]:
    """How a case is loaded."""
    file = case.with_name(f"{case.name.partition('.')[0]}.options.json")
    given: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return {"create_accounts": True, **given}


def outcome(book: Book, case: Path) -> list[dict[str, Any]]:
    """What a load of the case does, as rows."""
    done = book.ingest(case, **options_of(case))
    query = "select * from rated_usage order by record_id"
    rows: list[dict[str, Any]] = []
    for record in book.query(query).rows():
        kept = {key: value for key, value in record.items() if value not in (None, 0, "", "{}")}
        rows.append({key: plain(kept[key]) for key in kept.keys() - LEFT_OUT})
    refused = sorted(book.list_rejections(limit=10_000), key=lambda each: each.line)
    rows += [{"line": each.line, "rejected": each.code} for each in refused]
    names = ("rows", "appended", "duplicates", "rejected", "skipped", "unpriced")
    return [*rows, {name: getattr(done, name) for name in names}]


def plain(value: object) -> object:
    """A value as JSON has it."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value if isinstance(value, int | str | bool) else str(value)


@pytest.mark.examples
@pytest.mark.parametrize("case", some(CASES, 3), ids=some(NAMES, 3))
def test_a_case_becomes_the_rows_beside_it(case: Path, fresh: Path) -> None:
    expected = case.with_name(f"{case.name.partition('.')[0]}.expected.jsonl")
    with analytics.open(fresh) as book:
        rows = outcome(book, case)
        assert_sound(book)
    if "UPDATE_EXPECTED" in os.environ:
        expected.write_text("".join(json.dumps(row, sort_keys=True) + "\n" for row in rows))
    assert rows == [json.loads(line) for line in expected.read_text().splitlines()]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_case_is_told_by_what_is_in_it(case: Path) -> None:
    (file,) = find_files([str(case)], None, case)
    assert identify(file, None, is_mapped=False).source == case.parent.name


@pytest.mark.parametrize("name", FOREIGN)
def test_a_source_has_a_bad_row_a_duplicate_an_example_and_a_page(name: str) -> None:
    expected = [path.read_text() for path in (FOLDER / name).glob("*.expected.jsonl")]
    rows = [json.loads(line) for text in expected for line in text.splitlines()]
    assert any("rejected" in row and "line" in row for row in rows)
    assert any(row.get("duplicates", 0) > 0 for row in rows)
    assert SOURCES[name].title
    page = (ROOT / "docs" / "sources" / f"{name.partition('-')[0]}.md").read_text()
    assert f"`{name}`" in page
    assert "## Where the definition comes from" in page
    assert "## Traps" in page


@pytest.mark.parametrize("name", FOREIGN)
def test_the_example_of_a_source_is_of_that_source_alone_and_loads(
    name: str, fresh: Path, tmp_path: Path
) -> None:
    example = json.loads(SOURCES[name].example)
    assert [each for each in SOURCES if SOURCES[each].fits(example)] == [name]
    file = write_lines(tmp_path / "example.jsonl", SOURCES[name].example)
    with analytics.open(fresh) as book:
        done = book.ingest(file, create_accounts=True)
    assert done.rejected == 0
    assert done.appended > 0
    assert done.sources == {name: done.rows}


@pytest.mark.examples
@pytest.mark.parametrize("name", some(FOREIGN, 3))
def test_a_folder_twice_or_in_another_order_is_the_same_book(
    name: str, template: Path, tmp_path: Path
) -> None:
    """Its files in one load, and from the last one on; in `make slow` each in a load of its own."""
    cases = [case for case in CASES if case.parent.name == name]
    contents = []
    apart = examples(0, 1)
    other = [[case] for case in cases[::-1]] if apart else together(cases[::-1])
    for number, loads in enumerate((together(cases), other)):
        path = Path(shutil.copytree(template, tmp_path / f"book{number}"))
        with analytics.open(path) as book:
            for files in loads:
                book.ingest(*files, **options_of(files[0]))
            once = book.query(CONTENT).rows()
            again = [book.ingest(*files, **options_of(files[0])) for files in together(cases)]
            assert sum(done.appended for done in again) == 0
            assert book.query(CONTENT).rows() == once
            contents.append(once)
    assert contents[0] == contents[1]


def test_a_log_that_nobody_knows_is_an_error_that_names_the_choices(
    fresh: Path, tmp_path: Path
) -> None:
    file = write_lines(tmp_path / "x.jsonl", '{"temperature": 21.5, "room": "kitchen"}')
    with analytics.open(fresh) as book, pytest.raises(UnknownSource, match="--source"):
        book.ingest(file)


def test_a_load_says_how_much_has_no_customer_because_nobody_said_where_it_stands(
    fresh: Path, tmp_path: Path
) -> None:
    """Not where it was said, and not of logs that name none."""
    one, other = (
        write_lines(tmp_path / f"{name}.jsonl", SOURCES["litellm"].example.replace("gpt", name))
        for name in ("gpt", "new")
    )
    agents = write_lines(tmp_path / "agent.jsonl", SOURCES["claude-code"].example)
    with analytics.open(fresh) as book:
        assert book.ingest(one).unclaimed == 1
        assert book.ingest(one).unclaimed == 0
        assert book.ingest(other, account_from="end_user", account_else="system").unclaimed == 0
        assert book.ingest(agents).unclaimed == 0


def test_the_comparison_says_where_a_log_has_another_cost_and_why(fresh: Path) -> None:
    with analytics.open(fresh) as book:
        for files in together([case for case in CASES if case.parent.name == "litellm"]):
            book.ingest(*files, **options_of(files[0]))
        report = book.report("compare")
    names = [column.name for column in report.columns]
    found = {row[names.index("model")]: row[names.index("reason")] for row in report.rows}
    assert found["gpt-4o"] == "the same"
    assert found["claude-opus-4-5"] == "the log bills cached tokens as others"
    assert found["house-llm"] == "no price here: unknown_model"
    assert found["whisper-1"] == "the log has no price"
    assert found["gpt-5-mini"] == "the log has the price of another service tier"


@pytest.fixture(scope="module")
def several(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed book with the logs of several sources."""
    path = Path(shutil.copytree(template, tmp_path_factory.mktemp("several") / "book"))
    with analytics.open(path) as book:
        wanted = {"anthropic", "openai", "litellm", "gemini"}
        for files in together([case for case in CASES if case.parent.name in wanted]):
            book.ingest(*files, **options_of(files[0]))
    return path


TEXTS = (
    "acme",
    "ends in a comma,",
    ",",
    'a "quote',
    "back\\slash",
    "a, b",
    '","x":"',
    "}",
    "\u00e9\t",
)
"""What stands in tags, where texts are cut at a comma before a quote to bring keys in order."""


def test_the_tags_of_a_log_are_in_order_whatever_they_say(fresh: Path, tmp_path: Path) -> None:
    call = json.loads((FOLDER / "litellm" / "payloads.jsonl").read_text().splitlines()[0])
    rows = [
        {**call, "id": f"row-{number}", "user": user, "session_id": session}
        for number, (user, session) in enumerate(itertools.product(TEXTS, TEXTS))
    ]
    file = write_lines(tmp_path / "log.jsonl", *map(json.dumps, rows))
    with analytics.open(fresh) as book:
        assert book.ingest(file, source="litellm").appended == len(rows)
        assert book.ingest(file, source="litellm").duplicates == len(rows)
        found = {row["record_id"]: row["tags"] for row in book.query(CONTENT).rows()}
        assert_sound(book)
    for row in rows:
        tags = json.loads(found[row["id"]])
        assert (tags["user"], tags["session_id"]) == (row["user"], row["session_id"])
        assert list(tags) == sorted(tags)


@pytest.mark.parametrize("file_format", ["jsonl", "csv", "parquet"])
def test_a_book_made_again_from_its_export_exports_the_same(
    file_format: str, several: Path, template: Path, tmp_path: Path
) -> None:
    first = Path(shutil.copytree(several, tmp_path / "a"))
    second = Path(shutil.copytree(template, tmp_path / "b"))
    exported, again = tmp_path / f"a.{file_format}", tmp_path / f"b.{file_format}"
    with analytics.open(first) as book:
        book.export("usage", exported, file_format=file_format)
    with analytics.open(second) as copy:
        done = copy.ingest(exported, create_accounts=True)
        assert (done.rejected, done.duplicates) == (0, 0)
        copy.export("usage", again, file_format=file_format)
        columns = "* exclude (recorded_at, load_id)"
        query = f"select {columns} from rated_usage order by record_id"  # noqa: S608
        copied = copy.query(query).rows()
        assert_sound(copy)
    with analytics.open(first) as book:
        assert book.query(query).rows() == copied
        assert book.ingest(again, create_accounts=True).appended == 0


def test_a_price_by_the_hour_hides_no_reason(book: Book) -> None:
    """Rates are times the divisor of such a price, and so is what is compared with them."""
    rates = {"input_tokens": 2, "cache_read_tokens": 1, "output_tokens": 8}
    book.add_price("ears", {**rates, "audio_milliseconds": "0.04/h"})
    book.record_usage(
        model_id="ears",
        context="system",
        input_tokens=1000,
        cached_tokens=500,
        output_tokens=100,
        tags={"source_cost_usd": "0.0028"},
    )
    assert [row[2] for row in book.report("compare").rows] == [
        "the log bills cached tokens as others"
    ]


@pytest.mark.examples
def test_any_mix_of_sources_loads_in_any_order(fresh: Path, tmp_path: Path) -> None:
    """In one load, and one file after the other in one open book."""
    native = '"occurred_at": "2026-10-20T00:00:00Z", "model": "gpt-4o", "context": "system"'
    table = tmp_path / "native.csv"
    table.write_text(
        "id,occurred_at,model,context,input_tokens\nc1,2026-10-20T00:00:00Z,gpt-4o,system,10\n"
    )
    files = [
        write_lines(tmp_path / "native.jsonl", f'{{"id": "n1", {native}, "input_tokens": 10}}'),
        write_lines(tmp_path / "other.jsonl", f'{{{native}, "input_tokens": 10, "team": "x"}}'),
        table,
        write_lines(tmp_path / "openai.jsonl", SOURCES["openai"].example),
        FOLDER / "tokenbook" / "table.csv",
        FOLDER / "otlp" / "older.jsonl",
    ]
    contents = []
    orders = some([files[::-1], files, files[3:] + files[:3]], 3)
    for number, order in enumerate(orders):
        for name, loads in (("one", [order]), ("each", [[file] for file in order])):
            path = Path(shutil.copytree(fresh, tmp_path / f"{name}{number}"))
            with analytics.open(path) as book:
                for load in loads:
                    book.ingest(*load, create_accounts=True)
                assert_sound(book)
                contents.append([row["record_id"] for row in book.query(CONTENT).rows()])
    assert len(contents[0]) > 6
    assert all(content == contents[0] for content in contents)
