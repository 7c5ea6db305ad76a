"""A document's view in, a PDF out: PDF/A-3b and PDF/UA-1, set by typst in the shipped fonts.

The view goes in as JSON data, never as source, so no text of a stranger is read as typst. The same
view gives the same bytes: the time in the file is that of the issue date, and no font of the
machine is used. The canonical JSON of the document is attached to the file.

A character that no font shows would be an error of these standards, so it is printed as its code:
``[U+1F600]``.
"""

import json
import re
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from analytics.documents.templates import Templates
from analytics.errors import TemplateFailed
from analytics.sql import resource

if TYPE_CHECKING:
    import typst

TEMPLATE = "invoice.typ"
STANDARDS: tuple[Literal["a-3b"], Literal["ua-1"]] = ("a-3b", "ua-1")

_ATTEMPTS = 200
"""How many more characters the fonts may turn out to lack; `coverage.txt` names nearly all."""

MOST_LETTERS = 400

_TOO_LONG = re.compile(rf'"((?:[^"\\]|\\.){{{MOST_LETTERS}}})(?:[^"\\]|\\.)+"')

_UNSHOWN = re.compile(r'the text `"(.*?)"` could not be displayed')
_RUST_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_PLACE = re.compile(r"┌─ (.+?):(\d+):\d+")

_FONT_ENDINGS = {".ttf", ".TTF", ".ttc", ".TTC", ".otf", ".OTF", ".otc", ".OTC"}
"""What typst takes for a font."""

_CONTROLS = {"b": "0008", "f": "000C", "n": "000A", "r": "000D", "t": "0009"}

_threads = threading.local()


def invoice_pdf(
    view: Mapping[str, Any],
    canonical: bytes,
    templates: Templates,
    *,
    timestamp: datetime,
    logo: str | None = None,
) -> bytes:
    """The PDF of a document.

    Args:
        view: of `invoice_view`.
        canonical: the canonical JSON of the document, to attach.
        templates: with `invoice.typ`.
        timestamp: when the file says that it was made.
        logo: the name of an image beside the templates.

    Raises:
        TemplateFailed: the template has an error; with file and line.
    """
    import typst

    compiler = _compiler(templates)
    data = printable(json.dumps({**view, "logo": logo}, ensure_ascii=False))
    attached = canonical.decode()
    for _ in range(_ATTEMPTS):
        try:
            made, _ = compiler.compile_with_warnings(
                format="pdf",
                # Always all of them: a call without would set the document before this one.
                sys_inputs={"data": data, "canonical": attached},
                timestamp=timestamp,
                pdf_standards=list(STANDARDS),
            )
        except typst.TypstError as error:
            missing = _UNSHOWN.search(error.message)
            if missing is None:
                raise _failed(templates, error) from error
            shorter = _without(data, text := _unescaped(missing[1]))
            if shorter == data:
                _fonts.cache_clear()  # perhaps one could not be read for a moment
                place = templates.place(TEMPLATE, None)
                problem = f"none of its fonts has {text!r}"
                raise TemplateFailed(place=place, problem=problem) from error
            data = shorter
        else:
            assert isinstance(made, bytes), "a PDF is one file"
            return made
    raise TemplateFailed(place=templates.place(TEMPLATE, None), problem="too many unknown letters")


def issue_time(content: Mapping[str, Any]) -> datetime:
    """The time that the files of a document carry: its issue date, or the month's last day."""
    day = date.fromisoformat(content["issue_date"] or content["period"]["end"])
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def printable(text: str) -> str:
    """JSON text that can be printed: what no shipped font shows is its code.

    A text of more than `MOST_LETTERS` is cut, and says so: one that fills pages would be on each.
    """
    return _unprintable().sub(_code, _TOO_LONG.sub(_cut, text))


def _cut(match: re.Match[str]) -> str:
    return f'"{match[1]}\N{HORIZONTAL ELLIPSIS} (cut)"'


@cache
def covered() -> tuple[tuple[int, int], ...]:
    """The ranges of code points, both ends included, that a shipped font shows."""
    lines = (resource("report_templates") / "fonts" / "coverage.txt").read_text(encoding="ascii")
    pairs = (line.split("-") for line in lines.split() if line)
    return tuple((int(pair[0], 16), int(pair[-1], 16)) for pair in pairs)


@cache
def _unprintable() -> re.Pattern[str]:
    """Escapes of JSON text, and characters that no font shows."""
    ranges = "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in covered())
    return re.compile(rf'\\(?:["\\/]|[bfnrt]|u[0-9a-f]{{4}})|[^{ranges}]')


def _code(match: re.Match[str]) -> str:
    found = match[0]
    if found in {'\\"', r"\\", r"\/"}:
        return found
    if found.startswith("\\u"):
        return f"[U+{found[2:].upper()}]"
    if found.startswith("\\"):
        return f"[U+{_CONTROLS[found[1]]}]"
    return f"[U+{ord(found):04X}]"


def _without(data: str, text: str) -> str:
    """The data without the characters that the fonts did lack."""
    for character in set(text):
        if character.isascii() and (character.isalnum() or character in ' "\\{}[],:'):
            continue
        data = data.replace(character, f"[U+{ord(character):04X}]")
    return data


def _unescaped(text: str) -> str:
    """Text as Rust quotes it."""
    return _RUST_ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], text)


def _failed(templates: Templates, error: "typst.TypstError") -> TemplateFailed:
    place = _PLACE.search(error.diagnostic or "")
    # typst names files as seen from the current folder; what counts is the way below the copy.
    below = place[1].rpartition(f"{templates.folder.name}/")[2] if place else TEMPLATE
    line = int(place[2]) if place else None
    hints = "".join(f" ({hint})" for hint in error.hints or ())
    return TemplateFailed(place=templates.place(below, line), problem=f"{error.message}{hints}")


def _compiler(templates: Templates) -> "typst.Compiler":
    """One a thread, used again for each document: to read fonts takes longer than to set a page."""
    import typst

    known = getattr(_threads, "compiler", None)
    if known is not None and known[0] == templates.folder:
        compiler: typst.Compiler = known[1]
        return compiler
    made = typst.Compiler(
        str(templates.folder / TEMPLATE),
        root=str(templates.folder),
        font_paths=_fonts(templates.font_folders),
    )
    _threads.compiler = (templates.folder, made)
    return made


@cache
def _fonts(folders: tuple[Path, ...]) -> "typst.Fonts":
    """The fonts of some folders.

    typst leaves out what it cannot open without a word, and a page without fonts is nearly empty. A
    process that has too many files open for a moment must not go on like that.

    Raises:
        TemplateFailed: a file is no font, or cannot be read now.
    """
    import typst

    found = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in folders],
    )
    read = {Path(each.path) for each in found.fonts() if each.path}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in _FONT_ENDINGS and path not in read:
                raise TemplateFailed(place=path, problem="it cannot be read as a font")
    return found
