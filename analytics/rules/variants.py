"""What decides the price besides the model, as it was served.

Only the standard by another name is left out; anything else stays, so that a call is never priced
as something that it was not.
"""

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
