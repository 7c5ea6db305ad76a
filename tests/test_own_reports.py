"""Reports of a book's own whose file cannot be read: a sentence says which, and all others work."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

import analytics
from analytics.errors import ReportNotFound, ReportUnreadable
from analytics.reports import report_titles
from tests.conftest import new_book
from tests.test_cli import call, run

GOOD = "-- Title: A good one\nselect count(*) as records from rated_usage\n"

BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "latin": (lambda file: file.write_bytes("-- Größe".encode("latin-1")), "is not UTF-8 text"),
    "wide": (lambda file: file.write_bytes(GOOD.encode("utf-16")), "is not UTF-8 text"),
    "nul": (lambda file: file.write_bytes(GOOD.encode("utf-16-le")), "has a NUL"),
    "folder": (lambda file: file.mkdir(), "is a folder"),
    "link": (lambda file: file.symlink_to("gone"), "cannot be opened (No such file or directory)"),
    "pipe": (os.mkfifo, "is no ordinary file"),
}
"""What is wrong with a file -> how it is made, and what is said of it."""


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    """The folder of a closed book's own reports, with a good one."""
    new_book(tmp_path / "book").close()
    folder = tmp_path / "book" / "queries"
    folder.mkdir()
    (folder / "good.sql").write_text(GOOD, encoding="utf-8")
    return folder


@pytest.mark.parametrize("what", BROKEN)
def test_a_file_that_cannot_be_read_is_named_with_what_helps(queries: Path, what: str) -> None:
    make, problem = BROKEN[what]
    make(queries / "bad.sql")
    with analytics.open(queries.parent, read_only=True) as book:
        with pytest.raises(ReportUnreadable) as caught:
            book.report("bad")
        with pytest.raises(ReportUnreadable):
            book.export("bad", queries.parent.parent / "bad.csv")
        assert book.reports() == {"good": "A good one"} | report_titles()
        for name in book.reports():
            assert book.report(name).columns
    said = f"A report of your own cannot be read: {queries / 'bad.sql'} {problem}"
    assert str(caught.value).startswith(said)
    assert "Correct the file, or move it out of the book's folder 'queries'" in str(caught.value)
    assert not (queries.parent.parent / "bad.csv").exists()


def test_the_list_of_reports_has_all_others_and_fails_naming_the_broken_ones(queries: Path) -> None:
    for what, (make, _) in BROKEN.items():
        make(queries / f"{what}.sql")
    cwd = queries.parent.parent
    listed = run("reports", "--json", cwd=cwd)
    assert [name for name in json.loads(listed.out) if name not in report_titles()] == [
        *("month", "good")
    ]
    error = json.loads(listed.err)["error"]
    assert (listed.code, error["code"]) == (2, "report_unreadable")
    for what, (_, problem) in BROKEN.items():
        assert f"{what}.sql {problem}" in error["message"]
    shown = call("reports", cwd=cwd)
    assert (shown.code, "A good one" in shown.out) == (2, True)
    bad, good = (call("report", name, cwd=cwd) for name in ("nul", "good"))
    assert (bad.code, bad.out) == (2, "")
    assert "nul.sql has a NUL" in bad.err
    assert (good.code, good.err) == (0, "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named_too(queries: Path) -> None:
    (queries / "secret.sql").write_text(GOOD, encoding="utf-8")
    (queries / "secret.sql").chmod(0)
    with (
        analytics.open(queries.parent, read_only=True) as book,
        pytest.raises(ReportUnreadable, match=r"secret\.sql cannot be opened \(Permission denied"),
    ):
        book.report("secret")


def test_a_mark_of_the_byte_order_is_no_part_of_a_report(queries: Path) -> None:
    """Editors on Windows write one; the title is read behind it."""
    (queries / "marked.sql").write_text(GOOD, encoding="utf-8-sig")
    with analytics.open(queries.parent, read_only=True) as book:
        assert book.reports()["marked"] == book.report("marked").title == "A good one"


def test_a_report_that_is_not_there_is_told_from_one_that_is_broken(queries: Path) -> None:
    (queries / "bad.sql").mkdir()
    with (
        analytics.open(queries.parent, read_only=True) as book,
        pytest.raises(ReportNotFound, match="There are: bad, good, by-account"),
    ):
        book.report("nothing")
