"""The book's own `book.toml`: who sells, what invoices look like.

The file is optional, and so is each key. It is read when something asks for it, not when the book
is opened: a mistake in it must not stop a load. `sections` lists what there can be.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from analytics.configuration.sections import SECTIONS, Section
from analytics.errors import InvalidConfiguration, OutputExists, StorageFailed
from analytics.files import atomic_file

FILE_NAME = "book.toml"

FOLDERS = ("templates", "queries")
"""What else a book's folder may hold before the book is made."""

LOGO_TYPES = {".png": "image/png", ".svg": "image/svg+xml"}
"""The endings that a logo may have, and what they mean."""

_HEAD = """\
# What tokenbook knows about you: it stands on invoices. Remove the # before a key to set it;
# 'tokenbook config check' says what is missing or wrong.
"""


class Configuration:
    """What `book.toml` says, with the defaults of what it leaves out."""

    def __init__(self, path: Path, values: Mapping[str, Mapping[str, Any]]) -> None:
        self.path = path
        self._values = values

    def section(self, name: str) -> Mapping[str, Any]:
        """The values of a section, each of its keys included: ``section("seller")``."""
        return {
            key: self._values.get(name, {}).get(key, each.default)
            for key, each in SECTIONS[name].keys.items()
        }

    def logo(self) -> Path | None:
        """The file of the seller's logo, below the book's folder; it need not be there.

        Raises:
            InvalidConfiguration: it is elsewhere, or neither PNG nor SVG.
        """
        name = self.section("seller")["logo"]
        if name is None:
            return None
        below, folder = Path(os.path.normpath(name)), self.path.parent
        # Where links lead counts; Path.resolve would fail where they go in circles.
        is_inside = Path(os.path.realpath(folder / below)).is_relative_to(os.path.realpath(folder))
        if below.is_absolute() or not is_inside:
            raise self.unusable_logo("it must be in the book's folder, and be named from there")
        if below.suffix.lower() not in LOGO_TYPES:
            raise self.unusable_logo("it must be a .png or .svg file")
        return below

    def unusable_logo(self, problem: str) -> InvalidConfiguration:
        """The error of a logo that has a problem."""
        where, name = f"{self.path}, logo of [seller]", self.section("seller")["logo"]
        return InvalidConfiguration(where=where, problem=f"{name}: {problem}")

    def named(self, family: str) -> Mapping[str, Mapping[str, Any]]:
        """The sections ``[family.<name>]``: name -> values, defaults included."""
        defaults = {key: each.default for key, each in SECTIONS[family].keys.items()}
        head = f"{family}."
        return {
            name.removeprefix(head): {**defaults, **values}
            for name, values in self._values.items()
            if name.startswith(head)
        }

    def sections(self) -> dict[str, Mapping[str, Any]]:
        """All sections with all their values: ``seller``, ``seller.bank``, ..."""
        plain = {name: self.section(name) for name, s in SECTIONS.items() if not s.is_named}
        families = [name for name, section in SECTIONS.items() if section.is_named]
        return plain | {f"{f}.{n}": values for f in families for n, values in self.named(f).items()}

    def content(self) -> dict[str, Any]:
        """The same as TOML nests it: ``seller.bank`` is the key ``bank`` of ``seller``."""
        found: dict[str, Any] = {}
        for name, values in self.sections().items():
            table = found
            for part in name.split("."):
                table = table.setdefault(part, {})
            table.update(values)
        return found


def read(folder: Path) -> Configuration:
    """The configuration of a book; that of one without `book.toml` is all defaults.

    Raises:
        InvalidConfiguration: the file is no TOML, or a section, key or value is wrong.
        StorageFailed: the file cannot be read.
    """
    path = folder / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Configuration(path, {})
    except UnicodeDecodeError:
        raise InvalidConfiguration(where=path, problem="it is not UTF-8 text") from None
    except OSError as error:
        raise StorageFailed(problem=f"{path} cannot be read ({error.strerror})") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidConfiguration(where=path, problem=f"it is no TOML: {error}") from None
    return Configuration(path, _checked(document, path, text))


def commented() -> str:
    """A `book.toml` that explains each key and sets none."""
    parts = [_HEAD, *(_commented(name, section) for name, section in SECTIONS.items())]
    return "\n".join(parts)


def write(folder: Path) -> Path:
    """Writes `commented` to a book that has no `book.toml`.

    Raises:
        OutputExists: it has one.
        StorageFailed: it cannot be written.
    """
    path = folder / FILE_NAME
    if path.exists():
        raise OutputExists(path=path)
    with atomic_file(path) as partial:
        partial.write_text(commented(), encoding="utf-8", newline="\n")
        partial.chmod(0o600)
    return path


def shown(value: object) -> str:
    """A value as a table shows it."""
    match value:
        case None | ():
            return "(not set)"
        case tuple():
            return "; ".join(map(str, value))
        case bool():
            return "true" if value else "false"
    return str(value)


def _commented(name: str, section: Section) -> str:
    header = f"[{name}.<name>]" if section.is_named else f"[{name}]"
    lines = [f"# {section.comment}", f"# {header}" if section.is_named else header]
    # Under a heading that is a comment, keys that lose their # would belong to the one before.
    mark = "# " if section.is_named else "#"
    for key, each in section.keys.items():
        lines += [f"# {each.comment}"] if each.comment else []
        lines.append(f"{mark}{key} = {each.example}")
    return "\n".join(lines) + "\n"


def _checked(document: Mapping[str, Any], path: Path, text: str) -> dict[str, dict[str, Any]]:
    """The sections of a document: name -> key -> value as its kind reads it."""
    found: dict[str, dict[str, Any]] = {}
    for name, section, table in _sections(document, path, text):
        values = found[name] = {}
        for key, value in table.items():
            where = f"{path}, line {_line(text, name, key)}"
            if key not in section.keys:
                problem = f"[{name}] has no key {key!r}{_meant(key, section.keys)}"
                raise InvalidConfiguration(where=where, problem=problem)
            try:
                values[key] = section.keys[key].kind(value)
            except ValueError as error:
                problem = f"{key} of [{name}] {error}"
                raise InvalidConfiguration(where=where, problem=problem) from None
    return found


def _sections(
    document: Mapping[str, Any], path: Path, text: str
) -> Iterator[tuple[str, Section, dict[str, Any]]]:
    """Each section of the document with its own keys: what is a section below it is none."""
    for name, section, table in _tables("", document):
        if section is None or not isinstance(table, Mapping):
            where = f"{path}, line {_line(text, name, None)}"
            problem = f"there is no section [{name}]{_meant(name, SECTIONS)}"
            raise InvalidConfiguration(where=where, problem=problem)
        yield name, section, {k: v for k, v in table.items() if f"{name}.{k}" not in SECTIONS}


def _tables(head: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Section | None, Any]]:
    for key, value in table.items():
        name = f"{head}{key}"
        section = SECTIONS.get(name)
        if section and section.is_named and isinstance(value, Mapping):
            for each, inner in value.items():
                yield f"{name}.{each}", section, inner
            continue
        if head and section is None:
            continue
        yield name, section, value
        if isinstance(value, Mapping) and section:
            yield from _tables(f"{name}.", value)


def _meant(given: str, known: Mapping[str, object]) -> str:
    close = get_close_matches(given, known, n=1)
    if close:
        return f"; perhaps {close[0]!r} is meant"
    return f"; there are {', '.join(known)}"


def _line(text: str, section: str, key: str | None) -> int:
    """Where a key stands, or its section; 1 where it cannot be told (a key in an inline table)."""
    at, found = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]", line):
            at = re.sub(r"\s*\.\s*", ".", header[1]).replace('"', "").replace("'", "")
            found = number if at == section else found
        name = re.match(r"\s*[\"']?([^\"'=#]+?)[\"']?\s*=", line)
        dotted = f"{at}.{name[1]}".lstrip(".") if name else ""
        if name and dotted in (f"{section}.{key}", section):
            return number
    return found
