"""OpenAI: chat completions, responses, embeddings, images, transcriptions, and their streams.

Totals include their parts, as ours do: cached and written tokens are in the prompt, reasoning and
audio in the completion. The tier is the one that served the call. Sources: the types of the package
openai, and platform documentation of each end point's usage.
"""

from decimal import Decimal
from typing import Any

from analytics.spool.responses.reading import Call, count, get, meters, no_usage, text

_HINT = "for a stream ask for it with stream_options={'include_usage': True}"
_NOT_SERVED = ("auto", "standard")


def read(response: object) -> list[Call]:
    """The call of a response.

    Raises:
        InvalidUsage: it has no usage, or a count is none.
    """
    usage = get(response, "usage")
    if usage is None:
        raise no_usage(response, _HINT)
    call = describe(response)
    if text(usage, "type") == "duration":
        call.usage_type = "audio_stt"
        call.meters = {"audio_duration_seconds": _seconds(get(usage, "seconds"))}
    elif get(usage, "prompt_tokens") is not None:
        call.meters = completion_meters(usage)
        if get(usage, "completion_tokens") is None:
            call.usage_type = "embedding"
    else:
        _read_input_output(call, response, usage)
    return [call]


def describe(response: object) -> Call:
    """What is known of a call without its usage."""
    call = Call(text(response, "model"), provider="openai")
    tier = text(response, "service_tier")
    if tier and tier not in _NOT_SERVED:
        call.variant["service_tier"] = tier
    if identity := text(response, "id"):
        call.tags["response_id"] = identity
    return call


def gather(chunk: object, known: dict[str, Any]) -> None:
    """Keeps what a chunk says: the last usage wins, and is the whole call's."""
    response = get(chunk, "response")
    source = response if response is not None else chunk
    if get(source, "usage") is not None or get(known.get("last"), "usage") is None:
        known["last"] = source


def completion_meters(usage: object) -> dict[str, int]:
    """The meters of a chat completion's usage."""
    prompt, completion = (get(usage, f"{side}_tokens_details") for side in ("prompt", "completion"))
    return meters(
        input_tokens=count(usage, "prompt_tokens"),
        cache_read_tokens=count(prompt, "cached_tokens"),
        cache_write_tokens=count(prompt, "cache_write_tokens"),
        input_audio_tokens=count(prompt, "audio_tokens"),
        input_image_tokens=count(prompt, "image_tokens"),
        output_tokens=count(usage, "completion_tokens"),
        output_reasoning_tokens=count(completion, "reasoning_tokens"),
        output_audio_tokens=count(completion, "audio_tokens"),
    )


def _read_input_output(call: Call, response: object, usage: object) -> None:
    """Responses, images, and transcriptions that are billed by the token."""
    taken = get(usage, "input_tokens_details") or get(usage, "input_token_details")
    made = get(usage, "output_tokens_details")
    long_writes = count(get(taken, "cache_write_tokens_details"), "ttl_12h_tokens")
    call.meters = meters(
        input_tokens=count(usage, "input_tokens"),
        cache_read_tokens=count(taken, "cached_tokens"),
        cache_write_tokens=count(taken, "cache_write_tokens") - long_writes,
        cache_write_1h_tokens=long_writes,
        input_audio_tokens=count(taken, "audio_tokens"),
        input_image_tokens=count(taken, "image_tokens"),
        output_tokens=count(usage, "output_tokens"),
        output_reasoning_tokens=count(made, "reasoning_tokens"),
    )
    if text(usage, "type") == "tokens":
        call.usage_type = "audio_stt"
    elif get(response, "data") is not None and get(taken, "image_tokens") is not None:
        call.usage_type = "image"
        # Without a breakdown all of an image's output is image.
        images = count(made if made is not None else usage, "image_tokens", "output_tokens")
        call.meters |= meters(output_image_tokens=images)


def _seconds(value: object) -> Decimal:
    """Exact milliseconds of what JSON gave as a float."""
    return Decimal(str(value)).quantize(Decimal("0.001"))
