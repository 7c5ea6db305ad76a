"""Who sold an answer that speaks OpenAI's form, where the answer tells it, and how he writes it.

A provider that speaks OpenAI's form with a twist is a few lines of data here.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from analytics.rules import blocks
from analytics.rules.forms import BESIDE, EITHER, PART, Form

Twist = Callable[[Form], Form]

_TICKS_PER_USD = Decimal(10) ** 10

_TWISTS: Mapping[str, Twist] = {
    # docs.x.ai: reasoning is billed as output and stands beside completion_tokens; some proxies
    # put it inside, and then the total says so. Live search is billed by the source.
    "x-ai": lambda form: form.but(
        {
            "server_side_tool_usage_details.web_search_calls": "web_searches",
            "server_side_tool_usage_details.x_search_calls": "social_searches",
            "server_side_tool_usage_details.code_interpreter_calls": "code_executions",
            "server_side_tool_usage_details.file_search_calls": "storage_searches",
            "server_side_tool_usage_details.document_search_calls": "storage_searches",
            "server_side_tool_usage_details.mcp_calls": PART,
            "num_server_side_tools_used": PART,
            "billable_audio_seconds": "audio_milliseconds",
            "input_text_messages": "input_text_messages",
            "cached_prompt_text_tokens": "cache_read_tokens",
        },
        reasoning=EITHER,
        reasoning_default=BESIDE,
    ),
    # docs.perplexity.ai, pricing: citations and the reasoning of deep research are billed apart,
    # beside the completion and beside the stated total.
    "perplexity": lambda form: form.but(
        {
            "reasoning_tokens": "more_reasoning",
            "tool_calls_details.search_web.invocation": "web_searches",
            "tool_calls_details.web_search.invocation": "web_searches",
        }
    ),
}
"""Seller -> what he writes otherwise than OpenAI."""

_forms: dict[tuple[str, int], Form] = {}


def form_of(provider: str | None, form: Form) -> Form:
    """How a seller writes a form."""
    if provider is None or provider not in _TWISTS:
        return form
    key = (provider, id(form))
    if key not in _forms:
        _forms[key] = _TWISTS[provider](form)
    return _forms[key]


_ANSWER_KEYS = {"x_groq": "groq", "prompt_filter_results": "azure", "time_info": "cerebras"}
USAGE_KEYS = {
    "is_byok": "openrouter",
    "citation_tokens": "perplexity",
    "num_search_queries": "perplexity",
    "search_context_size": "perplexity",
    "num_sources_used": "x-ai",
    "cost_in_usd_ticks": "x-ai",
    "num_server_side_tools_used": "x-ai",
    "extra_properties": "google",
}
"""What only one seller adds to OpenAI's form, by the documentation of each."""


def told(response: object, usage: object) -> str | None:
    """The seller, where the answer tells it; None where it does not."""
    found = blocks.some_key(response, _ANSWER_KEYS) or blocks.some_key(usage, USAGE_KEYS)
    if found is not None:
        return found
    if _is_filtered(response):
        return "azure"
    # Many logs have a field of this name; only OpenRouter's answers have these ids.
    is_routed = (blocks.text(response, "id") or "").startswith("gen-")
    return "openrouter" if is_routed and blocks.text(response, "provider") else None


def stated_cost(usage: object) -> Decimal | None:
    """What the answer says that it cost, in USD.

    OpenRouter's `cost`, Perplexity's `cost.total_cost`, DeepInfra's `estimated_cost`, xAI's ticks
    (ten thousand million a dollar).
    """
    ticks, cost = blocks.get(usage, "cost_in_usd_ticks"), blocks.get(usage, "cost")
    if cost is None:
        cost = blocks.get(usage, "estimated_cost")
    if ticks is not None and (amount := blocks.money(ticks)) is not None:
        return amount / _TICKS_PER_USD
    if cost is None:
        return None
    if blocks.is_object(cost):
        cost = blocks.get(cost, "total_cost")
    return blocks.money(cost)


def _is_filtered(response: object) -> bool:
    """Azure says of each choice what its content filter found."""
    for choice in blocks.listed(response, "choices"):
        return blocks.get(choice, "content_filter_results") is not None
    return False
