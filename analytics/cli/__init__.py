"""The command `tokenbook`: reads arguments, calls one `Book` method, prints. No logic.

A command is imported when it is used, so that `--help` does not wait for anything. Errors go to
stderr as a sentence; their family decides the exit code: 2 invalid, 3 not found, 4 conflict, 5
unavailable, 1 anything else.
"""

import importlib
import os
import sys
from typing import NoReturn

import click

from analytics.errors import Conflict, Invalid, NotFound, TokenbookError, Unavailable
from analytics.errors.families import EXIT_INTERRUPTED, INTERRUPTED

EXIT_CODES: tuple[tuple[type[TokenbookError], int], ...] = (
    (Invalid, 2),
    (NotFound, 3),
    (Conflict, 4),
    (Unavailable, 5),
)
TRACEBACK_VARIABLE = "TOKENBOOK_TRACEBACK"

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("books", "Make a new book."),
    "config": ("configuration", "Say who sells, and what invoices look like."),
    "check": ("books", "Prove that the book is sound."),
    "accounts": ("accounts", "Create, list, change and close accounts."),
    "credits": ("credits", "Add and deduct credits, show a balance."),
    "reserve": ("reservations", "Hold credits, before a model call."),
    "confirm": ("reservations", "Charge what was used, free the rest of the hold."),
    "cancel": ("reservations", "Free a hold."),
    "reservations": ("reservations", "List the live reservations."),
    "transactions": ("credits", "List transactions."),
    "statement": ("credits", "Show an account's month."),
    "models": ("models", "Find models and their prices."),
    "prices": ("prices", "Show, add and repair prices."),
    "meters": ("meters", "List what is counted; say what costs nothing."),
    "answer": ("meters", "Say what a call used that nobody knows."),
    "estimate": ("models", "What a call would cost."),
    "record": ("usage", "Record one model call or audio job."),
    "ingest": ("usage", "Load usage logs."),
    "sources": ("sources", "List the log formats."),
    "loads": ("loads", "List what was loaded, and take a load back."),
    "rejections": ("loads", "List the rows that were not recorded, and try them again."),
    "months": ("months", "List the months, open and closed."),
    "close": ("months", "Move months into Parquet files."),
    "reopen": ("months", "Bring months back into the table."),
    "archive": ("months", "Write closed months to a folder of their own."),
    "verify": ("months", "Compare the files of closed months with their checksums."),
    "summary": ("answers", "Total cost, by context and by model."),
    "usage": ("answers", "List usage records."),
    "report": ("answers", "Print a report."),
    "reports": ("answers", "List the reports."),
    "templates": ("templates", "Make the pages your own."),
    "explain": ("explain", "Show why a figure is what it is."),
    "query": ("answers", "Run a SELECT of your own."),
    "export": ("answers", "Write usage or a report to a file."),
    "invoice": ("invoices", "Draft, issue, correct and verify invoices."),
    "tax": ("rates", "Add and list tax rates."),
    "fx": ("rates", "Add, import and list exchange rates."),
}
"""Command -> module that defines it, and its line in the help."""


class LazyGroup(click.Group):
    """Imports a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"analytics.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tokenbook", prog_name="tokenbook")
def cli() -> None:
    """The book of record for LLM usage: price it, break it down, invoice it.

    Start with 'tokenbook init', then 'tokenbook ingest FILE --create-accounts'.
    """


def main() -> NoReturn:
    """Runs the command and exits; no traceback ever reaches a user."""
    try:
        sys.exit(cli.main(prog_name="tokenbook", standalone_mode=False) or 0)
    except TokenbookError as error:
        _print_error(str(error), error.code)
        sys.exit(next(code for family, code in EXIT_CODES if isinstance(error, family)))
    except click.ClickException as error:
        if _wants_json():
            _print_error(error.format_message(), "invalid_command_line")
        else:
            error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo(INTERRUPTED, err=True)
        sys.exit(EXIT_INTERRUPTED)
    except UnicodeEncodeError:
        _print_error("A text on the command line is not valid UTF-8.", "invalid_command_line")
        sys.exit(2)
    except Exception as error:
        if TRACEBACK_VARIABLE in os.environ:
            raise
        _print_error(
            f"Something unexpected went wrong ({type(error).__name__}: {error}). Please report it;"
            f" with {TRACEBACK_VARIABLE}=1 the same command shows where.",
            "unexpected",
        )
        sys.exit(1)


def _wants_json() -> bool:
    return "--json" in sys.argv


def _print_error(message: str, code: str) -> None:
    if _wants_json():
        import json

        from analytics.cli.options import safe_json

        error = {"error": {"code": code, "message": message}}
        click.echo(safe_json(json.dumps(error, ensure_ascii=False)), err=True)
        return
    from analytics.terminal import print_error

    print_error(message)
