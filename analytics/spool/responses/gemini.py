"""Gemini: generated content, embeddings, and their streams; of the API and of Vertex.

The prompt includes what came from the cache. What tools gave back is input beside it, and thoughts
are output beside the candidates; both are added here. Each modality is a part of its total. Source:
the types of the package google-genai.
"""

from typing import Any

from analytics.spool.responses.reading import Call, count, get, meters, no_usage, text

_TIERS = ("flex", "priority")


def read(response: object) -> list[Call]:
    """The call of a response.

    Raises:
        InvalidUsage: it has no usage, or a count is none.
    """
    usage = get(response, "usage_metadata")
    if usage is None:
        raise no_usage(response, "its usage_metadata is empty")
    call = describe(response)
    call.meters = _meters(usage)
    if get(response, "embeddings") is not None or get(response, "embedding") is not None:
        call.usage_type = "embedding"
    return [call]


def describe(response: object) -> Call:
    """What is known of a call beside its counts."""
    usage = get(response, "usage_metadata")
    call = Call(text(response, "model_version"), provider="google")
    served = text(usage, "service_tier") or text(usage, "traffic_type") or ""
    tier = served.lower().rpartition("_")[2]
    if tier in _TIERS:
        call.variant["service_tier"] = tier
    if identity := text(response, "response_id"):
        call.tags["response_id"] = identity
    return call


def gather(chunk: object, known: dict[str, Any]) -> None:
    """Keeps what a chunk says: the counts of each are the sums so far."""
    if get(chunk, "usage_metadata") is not None or "last" not in known:
        known["last"] = chunk


def _meters(usage: object) -> dict[str, int]:
    thoughts = count(usage, "thoughts_token_count")
    taken = _modalities(usage, "prompt_tokens_details", "tool_use_prompt_tokens_details")
    cached = _modalities(usage, "cache_tokens_details")
    made = _modalities(usage, "candidates_tokens_details", "response_tokens_details")
    prompt = count(usage, "prompt_token_count")
    return meters(
        input_tokens=prompt + count(usage, "tool_use_prompt_token_count"),
        cache_read_tokens=count(usage, "cached_content_token_count"),
        input_audio_tokens=taken.get("AUDIO", 0),
        cache_audio_read_tokens=cached.get("AUDIO", 0),
        input_image_tokens=taken.get("IMAGE", 0),
        cache_image_read_tokens=cached.get("IMAGE", 0),
        input_video_tokens=taken.get("VIDEO", 0),
        output_tokens=count(usage, "candidates_token_count", "response_token_count") + thoughts,
        output_reasoning_tokens=thoughts,
        output_audio_tokens=made.get("AUDIO", 0),
        output_image_tokens=made.get("IMAGE", 0),
        output_video_tokens=made.get("VIDEO", 0),
    )


def _modalities(usage: object, *names: str) -> dict[str, int]:
    """The tokens of each modality, summed over lists of details."""
    found: dict[str, int] = {}
    for name in names:
        for detail in get(usage, name) or ():
            modality = (text(detail, "modality") or "TEXT").upper()
            found[modality] = found.get(modality, 0) + count(detail, "token_count")
    return found
