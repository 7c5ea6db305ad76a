"""`sources`."""

import click

from analytics.cli.options import json_option, print_json


@click.command()
@click.argument("name", required=False)
@json_option
def sources(name: str | None, as_json: bool) -> None:
    """List the log formats that 'ingest' knows, each with a row of it, or show the one of a name.

    \b
    Example:
      tokenbook sources
      tokenbook sources anthropic --json
    """
    from analytics.sources.registry import describe

    found = describe(name)
    if as_json:
        print_json(found)
        return
    from analytics.terminal import print_fields, print_message

    for number, source in enumerate(found):
        if number:
            print_message("")
        fields = {"example": source.example, "--account-from": ", ".join(source.accounts)}
        shown = {key: text for key, text in fields.items() if text}
        print_fields(f"{source.name}: {source.title}", shown)
