"""Large logs of other programs are read by several processes: what they say is the same."""

import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from analytics import Book
from analytics.sources.formats import format_of, reading
from analytics.sources.formats.reading import PartReader
from analytics.sources.lines import SourceFile, read_lines
from analytics.sources.overrides import Overrides
from analytics.sources.processes import Job, ReadingProcesses, reading_processes
from tests.conftest import assert_sound, new_book

CASES = Path(__file__).parent / "sources"
LATEST = 2**62


@pytest.fixture(autouse=True)
def _of_few_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LEAST_LINES", 4)


def lines_of(path: Path) -> pa.Table:
    file = SourceFile(path.name, path, "jsonl", None)
    return pa.Table.from_batches([batch for batch, _ in read_lines(file, None)])


def loaded(book: Book, path: Path, processes: int) -> dict[str, Any]:
    """All that a load says and stores."""
    result = book.ingest(path, create_accounts=True, processes=processes)
    columns = "* exclude (load_id, recorded_at)"
    stored = f"select {columns} from usage_record order by record_id"  # noqa: S608
    records = book.query(stored).rows()
    rejections = book.query("select line, code, message, excerpt from rejection order by all")
    counts = (result.rows, result.appended, result.duplicates, result.rejected, result.skipped)
    return {
        "records": records,
        "rejections": rejections.rows(),
        "counts": counts,
        "reasons": result.skipped_by_reason,
    }


@pytest.mark.parametrize("name", ["litellm/payloads.jsonl", "bedrock/log.jsonl"])
def test_what_processes_read_is_what_one_reads(name: str, tmp_path: Path) -> None:
    """Records, rejections with their lines and texts, and why lines were skipped."""
    found = []
    for processes in (1, 3):
        with new_book(tmp_path / f"book {processes}") as book:
            found.append(loaded(book, CASES / name, processes))
            assert_sound(book)
    assert found[0] == found[1]
    assert found[0]["records"]
    assert found[0]["rejections"]


def test_the_lines_of_a_process_that_ends_are_read_here() -> None:
    """Whether it ends before it is asked or while it answers."""
    lines, said = lines_of(CASES / "bedrock" / "log.jsonl"), Overrides()
    found = format_of("bedrock")
    assert found is not None
    alone = PartReader(lambda _: said, LATEST).read(lines, found, "bedrock")
    with reading_processes(2) as processes:
        reader = PartReader(lambda _: said, LATEST, processes)
        for _ in range(2):
            together = reader.read(lines, found, "bedrock")
            assert together.table.equals(alone.table)
            assert together.skipped == alone.skipped
            processes._running[0].kill()


def test_they_end_with_the_load() -> None:
    job = Job("bedrock", Overrides(), LATEST)
    with reading_processes(2) as processes:
        lines = lines_of(CASES / "bedrock" / "log.jsonl")
        assert all(answer for _, answer in processes.read(lines, job))
        running = list(processes._running)
        assert [each.poll() for each in running] == [None, None]
    assert all(each.poll() is not None for each in running)


def test_what_cannot_be_started_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/program")
    lines = lines_of(CASES / "bedrock" / "log.jsonl")
    with reading_processes(2) as processes:
        [(part, answer)] = processes.read(lines, Job("bedrock", Overrides(), LATEST))
    assert part.equals(lines)
    assert answer is None


def test_one_process_is_this_one() -> None:
    assert ReadingProcesses(1).count == 0
