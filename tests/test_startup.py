"""What starting costs: `--help` waits for nothing, a summary for no library that it does not use.

Each test looks at `sys.modules` of a fresh interpreter, which says more than a stopwatch.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from analytics.cli import COMMANDS
from tests.conftest import new_book, some

HEAVY = (
    "duckdb",
    "polars",
    "pyarrow",
    "jinja2",
    "typst",
    "genai_prices",
    "rich",
    "simplejson",
    "zoneinfo",
)

RUN = """
import sys
from analytics.cli import main

sys.argv[1:] = {arguments!r}
try:
    main()
except SystemExit as done:
    assert not done.code, done.code
"""


def imported(code: str) -> set[str]:
    """The top-level packages that a program has imported when it ends."""
    return {name.partition(".")[0] for name in modules(code)}


def modules(code: str) -> set[str]:
    """The modules that a program has imported when it ends."""
    tail = "import json, sys; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    unset = {"TOKENBOOK", "PYTHONDONTWRITEBYTECODE"}
    environment = {name: text for name, text in os.environ.items() if name not in unset}
    ran = subprocess.run(
        [sys.executable, "-c", f"{code}\n{tail}"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    return set(json.loads(ran.stderr.splitlines()[-1]))


def after(*arguments: str) -> set[str]:
    """The packages that a command has imported when it is done."""
    return imported(RUN.format(arguments=list(arguments)))


def test_importing_the_package_imports_no_library() -> None:
    assert imported("import analytics") & {*HEAVY, "click"} == set()


def test_help_imports_nothing_but_click() -> None:
    assert after("--help") & set(HEAVY) == set()


def test_the_version_imports_nothing_but_click() -> None:
    assert after("--version") & set(HEAVY) == set()


@pytest.mark.examples
@pytest.mark.parametrize("command", some(COMMANDS, 5))
def test_the_help_of_a_command_waits_for_no_database(command: str) -> None:
    assert after(command, "--help") & (set(HEAVY) - {"zoneinfo"}) == set()


def test_a_public_error_can_be_caught_without_a_database() -> None:
    """A program that only names the errors and records does not pay for DuckDB."""
    code = "from analytics.errors import NotFound; from analytics.records import Account"
    assert imported(code) & set(HEAVY) == set()


def test_recording_waits_for_nothing_but_the_standard_library() -> None:
    """An application pays for no database and no terminal to say what it used."""
    found = imported("import analytics; analytics.Recorder")
    assert found & ({*HEAVY, "click"} - {"zoneinfo"}) == set()


def test_a_summary_imports_neither_polars_nor_templates_nor_price_sources(tmp_path: Path) -> None:
    """A template of a query is expanded once, when it is new."""
    new_book(tmp_path / "book").close()
    after("summary", "--book", str(tmp_path / "book"))
    found = after("summary", "--book", str(tmp_path / "book"))
    assert "duckdb" in found
    assert found & {"polars", "jinja2", "typst", "genai_prices"} == set()


UNUSED = (
    *("documents", "exports", "files", "invoices", "ledger", "prices", "usage", "sources"),
    *(
        "catalog",
        "book.making",
        "records.ledger",
        "records.prices",
        "spool.recorder",
        "rules.record",
    ),
)
"""Parts of a book that a summary has no use for."""


def test_a_summary_imports_no_part_that_it_does_not_use(tmp_path: Path) -> None:
    new_book(tmp_path / "book").close()
    found = modules(RUN.format(arguments=["summary", "--book", str(tmp_path / "book")]))
    assert {f"analytics.{name}" for name in UNUSED} & found == set()
    assert {"pyarrow", "simplejson", "concurrent.futures"} & found == set()


def test_json_output_does_not_import_rich(tmp_path: Path) -> None:
    new_book(tmp_path / "book").close()
    assert "rich" not in after("summary", "--json", "--book", str(tmp_path / "book"))
