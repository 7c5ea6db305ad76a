"""The benchmarks: the same seed gives the same rows, each row has a price, and all run through."""

import csv
import json
import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from benchmarks import plot
from benchmarks.__main__ import BENCHMARKS, PUBLISHED
from benchmarks.peers import answers
from benchmarks.results import END, HEADINGS, START, Goal, Result, Sample, markdown, write_page
from benchmarks.scales import SCALES
from benchmarks.totals import same, workloads
from benchmarks.workload import DAYS, MONTH, Workload, models, write, write_long, write_parts
from tests.conftest import assert_sound, new_book, write_lines

ROOT = Path(__file__).parents[1]
RECORDS = 2_000
FORMATS = ("jsonl", "csv", "parquet")
TIMES = "%s \N{MULTIPLICATION SIGN}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("workload")
    write(Workload(RECORDS), [path / f"usage.{name}" for name in FORMATS])
    return path


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again, other = tmp_path / "again", tmp_path / "other"
    again.mkdir()
    other.mkdir()
    write(Workload(RECORDS), [again / f"usage.{name}" for name in FORMATS])
    write(Workload(RECORDS, seed=8), [other / f"usage.{name}" for name in FORMATS])
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()
        assert path.read_bytes() != (other / path.name).read_bytes()


def test_each_row_has_a_price_and_other_formats_hold_the_same_rows(
    folder: Path, tmp_path: Path
) -> None:
    with new_book(tmp_path / "book") as book:
        done = book.ingest(folder / "usage.jsonl", create_accounts=True)
        assert (done.rows, done.appended, done.rejected, done.unpriced) == (RECORDS, RECORDS, 0, 0)
        for name in FORMATS[1:]:
            again = book.ingest(folder / f"usage.{name}")
            assert (again.rows, again.duplicates) == (RECORDS, RECORDS)
        assert_sound(book)


def test_each_model_has_a_price_from_the_first_to_the_last_day(tmp_path: Path) -> None:
    assert len(set(models())) == 60
    rows = [
        {
            "occurred_at": f"{MONTH}-{day:02}T{hour:02}:30:00Z",
            "context": "system",
            "provider": provider,
            "model": model,
            "input_tokens": 1000,
            "output_tokens": 100,
        }
        for provider, model in models()
        for day in range(1, DAYS + 1)
        for hour in (0, 12)
    ]
    file = write_lines(tmp_path / "usage.jsonl", *map(json.dumps, rows))
    with new_book(tmp_path / "book") as book:
        done = book.ingest(file)
        assert (done.appended, done.unpriced) == (len(rows), 0)
        assert book.report("by-model").rows[-1][4] > 0  # the cheapest of them


def test_the_rows_have_the_shape_of_real_ones(folder: Path) -> None:
    rows = [json.loads(line) for line in (folder / "usage.jsonl").read_text().splitlines()]
    assert [row["occurred_at"] for row in rows] == sorted(row["occurred_at"] for row in rows)
    assert rows[0]["occurred_at"] >= f"{MONTH}-01"
    assert {row["occurred_at"][:10] for row in rows} == {
        f"{MONTH}-{day:02}" for day in range(1, DAYS + 1)
    }
    assert 0.03 < sum(row["context"] == "system" for row in rows) / RECORDS < 0.07
    busiest = Counter(row["external_id"] for row in rows if row["external_id"])
    assert busiest.most_common(1)[0][0] == "acct-000001"
    assert 0.04 < busiest.most_common(1)[0][1] / RECORDS < 0.1
    assert all(0 <= row["cache_read_tokens"] <= row["input_tokens"] for row in rows)
    assert 1_300 < sum(row["input_tokens"] for row in rows) / RECORDS < 1_700
    assert 130 < sum(row["output_tokens"] for row in rows) / RECORDS < 180
    used: dict[str, set[str]] = {}
    for row in rows:
        used.setdefault(row["external_id"], set()).add(row["model"])
    assert {len(names) for names in used.values()} == {1, 2, 3, 4, 5}


def test_rows_of_other_numbers_are_other_rows_of_the_same_accounts(
    folder: Path, tmp_path: Path
) -> None:
    write(Workload(RECORDS, first=RECORDS), [tmp_path / "usage.csv"])
    first, second = (
        {row["id"]: row for row in csv.DictReader((where / "usage.csv").read_text().splitlines())}
        for where in (folder, tmp_path)
    )
    assert len(first) == len(second) == RECORDS
    assert not first.keys() & second.keys()
    both = [{r["external_id"] for r in rows.values()} for rows in (first, second)]
    assert len(both[0] & both[1]) > 100


def test_many_rows_come_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.workload._LARGEST", 300)
    paths = write_parts(Workload(700, accounts=3, is_even=True), tmp_path / "parts")
    with duckdb.connect() as connection:
        parts = [connection.read_parquet(str(path)).fetchall() for path in paths]
    assert [len(rows) for rows in parts] == [300, 300, 100]
    assert len({row[0] for rows in parts for row in rows}) == 700


def test_a_long_file_has_the_rows_of_its_parts_and_one_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.workload._LARGEST", 300)
    jsonl, comma = tmp_path / "usage.jsonl", tmp_path / "usage.csv"
    write_long(Workload(700, accounts=3), [jsonl, comma])
    lines = [json.loads(line)["id"] for line in jsonl.read_text().splitlines()]
    assert len(set(lines)) == len(lines) == 700
    assert [row["id"] for row in csv.DictReader(comma.read_text().splitlines())] == lines
    assert sorted(path.name for path in tmp_path.iterdir()) == ["usage.csv", "usage.jsonl"]


def test_answers_are_equal_to_the_last_digit_but_floats_to_nine(tmp_path: Path) -> None:
    moment = datetime(2026, 10, 1, 12, tzinfo=UTC)
    rows = [("a", 1, Decimal("0.100"), moment), ("b", None, Decimal("0E-18"), date(2026, 10, 1))]
    answers.write(rows, tmp_path / "answer.jsonl")
    ours = answers.read(tmp_path / "answer.jsonl")
    assert ours == [
        ("a", "1", "0.1", "2026-10-01T12:00:00.000"),
        ("b", None, "0", "2026-10-01"),
    ]
    assert answers.difference(ours, ours[::-1]) is None
    assert "0.1" in str(answers.difference(ours, [("a", "1", "0.10001", ours[0][3]), ours[1]]))
    near = [(*row[:2], float(row[2] or 0) * (1 + 1e-12), row[3]) for row in ours]
    assert answers.difference(ours, near) is None
    assert answers.difference(ours, near[:1]) is not None
    far = [(*row[:2], float(row[2] or 0) * (1 + 1e-6), row[3]) for row in ours]
    assert "1 and 1 rows differ" in str(answers.difference(ours, far))


def test_the_plot_shows_each_peer_and_its_goal() -> None:
    ours, fast, slow = Sample((1.0,)), Sample((0.5,)), Sample((20.0,))
    what, less = "lines of all invoices, 100 records", "lines of all invoices, 99 records"
    results = [
        Result("months", what, "slow & sure", slow, ours, 20, Goal(10, at_most=False)),
        Result("months", less, "fast", fast, ours, 0.5, None),
        Result("months", what, "ours, 5 records", fast, ours, 0.5, Goal(1.3, at_most=True)),
        Result("totals", what, "the records", fast, ours, 0.5, None),
    ]
    text = plot.svg(results)
    words = re.sub(r"<[^>]*>", "|", text[text.index('<text class="heading"') :])
    heading = "Lines of all invoices of a month"
    assert [word for word in words.split("|") if word.strip()] == [
        heading,
        "100 records",
        f"{heading}, fast: {TIMES % '0.5'}",
        "99",
        "fast",
        TIMES % "0.5",
        f"{heading}, slow &amp; sure: {TIMES % 20}, goal {TIMES % 10}",
        "slow &amp; sure",
        TIMES % "20",
    ]
    assert text.count('class="goal" x1=') == 2  # one of them in the legend
    assert "the records" not in text and "ours, 5 records" not in text
    assert plot.svg(results[2:]) == ""


def test_a_factor_has_two_digits_that_say_something() -> None:
    factors = (0.0035, 0.31, 0.9, 1, 4.23, 12.4, 120, 1300.4)
    texts = ["0.0035", "0.31", "0.9", "1", "4.2", "12", "120", "1,300"]
    assert [plot.text(factor) for factor in factors] == texts


def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed() -> None:
    assert Sample(tuple(map(float, range(1, 101)))).percentile(99) == 99
    assert Sample((3.0, 1.0, 2.0)).percentile(99) == 3
    assert Sample((3.0, 1.0, 2.0, 4.0)).percentile(50) == 2


def test_a_line_without_a_goal_only_informs() -> None:
    line = Result("months", "size", "chDB", Sample((4.0,)), Sample((1.0,)), 0.25, None)
    assert line.is_met
    assert line.cells()[-3:] == ("0.25 x", "", "")


def test_ever_more_records_share_a_cell() -> None:
    for scale in SCALES.values():
        accounts = [each.accounts for each in workloads(scale.summed)]
        assert accounts == sorted(set(accounts), reverse=True)


def test_answers_are_the_same_in_any_order_but_not_with_other_rows() -> None:
    assert same([(1, "a"), (2, None)], [(2, None), (1, "a")])
    assert not same([(1, "a"), (1, "a")], [(1, "a")])


def test_a_goal_is_met_or_not_and_the_page_says_so(tmp_path: Path) -> None:
    ours, theirs = Sample((1.0, 3.0, 2.0)), Sample((0.5,))
    good = Result("ingest", "a file", "DuckDB", theirs, ours, 4.0, Goal(5, at_most=True))
    bad = Result("record", "one", "a limit", None, ours.rate(10), 4.0, Goal(5, at_most=False))
    page = tmp_path / "page.md"
    start, end = START.format(scale="full"), END.format(scale="full")
    other = START.format(scale="default")
    page.write_text(f"{other}\nbefore\n{start}\nold\n{end}\nafter\n")
    write_page(page, "full", markdown([good, bad]))
    write_page(page, "full", markdown([good, bad]))
    assert page.read_text() == (
        f"{other}\nbefore\n{start}\n\n| {' | '.join(HEADINGS)} |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
        "| ingest: a file | DuckDB | 500 ms | 2.00 s (1.00 to 3.00) | 4 x | <= 5 x | yes |\n"
        "| record: one | a limit |  | 5 records/s (3 to 10) | 4 x | >= 5 x | no |\n"
        f"\n{end}\nafter\n"
    )
    page.write_text("no markers")
    with pytest.raises(ValueError, match="has no"):
        write_page(page, "full", "text")


def test_the_page_has_its_markers() -> None:
    text = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    for scale in PUBLISHED:
        marks = START.format(scale=scale), END.format(scale=scale)
        assert re.search(".*".join(marks), text, re.DOTALL)


@pytest.mark.slow
def test_all_benchmarks_run_through_and_print_their_table(tmp_path: Path) -> None:
    kept = tmp_path / "results.json"
    command = [sys.executable, "-m", "benchmarks", "--scale", "tiny", "--json", str(kept)]
    command += ["--folder", str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not ran.returncode, ran.stderr
    assert "measured" in ran.stdout
    results = json.loads(kept.read_text())["results"]
    assert {each["benchmark"] for each in results} == {*BENCHMARKS}
    for each in results:
        assert f"{each['benchmark']}: {each['what']}" in ran.stdout
        if each["goal"] and each["goal"]["at_most"]:
            assert each["met"] is (each["compared"] <= each["goal"]["limit"])
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]
