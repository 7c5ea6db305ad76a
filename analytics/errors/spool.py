"""Errors of spools: recording from many processes, and moving what they recorded into a book."""

from analytics.errors.families import NotFound, Unavailable


class SpoolNotFound(NotFound):
    """There is no spool at {path}. A recorder makes the folder when it starts; check the path."""

    code = "spool_not_found"


class RecorderClosed(Unavailable):
    """The recorder of {path} was closed, so nothing was recorded. Make a new one."""

    code = "recorder_closed"


class SpoolFull(Unavailable):
    """The spool {path} takes no more: {problem}. The record was not taken; see that
    'tokenbook ingest --spool {path} --follow' runs, or raise the limit.
    """

    code = "spool_full"


class SpoolFailed(Unavailable):
    """The spool {path} cannot be written: {problem}. What was not written was not acknowledged;
    recording goes on by itself when the cause is gone.
    """

    code = "spool_failed"
