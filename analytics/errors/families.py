"""The root of all errors, and the families that decide an exit code."""

from typing import ClassVar


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
