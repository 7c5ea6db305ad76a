"""Tools that a provider runs within a call and bills besides its tokens.

Sources: the types of the package openai (`ResponseOutputItem`, `ToolUsage`, `SvgUsage`), OpenAI's
prices of built-in tools, and docs.x.ai, server side tools.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from analytics.rules import blocks
from analytics.rules.forms import PART, Counts, Form, take_apart
from analytics.rules.reading import Reading
from analytics.rules.totals import settle

_FREE_CALLS = frozenset(
    (
        # They run where the caller is, or cost the tokens only (OpenAI's prices of tools).
        *("function_call", "custom_tool_call", "mcp_call", "computer_call", "local_shell_call"),
        *("apply_patch_call", "tool_search_call"),
    )
)

_IMAGES = "tool_usage.image_gen"
_TOOLS = Form.of(
    {
        f"{_IMAGES}.total_tokens": PART,
        f"{_IMAGES}.input_tokens_details.text_tokens": PART,
        f"{_IMAGES}.input_tokens_details.image_tokens": PART,
        f"{_IMAGES}.output_tokens_details.text_tokens": PART,
        f"{_IMAGES}.output_tokens_details.image_tokens": PART,
        f"{_IMAGES}.cached_tokens": PART,
        f"{_IMAGES}.cached_tokens_details.cached_text_tokens": PART,
        f"{_IMAGES}.cached_tokens_details.cached_image_tokens": PART,
        "tool_usage.web_search.num_requests": "web_searches",
    }
)
"""The model that made the images is not said, so their tokens are kept under their own names."""

_AUTHORING = Form.of(
    {
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "reasoning_tokens": "output_reasoning_tokens",
        "total_tokens": "total_tokens",
    }
)


def count(response: object, reading: Reading, counts: Counts) -> None:
    """Adds the hosted tools of an answer to what its usage counts."""
    usage = blocks.get(response, "tool_usage")
    if usage is not None:
        found = take_apart({"tool_usage": usage}, _TOOLS)
        # Calls of the same search are items too: the larger number is right, since items of a
        # stream may be missing, and older answers have no such usage.
        _raise_to(counts, "web_searches", found.known.get("web_searches", 0))
        counts.other |= found.other
    output = blocks.get(response, "output")
    if isinstance(output, list | tuple):
        _count_items(output, reading, counts)


def authoring(response: object, reading: Reading) -> Iterator[Reading]:
    """Records of the model that wrote an SVG for an image call: another model, billed besides."""
    for source in (response, *blocks.listed(response, "output")):
        usage = blocks.get(source, "svg_usage")
        if usage is not None:
            model = blocks.text(usage, "model")
            other = Reading(model=model, provider=reading.provider, part="svg_authoring")
            other.variant, other.tags = dict(reading.variant), dict(reading.tags)
            settle(other, take_apart(usage, _AUTHORING), _AUTHORING)
            yield other


def _count_items(output: Iterable[object], reading: Reading, counts: Counts) -> None:
    found: Counter[str] = Counter()
    containers: dict[str, None] = {}
    for item in output:
        kind = blocks.text(item, "type") or ""
        if not kind.endswith("_call") or kind in _FREE_CALLS:
            continue
        container = _container(item)
        if container is not None:
            containers[container] = None
        elif kind != "shell_call" and _is_billed(kind, item):
            found[kind] += 1
    _raise_to(counts, "web_searches", found.pop("web_search_call", 0))
    _raise_to(counts, "storage_searches", found.pop("file_search_call", 0))
    if any(name.startswith(_IMAGES) for name in counts.other):
        found.pop("image_generation_call", None)
    if containers:
        # Billed by session and time, which the answer does not say.
        counts.keep("container_sessions", len(containers))
        reading.tags["container_id"] = ",".join(containers)[:256]
    for kind, number in found.items():
        counts.keep(f"{kind}s", number)


def _is_billed(kind: str, item: object) -> bool:
    """A search that failed is free; opening a page, and finding something in one, are none."""
    status = blocks.get(item, "status")
    if kind == "web_search_call":
        action = blocks.text(blocks.get(item, "action"), "type") or "search"
        return action == "search" and (status is None or status == "completed")
    if kind == "file_search_call":
        return status is None or status == "completed"
    return bool(status != "failed")


def _container(item: object) -> str | None:
    """The hosted container that a call ran in: its own, or that of its environment."""
    found = blocks.text(item, "container_id")
    return found or blocks.text(blocks.get(item, "environment"), "container_id")


def _raise_to(counts: Counts, role: str, number: int) -> None:
    if number > counts.known.get(role, 0):
        counts.known[role] = number
