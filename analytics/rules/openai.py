"""OpenAI's form: chat completions, responses, batches, images, audio, realtime, embeddings.

Cached tokens and cache writes are inside the input. Reasoning is inside the output as OpenAI writes
it, and beside it as some write it who speak the same form (xAI): there the total decides. Sources:
the types of the package openai (`CompletionUsage`, `ResponseUsage`, `ImagesResponse`,
`Transcription`, `RealtimeResponseUsage`, `BatchUsage`), and OpenAI's documentation of end points.
"""

from typing import Any

from analytics.rules import blocks, hosted_tools, sellers, variants
from analytics.rules.forms import EITHER, KEPT, PART, Counts, Form, keep_all, take_apart
from analytics.rules.reading import USAGE_UNKNOWN, Doubt, MissingUsage, Reading
from analytics.rules.totals import settle

_INPUT = {
    "": "input_tokens",
    "_details.cached_tokens": "cache_read_tokens",
    "_details.cache_write_tokens": "cache_writes",
    # What is kept for hours is priced as the long cache write that other providers have.
    "_details.cache_write_tokens_details.ttl_12h_tokens": "cache_write_1h_tokens",
    "_details.cache_write_tokens_details.ttl_30m_tokens": "cache_write_5m",
    "_details.audio_tokens": "input_audio_tokens",
    "_details.image_tokens": "input_image_tokens",
    "_details.video_tokens": "input_video_tokens",
    "_details.text_tokens": PART,
    "_details.cached_tokens_details.audio_tokens": "cache_audio_read_tokens",
    "_details.cached_tokens_details.image_tokens": "cache_image_read_tokens",
    "_details.cached_tokens_details.text_tokens": PART,
}
_OUTPUT = {
    "": "output_tokens",
    "_details.reasoning_tokens": "output_reasoning_tokens",
    "_details.audio_tokens": "output_audio_tokens",
    "_details.image_tokens": "output_image_tokens",
    "_details.video_tokens": "output_video_tokens",
    "_details.text_tokens": PART,
}
_NAMES = (("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens"))


def _spelled() -> dict[str, str]:
    """Responses say input, chat says prompt; realtime and transcriptions say ``token_details``."""
    roles: dict[str, str] = {}
    for taken, made in _NAMES:
        for name, parts in ((taken, _INPUT), (made, _OUTPUT)):
            singular = name.removesuffix("s")
            roles |= {name + path: role for path, role in parts.items()}
            roles |= {singular + path: role for path, role in parts.items() if path}
    return roles


def _iterations(value: Any, path: str, counts: Counts) -> None:
    """OpenRouter passes Anthropic's iterations on; messages are inside the totals."""
    for each in value if isinstance(value, list | tuple) else ():
        kind = blocks.text(each, "type")
        if blocks.is_object(each) and kind not in {None, "message", "fallback_message"}:
            keep_all(each, f"{path}.{kind}", counts)


OPENAI = Form.of(
    {
        **_spelled(),
        "total_tokens": "total_tokens",
        "seconds": "audio_milliseconds",
        # Databricks, Modal, vLLM and Cloudflare say it at the top.
        "reasoning_tokens": "output_reasoning_tokens",
        # Moonshot and DashScope, Mistral, DeepSeek, and LiteLLM's and Databricks' own words.
        "cached_tokens": "cache_read_tokens",
        "num_cached_tokens": "cache_read_tokens",
        "prompt_cache_hit_tokens": "cache_read_tokens",
        "prompt_cache_miss_tokens": PART,
        "cache_read_input_tokens": "cache_read_tokens",
        "cache_creation_input_tokens": "cache_writes",
        "prompt_tokens_details.cache_creation_tokens": "cache_writes",
        "prompt_tokens_details.cache_read_tokens": "cache_read_tokens",
        "prompt_tokens_details.cache_creation_input_tokens": "cache_writes",
        "input_tokens_details.cache_read_input_tokens": "cache_read_tokens",
        "input_tokens_details.cache_creation_input_tokens": "cache_writes",
        "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
        "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h_tokens",
        "prompt_tokens_details.cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
        "prompt_tokens_details.cache_creation.ephemeral_1h_input_tokens": "cache_write_1h_tokens",
        # Mistral's audio chat states the seconds of what it heard.
        "prompt_audio_seconds": "audio_milliseconds",
        "server_tool_use.web_search_requests": "web_searches",
        "num_search_queries": "web_searches",
        "citation_tokens": "output_citation_tokens",
        "num_sources_used": KEPT,
    },
    handlers={"iterations": _iterations},
    reasoning=EITHER,
)
"""OpenAI's own names, and those that others who speak its form add to it."""


_CUT = frozenset(("cancelled", "incomplete"))
"""Statuses of a response that began, and whose usage may never have come."""


def read(response: object, form: Form = OPENAI, seller: str | None = None) -> list[Reading]:
    """The call of an answer.

    Args:
        response: the answer, or the object that holds its usage.
        form: how the block is written.
        seller: whose it is, where the answer does not tell it: some write the form otherwise.

    Raises:
        UnreadableUsage: it has no usage, or one that cannot be right.
    """
    usage = blocks.get(response, "usage")
    if type(response) is dict and type(usage) is dict and _is_usual(response, usage):
        found = _usual(response, usage, sellers.form_of(seller, form))
        if found is not None:
            return [found]
    reading = describe(response)
    if usage is None:
        return _without_usage(response, reading)
    form = sellers.form_of(reading.provider or seller, form)
    counts = take_apart(usage, form)
    if blocks.get(usage, "server_side_tool_usage_details") is None:
        hosted_tools.count(response, reading, counts)  # xAI's own sums are what it bills
    reading.usage_type = _usage_type(response, usage, counts.known)
    _require(counts.known, reading)
    if blocks.get(response, "object") == "batch":
        # A price that depends on a request's size cannot be told of a sum: load the output file.
        done = blocks.within(response, "request_counts", "completed")
        counts.keep("batch_requests", blocks.count(1 if done is None else done, "completed"))
    settle(reading, counts, form)
    if reading.usage_type == "image" and "output_image_tokens" not in counts.known:
        # Without a breakdown all of an image's output is image.
        made = reading.meters.get("output_tokens", 0)
        reading.meters |= {"output_image_tokens": made} if made else {}
    return [reading, *hosted_tools.authoring(response, reading)]


_USUAL_KEYS = frozenset(
    (
        *("id", "object", "created", "created_at", "model", "choices", "usage", "service_tier"),
        *("system_fingerprint", "status", "metadata"),
    )
)
_TELLING_IN_USAGE = frozenset(
    (
        *("service_tier", "speed", "inference_geo", "type", "cost", "seconds"),
        "estimated_cost",
        *("server_side_tool_usage_details", *sellers.USAGE_KEYS),
    )
)
_usual_shapes: dict[tuple[tuple[str, ...], tuple[str, ...]], bool] = {}


def _is_usual(response: dict[str, Any], usage: dict[str, Any]) -> bool:
    """Whether an answer's keys are those of a chat: none tells a seller, a tool or another kind."""
    shape = (tuple(response), tuple(usage))
    known = _usual_shapes.get(shape)
    if known is None:
        known = _USUAL_KEYS.issuperset(map(blocks.snake, response))
        known = known and _TELLING_IN_USAGE.isdisjoint(map(blocks.snake, usage))
        if len(_usual_shapes) >= 1_000:
            _usual_shapes.clear()
        _usual_shapes[shape] = known
    return known


def _usual(response: dict[str, Any], usage: dict[str, Any], form: Form) -> Reading | None:
    """The call of an answer with the usual keys; None where its values are not as usual."""
    choices, model, name = response.get("choices"), response.get("model"), response.get("id")
    first = choices[0] if type(choices) is list and choices else None
    if response.get("object") == "list" or blocks.get(first, "content_filter_results") is not None:
        return None
    if type(model) is not str or type(name) is not str or name.startswith("gen-"):
        return None
    counts = take_apart(usage, form)
    if "input_tokens" not in counts.known or "output_tokens" not in counts.known:
        return None
    reading = Reading(model or None, id=name or None)
    if (tier := blocks.get(response, "service_tier")) is not None:
        variants.add(reading.variant, "service_tier", tier)
    settle(reading, counts, form)
    return reading


def describe(response: object) -> Reading:
    """What an answer says besides its counts: whose it is, the model, the tier, the stated cost."""
    usage = blocks.get(response, "usage")
    reading = Reading(model=blocks.text(response, "model"), id=blocks.text(response, "id"))
    reading.provider = sellers.told(response, usage)
    reading.cost_usd = sellers.stated_cost(usage)
    tier = blocks.get(response, "service_tier")
    if tier is None:
        tier = blocks.get(usage, "service_tier")
    if reading.provider == "google":
        # Vertex's OpenAI door says it as Gemini does.
        traffic = blocks.within(usage, "extra_properties", "google", "traffic_type")
        tier = traffic.lower().removeprefix("on_demand_") if isinstance(traffic, str) else tier
    if blocks.get(response, "object") == "batch":
        reading.variant["processing"] = "batch"
    for key, value in (
        ("service_tier", tier),
        ("speed", blocks.get(usage, "speed")),
        ("inference_geo", blocks.get(usage, "inference_geo")),
    ):
        if value is not None:
            variants.add(reading.variant, key, value)
    if reading.provider == "openrouter" and (upstream := blocks.text(response, "provider")):
        reading.tags["upstream"] = upstream
    elif reading.provider == "perplexity" and (size := blocks.text(usage, "search_context_size")):
        # Its fee for a request depends on it.
        reading.tags["search_context_size"] = size
    return reading


def gather(chunk: object, known: dict[str, Any]) -> None:
    """Keeps what a chunk of a stream says: the last usage wins, and is the whole call's.

    Some state the sums so far in every chunk: those count once a choice has ended. Where a chunk
    has no choices, its usage is the last word.
    """
    response = blocks.get(chunk, "response")
    source = response if response is not None else chunk
    has_usage = blocks.get(source, "usage") is not None
    choices = list(blocks.listed(source, "choices"))
    is_end = any(blocks.get(each, "finish_reason") is not None for each in choices)
    known["has_ended"] = known.get("has_ended", False) or is_end or (has_usage and not choices)
    for name in ("id", "model"):
        known[name] = known.get(name) or blocks.text(source, name)
    # A delta names nothing: what the stream began with says the model and the id.
    says_more = "last" not in known or blocks.text(source, "model") is not None
    if has_usage or (says_more and blocks.get(known.get("last"), "usage") is None):
        known["last"] = source
    known["is_final"] = known["has_ended"] and blocks.get(known["last"], "usage") is not None


def _usage_type(response: object, usage: object, known: dict[str, int]) -> str | None:
    kind = blocks.text(response, "type") or ""
    if blocks.text(usage, "type") in {"tokens", "duration"} or kind.startswith("transcript.text"):
        return "audio_stt"
    if kind.startswith("speech.audio"):
        return "audio_tts"
    if kind.startswith(("image_generation.", "image_edit.")):
        return "image"
    data = blocks.get(response, "data")
    if blocks.get(response, "object") == "list" or (
        data is not None and "output_tokens" not in known
    ):
        ranked = blocks.get(response, "results") is not None or _has_scores(data)
        return "rerank" if ranked else "embedding"
    if data is not None:
        return "image"
    is_alone = known.get("total_tokens") == known.get("input_tokens", -1)
    return "embedding" if is_alone and "output_tokens" not in known else None


def _has_scores(data: object) -> bool:
    first = data[0] if isinstance(data, list | tuple) and data else None
    return blocks.get(first, "relevance_score") is not None


def _require(known: dict[str, int], reading: Reading) -> None:
    """A block without input and output says nothing; only some kinds of calls have no output."""
    if "audio_milliseconds" in known and "input_tokens" not in known:
        return
    has_no_output = reading.usage_type in {"embedding", "rerank"}
    if has_no_output and ("input_tokens" in known or "total_tokens" in known):
        return
    if "input_tokens" not in known or "output_tokens" not in known:
        given = ", ".join(sorted(known)) or "nothing that is known"
        raise MissingUsage(f"its usage has {given}")


def _without_usage(response: object, reading: Reading) -> list[Reading]:
    """A verbose transcription has the length of what it heard; what was cut off has nothing."""
    if blocks.get(response, "text") is not None and blocks.get(response, "duration") is not None:
        heard = blocks.milliseconds(blocks.get(response, "duration"), "duration")
        reading.usage_type = "audio_stt"
        reading.meters = {"audio_milliseconds": heard} if heard else {}
        return [reading]
    if blocks.text(response, "status") in _CUT:
        reading.doubt = Doubt(USAGE_UNKNOWN, 1)
        return [reading]
    raise MissingUsage("it has no usage")
