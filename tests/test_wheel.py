"""The wheel: what is in it, and that it does the main job with nothing beside it.

It is built from the repository with the installed build back end, so nothing is downloaded.
"""

import email
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from analytics import sql
from tests.conftest import write_lines

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this repository."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--wheel", "--no-isolation", "--outdir", str(folder)]
    build = [sys.executable, "-m", "build", *options, str(ROOT)]
    ran = subprocess.run(build, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (built,) = folder.glob("tokenbook-*.whl")
    return built


@pytest.fixture(scope="module")
def files(wheel: Path) -> dict[str, bytes]:
    """Path inside the wheel -> content."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the wheel's files; dependencies are those of this interpreter."""
    target = tmp_path_factory.mktemp("installed")
    options = ["--no-deps", "--no-index", "--no-compile", "--target", str(target)]
    quiet = ["--quiet", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *quiet, *options, str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    return target


def test_the_wheel_has_every_query_expanded(files: dict[str, bytes]) -> None:
    """What runs there is the same text, and nothing of it is a template any more."""
    inside = {name: text for name, text in files.items() if name.startswith("analytics/queries/")}
    assert inside == {
        f"analytics/queries/{name}.sql": sql.expansion.expanded(ROOT / "queries", name).encode()
        for folder in (ROOT / "queries").rglob("*/")
        if "__pycache__" not in folder.parts
        for name in sql.names(folder.relative_to(ROOT / "queries").as_posix())
    }
    assert not [name for name, text in inside.items() if b"{%" in text or b"{{" in text]


@pytest.mark.parametrize("folder", ["analytics", "report_templates"])
def test_every_file_of_the_program_is_in_the_wheel(files: dict[str, bytes], folder: str) -> None:
    """Byte for byte; folders beside the package move into it."""
    inside = "" if folder == "analytics" else "analytics/"
    found = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    for path in found:
        if path.suffix not in {".pyc", ".pyo"}:
            name = f"{inside}{path.relative_to(ROOT).as_posix()}"
            assert files[name] == path.read_bytes(), name


def test_the_built_in_prices_are_in_the_wheel(files: dict[str, bytes]) -> None:
    names = {name for name in files if name.startswith("analytics/data/")}
    assert {name.removeprefix("analytics/data/prices/") for name in names} == {
        *("aliases.csv", "facts.csv", "manifest.json"),
        *("models.jsonl", "prices.csv", "providers.jsonl"),
    }
    for name in names:
        assert files[name] == (ROOT / name.removeprefix("analytics/")).read_bytes()


def test_nothing_else_is_in_the_wheel(files: dict[str, bytes]) -> None:
    """No tests, samples, docs, benchmarks, caches or books; only the package and its metadata."""
    tops = {name.partition("/")[0].partition("-")[0] for name in files}
    assert tops == {"analytics", "tokenbook"}
    parts = {part for name in files for part in name.split("/")}
    assert not parts & {"tests", "samples", "benchmarks", "docs", "__pycache__", ".ci"}
    assert not [name for name in files if name.endswith((".duckdb", ".pyc", "generate.py"))]
    assert sum(map(len, files.values())) < 20_000_000


def test_the_wheel_is_marked_as_typed(files: dict[str, bytes]) -> None:
    """Without the marker mypy takes every name of an installed `analytics` for Any."""
    assert "analytics/py.typed" in files


def test_the_metadata_name_the_command_the_python_and_what_it_needs(
    files: dict[str, bytes],
) -> None:
    (entries,) = (name for name in files if name.endswith("entry_points.txt"))
    assert b"tokenbook = analytics.__main__:main" in files[entries]
    (metadata,) = (name for name in files if name.endswith("/METADATA"))
    fields = email.message_from_bytes(files[metadata])
    assert (fields["Name"], fields["Requires-Python"]) == ("tokenbook", ">=3.11")
    needed = [each for each in fields.get_all("Requires-Dist", []) if "extra ==" not in each]
    assert {"click", "duckdb", "jinja2", "pyarrow", "rich"} <= {
        each.partition("<")[0].partition(">")[0] for each in needed
    }
    assert not [each for each in needed if each.startswith(("genai-prices", "pytest", "sqlglot"))]
    assert [name for name in files if name.endswith("/LICENSE")]


def test_an_installed_wheel_goes_from_log_lines_to_invoices(
    installed: Path, tmp_path: Path
) -> None:
    """In another folder, and not by way of the checkout that this interpreter also knows."""
    environment = {n: t for n, t in os.environ.items() if n not in {"TOKENBOOK", "COLUMNS"}}
    environment["PYTHONPATH"] = str(installed)

    def run(*command: str) -> str:
        ran = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stderr) == (0, ""), command
        return ran.stdout

    assert Path(run("-c", "import analytics; print(analytics.__file__)").strip()) == (
        installed / "analytics" / "__init__.py"
    )
    resource = "from analytics.sql import resource; print(resource('queries'))"
    assert Path(run("-c", resource).strip()) == installed / "analytics" / "queries"

    write_lines(
        tmp_path / "usage.jsonl",
        '{"id":"1","occurred_at":"2026-10-02T08:00:00Z","external_id":"acme",'
        '"model":"gpt-4o","input_tokens":1000000,"output_tokens":100000}',
    )
    run("-m", "analytics", "init", "--markup", "20")
    run("-m", "analytics", "ingest", "usage.jsonl", "--create-accounts")
    summary = json.loads(run("-m", "analytics", "summary", "--month", "2026-10", "--json"))
    assert summary["record_count"] == 1
    assert (summary["total_cost_usd"], summary["total_charge_usd"]) == (3.5, 4.2)
    run("-m", "analytics", "report", "by-model")
    run("-m", "analytics", "invoice", "draft", "--month", "2026-10", "--out", "invoices")
    assert json.loads((tmp_path / "invoices" / "acme.json").read_text())["total"] == "4.20"
    assert "4.20" in (tmp_path / "invoices" / "acme.html").read_text(encoding="utf-8")
    run("-m", "analytics", "check")
