"""LiteLLM: responses of any provider in OpenAI's shape, with parts that OpenAI has not.

It has made the totals inclusive already, Anthropic's too. Which provider served is in the
response's hidden parameters; a response from its own cache used nothing. Source: the types of the
package litellm.
"""

from typing import Any

from analytics.spool.responses import openai
from analytics.spool.responses.reading import Call, count, get, meters, no_usage, text

_PROVIDERS = {
    "azure_ai": "azure",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "fireworks_ai": "fireworks",
    "gemini": "google",
    "moonshot": "moonshotai",
    "text-completion-openai": "openai",
    "together_ai": "together",
    "vertex_ai": "google",
    "vertex_ai_beta": "google",
    "voyage": "voyageai",
    "xai": "x-ai",
}
"""LiteLLM's name of a provider -> the one that prices have, where they differ."""


def read(response: object) -> list[Call]:
    """The call of a response.

    Raises:
        InvalidUsage: it has no usage, or a count is none.
    """
    usage = get(response, "usage")
    if usage is None:
        raise no_usage(response, "for a stream ask for stream_options={'include_usage': True}")
    call = describe(response)
    if get(_hidden(response), "cache_hit") is True:
        call.tags["cache_hit"] = "true"
        call.meters = {"requests": 0}
        return [call]
    call.meters = _meters(usage)
    if get(response, "object") == "list":
        call.usage_type = "embedding"
    return [call]


def describe(response: object) -> Call:
    """What is known of a call without its usage."""
    call = openai.describe(response)
    served = text(_hidden(response), "custom_llm_provider")
    call.provider = _PROVIDERS.get(served, served) if served else None
    return call


def gather(chunk: object, known: dict[str, Any]) -> None:
    """Keeps what a chunk says: the last usage wins, and is the whole call's."""
    openai.gather(chunk, known)


def _hidden(response: object) -> object:
    return get(response, "_hidden_params")


def _meters(usage: object) -> dict[str, int]:
    prompt, completion = (get(usage, f"{side}_tokens_details") for side in ("prompt", "completion"))
    kinds = get(prompt, "cache_creation_token_details")
    long_writes = count(kinds, "ephemeral_1h_input_tokens") or count(
        kinds, "ephemeral_12h_input_tokens"
    )
    writes = count(prompt, "cache_write_tokens", "cache_creation_tokens") or count(
        usage, "cache_creation_input_tokens"
    )
    read_tokens = count(prompt, "cached_tokens") or count(usage, "cache_read_input_tokens")
    searches = count(get(usage, "server_tool_use"), "web_search_requests")
    return openai.completion_meters(usage) | meters(
        cache_read_tokens=read_tokens,
        cache_write_tokens=max(writes - long_writes, 0),
        cache_write_1h_tokens=long_writes,
        input_video_tokens=count(prompt, "video_tokens"),
        output_image_tokens=count(completion, "image_tokens"),
        output_video_tokens=count(completion, "video_tokens"),
        web_searches=searches or count(prompt, "web_search_requests"),
    )
