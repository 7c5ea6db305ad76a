"""Errors of books as a whole: opening, asking, storing."""

from analytics.errors.families import Conflict, Invalid, NotFound, Unavailable


class BookNotFound(NotFound):
    """There is no book at {path}. Create one with 'tokenbook init --book {path}', or name
    another with --book DIR or $TOKENBOOK.
    """

    code = "book_not_found"


class ReportNotFound(NotFound):
    """There is no report named {name!r}. There are: {names}."""

    code = "report_not_found"


class BookExists(Conflict):
    """There is a book at {path} already. Use it, or choose an empty folder for a new one."""

    code = "book_exists"


class OutputExists(Conflict):
    """{path} exists already. Choose another path, or add --force to replace it."""

    code = "output_exists"


class CheckFailed(Conflict):
    """{failures} of {checks} checks found something wrong: {names}.
    Do not bill from this book before it is understood.
    """

    code = "check_failed"


class InvalidArgument(Invalid):
    """{name}: {problem}."""

    code = "invalid_argument"


class InvalidQuery(Invalid):
    """The query cannot run: {problem}"""

    code = "invalid_query"


class ReportUnreadable(Invalid):
    """A report of your own cannot be read: {problem}. Correct the file, or move it out of the
    book's folder 'queries'. All other reports go on working.
    """

    code = "report_unreadable"


class NotABook(Invalid):
    """{path} is not a tokenbook book: {problem}."""

    code = "not_a_book"


class BookClosed(Unavailable):
    """The book {path} was closed. Open it again."""

    code = "book_closed"


class BookLocked(Unavailable):
    """The book {path} is in use by {holder}. Nothing was changed; try again when it has finished,
    or wait longer with --wait SECONDS.
    """

    code = "book_locked"


class BookOfDevelopment(Unavailable):
    """The book {path} was made by a program between two releases, whose tables no other reads.
    Make a new one with 'tokenbook init' and load the logs again.
    """

    code = "book_of_development"


class BookTooNew(Unavailable):
    """The book {path} has schema version {found}, this program knows versions up to {known}.
    Upgrade tokenbook to use it.
    """

    code = "book_too_new"


class BookTooOld(Unavailable):
    """The book {path} was made by an earlier version (schema {found}, now {known}) and must be
    brought up to date. Open it once for writing, for instance with 'tokenbook check --migrate'.
    """

    code = "book_too_old"


class ReadOnly(Unavailable):
    """The book {path} is open for reading only, or its files cannot be written.
    Nothing was changed.
    """

    code = "read_only"


class QueryLimit(Unavailable):
    """The query was stopped: {problem} Narrow it, or raise the limit."""

    code = "query_limit"


class StorageFailed(Unavailable):
    """The storage failed: {problem}. Nothing was changed."""

    code = "storage_failed"
