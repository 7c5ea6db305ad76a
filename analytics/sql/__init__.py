"""Loads `queries/` and the other files that a wheel carries, and orders views by what they read.

Each file holds one statement; what would be said once a meter is a loop (`expansion`). The first
line, ``-- One row per ...``, says what its result is. A view is a bare select; the engine adds
``create or replace view <stem> as``.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from analytics.errors import ReportUnreadable
from analytics.sql.expansion import expanded

_PACKAGE = Path(__file__).parents[1]
_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")
_RELATION = re.compile(r"\b(?:from|join)\s+([a-z_][a-z0-9_]*)", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*")

OF_MONTHS = "@months"
_MONTHS = {"rated_delta": "rated_month_delta", "local_day": "month"}
_DAYS = re.compile(rf"\b({'|'.join(_MONTHS)})\b")


@dataclass(frozen=True, slots=True)
class Query:
    """One statement, the parameters that it takes and the relations that it reads."""

    name: str
    text: str
    parameters: frozenset[str]
    relations: frozenset[str]

    @property
    def title(self) -> str:
        """The first sentence of the comment at the top."""
        return re.split(r"(?<=\.)\s", " ".join(self._head()))[0]

    def note(self, name: str) -> str:
        """What the comment at the top says behind ``<name>:``, up to the next such word."""
        lines = self._head()
        starts = [n for n, line in enumerate(lines) if line.startswith(f"{name}: ")]
        if not starts:
            return ""
        first, *others = lines[starts[0] :]
        ends = [n for n, line in enumerate(others) if re.match(r"[A-Z][a-z]+: ", line)]
        return " ".join([first.partition(": ")[2], *others[: ends[0] if ends else None]])

    def _head(self) -> list[str]:
        comment = []
        for line in self.text.split("\n"):
            if not line.startswith("--"):
                break
            comment.append(line.removeprefix("--").strip())
        return comment


def resource(*parts: str) -> Path:
    """The path of a file or folder of the program: in the wheel, else beside the package."""
    inside = _PACKAGE.joinpath(*parts)
    return inside if inside.exists() else _PACKAGE.parent.joinpath(*parts)


@cache
def load(name: str) -> Query:
    """The query ``queries/<name>.sql``; ``<name>@months`` is the one that reads whole months.

    That one has the same text, but sums the few rows of `rated_month_delta` in place of the days of
    `rated_delta`.
    """
    stem, is_of_months, _ = name.partition(OF_MONTHS)
    text = expanded(resource("queries"), stem)
    return parse(name, _DAYS.sub(lambda word: _MONTHS[word[0]], text) if is_of_months else text)


def parse(name: str, text: str) -> Query:
    """A query from its text."""
    code = _COMMENT.sub("", text)
    return Query(
        name=name,
        text=text.strip().removesuffix(";"),
        parameters=frozenset(_PARAMETER.findall(code)),
        relations=frozenset(match.lower() for match in _RELATION.findall(code)),
    )


def names(folder: str) -> list[str]:
    """The names of all queries in a folder, sorted: ``reports/by-model``."""
    files = sorted(resource("queries", folder).glob("*.sql"))
    return [f"{folder}/{file.stem}" for file in files]


def own_reports(folder: Path | None) -> dict[str, Path]:
    """The files of a book's own reports, ``queries/*.sql`` in its folder, by name."""
    files = sorted((folder / "queries").glob("*.sql")) if folder else []
    return {file.stem: file for file in files}


def own_report(file: Path) -> str:
    """The text of one of `own_reports`, without a mark of its byte order.

    Raises:
        ReportUnreadable: it is no text in UTF-8, no file, or may not be read.
    """
    try:
        if file.exists() and not file.is_file():  # a pipe would never end
            what = "a folder" if file.is_dir() else "no ordinary file"
            raise ReportUnreadable(problem=f"{file} is {what}")
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        problem = f"{file} cannot be opened ({error.strerror})"
        raise ReportUnreadable(problem=problem) from error
    except UnicodeDecodeError:
        problem = f"{file} is not UTF-8 text (save it as UTF-8)"
        raise ReportUnreadable(problem=problem) from None
    if "\0" in text:
        problem = f"{file} has a NUL, as UTF-16 text does (save it as UTF-8)"
        raise ReportUnreadable(problem=problem)
    return text


def schema_versions() -> list[int]:
    """The schema versions that this program knows, in order."""
    return sorted(
        int(path.name) for path in resource("queries", "schema").iterdir() if path.is_dir()
    )


def schema_fingerprint() -> str:
    """Changes whenever the text of a schema version changes, which no release ever does."""
    digest = hashlib.sha256()
    for number in schema_versions():
        for name in names(f"schema/{number}"):
            digest.update(f"{name}\n{load(name).text}\n".encode())
    return digest.hexdigest()


@cache
def views() -> tuple[Query, ...]:
    """The views, each after those that it reads; in the same order in every process."""
    queries = {name.partition("/")[2]: load(name) for name in names("views")}
    graph = {stem: sorted(query.relations & queries.keys()) for stem, query in queries.items()}
    return tuple(queries[stem] for stem in TopologicalSorter(graph).static_order())


def views_fingerprint() -> str:
    """Changes whenever the text of a view changes."""
    digest = hashlib.sha256()
    for query in views():
        digest.update(f"{query.name}\n{query.text}\n".encode())
    return digest.hexdigest()
