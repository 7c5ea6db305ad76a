"""JSON that is the same bytes for the same content, so that its SHA-256 is stable.

UTF-8, keys sorted by code point, no space between tokens, no line break at the end. Money and
quantities are texts; whole numbers are the only numbers. A lone half of a surrogate pair, which
UTF-8 cannot hold, is written as its escape.
"""

import hashlib
import json
import re
from collections.abc import Mapping

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def canonical_json(content: Mapping[str, object]) -> bytes:
    """The canonical bytes of a content.

    Raises:
        TypeError: a value is neither text, whole number, boolean, None, list nor mapping.
    """
    refuse_floats(content)
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text).encode()


def sha256(data: bytes) -> str:
    """The SHA-256 of bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def refuse_floats(value: object) -> None:
    """Fails where there is a float anywhere in a content.

    Raises:
        TypeError: naming it.
    """
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float; amounts and quantities are text")
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            refuse_floats(item)
