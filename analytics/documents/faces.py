"""The faces of an issued document: its content in, the bytes that are stored and sent out.

`render` is the one seam between issuing and everything that sets pages: it gets the content, the
files that the content names by their SHA-256, and the book's folder (for templates of its own), and
returns the bytes of every face with the versions of what made them. A face that cannot be made is
an error: then nothing is issued.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.canonical import canonical_json, sha256
from analytics.documents import invoice_html
from analytics.sql import resource


@dataclass(frozen=True, slots=True)
class Rendered:
    """The faces of a document.

    Args:
        faces: the ending of a face's file name -> its bytes: ``json``, ``html``.
        versions: what made them -> its version. The same content and versions give the same bytes.
    """

    faces: Mapping[str, bytes]
    versions: Mapping[str, str]


def render(content: Mapping[str, Any], assets: Mapping[str, bytes], folder: Path) -> Rendered:
    """Makes every face of a document.

    Args:
        content: schema ``tokenbook.invoice/2``.
        assets: SHA-256 -> the bytes of a file that the content names, such as the logo.
        folder: of the book.
    """
    del assets, folder  # neither face of now shows a file or uses templates of the book
    faces = {"json": canonical_json(content), "html": invoice_html(content).encode()}
    return Rendered(faces, versions())


def versions() -> dict[str, str]:
    """The versions of what makes the faces, as it is installed."""
    from importlib.metadata import version

    return {"template": _templates(), "jinja2": version("jinja2")}


def _templates() -> str:
    """The SHA-256 of the program's templates."""
    files = sorted(path for path in resource("report_templates").iterdir() if path.is_file())
    return sha256(b"\0".join(path.name.encode() + b"\0" + path.read_bytes() for path in files))
