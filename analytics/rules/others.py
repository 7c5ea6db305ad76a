"""Providers with usage blocks of their own: Cohere, Mistral's OCR, Ollama, DashScope, Voyage, Jina.

Sources stand at each form.
"""

from typing import Any

from analytics.rules import blocks, variants
from analytics.rules.forms import KEPT, PART, Counts, Form, take_apart
from analytics.rules.openai import OPENAI
from analytics.rules.openai import read as read_openai
from analytics.rules.reading import MissingUsage, Reading
from analytics.rules.totals import settle

COHERE = Form.of(
    {
        "billed_units.input_tokens": "input_tokens",
        "billed_units.output_tokens": "output_tokens",
        "billed_units.search_units": "rerank_searches",
        "billed_units.classifications": KEPT,
        "billed_units.images": KEPT,
        "billed_units.image_tokens": "input_image_tokens",
        # Processed, not billed: they include what Cohere adds to the prompt by itself.
        "tokens.input_tokens": PART,
        "tokens.output_tokens": PART,
        "cached_tokens": "cache_read_tokens",
    }
)
"""docs.cohere.com, "How does Cohere's pricing work": `billed_units` is what is billed; chat has it
in `usage`, embed and rerank in `meta`."""

OCR = Form.of(
    {
        "pages_processed": "document_pages",
        "pages_processed_annotation": "annotated_document_pages",
    }
)
"""docs.mistral.ai, OCR: `usage_info.pages_processed`; with an annotation each page is billed as an
annotated one."""

HEARD = OPENAI.but({"prompt_tokens": PART, "completion_tokens": PART, "total_tokens": PART})
"""docs.mistral.ai, audio transcription: billed by the minute; its tokens are not."""

OLLAMA = Form.of({"prompt_eval_count": "input_tokens", "eval_count": "output_tokens"})
"""github.com/ollama/ollama, docs/api.md: durations are nanoseconds, counts are tokens."""

DASHSCOPE = OPENAI.but(
    {
        "image_tokens": "input_image_tokens",
        "audio_tokens": "input_audio_tokens",
        "video_tokens": "input_video_tokens",
        "plugins.search.count": "web_searches",
        "x_tools.web_search.count": "web_searches",
        "image_count": KEPT,
    },
    # What was billed by which API: the same counts once more.
    handlers={"x_details": lambda _value, _path, _counts: None},
)
"""help.aliyun.com, DashScope API: `input_tokens` includes image, audio and video tokens."""


def _pixels(value: Any, path: str, counts: Counts) -> None:
    so_far = counts.known.get("input_pixels", 0)
    counts.known["input_pixels"] = so_far + blocks.count(value, path, "input_pixels")


EMBEDDED = OPENAI.but(
    {"text_tokens": "input_tokens", "image_tokens": "input_image_tokens"},
    handlers={"image_pixels": _pixels, "video_pixels": _pixels},
)
"""docs.voyageai.com, multimodal embeddings: text by the token, images and videos by the pixel, and
`total_tokens` has the pixels in it; jina.ai: `total_tokens`, for most calls nothing else."""


def read_cohere(response: object) -> list[Reading]:
    """A chat, an embedding or a rerank of Cohere.

    Raises:
        UnreadableUsage: it has no usage, or one that cannot be right.
    """
    usage = blocks.get(response, "usage")
    block = blocks.get(response, "meta") if usage is None else usage
    if blocks.get(usage, "prompt_tokens") is not None:
        return read_openai(response)  # its compatibility API
    reading = Reading(model=blocks.text(response, "model"), provider="cohere")
    reading.id = blocks.text(response, "id") or blocks.text(response, "generation_id")
    if block is None:
        raise MissingUsage("it has no usage")
    counts = take_apart(block, COHERE)
    _known(counts)
    cached = counts.known.get("cache_read_tokens", 0)
    if cached > counts.known.get("input_tokens", 0):
        # They are of what was processed, which is more than what is billed.
        counts.keep("cached_tokens", counts.known.pop("cache_read_tokens"))
    if "rerank_searches" in counts.known:
        reading.usage_type = "rerank"
    elif blocks.get(response, "embeddings") is not None:
        reading.usage_type = "embedding"
    settle(reading, counts, COHERE)
    return [reading]


def read_mistral(response: object) -> list[Reading]:
    """A chat, an embedding, a transcription or a document of Mistral.

    Raises:
        UnreadableUsage: it has no usage, or one that cannot be right.
    """
    pages = blocks.get(response, "usage_info")
    if pages is None:
        is_heard = blocks.get(response, "text") is not None
        found = read_openai(response, HEARD if is_heard else OPENAI)
        if is_heard:
            found[0].usage_type = "audio_stt"
        return [_sold(each, "mistral") for each in found]
    reading = Reading(model=blocks.text(response, "model"), provider="mistral")
    reading.id, reading.usage_type = blocks.text(response, "id"), "document"
    counts = take_apart(pages, OCR)
    _known(counts)
    is_annotated = blocks.get(response, "document_annotation") is not None or any(
        blocks.get(image, "image_annotation") is not None
        for page in blocks.listed(response, "pages")
        for image in blocks.listed(page, "images")
    )
    if is_annotated and "annotated_document_pages" not in counts.known:
        counts.known["annotated_document_pages"] = counts.known.get("document_pages", 0)
    settle(reading, counts, OCR)
    return [reading]


def read_ollama(response: object) -> list[Reading]:
    """An answer of Ollama's own API; its other one speaks OpenAI's form.

    Raises:
        UnreadableUsage: it has no usage, or one that cannot be right.
    """
    if blocks.get(response, "usage") is not None:
        return [_sold(each, "ollama") for each in read_openai(response)]
    reading = Reading(model=blocks.text(response, "model"), provider="ollama")
    names = ("prompt_eval_count", "eval_count")
    found = {name: blocks.get(response, name) for name in names}
    counts = take_apart(found, OLLAMA)
    _known(counts)
    if blocks.get(response, "embeddings") is not None:
        reading.usage_type = "embedding"
    settle(reading, counts, OLLAMA)
    return [reading]


def read_dashscope(response: object) -> list[Reading]:
    """An answer of DashScope's own API, or of its compatible one.

    Raises:
        UnreadableUsage: it has no usage, or one that cannot be right.
    """
    usage = blocks.get(response, "usage")
    if blocks.get(usage, "prompt_tokens") is not None or blocks.get(response, "object") is not None:
        return [_sold(each, "dashscope") for each in read_openai(response, DASHSCOPE)]
    if usage is None:
        raise MissingUsage("it has no usage")
    reading = Reading(model=blocks.text(response, "model"), provider="dashscope")
    reading.id = blocks.text(response, "request_id")
    variants.add(reading.variant, "service_tier", blocks.get(response, "service_tier"))
    counts = take_apart(usage, DASHSCOPE)
    _known(counts)
    if blocks.get(blocks.get(response, "output"), "embeddings") is not None:
        reading.usage_type = "embedding"
    settle(reading, counts, DASHSCOPE)
    return [reading]


def read_embedded(response: object, provider: str) -> list[Reading]:
    """An embedding or a rerank of Voyage or Jina.

    Raises:
        UnreadableUsage: it has no usage, or one that cannot be right.
    """
    usage = blocks.get(response, "usage")
    if usage is None:
        raise MissingUsage("it has no usage")
    reading = Reading(model=blocks.text(response, "model"), provider=provider)
    reading.id = blocks.text(response, "id")
    counts = take_apart(usage, EMBEDDED)
    _known(counts)
    if "input_pixels" in counts.known:
        counts.known.pop("total_tokens", None)
    first = next(iter(blocks.listed(response, "data") or blocks.listed(response, "results")), None)
    ranked = blocks.get(first, "relevance_score") is not None
    reading.usage_type = "rerank" if ranked else "embedding"
    settle(reading, counts, EMBEDDED)
    return [reading]


def gather_last(chunk: object, known: dict[str, Any]) -> None:
    """Keeps the last chunk of a stream, or of Cohere what its last event holds."""
    delta = blocks.get(chunk, "delta")
    source = delta if blocks.get(delta, "usage") is not None else chunk
    finished = blocks.get(chunk, "response")
    if finished is not None:
        source = finished
    has_counts = any(
        blocks.get(source, name) is not None for name in ("usage", "meta", "eval_count")
    )
    known["is_final"] = has_counts or known.get("is_final", False)
    if has_counts or "last" not in known:
        known["last"] = source


def _sold(reading: Reading, provider: str) -> Reading:
    reading.provider = reading.provider or provider
    return reading


def _known(counts: Counts) -> None:
    if not counts.known:
        named = ", ".join(counts.other) or "nothing that is known"
        raise MissingUsage(f"its usage has {named}")
