"""The steps of writing and draining a segment, by name.

A process may die between any two of them. Both sides tell each step to a callback, so a test can
kill itself at every one of them, and none can be forgotten.
"""

from collections.abc import Callable
from enum import StrEnum


class Step(StrEnum):
    """What has just been done when it is told."""

    CREATED = "created"
    """Writer: the segment's file is there, and not locked yet."""
    LOCKED = "locked"
    """Writer: the file is locked, so it is no orphan."""
    PLACED = "placed"
    """Writer: the file's name is durable."""
    WRITTEN = "written"
    """Writer: the lines are in the file, and not durable yet."""
    SYNCED = "synced"
    """Writer: the lines are durable. From here on they are acknowledged."""
    COMPLETED = "completed"
    """Writer: the segment has the name of a complete one."""
    RELEASED = "released"
    """Writer: the lock of the complete segment is given back."""
    SEIZED = "seized"
    """Drainer: an orphan's lock is taken: its writer is dead."""
    ADOPTED = "adopted"
    """Drainer: the orphan has the name of a complete segment."""
    LISTED = "listed"
    """Drainer: it is known what there is to drain."""
    BEGUN = "begun"
    """Drainer: the book is held, in a database transaction."""
    LOADED = "loaded"
    """Drainer: the records are in the transaction."""
    REGISTERED = "registered"
    """Drainer: the segments are in the transaction too."""
    COMMITTED = "committed"
    """Drainer: the transaction is durable; the files are still there."""
    CLEARED = "cleared"
    """Drainer: one file is moved away or removed."""
    FINISHED = "finished"
    """Drainer: all files are, and durably."""


WRITER_STEPS = (
    *(Step.CREATED, Step.LOCKED, Step.PLACED, Step.WRITTEN, Step.SYNCED),
    *(Step.COMPLETED, Step.RELEASED),
)
DRAINER_STEPS = (
    *(Step.SEIZED, Step.ADOPTED, Step.LISTED, Step.BEGUN, Step.LOADED),
    *(Step.REGISTERED, Step.COMMITTED, Step.CLEARED, Step.FINISHED),
)

OnStep = Callable[[Step], None]


def unwatched(_step: Step) -> None:
    """Nobody is looking."""
