"""The steps of closing a month and of opening it again, by name.

A process may die after any of them. Each is told to a callback, so a test can kill itself at every
one, and none can be forgotten. Up to `COMMITTED` the month is as it was, from then on as it is to
be.
"""

from collections.abc import Callable
from enum import StrEnum


class Step(StrEnum):
    """What has just been done when it is told."""

    INTENDED = "intended"
    """The book knows, durably, how the files to be written are named: so leftovers are found."""
    MERGED = "merged"
    """The records of the month's small files are back in the table, to be written anew."""
    WRITTEN = "written"
    """A file is written, and not durable yet."""
    SYNCED = "synced"
    """The file is durable, under a name that nothing reads."""
    PLACED = "placed"
    """The file has its own name, durably."""
    VERIFIED = "verified"
    """The files hold what the table holds."""
    REGISTERED = "registered"
    """The transaction knows the files and their checksums."""
    REMOVED = "removed"
    """The records have left the table, in the transaction."""
    CHECKED = "checked"
    """Reopening: the files are as they were written."""
    RESTORED = "restored"
    """Reopening: the records are back in the table, in the transaction."""
    REPLACED = "replaced"
    """The view reads other files, in the transaction."""
    COMMITTED = "committed"
    """The transaction is durable; files that the book does not need are still there."""
    CLEARED = "cleared"
    """They are removed."""


CLOSING_STEPS = (
    *(Step.INTENDED, Step.MERGED, Step.WRITTEN, Step.SYNCED, Step.PLACED, Step.VERIFIED),
    *(Step.REGISTERED, Step.REMOVED, Step.REPLACED, Step.COMMITTED, Step.CLEARED),
)
REOPENING_STEPS = (*(Step.CHECKED, Step.RESTORED, Step.REPLACED, Step.COMMITTED, Step.CLEARED),)

OnStep = Callable[[Step], None]


def unwatched(_step: Step) -> None:
    """Nobody is looking."""
