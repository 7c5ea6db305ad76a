"""What decides the price besides the model, as it was served.

Only the standard by another name is left out; anything else stays, so that a call is never priced
as something that it was not.
"""

from collections.abc import Mapping

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


def canonical_variant(text_or_mapping: str | Mapping[str, str]) -> str:
    """Return a variant as `key=value` pairs sorted by key and joined with commas.

    Raises:
        ValueError: if a pair is incomplete, a key comes twice, or a part holds a `,` or `=`.
    """
    if isinstance(text_or_mapping, str):
        parts = text_or_mapping.split(",") if text_or_mapping.strip() else []
        pairs = [_pair(part) for part in parts]
    else:
        pairs = [(key.strip(), value.strip()) for key, value in text_or_mapping.items()]
    if any(not part or set(part) & set(",=") for pair in pairs for part in pair):
        raise ValueError(f"not a list of key=value pairs: {text_or_mapping!r}")
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError(f"a key comes twice: {text_or_mapping!r}")
    return ",".join(f"{key}={value}" for key, value in sorted(pairs))


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key.strip(), value.strip()


def standard_left_out(variant: str) -> str:
    """A canonical variant without what is the standard by another name."""
    pairs = dict(map(_pair, variant.split(","))) if variant else {}
    found: dict[str, str] = {}
    for key, value in pairs.items():
        add(found, key, value)
    return canonical_variant(found)
