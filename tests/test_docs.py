"""The documentation is true: its blocks run, its tables are complete, its links resolve."""

import gzip
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

import analytics
from analytics.cli import cli
from analytics.records import COLUMNS, METERS
from analytics.sources.registry import SOURCES
from analytics.sql import load
from tests.conftest import make_known_reservation, new_book, some, write_lines, write_seller

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = (
    *("concepts", "usage", "spool", "prices", "ledger", "invoices", "templates", "sql"),
    "closing",
    *("exports", "focus"),
    *("sources/anthropic", "sources/litellm", "sources/openai", "sources/tokenbook"),
)
LINKED = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
LEDGER_COMMANDS = {
    *("credits", "reserve", "confirm", "cancel", "reservations", "transactions", "statement"),
    "record",
}
NEED_AN_INVOICE = {"show", "render", "void", "credit"}
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = load_script()
COMMANDS = [(path, command) for path, command, _ in generate.commands()]
EXAMPLES = [
    pytest.param(path, example, id=example[:60])
    for path, command in COMMANDS
    for example in generate.help_parts(command)[1]
]


def blocks(path: Path, *languages: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page in these languages, in their order."""
    found = BLOCK.findall(path.read_text(encoding="utf-8"))
    return [(language, text) for language, text in found if language in languages]


def without_blocks(path: Path) -> str:
    return BLOCK.sub("", path.read_text(encoding="utf-8"))


def section(path: Path, heading: str) -> str:
    _, found, rest = path.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    assert found, f"{path.name} has no section {heading!r}"
    return rest.partition("\n## ")[0]


def table(text: str) -> list[list[str]]:
    """The rows of a table below its headings, as lists of cells."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def run(folder: Path, *arguments: str, text: str) -> str:
    """Runs a script in a folder as a reader of the page would, and returns what it prints."""
    environment = {name: value for name, value in os.environ.items() if name != "TOKENBOOK"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    environment["COLUMNS"] = "96"
    done = subprocess.run(
        arguments,
        input=text,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which the README's quickstart has run, and what it printed."""
    folder = tmp_path_factory.mktemp("quickstart")
    [(_, script)] = blocks(ROOT / "README.md", "sh")
    return folder, run(folder, "sh", "-eu", text=script)


@pytest.fixture
def folder(quickstart: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the quickstart's folder, as the current one."""
    copy = tmp_path / "folder"
    shutil.copytree(quickstart[0], copy)
    monkeypatch.delenv("TOKENBOOK", raising=False)
    monkeypatch.chdir(copy)
    return copy


def test_the_quickstart_is_ten_lines_and_prints_what_the_readme_shows(
    quickstart: tuple[Path, str],
) -> None:
    [(_, script)] = blocks(ROOT / "README.md", "sh")
    [(_, shown)] = blocks(ROOT / "README.md", "text")
    assert len(script.splitlines()) <= 10
    assert _unpadded(shown) in _unpadded(quickstart[1])
    assert (quickstart[0] / "invoices" / "acme.html").exists()


def test_the_quickstart_in_python(folder: Path) -> None:
    [(_, script)] = blocks(ROOT / "README.md", "python")
    printed = run(folder, sys.executable, "-W", "error", "-", text=script)
    assert printed.startswith("0.008500000000000000\n0.01020")
    assert (folder / "python-invoices" / "acme.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_the_blocks_of_a_page_run_in_their_order(page: str, folder: Path) -> None:
    found = blocks(DOCS / f"{page}.md", "sh", "sql", "python")
    assert found
    for language, text in found:
        if language == "sh":
            run(folder, "sh", "-eu", text=text)
        elif language == "python":
            run(folder, sys.executable, "-W", "error", "-", text=text)
        else:
            with analytics.open(folder / "book", read_only=True) as book:
                assert book.query(text).rows()
    with analytics.open(folder / "book", read_only=True) as book:
        assert [check.name for check in book.check() if not check.passed] == []
        assert sum(each.rejected for each in book.list_loads()) == 0


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_writer_in_javascript_fills_a_spool(folder: Path) -> None:
    [(_, script)] = blocks(DOCS / "spool.md", "js")
    (folder / "spool").mkdir()
    run(folder, "node", "-", text=script)
    assert [path.suffix for path in (folder / "spool").iterdir()] == [".jsonl"]
    with analytics.open(folder / "book") as book:
        before = book.get_usage_summary().record_count
        done = book.drain_spool(folder / "spool")
        assert done is not None
        assert (done.appended, done.rejected) == (1, 0)
        assert book.get_usage_summary().record_count == before + 1


def test_the_guide_runs(tmp_path: Path) -> None:
    """The five steps, as a script."""
    command = [sys.executable, "-W", "error", str(DOCS / "guide.py"), str(tmp_path)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Charged 45.000000, released 5.000000." in printed
    assert "debit 1.250000, then 53.750000" in printed
    with analytics.open(tmp_path / "book", read_only=True) as book:
        assert [check.name for check in book.check() if not check.passed] == []


def test_every_key_of_an_invoice_is_explained(quickstart: tuple[Path, str]) -> None:
    real = json.loads((quickstart[0] / "invoices" / "acme.json").read_text(encoding="utf-8"))
    contents, lines = section(DOCS / "invoices.md", "The JSON file").split("Each line has", 1)
    assert {key for row in table(contents) for key in codes(row[0])} == set(real)
    assert {key for row in table(lines) for key in codes(row[0])} == set(real["lines"][0])


def test_the_generated_pages_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"]) == 0, capsys.readouterr().out


def test_the_check_names_the_first_page_that_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    (tmp_path / "errors.md").write_text("# Errors\n", encoding="utf-8")
    (tmp_path / "queries.md").unlink()
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out.startswith("docs/errors.md is not what docs/generate.py writes")


def test_every_command_is_documented_and_has_an_example() -> None:
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    for path, command in COMMANDS:
        heading = f"{'##' if len(path) == 1 else '###'} tokenbook {' '.join(path)}\n"
        assert page.count(heading) == 1, heading
        description, examples = generate.help_parts(command)
        assert description.endswith("."), path
        if not hasattr(command, "commands"):
            assert examples, f"{' '.join(path)} has no example"
        for example in examples:
            assert example.startswith(f"tokenbook {' '.join(path)}"), example
            assert f"\n{example}\n" in page


@pytest.mark.examples
@pytest.mark.parametrize(("path", "example"), some(EXAMPLES, 2))
def test_the_example_of_a_command_runs(path: tuple[str, ...], example: str, folder: Path) -> None:
    prepare(path, folder)
    result = CliRunner().invoke(cli, shlex.split(example)[1:], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def prepare(path: tuple[str, ...], folder: Path) -> None:
    """What the examples presuppose beside the quickstart's book."""
    if path in {("init",), ("accounts", "create")}:
        shutil.rmtree(folder / "book")
    if path == ("accounts", "create"):
        new_book(folder / "book").close()
    if path == ("archive",):
        with analytics.open(folder / "book") as book:
            book.close_month("2026-10")
    if path == ("answer",):
        with analytics.open(folder / "book") as book:
            book.record_usage(
                id="chatcmpl-9",
                model_id="gpt-4o",
                context="system",
                other_meters={"usage_unknown": 1},
            )
    if path[0] in LEDGER_COMMANDS:
        make_known_reservation(folder / "book")
    (folder / "logs").mkdir()
    analytics.Recorder(folder / "spool").close()
    usage = (folder / "usage.jsonl").read_bytes()
    (folder / "logs" / "a.jsonl.gz").write_bytes(gzip.compress(usage))
    write_lines(folder / "rates.csv", "from,to,date,rate,source", "USD,EUR,2026-10-30,0.86,ECB")
    if path[0] == "invoice" and path[-1] != "draft":
        write_seller(folder / "book")
    if path[0] == "invoice" and path[-1] in NEED_AN_INVOICE:
        issue_invoice(folder / "book")
    write_lines(folder / "messages.jsonl", SOURCES["anthropic"].example)
    write_lines(folder / "trace.csv", "TIMESTAMP,input_tokens", "2026-10-16 18:15:46,374")


def issue_invoice(path: Path) -> None:
    """Gives a closed book its first invoice."""
    with analytics.open(path) as book:
        write_seller(path)
        book.issue_invoices("2026-10", account="acme", issue_date=date(2026, 11, 2))


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_links_resolve(page: Path) -> None:
    for link in LINK.findall(without_blocks(page)):
        if link.startswith(("https://", "http://")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name} links to {link}"
        if anchor:
            assert anchor in anchors(target), f"{page.name} links to {link}"


def anchors(page: Path) -> set[str]:
    """The anchors that a Markdown page gives its headings."""
    headings = re.findall(r"^#+ (.+)$", without_blocks(page), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


def test_every_page_is_linked_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in DOCS.glob("*.md") if f"](docs/{page.name})" not in readme] == []


def test_the_picture_is_small() -> None:
    assert (DOCS / "images" / "invoice.png").stat().st_size < 250_000


def test_usage_lists_every_meter_with_its_unit_and_totals() -> None:
    rows = [
        (codes(name), unit, codes(totals), per.replace(",", ""))
        for name, unit, totals, per in table(section(DOCS / "usage.md", "Meters"))
    ]
    assert rows == [([m.name], m.unit, list(m.part_of), str(m.per)) for m in METERS]


def test_usage_lists_every_column() -> None:
    rows = table(section(DOCS / "usage.md", "Columns"))
    named = {name for row in rows for name in codes(row[0])}
    assert named | {meter.name for meter in METERS} == set(COLUMNS)


def test_usage_lists_every_rejection_code() -> None:
    documented = [codes(row[0])[0] for row in table(section(DOCS / "usage.md", "Rejections"))]
    stated = re.findall(r"when '([a-z_]+)'", load("usage/rejected").text)
    assert len(documented) == len(set(documented))
    assert set(documented) == set(stated)


def test_prices_lists_every_reason_for_no_price() -> None:
    rows: list[Any] = table(section(DOCS / "prices.md", "Usage without a price"))
    documented = {codes(row[0])[0].partition(":")[0] for row in rows}
    stated = re.findall(r"then\s+'([a-z_]+)", load("rating/rate").text)
    assert documented == set(stated)


def _unpadded(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines())
