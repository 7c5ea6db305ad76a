"""LiteLLM: answers of any provider in OpenAI's form, with parts that OpenAI has not.

It has made the totals inclusive already, Anthropic's too. Which provider served is in the answer's
hidden parameters; an answer from its own cache used nothing. Source: the types of the package
litellm (`Usage`, `PromptTokensDetailsWrapper`, `ServerToolUse`).
"""

from typing import Any

from analytics.rules import blocks, openai, sellers
from analytics.rules.forms import KEPT, Form
from analytics.rules.openai import OPENAI
from analytics.rules.reading import MissingUsage, Reading

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

_PROMPT = "prompt_tokens_details"
LITELLM = OPENAI.but(
    {
        f"{_PROMPT}.cache_creation_token_details.ephemeral_5m_input_tokens": "cache_write_5m",
        f"{_PROMPT}.cache_creation_token_details.ephemeral_1h_input_tokens": (
            "cache_write_1h_tokens"
        ),
        f"{_PROMPT}.cache_creation_token_details.ephemeral_12h_input_tokens": (
            "cache_write_1h_tokens"
        ),
        f"{_PROMPT}.web_search_requests": "web_searches",
        f"{_PROMPT}.character_count": "input_characters",
        f"{_PROMPT}.image_count": KEPT,
        f"{_PROMPT}.video_length_seconds": KEPT,
        "server_tool_use.tool_search_requests": KEPT,
        "search_units": "rerank_searches",
    }
)


def read(response: object) -> list[Reading]:
    """The call of an answer.

    Raises:
        UnreadableUsage: it has no usage, or one that cannot be right.
    """
    usage = blocks.get(response, "usage")
    if usage is None:
        raise MissingUsage("it has no usage")
    hidden = _hidden(response)
    if blocks.get(hidden, "cache_hit") is True:
        reading = describe(response)
        reading.tags["cache_hit"] = "true"
        reading.meters = {"requests": 0}
        return [reading]
    found = openai.read(response, form_of(usage))
    return [_served(each, hidden) for each in found]


def describe(response: object) -> Reading:
    """What an answer says besides its counts."""
    return _served(openai.describe(response), _hidden(response))


def form_of(usage: object) -> Form:
    """How a usage that LiteLLM passes on is written; Perplexity's own counts stay as they are."""
    return sellers.form_of(sellers.told(None, usage), LITELLM)


def provider_of(name: str | None) -> str | None:
    """The provider that prices have, of LiteLLM's name of one."""
    return _PROVIDERS.get(name, name) if name else None


def gather(chunk: object, known: dict[str, Any]) -> None:
    """Keeps what a chunk says: the last usage wins, and is the whole call's."""
    openai.gather(chunk, known)


def _hidden(response: object) -> object:
    return blocks.get(response, "_hidden_params")


def _served(reading: Reading, hidden: object) -> Reading:
    reading.provider = provider_of(blocks.text(hidden, "custom_llm_provider"))
    if reading.cost_usd is None:
        reading.cost_usd = blocks.money(blocks.get(hidden, "response_cost"))
    return reading
