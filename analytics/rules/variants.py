"""What decides the price besides the model, as it was served.

Only the standard by another name is left out; anything else stays, so that a call is never priced
as something that it was not.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from analytics.rules.reading import BadUsage

STANDARD: dict[str, frozenset[str]] = {
    "service_tier": frozenset(
        (
            *("", "auto", "default", "standard", "on_demand"),
            *("unspecified", "traffic_type_unspecified", "service_tier_unspecified"),
        )
    ),
    "processing": frozenset(("", "standard", "online", "realtime")),
    "speed": frozenset(("", "standard")),
    "inference_geo": frozenset(("", "global", "not_available")),
}
"""What is the standard by another name. Sources: openai.types (`service_tier`), Anthropic's usage
(`standard`, inference_geo `global`, `not_available`), Groq's (`on_demand`), google.genai.types
(`TrafficType`, `ServiceTier`)."""

_UNPAIRED = frozenset('"\\,=')
_ODD = re.compile(r'["\\,=\x00-\x1f\x7f]')


def add(variant: dict[str, str], key: str, value: object) -> None:
    """Adds what was served to a variant, unless it is the standard.

    Raises:
        BadUsage: it is a list or an object.
    """
    if value is None:
        return
    named = value if type(value) is str else getattr(value, "value", value)
    if not isinstance(named, str | int | float):
        raise BadUsage(f"{key} is no text: {named!r:.80}")
    served = str(named).strip()
    folded = served.lower()
    if folded in STANDARD.get(key, ()):
        return
    if key == "service_tier" and folded == "batch":
        variant["processing"] = "batch"
        return
    variant[key] = "".join("_" if each in _UNPAIRED or each < " " else each for each in served)


def canonical_variant(given: str | Mapping[str, str]) -> str:
    """A variant as `key=value` pairs sorted by key and joined with commas.

    Args:
        given: an object of texts, or pairs as a text.

    Raises:
        ValueError: a pair is incomplete, a key comes twice, or a part holds what would be read as
            something else.
    """
    pairs: Iterable[Any] = given.items() if isinstance(given, Mapping) else ()
    if isinstance(given, str):
        pairs = (pair.partition("=")[::2] for pair in given.split(",")) if given.strip() else ()
    found: dict[str, str] = {}
    for key, served in pairs:
        is_text = isinstance(key, str) and isinstance(served, str)
        name, text = (key.strip(), served.strip()) if is_text else ("", "")
        if not name or not text or _ODD.search(name + text) or name in found:
            raise ValueError(f"not a list of key=value pairs, each key once: {given!r}")
        found[name] = text
    return ",".join([f"{name}={found[name]}" for name in sorted(found)])


def pairs_of(variant: str) -> dict[str, str]:
    """The pairs of a variant; of one that is none, whatever it has."""
    return {
        key.strip(): served.strip()
        for key, _, served in (pair.partition("=") for pair in variant.split(","))
        if key
    }


def standard_left_out(variant: str) -> str:
    """A canonical variant without what is the standard by another name."""
    found: dict[str, str] = {}
    for key, value in pairs_of(variant).items():
        add(found, key, value)
    return canonical_variant(found)
