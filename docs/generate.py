"""Writes the reference pages from the program itself, so that they cannot drift from it.

    python docs/generate.py            writes the pages beside this file
    python docs/generate.py --check    exit code 1 if a page is not what would be written

`cli.md` comes from the commands, `errors.md` from the error classes, `queries.md` from the first
comment of each SQL file and from the columns that the views have in a new book.
"""

import inspect
import itertools
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

import analytics
from analytics import reports, sql
from analytics.cli import EXIT_CODES, cli
from analytics.engines.duckdb import DuckDBEngine
from analytics.errors.families import EXIT_INTERRUPTED

HERE = Path(__file__).resolve().parent
NOTE = "<!-- Written by docs/generate.py. Do not edit: run `make docs`. -->\n"
EXAMPLE = "Example:"
PROGRAM = "tokenbook"

_DIRECTIVE = re.compile(r"-- [A-Z][a-z]+: ")
_NEW_TABLE = re.compile(r"create\s+table\s+(\w+)")
_SENTENCE_END = re.compile(r"(?<=\.) (?=[A-Z])")

CLI_INTRODUCTION = """\
Every command of `tokenbook`. `python -m analytics` is the same program. Results go to stdout,
errors to stderr; [errors.md](errors.md) lists the exit codes. `--help` after any command prints
what is on this page.
"""
ERRORS_INTRODUCTION = """\
Every error is an `analytics.TokenbookError`. Its `code` is stable and meant for programs; the text
is for people, with the facts in the place of `{names}`. The family decides the exit code of a
command. With `--json` a command prints `{"error": {"code": ..., "message": ...}}` to stderr.

A row of a usage file that cannot be recorded is not an error but a rejection: see
[usage.md](usage.md#rejections).
"""
QUERIES_INTRODUCTION = """\
What [`tokenbook query`](sql.md) and any DuckDB client can read. The text of each is in `queries/`,
one statement a file; where the same would be said of each meter it is a template, and what runs is
the expanded text, which is shown here. Money is in USD and exact; instants are UTC without a zone;
days are those of the book's billing time zone. A sum of money is that of the priced records; a
count beside it says how many have no price.
"""

CommandPath = tuple[str, ...]


def commands() -> Iterator[tuple[CommandPath, click.Command, click.Context]]:
    """Every command and subcommand with its path, groups before what they hold."""
    root = click.Context(cli, info_name=PROGRAM)
    for name in cli.list_commands(root):
        command = cli.get_command(root, name)
        assert command is not None, f"{name} is listed and missing"
        context = click.Context(command, info_name=name, parent=root)
        yield (name,), command, context
        if isinstance(command, click.Group):
            for child, member in command.commands.items():
                yield (name, child), member, click.Context(member, info_name=child, parent=context)


def help_parts(command: click.Command) -> tuple[str, list[str]]:
    """The description of a command, and its examples, each joined to one line."""
    text = inspect.cleandoc(command.help or "").replace("\\b", "\b")
    description, _, rest = text.partition("\b\n" + EXAMPLE)
    lines: list[str] = []
    for line in filter(None, map(str.strip, rest.splitlines())):
        if line.startswith(f"{PROGRAM} ") or not lines:
            lines.append(line)
        else:
            before = lines[-1].removesuffix("\\").rstrip()
            lines[-1] = f"{before} {line}"
    return description.strip(), lines


def cli_page() -> str:
    """docs/cli.md."""
    found = list(commands())
    parts = [
        "# Command line\n",
        NOTE,
        CLI_INTRODUCTION,
        _table(
            ("command", "what it does"),
            [
                (f"[`{' '.join(path)}`](#{PROGRAM}-{'-'.join(path)})", _first_line(command))
                for path, command, _ in found
            ],
        ),
    ]
    parts += [_command(path, command, context) for path, command, context in found]
    return "\n".join(parts)


def _command(path: CommandPath, command: click.Command, context: click.Context) -> str:
    description, examples = help_parts(command)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    parts = [
        f"{'##' if len(path) == 1 else '###'} {PROGRAM} {' '.join(path)}\n",
        f"{description}\n",
        f"```text\n{usage}\n```\n",
    ]
    options = [each for each in command.params if isinstance(each, click.Option)]
    if options:
        rows = [_option(each, context) for each in options]
        parts.append(_table(("option", "meaning", "default"), rows))
    if examples:
        parts.append("```sh\n" + "\n".join(examples) + "\n```\n")
    return "\n".join(parts)


def _option(option: click.Option, context: click.Context) -> tuple[str, str, str]:
    names = ", ".join(option.opts)
    spelling = names if option.is_flag else f"{names} {option.make_metavar(context)}"
    meaning = option.help or ""
    if option.required:
        meaning = f"{meaning} Required.".strip()
    if option.multiple:
        meaning = f"{meaning} May be given more than once.".strip()
    default = f"`{option.default}`" if option.show_default else ""
    if option.show_envvar and option.envvar:
        default = f"`${option.envvar}`, else {default}"
    return f"`{spelling}`", meaning, default


def _first_line(command: click.Command) -> str:
    return " ".join(help_parts(command)[0].partition("\n\n")[0].split())


def errors_page() -> str:
    """docs/errors.md."""
    parts = [
        "# Errors\n",
        NOTE,
        ERRORS_INTRODUCTION,
        "## Exit codes\n",
        _table(("exit code", "when"), _exit_codes()),
    ]
    for family, exit_code in EXIT_CODES:
        rows = [
            (f"`{leaf.code}`", f"`{leaf.__name__}`", " ".join((leaf.__doc__ or "").split()))
            for leaf in family.__subclasses__()
        ]
        parts += [
            f"## {family.__name__}\n",
            f"{family.__doc__} Exit code {exit_code}.\n",
            _table(("code", "class", "message"), rows),
        ]
    return "\n".join(parts)


def _exit_codes() -> list[tuple[str, str]]:
    families = sorted((code, family.__name__) for family, code in EXIT_CODES)
    return [
        ("0", "It is done."),
        ("1", "Anything else; please report it."),
        *(
            (str(code), f"`{name}`" + (", or the command line is wrong" if code == 2 else ""))
            for code, name in families
        ),
        (str(EXIT_INTERRUPTED), "Interrupted. What was under way is there whole or not at all."),
    ]


def queries_page() -> str:
    """docs/queries.md."""
    titles = reports.report_titles()
    columns = _view_columns()
    parts = [
        "# Views, tables, reports and checks\n",
        NOTE,
        QUERIES_INTRODUCTION,
        "## Views\n",
        _table(
            ("view", "one row is"), [(_jump(stem), _comment(f"views/{stem}")) for stem in columns]
        ),
    ]
    for stem, described in columns.items():
        rows = [(f"`{name}`", kind) for name, kind in described]
        parts += [f"### {stem}\n", _table(("column", "type"), rows), _text(f"views/{stem}")]
    parts += [
        "## Tables\n",
        "Views are the stable way in; tables may change with the schema version.\n",
        _table(("table", "one row is"), _tables()),
        "## Reports\n",
        "`tokenbook report NAME` runs one; options narrow it to a period, an account and so on.\n",
        _table(
            ("report", "title", "one row is"),
            [(f"`{name}`", title, _comment(f"reports/{name}")) for name, title in titles.items()],
        ),
        *(_text(f"reports/{name}") for name in titles),
        "## Checks\n",
        "`tokenbook check` runs them all. Each must return no rows.\n",
        _table(("check", "what a row would be"), [_check(name) for name in sql.names("checks")]),
    ]
    return "\n".join(parts)


def _text(name: str) -> str:
    """What runs of a query: a template as it is expanded, to read or to copy."""
    text = sql.load(name).text
    title = name.partition("/")[2]
    return f"<details><summary>SQL of {title}</summary>\n\n```sql\n{text}\n```\n\n</details>\n"


def _jump(heading: str) -> str:
    return f"[`{heading}`](#{heading})"


def _comment(name: str) -> str:
    """The first sentence of the comment that a SQL file opens with."""
    lines = sql.load(name).text.splitlines()
    comment = itertools.takewhile(lambda line: line.startswith("--"), lines)
    words = [line.removeprefix("--").strip() for line in comment if not _DIRECTIVE.match(line)]
    return _SENTENCE_END.split(" ".join(words), maxsplit=1)[0]


def _check(name: str) -> tuple[str, str]:
    return f"`{name.partition('/')[2]}`", _comment(name)


def _tables() -> list[tuple[str, str]]:
    names = [name for n in sql.schema_versions() for name in sql.names(f"schema/{n}")]
    found = [(_NEW_TABLE.search(sql.load(name).text), _comment(name)) for name in names]
    return [(f"`{match[1]}`", comment) for match, comment in found if match]


def _view_columns() -> dict[str, list[tuple[str, str]]]:
    """View -> its columns with their types, as a new book has them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book")
        analytics.create(path).close()
        engine = DuckDBEngine(path, read_only=True)
        try:
            types = {name: engine.result(name)[0] for name in sql.names("views")}
        finally:
            engine.close()
    return {name.partition("/")[2]: list(columns.items()) for name, columns in types.items()}


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli_page,
    "errors.md": errors_page,
    "queries.md": queries_page,
}
"""Page -> what writes it."""


def main(arguments: Sequence[str]) -> int:
    """Writes the pages, or with ``--check`` says which one differs first."""
    for name, page in PAGES.items():
        path, text = HERE / name, page()
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"docs/{name} is not what docs/generate.py writes. Run 'make docs'.")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
