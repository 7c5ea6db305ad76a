"""The bar for this repository as tests: the shape of the code, the SQL, the public door, the words.

Lines of a module are counted as the bar was measured: without blank lines and comments.
"""

import ast
import importlib
import inspect
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import duckdb
import pytest
import sqlglot

import analytics
from analytics import errors, sql
from analytics.errors import Conflict, Invalid, NotFound, TokenbookError, Unavailable

ROOT = Path(__file__).parents[1]
CODE_FOLDERS = ("analytics", "data", "docs", "benchmarks")
TEXT_FOLDERS = (*CODE_FOLDERS, "tests", "queries", "report_templates", ".ci")
ROOT_TEXTS = ("Makefile", "constraints.txt", "pyproject.toml", "README.md", "CHANGELOG.md")

SOURCES = sorted(path for folder in CODE_FOLDERS for path in (ROOT / folder).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
QUERIES = sorted(
    path for path in (ROOT / "queries").rglob("*.sql") if "__pycache__" not in path.parts
)
VIEWS = sorted((ROOT / "queries" / "views").glob("*.sql"))
REPORTS = sorted((ROOT / "queries" / "reports").glob("*.sql"))
BINARIES = {".otf", ".ttf"}
TEMPLATES = sorted(
    path
    for path in (ROOT / "report_templates").rglob("*")
    if path.is_file() and path.suffix not in BINARIES
)

MODULE_LINES = 400
FUNCTION_LINES = 50
COLUMNS = 100

Function = ast.FunctionDef | ast.AsyncFunctionDef

SQL_STATEMENT = re.compile(
    r"\bselect\s+\S+(.|\n)*\bfrom\b|^\s*select\s+\S|\binsert\s+(or\s+replace\s+)?into\b"
    r"|\bupdate\s+\w+\s+set\b|\bdelete\s+from\b|\balter\s+table\b|\bdrop\s+(table|view)\b"
    r"|\bcreate\s+(or\s+replace\s+)?(temp\s+)?(table|view|index|schema|macro)\b"
    r"|\bcopy\s*(\(|\w+\s+(to|from)\b)|^\s*from\s*\(|^\s*with\s+\w+\s+as\s*\("
    r"|^\s*(attach|pragma|install|checkpoint|vacuum)\s+\S|^\s*(set|use)\s+\S+(\s*=.*)?$",
    re.IGNORECASE,
)
SQL_PREFIXES = {
    "analytics/engines/connecting.py": {
        "set TimeZone = 'UTC'",
        "set preserve_insertion_order = false",
        "set disabled_optimizers = 'build_side_probe_side'",
        "set parquet_metadata_cache = true",
    },
    "analytics/engines/copying.py": {
        "attach $file as other (read_write)",
        "insert into other.main.{} by name {}",
        "select count(*), sum(hash(each)) from {} as each",
    },
    "analytics/engines/duckdb.py": {
        "create or replace temp view {} as {}",
        "create or replace temp table {} as ",
        "create or replace view {} as {}",
        "select * from (",
        "select count(*) from (",
    },
    "analytics/engines/held.py": {"drop table if exists {}"},
    "analytics/engines/relations.py": {"copy (", "copy ({}", "select {} from ("},
    "analytics/engines/sandbox.py": {
        "set TimeZone = 'UTC'",
        "attach $file as book (read_only)",
        "use book",
        "set allowed_paths = $paths",
        "set {} = {}",
        "from (\n{}\n) as q",
    },
    "analytics/engines/views.py": {
        "create or replace temp view {} as {}",
        "drop view if exists temp.{}",
    },
}
"""What engines put around a query of `queries/`, and the settings of a connection."""

UNREADABLE_BY_SQLGLOT: dict[str, str] = {}
"""Query -> why sqlglot cannot read it; DuckDB's own parser then is the only check."""

BANNED_WORDS = {"utils", "helpers", "common", "manager", "service", "core"}


def relative(path: Path) -> str:
    """The path below the repository, for messages."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a module; nobody changes it."""
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method, nested ones included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def code_lines(path: Path) -> int:
    """The lines that are neither blank nor only a comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return sum(1 for line in lines if line.strip() and not line.strip().startswith("#"))


def query_of(path: Path) -> str:
    """What runs of a file of `queries/`: the text that its template is expanded to."""
    return sql.load(path.relative_to(ROOT / "queries").with_suffix("").as_posix()).text


def is_command(function: Function) -> bool:
    """Whether click calls it: its parameter list is then as long as its options are many."""
    texts = [ast.unparse(decorator) for decorator in function.decorator_list]
    return any(re.match(r"(click|\w+)\.(command|group)\(", text) for text in texts)


def bare(text: str) -> str:
    """SQL without comments, strings and quoted names (a JSON key keeps its case)."""
    return re.sub(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*", " ", text)


def docstrings(tree: ast.Module) -> set[int]:
    """The ids of the nodes that are docstrings, of modules, classes, functions and fields."""
    found = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else []:
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                found.add(id(statement.value))
    return found


@cache
def literals(path: Path) -> list[str]:
    """The string literals of a module without docstrings; {} stands for a value in one."""
    tree = tree_of(path)
    skipped = docstrings(tree)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in ast.walk(node) if part is not node}
            found.append(_joined(node))
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    found += [c.value for c in constants if isinstance(c.value, str) and id(c) not in skipped]
    return found


def _joined(node: ast.JoinedStr) -> str:
    parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
    return "".join(str(part) for part in parts)


# Size and words of the Python code


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_module_has_at_most_400_lines(path: Path) -> None:
    assert code_lines(path) <= MODULE_LINES


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=relative)
def test_a_function_has_at_most_50_lines(path: Path) -> None:
    """Of a click command the body counts, without the parameters and the docstring it needs."""
    too_long = {}
    for function in functions(tree_of(path)):
        first = function.lineno
        if is_command(function):
            body = function.body[1:] if ast.get_docstring(function) else function.body
            first = body[0].lineno if body else function.end_lineno or first
        length = (function.end_lineno or first) - first + 1
        if length > FUNCTION_LINES:
            too_long[function.name] = length
    assert not too_long


@pytest.mark.parametrize("path", [*SOURCES, *TESTS, *QUERIES, *TEMPLATES], ids=relative)
def test_a_line_has_at_most_100_columns(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [number for number, line in enumerate(lines, 1) if len(line) > COLUMNS] == []


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=relative)
def test_a_module_says_what_it_is(path: Path) -> None:
    """An empty ``__init__.py`` has nothing to say."""
    tree = tree_of(path)
    assert ast.get_docstring(tree) or not tree.body


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_every_public_name_has_a_docstring(path: Path) -> None:
    missing = []
    tree = tree_of(path)
    owners: list[ast.Module | ast.ClassDef] = [tree]
    for owner in owners + [node for node in tree.body if isinstance(node, ast.ClassDef)]:
        if isinstance(owner, ast.ClassDef) and owner.name.startswith("_"):
            continue
        for node in owner.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                is_silent = not node.name.startswith("_") and not ast.get_docstring(node)
                missing += [node.name] if is_silent else []
    assert missing == []


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=relative)
def test_a_module_is_named_after_a_concept(path: Path) -> None:
    names = path.relative_to(ROOT).with_suffix("").parts
    assert not {word for name in names for word in name.split("_")} & BANNED_WORDS


# SQL


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_python_holds_no_sql(path: Path) -> None:
    """Only engines put a few words around a query; each is listed above."""
    found = {text for text in literals(path) if SQL_STATEMENT.search(text)}
    assert found == SQL_PREFIXES.get(relative(path), set())


@pytest.mark.parametrize("path", QUERIES, ids=relative)
def test_a_query_opens_with_what_one_row_is(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    assert re.match(r"-- (One row|No rows)\b", first)


@pytest.mark.parametrize("path", QUERIES, ids=relative)
def test_a_query_is_lower_case(path: Path) -> None:
    assert re.findall(r"\w*[A-Z]\w*", bare(query_of(path))) == []


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """One for all queries, which are only parsed."""
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize("path", QUERIES, ids=relative)
def test_a_query_is_one_statement_that_duckdb_and_sqlglot_read(
    path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    text = query_of(path)
    assert len(connection.extract_statements(text)) == 1
    if relative(path) in UNREADABLE_BY_SQLGLOT:
        return
    parsed = [statement for statement in sqlglot.parse(text, dialect="duckdb") if statement]
    assert len(parsed) == 1
    assert not isinstance(parsed[0], sqlglot.exp.Command), "sqlglot did not understand it"


@pytest.mark.parametrize("path", QUERIES, ids=relative)
def test_a_query_has_no_binary_floating_point(path: Path) -> None:
    """Neither as a type nor by dividing: DuckDB's ``/`` makes a DOUBLE of two decimals."""
    code = bare(query_of(path))
    assert re.findall(r"\b(?:double|float|float4|float8|real)\b|(?<!/)/(?!/)", code) == []


@pytest.mark.parametrize("path", [*VIEWS, *REPORTS], ids=relative)
def test_a_view_or_report_is_a_bare_select_of_plain_sql(path: Path) -> None:
    code = bare(query_of(path))
    assert re.match(r"\s*(select|with)\b", code)
    assert re.findall(r"\b(?:asof|qualify)\b|\blist\([^)]*\border\s+by\b", code) == []


@pytest.mark.parametrize("path", VIEWS, ids=relative)
def test_a_view_is_no_table_and_is_named_in_snake_case(path: Path) -> None:
    tables = {file.stem.partition("_")[2] for file in (ROOT / "queries/schema").rglob("*.sql")}
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", path.stem)
    assert path.stem not in tables


def test_a_report_is_named_with_hyphens_and_has_a_title() -> None:
    """A file without a hyphen in `queries/reports` is loaded by name and is no report of a user."""
    from analytics.reports import report_titles

    titles = report_titles()
    assert set(titles) == {path.stem for path in REPORTS if "_" not in path.stem}
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in titles)
    assert all(titles.values())


def test_no_query_is_dead_and_none_is_missing() -> None:
    """What is no view, report, check or schema file is named by a literal of a module."""
    folders = {path.name for path in (ROOT / "queries").iterdir() if path.is_dir()}
    names = {path.relative_to(ROOT / "queries").with_suffix("").as_posix() for path in QUERIES}
    named = {
        text
        for path in SOURCES
        for text in literals(path)
        if text.partition("/")[0] in folders and re.fullmatch(r"[a-z]+/[a-z0-9_{}/-]+", text)
    }
    patterns = [re.compile(re.escape(text).replace(r"\{\}", "[a-z0-9_-]+")) for text in named]
    unused = {name for name in names if not any(p.fullmatch(name) for p in patterns)}
    kept = ("views/", "checks/", "schema/")
    reports = {f"reports/{path.stem}" for path in REPORTS if "_" not in path.stem}
    assert {name for name in unused - reports if not name.startswith(kept)} == set()
    assert {text for text in named if "{}" not in text} - names == set()


def test_views_come_after_what_they_read() -> None:
    seen: set[str] = set()
    stems = {path.stem for path in VIEWS}
    for view in sql.views():
        assert (view.relations & stems) <= seen
        seen.add(view.name.partition("/")[2])
    assert seen == stems


# The public door


def test_the_public_names_are_few_sorted_and_importable() -> None:
    assert analytics.__all__ == sorted(analytics.__all__)
    assert len(analytics.__all__) < 20
    assert all(getattr(analytics, name) is not None for name in analytics.__all__)
    assert dir(analytics) == analytics.__all__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = analytics.nothing


def test_the_families_of_errors_are_public() -> None:
    families = {TokenbookError, NotFound, Conflict, Invalid, Unavailable}
    assert {getattr(analytics, family.__name__) for family in families} == families
    assert set(TokenbookError.__subclasses__()) == families - {TokenbookError}


def test_public_names_are_of_one_module_each() -> None:
    """Each name comes from the module where a reader looks for it, and has a docstring there."""
    for name in analytics.__all__:
        found = getattr(analytics, name)
        assert found.__module__.split(".")[1] in {"book", "errors", "records", "spool"}
        assert inspect.getdoc(found)


def test_importing_the_package_imports_nothing_else_of_it() -> None:
    code = "import sys, analytics; print(sorted(m for m in sys.modules if 'analytics.' in m))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_the_tree_in_the_docstring_of_errors_is_the_tree_of_classes() -> None:
    """Drawn are each family with its leaves and their codes, in the order of their definition."""
    drawn: list[tuple[str, str, str]] = []
    family = ""
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"    (?:\|-- |`-- )(\w+) ", line):
            family = match[1]
        elif match := re.match(r"    [| ]   (?:\|-- |`-- )(\w+) +(\w+)$", line):
            drawn.append((family, match[1], match[2]))
    classes = [
        (parent.__name__, leaf.__name__, leaf.code)
        for parent in TokenbookError.__subclasses__()
        for leaf in parent.__subclasses__()
    ]
    assert drawn == classes
    assert len({code for _, _, code in classes}) == len(classes)
    leaves = [
        leaf for parent in TokenbookError.__subclasses__() for leaf in parent.__subclasses__()
    ]
    assert not [leaf for leaf in leaves if leaf.__subclasses__()]


def test_each_error_of_errors_is_raised_somewhere() -> None:
    text = "".join(p.read_text(encoding="utf-8") for p in SOURCES if p.parent.name != "errors")
    leaves = [leaf.__name__ for p in TokenbookError.__subclasses__() for leaf in p.__subclasses__()]
    assert [name for name in leaves if not re.search(rf"\b{name}\(", text)] == []


# Files


def test_every_module_is_imported_without_a_warning_or_side_effect() -> None:
    """Each one can be imported on its own; `python -m analytics` is not a module to import."""
    for path in SOURCES:
        name = relative(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        if name.startswith("analytics") and not name.endswith("__main__"):
            importlib.import_module(name)


def test_no_file_names_a_registry_or_a_path_of_somebodys_machine() -> None:
    """Links of package metadata apart: where a package comes from is the machine's affair."""
    host = r"pypi\.org|pythonhosted\.org|jfrog|artifactory|nexus\.|(?:index|registry)[-_]url"
    folder = r"(?<![\w.~}$>])/(?:root|home|Users|work|mnt|private|tmp/(?:venv|bash_jobs))/"
    pattern = re.compile(f"(?:{host}|{folder})", re.IGNORECASE)
    found = []
    files = [p for folder in TEXT_FOLDERS for p in (ROOT / folder).rglob("*") if p.is_file()]
    for path in [*files, *(ROOT / name for name in ROOT_TEXTS if (ROOT / name).exists())]:
        skipped = {".pyc", ".png", ".parquet", ".gz", ".zst", *BINARIES}
        if path.suffix in skipped or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{relative(path)}: {match[0]}" for match in pattern.finditer(text)]
    assert found == []


def test_git_ignores_no_file_of_the_program() -> None:
    """What git does not have is in no clone; hatchling leaves what git ignores out of the wheel."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    folders = [f"{folder}/" for folder in TEXT_FOLDERS]
    command = ["git", "ls-files", "--others", "--ignored", "--exclude-standard", "--", *folders]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    ignored = [name for name in ran.stdout.splitlines() if "/__pycache__/" not in f"/{name}"]
    assert ignored == []


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=relative)
def test_tests_and_code_neither_skip_types_silently_nor_leave_work_undone(path: Path) -> None:
    """A ``type: ignore`` names its error; there is no TODO, FIXME or XXX."""
    readline = io.StringIO(path.read_text(encoding="utf-8")).readline
    comments = [t.string for t in tokenize.generate_tokens(readline) if t.type == tokenize.COMMENT]
    assert not [c for c in comments if re.search(r"type: ignore(?!\[)|\b(TODO|FIXME|XXX)\b", c)]
