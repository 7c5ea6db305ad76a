"""The faces of a document: its content in, the bytes that are stored and sent out.

`render` is the one seam between issuing and everything that sets pages: it gets the content, the
files that the content names by their SHA-256, and the book's folder (for templates of its own), and
returns the bytes of every face with the versions of what made them. A face that cannot be made is
an error: then nothing is issued.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from analytics.canonical import canonical_json
from analytics.documents import set_html, set_markdown
from analytics.documents.invoice_view import invoice_view
from analytics.documents.pdf import invoice_pdf, issue_time
from analytics.documents.templates import Templates, templates_of

FACES = ("json", "html", "md", "pdf")
"""The endings of a document's files."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The faces of a document.

    Args:
        faces: the ending of a face's file name -> its bytes: ``json``, ``html``, ``md``, ``pdf``.
        versions: what made them -> its version. The same content and versions give the same bytes.
    """

    faces: Mapping[str, bytes]
    versions: Mapping[str, str]


def render(
    content: Mapping[str, Any],
    assets: Mapping[str, bytes],
    folder: Path,
    kinds: Iterable[str] = FACES,
) -> Rendered:
    """Makes every face of a document.

    Args:
        content: schema ``tokenbook.invoice/2``.
        assets: SHA-256 -> the bytes of a file that the content names, such as the logo.
        folder: of the book.
        kinds: which faces to make.

    Raises:
        TemplateFailed: a template has an error; with file and line.
    """
    templates = templates_of(folder)
    return Rendered(_faces(content, assets, templates, tuple(kinds)), _versions(templates))


def versions(folder: Path | None = None) -> dict[str, str]:
    """The versions of what makes the faces, as it is installed.

    Args:
        folder: of a book, which may have templates and fonts of its own.
    """
    return _versions(templates_of(folder))


def _faces(
    content: Mapping[str, Any],
    assets: Mapping[str, bytes],
    templates: Templates,
    kinds: tuple[str, ...],
) -> dict[str, bytes]:
    view, canonical = invoice_view(content), canonical_json(content)
    named = content["seller"]["logo"]
    logo = assets.get(named["sha256"]) if named else None
    faces: dict[str, bytes] = {}
    for kind in kinds:
        match kind:
            case "json":
                faces[kind] = canonical
            case "html":
                faces[kind] = set_html(view, templates, logo).encode()
            case "md":
                faces[kind] = set_markdown(view, templates).encode()
            case "pdf":
                image = logo and templates.asset(named["sha256"], named["media_type"], logo)
                time = issue_time(content)
                faces[kind] = invoice_pdf(
                    view, canonical, templates, timestamp=time, logo=image or None
                )
    return faces


def _versions(templates: Templates) -> dict[str, str]:
    return {
        "template": templates.sha256,
        "fonts": templates.fonts_sha256,
        "jinja2": _installed("jinja2"),
        "typst": _installed("typst"),
    }


@cache
def _installed(package: str) -> str:
    from importlib.metadata import MetadataPathFinder, PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        # A folder that it could not list for a moment is empty to it for good.
        MetadataPathFinder().invalidate_caches()  # in 3.11 it is no method of the class
        return version(package)
