"""The root of all errors, and the families that decide an exit code."""

from typing import ClassVar

EXIT_INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ended, as shells have it."""

INTERRUPTED = "Interrupted. What was under way is there whole or not at all."
"""What is said then: the key may have been pressed before, during or after the commit."""


class TokenbookError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        template = " ".join((type(self).__doc__ or "").split())
        super().__init__(template.format_map(facts))


class NotFound(TokenbookError):
    """Not found."""

    code = "not_found"


class Conflict(TokenbookError):
    """The book's state does not allow this."""

    code = "conflict"


class Invalid(TokenbookError):
    """An argument is not valid."""

    code = "invalid"


class Unavailable(TokenbookError):
    """Not available now."""

    code = "unavailable"
