"""Log formats: where in a line the usage block, the id, the time and the customer stand.

A module a format; what a block means is `analytics.rules`' affair. A format yields the columns of
the native form as texts, which a load takes on from there.

    reading    lines become rows, and rows a table
    lines      a line is decoded
    rows       a reading becomes the columns of a row
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analytics.sources.formats.reading import Format

MODULES = {
    "tokenbook": "tokenbook",
    "answers": "answers",
    "openai": "openai",
    "anthropic": "anthropic",
    "gemini": "gemini",
    "bedrock": "bedrock",
    "litellm": "litellm",
    "langfuse": "langfuse",
    "helicone": "helicone",
    "otlp": "otlp",
    "claude-code": "claude_code",
    "codex": "codex",
    "openai-usage": "openai_usage",
    "anthropic-usage": "anthropic_usage",
}
"""Source -> its module here."""


def format_of(source: str) -> "Format | None":
    """The format of a source; None for our own."""
    name = MODULES.get(source)
    if name is None:
        return None
    found: Format = import_module(f"analytics.sources.formats.{name}").FORMAT
    return found
