"""Gemini: generated content, embeddings, live sessions; of the API and of Vertex.

The prompt includes what came from the cache; what tools gave back is input beside it. Thoughts are
output beside the candidates; some answers have them inside, and there the total says so. Each
modality is a part of its total; a document is read as images. Sources: the types of the package
google-genai (`GenerateContentResponseUsageMetadata`, `UsageMetadata`, `GroundingMetadata`), and
Google's documentation of prices: Gemini 3 bills each search query, the models before it each
prompt that was grounded.
"""

import re
from typing import Any

from analytics.rules import blocks, variants
from analytics.rules.forms import BESIDE, EITHER, Counts, Form, take_apart
from analytics.rules.reading import BadUsage, MissingUsage, Reading
from analytics.rules.totals import settle

_EACH_QUERY = re.compile(r"gemini-([3-9]|[1-9][0-9])", re.ASCII)
"""Models that bill the query, not the prompt."""

_KINDS = {"AUDIO": "audio", "IMAGE": "image", "DOCUMENT": "image", "VIDEO": "video"}
_TEXTS = frozenset(("TEXT", "MODALITY_UNSPECIFIED"))
_TRAFFIC = "on_demand_"


def _modalities(meter: str) -> Any:
    """Reads a list of counts by modality; several lists may add to one meter."""

    def read_list(value: Any, path: str, counts: Counts) -> None:
        if not isinstance(value, list | tuple):
            raise BadUsage(f"{path} is no list: {value!r:.80}")
        for detail in value:
            number = blocks.get(detail, "token_count")
            if not blocks.is_object(detail):
                raise BadUsage(f"{path} has something that is no object: {detail!r:.80}")
            name = (blocks.text(detail, "modality") or "TEXT").upper()
            if number is None or name in _TEXTS:
                continue
            kind = _KINDS.get(name)
            if kind is None:
                counts.keep(f"{path}.{name}", blocks.count(number, path))
                continue
            role = meter.format(kind)
            so_far = counts.known.get(role, 0)
            counts.known[role] = so_far + blocks.count(number, path, role)

    return read_list


GEMINI = Form.of(
    {
        "prompt_token_count": "input_tokens",
        "cached_content_token_count": "cache_read_tokens",
        "tool_use_prompt_token_count": "more_input",
        "candidates_token_count": "output_tokens",
        "response_token_count": "output_tokens",
        "thoughts_token_count": "output_reasoning_tokens",
        "total_token_count": "total_tokens",
    },
    handlers={
        "prompt_tokens_details": _modalities("input_{}_tokens"),
        "tool_use_prompt_tokens_details": _modalities("input_{}_tokens"),
        "cache_tokens_details": _modalities("cache_{}_read_tokens"),
        "candidates_tokens_details": _modalities("output_{}_tokens"),
        "response_tokens_details": _modalities("output_{}_tokens"),
    },
    reasoning=EITHER,
    reasoning_default=BESIDE,
)


def read(response: object, form: Form = GEMINI) -> list[Reading]:
    """The call of an answer.

    Raises:
        UnreadableUsage: it has no usage, or one that cannot be right.
    """
    usage = blocks.get(response, "usage_metadata")
    if usage is None:
        return [_embedded(response)]
    reading = describe(response)
    counts = take_apart(usage, form)
    known = counts.known
    # An answer that was blocked has no candidates: its total is the prompt.
    has_output = "output_tokens" in known or "output_reasoning_tokens" in known
    taken = known.get("input_tokens", -1) + known.get("more_input", 0)
    if "input_tokens" not in known or not (has_output or known.get("total_tokens") == taken):
        given = ", ".join(sorted(known)) or "nothing that is known"
        raise MissingUsage(f"its usage_metadata has {given}")
    searches = _searches(response, reading.model or "")
    if searches:
        known["web_searches"] = searches
    made = _made(response)
    details = ("candidates_tokens_details", "response_tokens_details")
    if made and all(blocks.get(usage, name) is None for name in details):
        # Without a breakdown all of an image's output is image.
        known[f"output_{made}_tokens"] = known.get("output_tokens", 0)
    settle(reading, counts, form)
    return [reading]


def describe(response: object) -> Reading:
    """What an answer says besides its counts."""
    usage = blocks.get(response, "usage_metadata")
    model = blocks.text(response, "model_version")
    reading = Reading(model=model.rpartition("/")[2] if model else None)
    reading.id = blocks.text(response, "response_id")
    traffic = blocks.text(usage, "traffic_type")
    if traffic:
        traffic = traffic.lower()
        traffic = traffic.removeprefix(_TRAFFIC)
    variants.add(reading.variant, "service_tier", traffic)
    tier = blocks.get(usage, "service_tier")
    variants.add(reading.variant, "service_tier", tier.lower() if isinstance(tier, str) else tier)
    for name in ("embeddings", "embedding"):
        if blocks.get(response, name) is not None:
            reading.usage_type = "embedding"
    return reading


def gather(chunk: object, known: dict[str, Any]) -> None:
    """Keeps what a chunk says: the counts of each are the sums so far."""
    if blocks.get(chunk, "usage_metadata") is not None or "last" not in known:
        known["last"] = chunk
    known["is_final"] = is_finished(chunk) or known.get("is_final", False)


def is_finished(answer: object) -> bool:
    """Whether an answer, a chunk of a stream or a live message says that nothing follows."""
    candidates = blocks.listed(answer, "candidates")
    return (
        any(blocks.get(each, "finish_reason") is not None for each in candidates)
        or blocks.within(answer, "prompt_feedback", "block_reason") is not None
        or blocks.within(answer, "server_content", "turn_complete") is True
    )


def _searches(response: object, model: str) -> int:
    """The billed searches: unique queries that are not empty, or one a grounded prompt."""
    queries: set[str] = set()
    for candidate in blocks.listed(response, "candidates"):
        grounding = blocks.get(candidate, "grounding_metadata")
        for name in ("web_search_queries", "image_search_queries"):
            found = blocks.listed(grounding, name)
            queries |= {each.strip() for each in found if isinstance(each, str) and each.strip()}
    return len(queries) if _EACH_QUERY.search(model) else min(len(queries), 1)


def _made(response: object) -> str | None:
    """Of what an answer is made where its parts hold an image or sound: `image` or `audio`."""
    for candidate in blocks.listed(response, "candidates"):
        for part in blocks.listed(blocks.get(candidate, "content"), "parts"):
            kind = blocks.text(blocks.get(part, "inline_data"), "mime_type") or ""
            modality = kind.partition("/")[0]
            if modality in ("image", "audio"):
                return modality
    return None


def _embedded(response: object) -> Reading:
    """An embedding of Vertex counts in each text's statistics, or in billable characters."""
    reading = describe(response)
    tokens = characters = 0
    statistics = [
        blocks.get(each, "statistics")
        for each in (
            *blocks.listed(response, "embeddings"),
            *(blocks.get(each, "embeddings") for each in blocks.listed(response, "predictions")),
        )
    ]
    counted = [blocks.get(each, "token_count") for each in statistics]
    tokens = sum(blocks.count(each, "token_count") for each in counted if each is not None)
    billable = blocks.within(response, "metadata", "billable_character_count")
    if billable is not None:
        characters = blocks.count(billable, "billable_character_count", "input_characters")
    if billable is None and all(each is None for each in counted):
        raise MissingUsage("its usage_metadata is empty")
    reading.usage_type = "embedding"
    found = {"input_tokens": tokens, "input_characters": characters}
    reading.meters = {name: number for name, number in found.items() if number}
    return reading
