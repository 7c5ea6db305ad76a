"""A month's drafts as files, and the page that lists them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from analytics.documents import index_html, write_files
from analytics.documents.faces import FACES, render
from analytics.documents.templates import templates_of

DRAFT_FACES = ("html", "json")
"""What is written unless other faces are asked for."""


def write_drafts(
    folder: Path,
    invoices: Mapping[str, Mapping[str, Any] | None],
    index: Mapping[str, Any],
    *,
    assets: Mapping[str, bytes],
    book: Path,
    kinds: Sequence[str] = DRAFT_FACES,
) -> list[Path]:
    """Writes invoices as ``<name>.html`` and ``<name>.json``, and ``index.html``.

    Args:
        folder: made where it does not exist. Older drafts of the same names are replaced.
        invoices: file name without ending -> content; None where the invoice is held, whose older
            drafts are removed.
        index: the content of the index page.
        assets: SHA-256 -> the bytes of a file that the contents name.
        book: the book's folder, which may have templates of its own.
        kinds: the faces to write, of `faces.FACES`.

    Raises:
        StorageFailed: a file cannot be written.
        TemplateFailed: a template has an error; with file and line.
    """
    written = write_files(folder, {"index.html": index_html(index, templates_of(book)).encode()})
    for name, content in invoices.items():
        if content is None:
            for face in FACES:
                (folder / f"{name}.{face}").unlink(missing_ok=True)
            continue
        found = render(content, assets, book, kinds).faces
        written += write_files(folder, {f"{name}.{face}": data for face, data in found.items()})
    return written
