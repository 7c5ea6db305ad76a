"""The templates that set the faces: the built-in ones, and those of a book in their place.

A file in the book's folder ``templates/`` is used instead of the built-in one of the same name, and
may be any other that these include. Templates are read from a copy: the sandbox of Jinja and the
root of typst see that folder and nothing else of the machine. Links are not copied.
"""

import contextlib
import secrets
import shutil
import threading
import traceback
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.canonical import sha256
from analytics.documents import values
from analytics.errors import OutputExists, TemplateFailed
from analytics.files import atomic_file, temporary_folder
from analytics.sql import resource

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = "templates"
"""Where a book keeps its own."""

FONTS = "fonts"
ASSETS = "assets"
_BUILT_IN = ("invoice.html", "invoice.md", "invoice.typ", "month.html", "statement.html")
_SHARED = ("index.html", "style.css")
_COPIES = 64
"""How many books' own templates a process keeps at hand, of the many that a server may have."""

_making = threading.Lock()


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Templates:
    """The templates of a book.

    Args:
        folder: the copy, with nothing else in it but the files that documents show.
        names: of all that was copied, below the folder.
        own: the folder that the book's own ones come from.
        own_names: of the book's own files, below its folder.
        sha256: of all names and texts.
        font_folders: where typst looks for fonts.
        fonts_sha256: of all fonts.
        environment: of Jinja, for pages.
        text_environment: the same without escaping, for text.
    """

    folder: Path
    names: frozenset[str]
    own: Path | None
    own_names: frozenset[str]
    sha256: str
    font_folders: tuple[Path, ...]
    fonts_sha256: str
    environment: "Environment"
    text_environment: "Environment"

    def place(self, name: str, line: int | None) -> str:
        """What an error calls a line of a template: its own file where the book has one."""
        own = self.own / name if self.own and name in self.own_names else Path(name)
        return f"{own}:{line}" if line else str(own)

    def asset(self, digest: str, media_type: str, data: bytes) -> str:
        """Puts a file beside the templates and returns its name for typst."""
        name = f"{ASSETS}/{digest}.{'svg' if 'svg' in media_type else media_type[6:]}"
        path = self.folder / name
        if not path.exists():
            with atomic_file(path) as partial:
                partial.write_bytes(data)
        return name


def templates_of(book: Path | None = None) -> Templates:
    """The templates of a book's folder, or the built-in ones; as they are now.

    All books without templates of their own share one copy. A copy that somebody has removed, as
    cleaners of temporary folders do, is made again.
    """
    own = None if book is None else book / FOLDER
    files = _fingerprint(own)
    with _making:
        found = _templates(own if files else None, files)
        if not all((found.folder / name).is_file() for name in found.names):
            _templates.cache_clear()
            found = _templates(own if files else None, files)
    return found


def copy_templates(book: Path, *, replace: bool) -> list[Path]:
    """Copies the built-in templates into a book, for its owner to change.

    Raises:
        OutputExists: one of them is there already.
        StorageFailed: the folder cannot be written.
    """
    target = book / FOLDER
    for name in (*_BUILT_IN, *_SHARED):
        if not replace and (target / name).exists():
            raise OutputExists(path=target / name)
    for name in (*_BUILT_IN, *_SHARED):
        with atomic_file(target / name) as partial:
            partial.write_bytes((resource("report_templates") / name).read_bytes())
    return [target / name for name in (*_BUILT_IN, *_SHARED)]


def render(templates: Templates, name: str, view: Mapping[str, Any]) -> str:
    """The text that a Jinja template makes of a view.

    Raises:
        TemplateFailed: naming file and line.
    """
    is_page = name.endswith(".html")
    environment = templates.environment if is_page else templates.text_environment
    return _guarded(templates, name, lambda: environment.get_template(name).render(view))


def _guarded(templates: Templates, name: str, set_page: Callable[[], str]) -> str:
    from jinja2 import TemplateError, TemplateSyntaxError

    try:
        return set_page()
    except TemplateSyntaxError as error:
        place = templates.place(error.name or name, error.lineno)
        raise TemplateFailed(place=place, problem=error.message or "syntax error") from error
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        place = templates.place(*_where(templates, name, error))
        problem = f"{error or type(error).__name__}"
        raise TemplateFailed(place=place, problem=problem) from error
    except (AttributeError, OverflowError, RecursionError, MemoryError) as error:
        place = templates.place(*_where(templates, name, error))
        raise TemplateFailed(place=place, problem=f"{type(error).__name__}: {error}") from error


def _where(templates: Templates, name: str, error: BaseException) -> tuple[str, int | None]:
    """The template and line that an error came from: Jinja names them in the traceback."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(templates.folder):
            return path.relative_to(templates.folder).as_posix(), frame.lineno
    return name, None


def _fingerprint(own: Path | None) -> tuple[tuple[str, int, int], ...]:
    """The names, times and sizes of a book's own files; nothing where it has none."""
    if own is None or not own.is_dir():
        return ()
    found = []
    for path in sorted(own.rglob("*")):
        with contextlib.suppress(FileNotFoundError):  # an editor puts a new file in its place
            if _is_own(own, path):
                stat = path.stat()
                found.append((path.relative_to(own).as_posix(), stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def _is_own(own: Path, path: Path) -> bool:
    """Whether it is a file of the folder itself: neither a link nor below one, nor hidden."""
    parts = path.relative_to(own).parts
    chain = [own.joinpath(*parts[: i + 1]) for i in range(len(parts))]
    is_hidden = any(part.startswith(".") for part in parts)
    return path.is_file() and not is_hidden and not any(each.is_symlink() for each in chain)


@lru_cache(_COPIES)
def _templates(own: Path | None, files: tuple[tuple[str, int, int], ...]) -> Templates:
    folder = _copies() / secrets.token_hex(8)
    folder.mkdir(mode=0o700)
    built_in = resource("report_templates")
    for path in built_in.iterdir():
        if path.is_file():
            shutil.copyfile(path, folder / path.name)
    names = frozenset(name for name, _, _ in files)
    for name in names:
        assert own is not None, "a file is in a folder"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(own / name, folder / name)
    own_fonts = any(name.startswith(f"{FONTS}/") for name in names)
    font_folders = (built_in / FONTS, *((folder / FONTS,) if own_fonts else ()))
    copied = [path for path in folder.rglob("*") if path.is_file()]
    made = Templates(
        folder=folder,
        names=frozenset(path.relative_to(folder).as_posix() for path in copied),
        own=own,
        own_names=names,
        sha256=_digest(folder, [p for p in copied if FONTS not in p.relative_to(folder).parts]),
        font_folders=font_folders,
        fonts_sha256="-".join(_digest(each, each.iterdir()) for each in font_folders),
        environment=_environment(folder, escapes=True),
        text_environment=_environment(folder, escapes=False),
    )
    # What nobody uses any more goes; at the end of the process all of it does.
    weakref.finalize(made, shutil.rmtree, folder, ignore_errors=True).atexit = False
    return made


def _copies() -> Path:
    """The folder of this process's copies; a new one where it is gone."""
    if not (found := _temporary()).is_dir():
        _temporary.cache_clear()
        found = _temporary()
    return found


@cache
def _temporary() -> Path:
    return temporary_folder("tokenbook-templates")


def _digest(folder: Path, paths: Iterable[Path]) -> str:
    files = sorted(path for path in paths if path.is_file())
    named = ((path.relative_to(folder).as_posix().encode(), path.read_bytes()) for path in files)
    return sha256(b"\0".join(name + b"\0" + data for name, data in named))


def _environment(folder: Path, *, escapes: bool) -> "Environment":
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder),
        autoescape=escapes,
        undefined=StrictUndefined,
        finalize=values.visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters |= {filter_.__name__: filter_ for filter_ in values.FILTERS}
    return environment
