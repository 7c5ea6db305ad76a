"""Whose answer it is, and what it says: the door to all readers.

A provider that speaks another's form is a line of data. An answer of a provider that nobody knows
is read by its form, and says so in the tag ``usage_form``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from analytics.rules import anthropic, bedrock, blocks, gemini, litellm, openai, others
from analytics.rules.reading import Reading

Read = Callable[[object], list[Reading]]
Describe = Callable[[object], Reading]
Gather = Callable[[object, dict[str, Any]], None]

_STREAM_HINT = "for a stream ask for it with stream_options={'include_usage': True}"
_HINTS = {
    "anthropic": "give the Message, or the stream to Recorder.stream",
    "gemini": "its usage_metadata is empty",
}


@dataclass(frozen=True, slots=True)
class Provider:
    """How the answers of one provider are read.

    Args:
        name: what callers call it.
        seller: what prices call it, where an answer does not tell another one; None where only
            the answer can.
        read: an answer -> its readings.
        describe: an answer without usage -> what else it says.
        gather: a chunk of a stream, and what was gathered -> the same with the chunk.
    """

    name: str
    seller: str | None
    read: Read
    describe: Describe
    gather: Gather

    def readings(self, response: object) -> list[Reading]:
        """The readings of an answer: the call, and what it bills besides.

        Raises:
            UnreadableUsage: it has no usage, or one that cannot be right.
        """
        return [self._sold(each) for each in self.read(response)]

    def described(self, response: object) -> Reading:
        """What an answer says whose usage never came."""
        return self._sold(self.describe(response))

    @property
    def hint(self) -> str:
        """What helps where the usage is missing."""
        return _HINTS.get(self.name, _STREAM_HINT)

    def _sold(self, reading: Reading) -> Reading:
        if reading.provider is None:
            reading.provider = self.seller
        return reading


def provider_named(name: str) -> Provider:
    """How a provider's answers are read; one that nobody knows is read by the form of each."""
    known = PROVIDERS.get(name.lower())
    if known is None:
        describe = partial(_noted, describe=_describe_any)
        return Provider(name, name, partial(_read_noted, reader=read_any), describe, _gather_any)
    return known


def read_any(response: object) -> list[Reading]:
    """An answer by the form that it is written in.

    Raises:
        UnreadableUsage: it has no usage, or one that cannot be right.
    """
    return _FORMS[form_of(response)].read(response)


_TELLING = (
    ("usage_metadata", "gemini"),
    ("usage_info", "mistral"),
    ("eval_count", "ollama"),
    ("prompt_eval_count", "ollama"),
)
"""A key that only one form has."""


def form_of(response: object) -> str:
    """The form that an answer is written in: a name of `PROVIDERS`; openai where no other."""
    if isinstance(response, list | tuple):
        return "bedrock"
    usage = blocks.get(response, "usage")
    if blocks.get(response, "type") == "message" or _excludes_cache(usage):
        return "anthropic"
    billed = blocks.within(response, "meta", "billed_units")
    if billed is not None or blocks.get(usage, "billed_units") is not None:
        return "cohere"
    if isinstance(usage, Mapping) and "inputTokens" in usage and _is_nameless(response):
        return "bedrock"
    found = (form for name, form in _TELLING if blocks.get(response, name) is not None)
    return next(found, "openai")


def _is_nameless(response: object) -> bool:
    """Converse's answers name neither a model nor what they are, as OpenAI's form does."""
    return all(
        blocks.get(response, name) is None for name in ("model", "object", "type", "text", "data")
    )


def _excludes_cache(usage: object) -> bool:
    """Anthropic's usage: the cache beside the input, and no total."""
    if blocks.get(usage, "input_tokens") is None or blocks.get(usage, "total_tokens") is not None:
        return False
    names = ("cache_creation_input_tokens", "cache_read_input_tokens", "cache_creation")
    return any(blocks.get(usage, name) is not None for name in names)


def _describe_any(response: object) -> Reading:
    return _FORMS[form_of(response)].describe(response)


def _gather_any(chunk: object, known: dict[str, Any]) -> None:
    """The first chunk that tells its form decides for the stream."""
    form = known.get("form")
    if form is None:
        form = _form_of_chunk(chunk)
        if form is not None:
            known["form"] = form
    _FORMS[form or "openai"].gather(chunk, known)


def _form_of_chunk(chunk: object) -> str | None:
    if blocks.get(chunk, "type") in {"message_start", "message_delta"}:
        return "anthropic"
    if any(blocks.get(chunk, name) is not None for name in ("candidates", "usage_metadata")):
        return "gemini"
    if any(blocks.get(chunk, name) is not None for name in ("message_start", "metadata")):
        return "bedrock"
    return "openai" if blocks.get(chunk, "object") is not None else None


def _read_noted(response: object, reader: Read) -> list[Reading]:
    found = reader(response)
    for each in found:
        each.tags["usage_form"] = form_of(response)
    return found


def _noted(response: object, describe: Describe) -> Reading:
    reading = describe(response)
    reading.tags["usage_form"] = form_of(response)
    return reading


def _openai_of(response: object, seller: str) -> list[Reading]:
    """OpenAI's form as a seller writes it, or another form that he speaks too."""
    if form_of(response) != "openai":
        return read_any(response)
    return openai.read(response, seller=seller)


def _bedrock_of(response: object) -> Reading:
    return bedrock.describe(bedrock.merged(response) if isinstance(response, list) else response)


_FORMS: dict[str, Provider] = {
    provider.name: provider
    for provider in (
        Provider("openai", None, openai.read, openai.describe, openai.gather),
        Provider("anthropic", None, anthropic.read, anthropic.describe, anthropic.gather),
        Provider("gemini", None, gemini.read, gemini.describe, gemini.gather),
        Provider("bedrock", "aws", bedrock.read, _bedrock_of, bedrock.gather),
        Provider("cohere", "cohere", others.read_cohere, openai.describe, others.gather_last),
        Provider("mistral", "mistral", others.read_mistral, openai.describe, openai.gather),
        Provider("ollama", "ollama", others.read_ollama, openai.describe, others.gather_last),
    )
}

_SPEAK_OPENAI = {
    "openai": "openai",
    "azure": "azure",
    "groq": "groq",
    "openrouter": "openrouter",
    "xai": "x-ai",
    "x-ai": "x-ai",
    "deepseek": "deepseek",
    "perplexity": "perplexity",
    "moonshot": "moonshotai",
    "moonshotai": "moonshotai",
    "vllm": "vllm",
    "vertex": "google",
}
"""Providers that speak OpenAI's form (some of them others too) -> what prices call them."""


def _readers() -> dict[str, Provider]:
    found = {
        name: Provider(
            name, seller, partial(_openai_of, seller=seller), _describe_any, openai.gather
        )
        for name, seller in _SPEAK_OPENAI.items()
    }
    found |= {name: form for name, form in _FORMS.items() if name != "openai"}
    for name, form, seller in (
        ("anthropic", "anthropic", "anthropic"),
        ("gemini", "gemini", "google"),
        ("google", "gemini", "google"),
        ("aws", "bedrock", "aws"),
    ):
        base = _FORMS[form]
        found[name] = Provider(name, seller, base.read, base.describe, base.gather)
    found["vertex"] = Provider("vertex", "google", read_any, _describe_any, _gather_any)
    found["azure"] = Provider("azure", "azure", read_any, _describe_any, _gather_any)
    found["litellm"] = Provider("litellm", None, litellm.read, litellm.describe, litellm.gather)
    found["dashscope"] = Provider(
        "dashscope", "dashscope", others.read_dashscope, openai.describe, openai.gather
    )
    for name, seller in (("voyage", "voyageai"), ("voyageai", "voyageai"), ("jina", "jina")):
        read = partial(others.read_embedded, provider=seller)
        found[name] = Provider(name, seller, read, openai.describe, openai.gather)
    return found


def seller_named(name: str) -> str:
    """What prices call a provider, by the name that a log gives it."""
    known = PROVIDERS.get(name.lower())
    return name.lower() if known is None or known.seller is None else known.seller


PROVIDERS: Mapping[str, Provider] = _readers()
"""Every provider that is known, by the name that callers give."""
