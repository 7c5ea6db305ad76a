"""Ids that begin with the time of their making, so that a row is found by it without an index.

``txn_`` and ``res_`` are followed by 14 hexadecimal digits of microseconds since 1970 and 10 random
ones. Nobody needs to know: to a caller an id is a text.
"""

import re
import secrets
from datetime import datetime, timedelta

TRANSACTION, RESERVATION = "txn", "res"

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - times of the book are UTC without a zone
_MICROSECOND = timedelta(microseconds=1)
_ID = re.compile(r"(txn|res)_([0-9a-f]{14})[0-9a-f]{10}")


def new_id(prefix: str, at: datetime) -> str:
    """An id that nothing else has."""
    return f"{prefix}_{(at - _EPOCH) // _MICROSECOND:014x}{secrets.token_hex(5)}"


def made_at(prefix: str, found: str) -> datetime | None:
    """When an id was made; None where it is no id of that kind."""
    match = _ID.fullmatch(found)
    if not match or match[1] != prefix:
        return None
    try:
        return _EPOCH + int(match[2], 16) * _MICROSECOND
    except OverflowError:
        return None
