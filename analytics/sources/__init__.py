"""Log formats: finds files, tells their format, reads those of other programs (`formats`).

`lines` reads text files, `tables` reads CSV; Parquet is read by the engine. Here files are found
and their columns matched.
"""

import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.engines import UNNAMED
from analytics.errors import FileMissing, FileUnreadable, InvalidArgument, UnknownFormat
from analytics.records import COLUMNS, SYNONYMS, TEXT_COLUMNS, spellings_of
from analytics.sources.lines import SourceFile, read_lines
from analytics.sql import resource

if TYPE_CHECKING:
    import pyarrow as pa

STDIN = "-"

MAX_COLUMNS = 1_000
"""More columns than that are no usage log; a query over them would take minutes to plan."""


def json_keys() -> dict[str, str]:
    """The keys of native JSONL in both spellings, and what is read of each.

    Of a text that is what it says; of a number it is the JSON, so that "12" is not taken for 12.
    """
    return {
        spelling: "VARCHAR" if name in TEXT_COLUMNS else "JSON"
        for name in COLUMNS
        for spelling in spellings_of(name)
    }


def spellings(columns: Sequence[str]) -> dict[str, str]:
    """The keys that mean one of these columns -> the column."""
    same = dict(zip(columns, columns, strict=True))
    same |= {other: name for name, other in SYNONYMS if name in same and other in COLUMNS}
    return {key: column for name, column in same.items() for key in spellings_of(name)}


FORMATS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}
_TORN = ".torn.jsonl"
"""A segment of a spool whose writer died within a line (docs/spool.md): that line does not count,
here neither, when the file is loaded again after a fix."""

_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}


@dataclass(frozen=True, slots=True)
class TableSource:
    """A table file whose columns are matched to those of the native format."""

    name: str
    path: Path
    batches: "pa.Table | None"
    """The rows of a CSV file; None lets the engine read the Parquet file."""
    rows: tuple[int, int]
    """Of a Parquet file: the first row to read, counted from 0, and how many."""
    id_scope: str | None
    columns: Mapping[str, str]
    """Native column -> column of the file."""
    constants: Mapping[str, str]
    surplus: Sequence[str]
    """Columns of the file that nothing maps: tags, where they are short."""
    durations: Mapping[str, Decimal] = field(default_factory=dict)
    """Columns of a Parquet file that are durations -> what one unit of each is in seconds. Parquet
    has no such type: the engine sees a plain number."""


@dataclass(frozen=True, slots=True)
class BuiltinPrices:
    """The built-in price files that come with the program (`data/prices/`)."""

    folder: Path
    version: str
    """The version of genai-prices that they were made from."""

    def path(self, name: str) -> Path:
        """The path of one of the files."""
        return self.folder / name

    def lines(self, name: str) -> "pa.Table":
        """The lines of ``<name>.jsonl``."""
        import pyarrow as pa

        path = self.path(f"{name}.jsonl")
        batches = read_lines(SourceFile(name, path, "jsonl", None), None)
        return pa.Table.from_batches([batch for batch, _ in batches])


def builtin_prices() -> BuiltinPrices:
    """The built-in price files."""
    folder = resource("data", "prices")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return BuiltinPrices(folder, manifest["genai_prices"])


def find_files(
    paths: Iterable[str], file_format: str | None, stdin_copy: Path, fallback: str | None = None
) -> list[SourceFile]:
    """The files that paths, folders, globs and ``-`` name, each once, in a fixed order.

    Args:
        paths: files, folders (searched for known endings), glob patterns, or ``-`` for standard
            input.
        file_format: jsonl, csv or parquet where the ending does not say it.
        fallback: the format of a file whose ending says nothing.
        stdin_copy: where standard input is put, so that it can be read like a file.

    Raises:
        FileMissing: a path names nothing.
        UnknownFormat: a file's format cannot be told.
    """
    found: dict[Path, SourceFile] = {}
    for text in paths:
        for path, name in _expand(text, stdin_copy):
            if path not in found:
                found[path] = _source_file(path, name, file_format, fallback)
    return list(found.values())


def match_columns(
    file: SourceFile,
    headings: Sequence[str],
    mapping: Mapping[str, str],
    constants: Mapping[str, str],
    id_scope: str | None,
) -> TableSource:
    """Matches a table's columns to ours: by ``--map``, else by name in snake_case or camelCase.

    Raises:
        InvalidArgument: ``--map`` names a column that the file does not have, or one stands twice.
    """
    _refuse_headings(file, headings)
    columns = _mapped(file, headings, mapping)
    used = set(columns.values())
    native = {_folded(name): name for name in COLUMNS}
    surplus: list[str] = []
    said = {*constants, *other_names(constants)}
    for heading in headings:
        if heading in used or heading.startswith(UNNAMED):
            continue
        own = native.get(_folded(heading))
        if own and own in columns and own not in mapping:
            problem = f"{file.name} has both {columns[own]!r} and {heading!r}; they mean the same"
            raise InvalidArgument(name="columns", problem=problem)
        if own and own not in columns and own not in said:
            columns[own] = heading
        elif not own:
            surplus.append(heading)
    _refuse_two_names(file, columns)
    return TableSource(
        name=file.name,
        path=file.path,
        batches=None,
        rows=(0, 0),
        id_scope=id_scope,
        columns={name: heading for name, heading in columns.items() if name not in constants},
        constants=constants,
        surplus=surplus,
    )


def whole_table(file: SourceFile, headings: Sequence[str], id_scope: str | None) -> TableSource:
    """A table of another source: all its columns, for the source's query to choose from.

    Raises:
        InvalidArgument: its headings are too many, or the same.
    """
    _refuse_headings(file, headings)
    named = [heading for heading in headings if not heading.startswith(UNNAMED)]
    return TableSource(file.name, file.path, None, (0, 0), id_scope, {}, {}, named)


def _mapped(
    file: SourceFile, headings: Sequence[str], mapping: Mapping[str, str]
) -> dict[str, str]:
    columns: dict[str, str] = {}
    for target, heading in mapping.items():
        if heading not in headings:
            known = ", ".join(headings)
            problem = f"{file.name} has no column {heading!r}; it has {known}"
            raise InvalidArgument(name=f"--map {target}={heading}", problem=problem)
        columns[target] = heading
    return columns


def other_names(targets: Iterable[str]) -> list[str]:
    """The other spellings and synonyms of columns that are mapped or set."""
    names: set[str] = set()
    for target in targets:
        same = next((pair for pair in SYNONYMS if target in pair), (target,))
        names |= {spelling for name in same for spelling in spellings_of(name)} - {target}
    return sorted(names)


def check_targets(option: str, targets: Iterable[str]) -> None:
    """Refuses a ``--map`` or ``--set`` of a column that the native format does not have.

    Raises:
        InvalidArgument: with the columns that there are.
    """
    for target in targets:
        if target not in COLUMNS:
            problem = f"there is no column {target!r}; the columns are {', '.join(COLUMNS)}"
            raise InvalidArgument(name=f"{option} {target}", problem=problem)


def _refuse_headings(file: SourceFile, headings: Sequence[str]) -> None:
    """Refuses headings that are too many, the same, or that mean something to the engine."""
    if len(headings) > MAX_COLUMNS:
        problem = f"{file.name} has {len(headings):,} columns, and {MAX_COLUMNS:,} are the most"
        raise InvalidArgument(name="columns", problem=problem)
    reserved = {"", "file_row_number"} & {heading.lower() for heading in headings}
    if reserved:
        problem = f"{file.name} has a column named {min(reserved)!r}; give it another name"
        raise InvalidArgument(name="columns", problem=problem)
    seen = Counter(heading.lower() for heading in headings)
    repeated = sorted(heading for heading in headings if seen[heading.lower()] > 1)
    if repeated:
        problem = f"{file.name} has the heading {repeated[0]!r} more than once; rename one"
        raise InvalidArgument(name="columns", problem=problem)


def _refuse_two_names(file: SourceFile, columns: Mapping[str, str]) -> None:
    for one, other in SYNONYMS:
        if one in columns and other in columns:
            problem = (
                f"{file.name} has both {columns[one]!r} and {columns[other]!r}; they mean the same"
            )
            raise InvalidArgument(name="columns", problem=problem)


def _folded(name: str) -> str:
    return name.strip().lower().replace("_", "")


def _expand(text: str, stdin_copy: Path) -> Iterator[tuple[Path, str]]:
    if text == STDIN:
        try:
            with stdin_copy.open("wb") as target:
                shutil.copyfileobj(sys.stdin.buffer, target)
        except OSError as error:
            problem = f"it is copied to {stdin_copy} first, and that failed ({error.strerror})"
            raise FileUnreadable(path="standard input", problem=problem) from error
        yield stdin_copy, STDIN
        return
    try:
        matches = _matches(Path(text))
    except PermissionError as error:
        raise FileUnreadable(path=text, problem=error.strerror) from error
    if not matches:
        raise FileMissing(path=text)
    for match in matches:
        yield match.resolve(), str(match)


def _matches(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(p for p in _walk(path) if _known_format(p))
    if path.exists():
        return [path]
    start = Path(path.anchor)
    return sorted(p for p in _glob(start, path.relative_to(start).parts) if p.is_file())


def _glob(folder: Path, parts: Sequence[str]) -> Iterator[Path]:
    """What a pattern names below a folder; unlike `Path.glob` it leaves out no locked folder."""
    if not parts:
        yield folder
        return
    first, *others = parts
    if first == "**":
        found = {path for each in _folders(folder) for path in _glob(each, others or ["*"])}
        yield from found
    elif any(sign in first for sign in "*?["):
        for entry in _entries(folder):
            if fnmatch(entry.name, first) and (not others or entry.is_dir()):
                yield from _glob(folder / entry.name, others)
    elif (folder / first).exists():
        yield from _glob(folder / first, others)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except NotADirectoryError:
        return []


def _folders(folder: Path) -> Iterator[Path]:
    """A folder and all those below it, without following links."""
    yield folder
    for entry in _entries(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from _folders(folder / entry.name)


def _walk(folder: Path) -> Iterator[Path]:
    """All files below a folder; one that may not be looked into is an error, not empty."""

    def refuse(error: OSError) -> None:
        raise FileUnreadable(path=error.filename, problem=error.strerror) from error

    for parent, _folders, names in os.walk(folder, onerror=refuse, followlinks=True):
        yield from (path for name in names if (path := Path(parent, name)).is_file())


def _known_format(path: Path) -> str | None:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSIONS:
        suffixes.pop()
    return FORMATS.get(suffixes[-1]) if suffixes else None


def _source_file(
    path: Path, name: str, file_format: str | None, fallback: str | None
) -> SourceFile:
    known = file_format or _known_format(path) or ("jsonl" if name == STDIN else fallback)
    if known is None:
        raise UnknownFormat(path=name, problem="its format cannot be told from its name")
    compression = _COMPRESSIONS.get(path.suffix.lower())
    return SourceFile(name, path, known, compression, is_torn=path.name.endswith(_TORN))
