"""Errors of months: closing them, opening them again, their files."""

from analytics.errors.families import Conflict, Unavailable


class MonthClosed(Conflict):
    """{what} has records in closed months: {months}. Nothing was changed. Open them again with
    'tokenbook reopen {months}', repeat this command, then close them.
    """

    code = "month_closed"


class FilesDamaged(Conflict):
    """{damaged} of {files} files of closed months are missing, altered or unknown: {names}.
    Put back what is missing or altered from a backup of the book's folder: nothing else can restore
    those records. Move what the book does not know elsewhere.
    """

    code = "files_damaged"


class NotClosed(Conflict):
    """{problem}. Run 'tokenbook close {months}' first. Nothing was written."""

    code = "not_closed"


class ClosedFileMissing(Unavailable):
    """The file {path} holds records of a closed month and is missing. Put it back from a backup of
    the book's folder; 'tokenbook verify' checks all files. Nothing was changed.
    """

    code = "closed_file_missing"


class ClosingFailed(Unavailable):
    """The files of {month} could not be written as the table has it: {problem}. The month is as it
    was before.
    """

    code = "closing_failed"
