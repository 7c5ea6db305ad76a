"""Which keys of a usage block count something, and which counters are known to be free."""

import re

_ENDINGS = (
    *("tokens", "count", "requests", "searches", "queries", "pages"),
    *("seconds", "characters", "images", "units"),
)
"""A key that is one of these words or ends in ``_<word>`` counts something."""

_NEVER = frozenset(
    (
        *("time", "times", "duration", "latency", "elapsed", "queue", "timestamp", "ttl"),
        *("tick", "ticks", "cost", "costs", "price", "id", "ids", "per", "limit", "remaining"),
    )
)
"""Words that make a key a time, an amount, a rate or a name, whatever it ends in."""

_SAFE = re.compile(r"[^A-Za-z0-9_.:/+@-]", re.ASCII)

FREE: dict[str, str] = {
    "server_tool_use.web_fetch_requests": (
        "Anthropic, web fetch tool: no charge beyond the tokens of what was fetched"
    ),
    "completion_tokens_details.accepted_prediction_tokens": (
        "openai.types.CompletionUsage: tokens of the prediction that appear in the completion"
    ),
    "completion_tokens_details.rejected_prediction_tokens": (
        "openai.types.CompletionUsage: counted in completion_tokens for billing"
    ),
    "server_side_tool_usage_details.mcp_calls": (
        "docs.x.ai, pricing of tools: remote MCP tools are billed by the token only"
    ),
    "num_server_side_tools_used": (
        "docs.x.ai: the sum of server_side_tool_usage_details, each of which is read"
    ),
    "prompt_cache_miss_tokens": (
        "api-docs.deepseek.com: the prompt's tokens besides prompt_cache_hit_tokens"
    ),
}
"""Counters that cost nothing by themselves, by their path in a block, each with its source."""

_known: dict[str, bool] = {}


def counts_never(name: str) -> bool:
    """Whether a key in snake_case is a time, an amount, a rate or a name, whatever it ends in."""
    return not _NEVER.isdisjoint(name.split("_"))


def is_count_like(name: str) -> bool:
    """Whether a key in snake_case counts something."""
    found = _known.get(name)
    if found is None:
        words = name.split("_")
        found = words[-1] in _ENDINGS and not _NEVER.intersection(words)
        if len(_known) >= 10_000:
            _known.clear()
        _known[name] = found
    return found


def meter_name(path: str) -> str:
    """A path as the name of a meter: what JSON would have to escape is left out."""
    return _SAFE.sub("", path)[:200] or "unnamed"
