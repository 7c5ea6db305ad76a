"""The seller's logo: a file of the book's folder, named by the SHA-256 of its bytes."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.canonical import sha256
from analytics.configuration import LOGO_TYPES

if TYPE_CHECKING:
    from analytics.configuration import Configuration

MOST_BYTES = 1_000_000
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo's bytes and media type."""

    media_type: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Names it."""
        return sha256(self.data)

    def content(self) -> dict[str, str]:
        """As an invoice's content names it."""
        return {"sha256": self.sha256, "media_type": self.media_type}


def read_logo(configuration: "Configuration") -> Logo | None:
    """The logo that the configuration names, if any.

    Raises:
        InvalidConfiguration: it is not in the book's folder, cannot be read, is too large or is
            neither PNG nor SVG.
    """
    below = configuration.logo()
    if below is None:
        return None
    path = configuration.path.parent / below
    try:
        data = path.read_bytes()
    except OSError as error:
        problem = f"it cannot be read ({error.strerror})"
        raise configuration.unusable_logo(problem) from error
    if unusable := _content_problem(path, data):
        raise configuration.unusable_logo(unusable)
    return Logo(LOGO_TYPES[path.suffix.lower()], data)


def _content_problem(path: Path, data: bytes) -> str | None:
    if len(data) > MOST_BYTES:
        return f"it has more than {MOST_BYTES:,} bytes"
    is_png = path.suffix.lower() == ".png"
    if is_png and not data.startswith(_PNG):
        return "it is no PNG image"
    if not is_png and b"<svg" not in data:
        return "it is no SVG image"
    return None
