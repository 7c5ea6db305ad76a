"""Who the customer of a row is, where a log says it in a place of its own."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from analytics.errors import InvalidArgument
from analytics.sources.registry import SOURCES

SYSTEM, REJECT = "system", "reject"

SETTINGS_FILE = "book.toml"
"""In the book's folder; the section of a source is ``[sources.<name>]``."""


@dataclass(frozen=True, slots=True)
class AccountRule:
    """Where a row names its customer.

    Args:
        path: into the row: ``metadata.customer_id``, ``/metadata/customer.id``, or
            ``tags[customer:]`` for the rest of the text in a list that begins so.
        fallback: of a row that names none: ``system``, ``reject``, or an account's external id.
    """

    path: str | None = None
    fallback: str = SYSTEM

    @property
    def pointer(self) -> str | None:
        """The path as a JSON pointer."""
        if self.path is None:
            return None
        return to_pointer(self.path.partition("[")[0] if self.prefix else self.path)

    @property
    def prefix(self) -> str | None:
        """How the text in a list begins, whose rest is the customer."""
        match = re.fullmatch(r"[^\[]+\[([^\]]+)\]", self.path or "")
        return match[1] if match else None


def account_rule(path: str | None, fallback: str | None) -> AccountRule:
    """The rule that two texts mean: where a path is given, a row without it is rejected.

    Raises:
        InvalidArgument: a text is empty.
    """
    if path is not None and not path.strip():
        raise InvalidArgument(name="account_from", problem="give a path like metadata.customer_id")
    if fallback is not None and not fallback.strip():
        problem = "say system, reject, or an account's external id"
        raise InvalidArgument(name="account_else", problem=problem)
    return AccountRule(path, fallback or (REJECT if path else SYSTEM))


def account_sections(folder: Path) -> dict[str, dict[str, str]]:
    """What ``[sources.<name>]`` of a book's ``book.toml`` says, by source.

    Raises:
        InvalidArgument: the file is no TOML, or a section has another key or no text.
    """
    file = folder / SETTINGS_FILE
    if not file.exists():
        return {}
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidArgument(name=str(file), problem=str(error)) from None
    sections = found.get("sources", {})
    if not isinstance(sections, dict):
        raise InvalidArgument(name=f"sources of {file}", problem="write [sources.NAME]")
    return {name: _section(name, section) for name, section in sections.items()}


def _section(name: str, section: object) -> dict[str, str]:
    place = f"[sources.{name}] of {SETTINGS_FILE}"
    if name not in SOURCES:
        raise InvalidArgument(name=place, problem=f"there are {', '.join(SOURCES)}")
    if not isinstance(section, dict):
        raise InvalidArgument(name=place, problem="write account_from and account_else below it")
    for key, value in section.items():
        if key not in {"account_from", "account_else"} or not isinstance(value, str):
            problem = f"{key} = {value!r}: there are account_from and account_else, both texts"
            raise InvalidArgument(name=place, problem=problem)
    account_rule(section.get("account_from"), section.get("account_else"))
    return dict(section)


def to_pointer(path: str) -> str:
    """A path as a JSON pointer: ``a.b``, ``$.a.b`` and ``/a/b`` are the same."""
    if path.startswith("/"):
        return path
    keys = path.removeprefix("$").removeprefix(".").split(".")
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)
