"""Errors of recording and loading usage."""

from analytics.errors.families import Conflict, Invalid, NotFound, Unavailable


class LoadNotFound(NotFound):
    """There is no load {load_id}. 'tokenbook loads list' shows what was loaded."""

    code = "load_not_found"


class UsageRecordNotFound(NotFound):
    """There is no usage record {record_id!r}. 'tokenbook usage' lists them with their ids."""

    code = "usage_record_not_found"


class FileMissing(NotFound):
    """There is nothing to read at {path}. Check the path; nothing was loaded."""

    code = "file_missing"


class UsageConflict(Conflict):
    """The id {record_id!r} is already recorded with other content. Nothing was changed:
    send the same content again, or give the new record an id of its own.
    """

    code = "usage_conflict"


class LoadAlreadyUndone(Conflict):
    """Load {load_id} was taken back on {undone_at} already. Nothing was changed."""

    code = "load_already_undone"


class InvalidUsage(Invalid):
    """The usage was not recorded: {problem}."""

    code = "invalid_usage"


class UnknownFormat(Invalid):
    """{path}: {problem}. Known are .jsonl, .ndjson, .json, .csv, .tsv and .parquet, the text ones
    also with .gz or .zst; --format names the format of a file with another ending.
    """

    code = "unknown_format"


class RejectedRows(Invalid):
    """--strict was given, so nothing was loaded. Rejected: {rejected} ({codes}).
    The first: {first}.
    """

    code = "rejected_rows"


class FileUnreadable(Unavailable):
    """{path} cannot be read: {problem}. Nothing was loaded; see who may read it."""

    code = "file_unreadable"
