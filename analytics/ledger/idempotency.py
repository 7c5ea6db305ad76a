"""A write with a key is done once: a retry gets the result of the first try."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import simplejson

from analytics.errors import IdempotencyConflict, InvalidArgument

if TYPE_CHECKING:
    from analytics.engines import Writer

LONGEST_KEY = 255

Result = TypeVar("Result")


def once(
    engine: "Writer",
    key: str | None,
    request: Mapping[str, object],
    act: Callable[[], tuple[str, Result]],
    recall: Callable[[str], Result],
    now: datetime,
) -> Result:
    """Does a write, or recalls what it did under the same key.

    A write that fails leaves no trace, so its key stays free.

    Args:
        engine: the book.
        key: of the request; None does the write in any case.
        request: what is asked for, with the name of the ``operation``.
        act: does it; returns the id of the result and the result.
        recall: the result of an id.
        now: what is kept as the time of the key's use.

    Raises:
        IdempotencyConflict: the key was used for another request.
        InvalidArgument: the key is empty or too long.
    """
    with engine.atomic(forget=False):
        if key is None:
            return act()[1]
        if not 0 < len(key) <= LONGEST_KEY:
            problem = f"a key has 1 to {LONGEST_KEY} characters"
            raise InvalidArgument(name="idempotency_key", problem=problem)
        operation, digest = str(request["operation"]), _digest(request)
        for used in engine.rows("ledger/idempotency", key=key):
            if (used["operation"], used["request_hash"]) != (operation, digest):
                raise IdempotencyConflict(key=key, operation=used["operation"])
            return recall(used["result_id"])
        result_id, result = act()
        engine.execute(
            "ledger/insert_idempotency",
            key=key,
            operation=operation,
            request_hash=digest,
            result_id=result_id,
            created_at=now,
        )
        return result


def _digest(request: Mapping[str, object]) -> str:
    text = simplejson.dumps(request, sort_keys=True, default=str, use_decimal=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
