"""JSON objects that a caller keeps with a row, as text in the book."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import simplejson
from simplejson.raw_json import RawJSON

from analytics.errors import InvalidArgument


def to_text(value: Mapping[str, Any] | None, name: str = "metadata") -> str | None:
    """The text of an object with its keys in order; None where nothing is in it.

    Raises:
        InvalidArgument: it is no JSON object.
    """
    if not value:
        return None
    problem = "give a JSON object: keys are texts, values what JSON knows"
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise InvalidArgument(name=name, problem=problem)
    try:
        text = simplejson.dumps(
            dict(value),
            default=_decimal,
            encoding=None,
            use_decimal=False,
            ensure_ascii=False,
            sort_keys=True,
            allow_nan=False,
        )
        text.encode()
    except (TypeError, ValueError, RecursionError):
        raise InvalidArgument(name=name, problem=problem) from None
    return text


def to_object(text: str | None) -> dict[str, Any]:
    """The object of a text; numbers keep their digits."""
    found: dict[str, Any] = json.loads(text or "{}", parse_float=Decimal)
    return found


def _decimal(value: object) -> object:
    if isinstance(value, Decimal) and value.is_finite():
        return RawJSON(format(value, "f"))
    raise TypeError(value)
