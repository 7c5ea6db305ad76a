"""The command as its user meets it: real processes over a small book, in text and in JSON.

Golden screens (``golden/cli_*``) are rewritten by ``UPDATE_GOLDEN=1``; the diff is then the review.
"""

import contextlib
import dataclasses
import hashlib
import io
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import click
import duckdb
import pytest

import analytics
from analytics import Book
from analytics.cli import cli, main
from tests.conftest import (
    KNOWN_RESERVATION,
    examples,
    make_known_reservation,
    some,
    write_lines,
    write_seller,
)

GOLDEN = Path(__file__).parent / "golden"

USAGE = (
    (
        '{"id":"a1","occurred_at":"2026-10-02T08:00:00Z","context":"customer","external_id":"acme",'
        '"provider":"openai","model":"gpt-4o","input_tokens":123457,"output_tokens":1001,'
        '"cached_tokens":12345}'
    ),
    (
        '{"id":"a2","occurred_at":"2026-10-02T09:00:00.123456Z","context":"customer",'
        '"external_id":"beta","provider":"anthropic","model":"claude-sonnet-4-5",'
        '"input_tokens":200000,"output_tokens":3333,"tags":{"team":"Ωmega"}}'
    ),
    (
        '{"id":"a3","occurred_at":"2026-10-05T09:00:00Z","context":"system","provider":"openai",'
        '"model":"gpt-4o-mini","input_tokens":7,"output_tokens":1}'
    ),
    (
        '{"id":"a4","occurred_at":"2026-10-31T23:30:00Z","context":"customer","external_id":"acme",'
        '"model":"gpt-4o","input_tokens":1000}'
    ),
    (
        '{"id":"a5","occurred_at":"2026-10-06T09:00:00Z","context":"customer",'
        '"external_id":"gamma","model":"house-llm","input_tokens":10,"output_tokens":1}'
    ),
    (
        '{"id":"a6","occurred_at":"2026-10-06T09:00:00Z","context":"system","model":"gpt-4o",'
        '"input_tokens":-3}'
    ),
    "this is no JSON",
)


@dataclass(frozen=True)
class Ran:
    """What a process left behind."""

    code: int
    out: str
    err: str


def run(*arguments: object, cwd: Path, stdin: str = "", **environment: str) -> Ran:
    """Runs `tokenbook` in a folder, like its user; there is never a traceback."""
    ran = subprocess.run(
        [sys.executable, "-m", "analytics", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        input=stdin,
        cwd=cwd,
        env=clean_environment() | environment,
        check=False,
    )
    assert "Traceback" not in ran.stderr + ran.stdout, ran.stderr
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def call(*arguments: object, cwd: Path, **environment: str) -> Ran:
    """The same without a process of its own, which takes long; in `make slow` it has one."""
    if examples(0, 1):
        return run(*arguments, cwd=cwd, **environment)
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.setattr(sys, "argv", ["tokenbook", *map(str, arguments)])
        for name in os.environ.keys() - clean_environment().keys():
            patch.delenv(name)
        for name, text in environment.items():
            patch.setenv(name, text)
        with pytest.raises(SystemExit) as ended:
            main()
    texts = []
    for stream in (out, err):
        stream.flush()
        stream.seek(0)
        texts.append(stream.read())
    return Ran(int(ended.value.code or 0), *texts)


def clean_environment() -> dict[str, str]:
    """The environment without what would change the output."""
    names = {"TOKENBOOK", "COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "TERM", "TTY_COMPATIBLE"}
    return {name: text for name, text in os.environ.items() if name not in names}


def succeed(*arguments: object, cwd: Path, stdin: str = "", **environment: str) -> str:
    """Runs a command that must succeed in silence on stderr; returns its stdout."""
    ran = run(*arguments, cwd=cwd, stdin=stdin, **environment)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def call_well(*arguments: object, cwd: Path) -> str:
    """Calls a command that must succeed in silence on stderr; returns its stdout."""
    ran = call(*arguments, cwd=cwd)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def exact_json(text: str) -> Any:
    """Parsed JSON whose fractions are decimals."""
    return json.loads(text, parse_float=Decimal)


def expected_json(value: Any) -> Any:
    """What a value of the Python API must be in JSON."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: expected_json(getattr(value, name)) for name in names}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): expected_json(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [expected_json(each) for each in value]
    return value


def digests(folder: Path) -> dict[str, str]:
    """Every file below a folder, with the hash of its content."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a book that the command made and filled; tests only read it."""
    folder = tmp_path_factory.mktemp("home")
    write_lines(folder / "usage.jsonl", *USAGE)
    call_well("init", "--timezone", "Europe/Berlin", "--markup", "20", cwd=folder)
    call_well("accounts", "create", "--external-id", "acme", "--name", "Acme GmbH", cwd=folder)
    call_well("ingest", "usage.jsonl", "--create-accounts", cwd=folder)
    make_known_reservation(folder / "book")
    return folder


@pytest.fixture
def own(home: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of it, to be changed. Commands that need an issued invoice find one there."""
    copy = Path(shutil.copytree(home, tmp_path / "home"))
    name = str(getattr(request.node, "callspec", None) and request.node.callspec.params.get("name"))
    if name == "fx import":
        write_lines(copy / "rates.csv", "from,to,date,rate,source", "USD,EUR,2026-10-30,0.86,ECB")
    if name.startswith("invoice ") and name != "invoice draft":
        write_seller(copy / "book")
    if name in {"invoice show", "invoice render", "invoice void", "invoice credit"}:
        call_well(*ISSUE, cwd=copy)
    if name == "answer":
        row: dict[str, Any] = {"id": "unknown", "occurred_at": "2026-10-05", "context": "system"}
        row |= {"model": "gpt-4o", "other_meters": {"usage_unknown": 1}}
        write_lines(copy / "cut.jsonl", json.dumps(row))
        call_well("ingest", "cut.jsonl", cwd=copy)
    if name in {"archive", "months", "reopen", "verify"}:
        call_well("close", "2026-10", cwd=copy)
    return copy


ISSUE = (
    *("invoice", "issue", "--month", "2026-10", "--account", "acme"),
    *("--issue-date", "2026-11-02"),
)
ON_ITS_DAY = ("--issue-date", "2026-11-02")


# Every command, in text and in JSON

COMMAND_LINES: dict[str, tuple[str, ...]] = {
    "init": ("init", "--book", "other"),
    "check": ("check", "--migrate"),
    "accounts create": ("accounts", "create", "--external-id", "delta", "--markup", "12.5"),
    "accounts update": ("accounts", "update", "acme", "--email", "a@b.example"),
    "accounts list": ("accounts", "list"),
    "accounts show": ("accounts", "show", "acme"),
    "accounts close": ("accounts", "close", "acme"),
    "credits add": ("credits", "add", "acme", "12.5", "--metadata", '{"order": 7}'),
    "credits deduct": ("credits", "deduct", "acme", "0.000001"),
    "credits adjust": ("credits", "adjust", "acme", "3", "--type", "debit"),
    "credits balance": ("credits", "balance", "acme"),
    "reserve": ("reserve", "acme", "0.5", "--ttl", "60", "--operation", "chat"),
    "confirm": ("confirm", KNOWN_RESERVATION, "0.25"),
    "cancel": ("cancel", KNOWN_RESERVATION),
    "reservations": ("reservations", "--all"),
    "transactions": ("transactions", "--include", "usage,reservation"),
    "statement": ("statement", "--account", "acme", "--month", "2026-10"),
    "models": ("models", "gpt-4o-mini", "--provider", "openai"),
    "prices show": ("prices", "show", "o3"),
    "prices missing": ("prices", "missing"),
    "prices alias": ("prices", "alias", "house-llm", "gpt-4o"),
    "prices add": ("prices", "add", "house-llm", "--rate", "input_tokens=0.2"),
    "prices apply": ("prices", "apply"),
    "prices facts": ("prices", "facts", "deepseek-v4-pro"),
    "meters list": ("meters", "list"),
    "answer": ("answer", "unknown", "--input-tokens", "1200"),
    "meters ignore": ("meters", "ignore", "web_fetch_requests", "--provider", "anthropic"),
    "estimate": ("estimate", "gpt-4o", "--input-tokens", "1234567", "--cached-tokens", "89"),
    "record": ("record", "--model", "gpt-4o", "--system", "--input-tokens", "7", "--tag", "a=b"),
    "ingest": ("ingest", "usage.jsonl"),
    "sources": ("sources", "anthropic"),
    "loads list": ("loads", "list"),
    "loads undo": ("loads", "undo", "1"),
    "rejections list": ("rejections", "list"),
    "rejections retry": ("rejections", "retry", "1"),
    "months": ("months",),
    "close": ("close", "2026-10", "2026-09"),
    "reopen": ("reopen", "2026-10", "2026-09"),
    "archive": ("archive", "archived"),
    "verify": ("verify",),
    "summary": ("summary", "--month", "2026-10"),
    "usage": ("usage", "--account", "acme"),
    "report": ("report", "by-account"),
    "reports": ("reports",),
    "query": ("query", "select * from usage_by_model"),
    "export": ("export", "by-day", "--format", "csv", "--to", "days.csv"),
    "invoice draft": ("invoice", "draft", "--month", "2026-10", "--account", "acme"),
    "invoice issue": ISSUE,
    "invoice list": ("invoice", "list"),
    "invoice show": ("invoice", "show", "INV-2026-0001"),
    "invoice render": ("invoice", "render", "INV-2026-0001", "--out", "out"),
    "invoice void": ("invoice", "void", "INV-2026-0001", "--reason", "Wrong", *ON_ITS_DAY),
    "invoice credit": (
        *("invoice", "credit", "INV-2026-0001", "0.01", "--reason", "Goodwill"),
        *ON_ITS_DAY,
    ),
    "invoice verify": ("invoice", "verify"),
    "explain usage": ("explain", "usage", "a1"),
    "explain invoice": ("explain", "invoice", "--month", "2026-10", "--account", "acme"),
    "templates copy": ("templates", "copy"),
    "tax add": ("tax", "add", "vat", "--percent", "19"),
    "tax list": ("tax", "list"),
    "fx add": ("fx", "add", "USD", "EUR", "0.86", "--date", "2026-10-30", "--source", "ECB"),
    "fx import": ("fx", "import", "rates.csv"),
    "fx list": ("fx", "list"),
    "config show": ("config", "show"),
    "config init": ("config", "init"),
    "config check": ("config", "check"),
}


def leaves(group: click.Group, context: click.Context, before: str = "") -> Iterator[str]:
    """Every command that is no group of others."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command, context, f"{before}{name} ")
        else:
            yield f"{before}{name}"


def test_every_command_is_tried_below() -> None:
    assert set(leaves(cli, click.Context(cli))) == set(COMMAND_LINES)


def test_the_help_of_every_command_has_an_example_line_of_its_own() -> None:
    for name in COMMAND_LINES:
        command: click.Command = cli
        context = click.Context(cli, info_name="tokenbook")
        for word in name.split():
            assert isinstance(command, click.Group)
            command = command.get_command(context, word) or cli
            context = click.Context(command, info_name=word, parent=context)
        text = command.get_help(context)
        assert f"\n    tokenbook {name}" in text
        assert "\\b" not in text


@pytest.mark.examples
@pytest.mark.parametrize("name", some(COMMAND_LINES, 2))
def test_a_command_prints_text_for_people(own: Path, name: str) -> None:
    """Whole lines, no colour codes in a pipe, nothing on stderr."""
    out = call_well(*COMMAND_LINES[name], cwd=own)
    assert out.endswith("\n")
    assert "\x1b" not in out


@pytest.mark.examples
@pytest.mark.parametrize("name", some(reversed(COMMAND_LINES), 2))
def test_a_command_prints_json_for_programs(own: Path, name: str) -> None:
    """Stdout is one JSON document; keys are snake_case, times end in Z, nothing is a float."""
    found = json.loads(call_well(*COMMAND_LINES[name], "--json", cwd=own), parse_float=Decimal)
    for key, value in members(found):
        if key not in {"by_model", "by-account"} and name != "reports":
            assert re.fullmatch(r"[a-z][a-z0-9_]*", key)
        if key.endswith("_at") and value is not None:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", value)


DATA = {"by_model", "tags", "facts"}
"""Mappings whose keys are names of things."""


def members(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key of a document with its value; a mapping by name of a model is data, not keys."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield key, each
            yield from members(list((each or {}).values()) if key in DATA else each)
    elif isinstance(value, list):
        for each in value:
            yield from members(each)


SAME: dict[str, tuple[tuple[str, ...], Callable[[Book], Any]]] = {
    "summary": (
        ("summary", "--month", "2026-10"),
        lambda book: book.get_usage_summary(month="2026-10"),
    ),
    "summary of an account": (
        ("summary", "--account", "acme", "--model", "gpt-4o", "--context", "customer"),
        lambda book: book.get_usage_summary(account="acme", model_id="gpt-4o", context="customer"),
    ),
    "usage": (
        ("usage", "--limit", "3", "--offset", "1"),
        lambda book: {
            "usage_records": book.get_usage(limit=3, offset=1).usage_records,
            "next_offset": 4,
        },
    ),
    "report": (
        ("report", "by-model"),
        lambda book: [
            dict(zip([column.name for column in report.columns], row, strict=True))
            for report in [book.report("by-model")]
            for row in report.rows
        ],
    ),
    "estimate": (
        ("estimate", "o3", "--input-tokens", "1234567", "--at", "2026-10-20T12:00:00+02:00"),
        lambda book: book.calculate_cost("o3", input_tokens=1234567, at="2026-10-20T10:00:00Z"),
    ),
    "prices": (
        ("prices", "show", "o3", "--variant", ""),
        lambda book: book.list_prices("o3", variant=""),
    ),
    "models": (("models", "o3"), lambda book: book.list_models(search="o3")),
    "accounts": (("accounts", "list"), lambda book: book.list_accounts()),
    "account": (("accounts", "show", "acme"), lambda book: book.get_account("acme")),
    "balance": (("credits", "balance", "acme"), lambda book: book.get_balance("acme")),
    "reservations": (
        ("reservations", "--all"),
        lambda book: book.list_reservations(active_only=False),
    ),
    "transactions": (
        ("transactions", "--account", "acme", "--start-date", "2026-10-05", "--limit", "5"),
        lambda book: book.list_transactions("acme", start_date="2026-10-05", limit=5),
    ),
    "statement": (
        ("statement", "--account", "acme", "--month", "2026-10"),
        lambda book: book.get_statement("acme", "2026-10"),
    ),
    "loads": (("loads", "list"), lambda book: book.list_loads()),
    "missing": (("prices", "missing"), lambda book: book.missing_prices()),
    "query": (
        ("query", "select * from rated_usage order by record_id"),
        lambda book: book.query("select * from rated_usage order by record_id").rows(),
    ),
    "invoice": (
        ("invoice", "draft", "--month", "2026-10", "--account", "beta"),
        lambda book: [draft.content for draft in book.draft_invoices("2026-10", account="beta")],
    ),
}


@pytest.mark.examples
@pytest.mark.parametrize("name", SAME)
def test_json_says_exactly_what_the_python_api_says(home: Path, name: str) -> None:
    """Money to its last digit: a decimal that went through a float would differ."""
    arguments, ask = SAME[name]
    found = exact_json(call_well(*arguments, "--json", cwd=home))
    with analytics.open(home / "book", read_only=True) as book:
        assert found == expected_json(ask(book))


def test_money_in_json_has_all_its_digits(home: Path) -> None:
    """One token of gpt-4o-mini costs 0.00000015 dollars, with no exponent and no float's tail."""
    out = succeed("estimate", "gpt-4o-mini", "--input-tokens", "1", "--json", cwd=home)
    assert '"estimated_cost_usd": 0.00000015,' in out
    assert '"charge_usd": 0.00000018,' in out


# Errors

ERRORS: dict[tuple[str, ...], tuple[int, str]] = {
    ("summary", "--month", "2026-13"): (2, "month: '2026-13' is not a month like 2026-10."),
    ("summary", "--start-date", "today"): (2, "start_date: 'today' is not a day like 2026-10-31."),
    ("usage", "--limit", "0"): (2, "limit: 0 is not between 1 and 10000."),
    ("query", "drop table account"): (2, "only a SELECT may run here; nothing was changed."),
    ("query", "copy (select 1) to 'x.csv'"): (2, "only a SELECT may run here"),
    ("query", "selec 1"): (2, "The query cannot run: syntax error"),
    ("ingest", "usage.jsonl", "--strict"): (2, "--strict was given, so nothing was loaded"),
    ("ingest", "usage.jsonl", "--map", "x=y"): (2, "there is no column 'x'"),
    ("ingest", "book"): (3, "There is nothing to read at book."),
    ("ingest", "no.jsonl"): (3, "There is nothing to read at no.jsonl."),
    ("record", "--model", "gpt-4o", "--system", "--input-tokens", "-1"): (
        2,
        "input_tokens must be a whole number",
    ),
    ("record", "--model", "gpt-4o", "--external-id", "x"): (3, "No account has the id 'x'."),
    ("prices", "show", "nothing"): (3, "No model is known as 'nothing'."),
    ("prices", "add", "x", "--rate", "input_tokens=one"): (2, "must be a number, got 'one'."),
    ("report", "by-magic"): (3, "There is no report named 'by-magic'."),
    ("accounts", "create", "--external-id", "acme"): (4, "'acme' already belongs to account acc_"),
    ("init",): (4, "There is a book at book already."),
    ("init", "--book", "x", "--timezone", "Mars"): (2, "'Mars' is not a time zone"),
    ("init", "--book", "usage.jsonl"): (5, "usage.jsonl cannot be made"),
    ("summary", "--book", "nowhere"): (3, "There is no book at nowhere."),
    ("summary", "--book", "usage.jsonl"): (3, "There is no book at usage.jsonl."),
    ("export", "usage", "--format", "csv", "--to", "usage.jsonl"): (4, "usage.jsonl exists"),
    ("export", "usage", "--format", "csv", "--to", "book", "--force"): (5, "is a folder"),
    ("export", "usage", "--to", "x"): (2, "'x' has none of the endings .csv, .parquet"),
    ("export", "reports", "--to", "x.csv"): (2, "all reports in one file are an xlsx file"),
    ("export", "accounts", "--to", "x.csv", "--model", "o3"): (2, "cannot be narrowed by it"),
    ("export", "nothing", "--format", "csv", "--to", "x.csv"): (3, "no report named 'nothing'"),
    ("estimate", "gpt-4o", "--input-tokens", "-1"): (2, "is not a whole number of 0 or more."),
}


@pytest.mark.examples
@pytest.mark.parametrize("arguments", ERRORS, ids=" ".join)
def test_an_error_is_one_sentence_on_stderr_and_its_family_the_exit_code(
    home: Path, arguments: tuple[str, ...]
) -> None:
    """Nothing is on stdout, nothing has changed; with --json the same sentence is in JSON."""
    code, message = ERRORS[arguments]
    before = digests(home)
    text = call(*arguments, cwd=home)
    assert (text.code, text.out) == (code, "")
    assert text.err.startswith("Error: ")
    assert message in text.err
    ran = call(*arguments, "--json", cwd=home)
    assert (ran.code, ran.out) == (code, "")
    error = json.loads(ran.err)["error"]
    assert text.err == f"Error: {error['message']}\n"
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", error["code"])
    assert digests(home) == before


USAGE_ERRORS: dict[tuple[str, ...], str] = {
    ("magic",): "No such command 'magic'",
    ("summary", "--magic"): "No such option '--magic'",
    ("summary", "--wait", "soon"): "Invalid value for '--wait': 'soon'",
    ("summary", "--wait", "-1"): "Invalid value for '--wait'",
    ("usage", "--limit", "few"): "Invalid value for '--limit': 'few'",
    ("ingest",): "Missing argument 'PATH...'",
    ("ingest", "usage.jsonl", "--set", "model"): "'model' is not like name=value",
    ("export", "usage", "--format", "csv"): "Missing option '--to'",
    ("export", "usage", "--to", "x", "--format", "xml"): "'xml' is not one of",
    ("invoice", "draft"): "Missing option '--month'",
    ("record", "--model", "x", "--meter", "input_tokens=1.5"): "'1.5' is not a whole number",
}


@pytest.mark.parametrize("arguments", USAGE_ERRORS, ids=" ".join)
def test_a_wrong_command_line_says_what_is_wrong_and_where_help_is(
    home: Path, arguments: tuple[str, ...]
) -> None:
    ran = run(*arguments, cwd=home)
    assert (ran.code, ran.out) == (2, "")
    assert f"Error: {USAGE_ERRORS[arguments]}" in ran.err.replace("PATH'", "PATH...'") or (
        USAGE_ERRORS[arguments] in ran.err
    )
    assert "--help" in ran.err


def test_a_wrong_command_line_is_json_too_where_json_is_asked_for(home: Path) -> None:
    ran = run("summary", "--wait", "soon", "--json", cwd=home)
    assert "'soon'" in json.loads(ran.err)["error"]["message"]


UNCAUGHT: dict[tuple[str, ...], tuple[int, str]] = {
    ("summary", "--month", "9999-12"): (2, "ValueError in period._next_month"),
    ("summary", "--end-date", "9999-12-31"): (2, "OverflowError in period.day_period"),
    ("estimate", "gpt-4o", "--at", "9999-12-31T23:59:59-14:00"): (2, "OverflowError in instant"),
    ("estimate", "gpt-4o", "--at", "0001-01-01T00:00:00+14:00"): (2, "OverflowError in instant"),
    ("estimate", "gpt-4o", "--meter", "at=4"): (2, "TypeError: two values for 'at'"),
    ("record", "--model", "gpt-4o", "--meter", "model_id=4"): (2, "TypeError: two values"),
    ("record", "--model", "\udcff", "--system"): (2, "UnicodeEncodeError from pyarrow"),
    ("export", "usage", "--format", "csv", "--to", ".", "--force"): (5, "ValueError: empty name"),
    ("query", "select 1", "--timeout", "1e300"): (2, "OverflowError in threading.Timer"),
    ("query", "select time '10:00' as t", "--json"): (0, "TypeError: time is no JSON"),
    ("query", "select '\\xff'::blob as b", "--json"): (0, "UnicodeDecodeError in simplejson"),
    ("query", "select 'nan'::double as d", "--json"): (0, "ValueError: NaN is no JSON"),
    ("query", "select 'infinity'::date as d"): (2, "OverflowError from pyarrow"),
    ("query", "select 1", "--timeout", "-1"): (2, "taken as no limit at all"),
    ("query", "select 1", "--timeout", "nan"): (2, "taken as no limit at all"),
    ("summary", "--wait", "nan"): (2, "with a locked book it waits for ever"),
    ("ingest", "broken.parquet"): (2, "StorageFailed (5), though ingest says UnknownFormat"),
}


@pytest.mark.examples
@pytest.mark.parametrize(
    "arguments",
    [pytest.param(line, id=" ".join(line)) for line in UNCAUGHT],
)
def test_no_value_of_an_option_ends_in_a_traceback_or_is_misread(
    home: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    write_lines(tmp_path / "broken.parquet", "PAR1")
    ran = call(*arguments, "--book", home / "book", cwd=tmp_path)
    assert ran.code == UNCAUGHT[arguments][0]


@pytest.mark.parametrize("content", [None, "no database", "another program's"])
def test_a_folder_that_is_no_book_is_refused_untouched(tmp_path: Path, content: str | None) -> None:
    """An empty folder (3), a file that is no database and another program's database (2)."""
    (tmp_path / "book").mkdir()
    if content == "no database":
        write_lines(tmp_path / "book" / "book.duckdb", *[content] * 1000)
    elif content:
        with duckdb.connect(str(tmp_path / "book" / "book.duckdb")) as connection:
            connection.execute("create table theirs (id integer)")
    before = digests(tmp_path)
    for command in (("summary",), ("record", "--model", "gpt-4o", "--system")):
        ran = run(*command, cwd=tmp_path)
        assert ran.code == (2 if content else 3)
        assert "is not a tokenbook book" in ran.err or "There is no book at book." in ran.err
    assert digests(tmp_path) == before


def test_a_book_of_a_newer_program_is_refused(own: Path) -> None:
    with duckdb.connect(str(own / "book" / "book.duckdb")) as connection:
        connection.execute("insert into schema_version values (99, timestamp '2030-01-01')")
    ran = run("summary", cwd=own)
    assert ran.code == 5
    assert "has schema version 99" in ran.err
    assert "Upgrade tokenbook" in ran.err


def test_a_book_in_use_is_refused_and_the_message_names_the_process(home: Path) -> None:
    hold = (
        "import analytics, sys\n"
        "with analytics.open('book'): print('ready', flush=True); sys.stdin.readline()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=home
    )
    with holder:
        assert given(holder.stdout).readline() == b"ready\n"
        for command in (("summary",), ("record", "--model", "gpt-4o", "--system")):
            ran = run(*command, "--wait", "0.2", cwd=home)
            assert (ran.code, ran.out) == (5, "")
            assert f"in use by process {holder.pid} " in ran.err
        given(holder.stdin).close()


def given(pipe: IO[bytes] | None) -> IO[bytes]:
    """A pipe that was asked for."""
    assert pipe is not None
    return pipe


def test_a_folder_that_cannot_be_written_is_read_and_not_written(own: Path) -> None:
    folder = own / "book"
    (folder / "book.duckdb").chmod(0o400)
    folder.chmod(0o500)
    try:
        if os.access(folder, os.W_OK):
            pytest.skip("this user may write everywhere")
        succeed("summary", cwd=own)
        ran = run("record", "--model", "gpt-4o", "--system", cwd=own)
        assert (ran.code, ran.out) == (5, "")
        assert "cannot be written" in ran.err
    finally:
        folder.chmod(0o700)


# Interrupts and pipes


def start(cwd: Path, *arguments: str, stderr: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    """Starts a command in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "analytics", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        cwd=cwd,
        env=clean_environment() | {"TERM": "xterm"},
    )


def test_ctrl_c_while_standard_input_is_read_takes_everything_back(own: Path) -> None:
    """More than a pipe holds has been taken in, so the command is reading when the signal comes."""
    before = succeed("loads", "list", "--json", cwd=own)
    line = b'{"id":"%d","model":"gpt-4o","context":"system","occurred_at":"2026-10-01"}\n'
    with start(own, "ingest", "-") as ingest:
        given(ingest.stdin).write(b"".join(line % number for number in range(20_000)))
        ingest.send_signal(signal.SIGINT)
        out, err = ingest.communicate()
    assert (ingest.returncode, out) == (130, b"")
    assert err.decode().strip() == "Interrupted. What was under way is there whole or not at all."
    assert succeed("loads", "list", "--json", cwd=own) == before
    assert [path.name for path in (own / "book").iterdir()] == ["book.duckdb"]


@pytest.fixture(scope="module")
def interrupted(home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """A big load that got Ctrl-C when its progress bar had shown the first rows."""
    folder = Path(shutil.copytree(home, tmp_path_factory.mktemp("interrupted") / "home"))
    line = '{"id":"%d","model":"gpt-4o","context":"system","occurred_at":"2026-10-01"}'
    write_lines(folder / "big.jsonl", *(line % number for number in range(400_000)))
    terminal, stderr = pty.openpty()
    with start(folder, "ingest", "big.jsonl", stderr=stderr) as ingest:
        os.close(stderr)
        seen = b""
        while not re.search(rb"[1-9][\d,]* rows", seen):
            seen += os.read(terminal, 4096)
        ingest.send_signal(signal.SIGINT)
        given(ingest.stdin).close()
        out = given(ingest.stdout).read().decode()
        rest = b""
        try:
            while part := os.read(terminal, 4096):
                rest += part
        except OSError:
            os.close(terminal)  # the other end has gone
        code = ingest.wait()
    return folder, Ran(code, out, rest.decode())


@pytest.mark.slow
def test_ctrl_c_in_the_middle_of_a_load_writes_nothing(interrupted: tuple[Path, Ran]) -> None:
    folder, ran = interrupted
    assert ran.out == ""
    assert len(json.loads(succeed("loads", "list", "--json", cwd=folder))) == 1
    assert json.loads(succeed("summary", "--json", cwd=folder))["record_count"] == 5
    assert [path.name for path in (folder / "book").iterdir()] == ["book.duckdb"]
    succeed("check", cwd=folder)


@pytest.mark.slow
def test_ctrl_c_in_the_middle_of_a_load_says_so_with_130(interrupted: tuple[Path, Ran]) -> None:
    _, ran = interrupted
    assert ran.code == 130
    assert "Interrupted. What was under way is there whole or not at all." in ran.err
    assert "Traceback" not in ran.err


PIPED = (
    ("query", "select range as number from range(100000)", "--csv"),
    ("query", "select range as number from range(100000)"),
    ("query", "select range as number from range(100000)", "--json"),
)


@pytest.mark.parametrize("arguments", PIPED, ids=["csv", "text", "json"])
def test_a_reader_that_leaves_early_gets_no_complaint(
    home: Path, arguments: tuple[str, ...]
) -> None:
    """``| head -1``: its line arrives, stderr stays empty."""
    with start(home, *arguments) as query:
        assert given(query.stdout).readline()
        given(query.stdout).close()
        assert given(query.stderr).read() == b""


# Input and output


def test_standard_input_is_a_file_like_any_other(own: Path) -> None:
    """The same lines again are duplicates, wherever they come from; new ones are appended."""
    line = '{"id":"b1","model":"gpt-4o","context":"system","occurred_at":"2026-10-09","requests":1}'
    text = "\n".join([*USAGE, line])
    found = json.loads(succeed("ingest", "-", "--json", cwd=own, stdin=text))
    assert (found["appended"], found["duplicates"], found["rejected"]) == (1, 5, 2)
    assert {rejection["path"] for rejection in found["first_rejections"]} == {"-"}
    assert [path.name for path in (own / "book").iterdir()] == ["book.duckdb"]


def test_map_and_set_fit_a_foreign_table(own: Path) -> None:
    write_lines(
        own / "trace.csv",
        "TIMESTAMP,ContextTokens,GeneratedTokens",
        "2026-10-16 18:17:03.9799600,4808,10",
        "2026-10-16 18:17:04.0319600,3180,8",
    )
    succeed(
        *("ingest", "trace.csv", "--map", "occurred_at=TIMESTAMP"),
        *("--map", "input_tokens=ContextTokens", "--map", "output_tokens=GeneratedTokens"),
        *("--set", "model=gpt-4", "--set", "external_id=acme"),
        cwd=own,
    )
    found = json.loads(succeed("summary", "--model", "gpt-4", "--json", cwd=own))
    assert (found["record_count"], found["total_input_tokens"]) == (2, 7988)
    assert found["by_context"].keys() == {"customer"}


def test_the_book_is_that_of_the_option_then_of_the_environment_then_book(
    home: Path, tmp_path: Path
) -> None:
    elsewhere = {"TOKENBOOK": str(home / "book")}
    count = json.loads(succeed("summary", "--json", cwd=tmp_path, **elsewhere))["record_count"]
    assert count == 5
    assert run("summary", cwd=tmp_path).err.startswith("Error: There is no book at book.")
    ran = run("summary", "--book", "named", cwd=tmp_path, **elsewhere)
    assert ran.err.startswith("Error: There is no book at named.")


def test_export_replaces_a_file_only_by_force(own: Path) -> None:
    write_lines(own / "usage.csv", "precious")
    export = ("export", "usage", "--format", "csv", "--to", "usage.csv")
    assert run(*export, cwd=own).code == 4
    assert (own / "usage.csv").read_text() == "precious\n"
    assert succeed(*export, "--force", cwd=own) == "Wrote 5 rows to usage.csv.\n"
    assert len((own / "usage.csv").read_text(encoding="utf-8").splitlines()) == 6
    assert not list(own.glob(".*")), "nothing half-written is left"


@pytest.mark.examples
@pytest.mark.parametrize(
    "statement",
    [
        "copy (select 1) to 'stolen.csv'",
        "with q as (copy (select 1) to 'stolen.csv') select * from q",
        "from (copy (select 1) to 'stolen.csv')",
        "select 1; copy (select 1) to 'stolen.csv'",
        "select * from read_csv('usage.jsonl')",
        "attach 'stolen.duckdb' as stolen",
        "set enable_external_access = true",
        "delete from account",
    ],
)
def test_query_reads_the_book_and_nothing_else(home: Path, statement: str) -> None:
    before = digests(home)
    ran = call("query", statement, cwd=home)
    assert (ran.code, ran.out) == (2, "")
    assert digests(home) == before


def test_csv_of_a_report_and_of_a_query_is_plain_csv(home: Path) -> None:
    out = succeed("report", "by-model", "--csv", "--month", "2026-10", cwd=home)
    assert out.splitlines()[0].startswith("provider,model,records,")
    query = "select record_id, cost_usd from rated_usage order by record_id limit 1"
    assert succeed("query", query, "--csv", cwd=home).splitlines()[0] == "record_id,cost_usd"


def test_accounts_can_have_a_name_and_no_external_id(own: Path) -> None:
    made = json.loads(succeed("accounts", "create", "--name", "Delta", "--json", cwd=own))
    assert (made["external_id"], made["name"]) == (None, "Delta")


@pytest.mark.examples
def test_the_hints_of_a_load_name_commands_that_exist(own: Path) -> None:
    """What 'tokenbook ...' in quotes says can be typed."""
    out = succeed("ingest", "-", cwd=own, stdin=USAGE[2].replace("a3", "c1").replace("mini", "zz"))
    for line in re.findall(r"'tokenbook ([^']+)'", out):
        assert call(*line.split(), "--help", cwd=own).code == 0, line
        assert call(*line.split(), cwd=own).code == 0, line


@pytest.mark.examples
def test_held_accounts_stop_no_others_and_fail_the_command(own: Path) -> None:
    """Exit code 4; the message names the model and what to do; done, and no one is held."""
    ran = call("invoice", "draft", "--month", "2026-10", "--out", "out", cwd=own)
    assert ran.code == 4
    assert "held: gamma." in ran.err
    assert "house-llm (1)" in ran.err
    assert "tokenbook prices missing" in ran.err
    written = {path.name for path in (own / "out").iterdir()}
    assert written == {"index.html", "acme.html", "acme.json", "beta.html", "beta.json"}
    rates = ("--rate", "input_tokens=1", "--rate", "output_tokens=1")
    call_well("prices", "add", "house-llm", *rates, "--from", "2026-01-01", cwd=own)
    call_well("prices", "apply", cwd=own)
    call_well("invoice", "draft", "--month", "2026-10", "--out", "out", cwd=own)
    assert {path.name for path in (own / "out").iterdir()} == written | {"gamma.html", "gamma.json"}


# Golden screens

SCREENS: dict[str, tuple[str, ...]] = {
    "summary": ("summary", "--month", "2026-10"),
    "report": ("report", "by-model", "--month", "2026-10"),
    "invoice": ("invoice", "draft", "--month", "2026-10", "--out", "out"),
    "prices": ("prices", "show", "o3"),
    "estimate": (
        *("estimate", "gpt-4o", "--at", "2026-10-20", "--input-tokens", "1500"),
        *("--cached-tokens", "200", "--output-tokens", "500"),
    ),
    "ingest": ("ingest", "more.jsonl"),
}


@pytest.mark.examples
@pytest.mark.parametrize("columns", ["80", "140"])
@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_as_the_golden_file_says(own: Path, name: str, columns: str) -> None:
    """Stdout, then stderr below a line; no line is wider than the screen."""
    more = USAGE[3].replace("a4", "d1"), USAGE[4].replace("a5", "d2"), *USAGE[4:]
    write_lines(own / "more.jsonl", *more)
    ran = call(*SCREENS[name], cwd=own, COLUMNS=columns)
    text = f"{ran.out}--- {ran.code}\n{ran.err}"
    text = re.sub(r"in [\d.,]+ s( \([^)]*/s\))?", "in 0.0 s (1 rows/s)", text)
    golden = GOLDEN / f"cli_{name}_{columns}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= int(columns)
