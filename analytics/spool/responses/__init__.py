"""The usage block of a provider's response as a record: two lines in an application.

Objects of the providers' packages and dicts of the same shape are read alike, by `analytics.rules`;
none of those packages is needed. Here is what concerns recording and streams.
"""

from typing import Any, Unpack

from analytics.errors import InvalidArgument, InvalidUsage
from analytics.rules.answers import PROVIDERS, Provider, provider_named
from analytics.rules.fields import record_fields
from analytics.rules.reading import (
    USAGE_UNKNOWN,
    Doubt,
    MissingUsage,
    Reading,
    UnreadableUsage,
    part_id,
)
from analytics.spool.lines import UsageFields
from analytics.spool.responses.streams import MeasuredCall, RecordedStream

_OWNER = ("context", "account_id", "external_id", "transaction_id", "occurred_at")
_RENAMED = ("model_id", "provider")
"""What the caller says of the call, and so of what it bills besides by the same model."""

_SHARED = ("description",)
"""What he says that holds for all that the answer bills."""


class Responses:
    """What `Recorder` has for responses. What the caller gives overrules what a response says."""

    def record(self, *, model_id: str, **fields: Unpack[UsageFields]) -> str:
        """Appends one usage record and returns its id."""
        raise NotImplementedError

    def from_response(
        self,
        response: object,
        *,
        of: str,
        model_id: str | None = None,
        **fields: Unpack[UsageFields],
    ) -> str:
        """Records a response of any provider; returns its id.

        Args:
            response: the object, or a dict of the same shape.
            of: whose it is: openai, azure, anthropic, gemini, vertex, bedrock, xai, deepseek,
                moonshot, mistral, cohere, perplexity, groq, openrouter, dashscope, voyage, jina,
                ollama, vllm or litellm. A response of another one is read by its form.
            model_id: where the response names none (transcriptions, images, most of Bedrock).
            **fields: whose usage it is, and anything else of `record`.

        Raises:
            InvalidUsage: the response has no usage, or the record cannot be right.
        """
        return self._record(_read(provider_named(of), response), {"model_id": model_id, **fields})

    def from_openai(
        self, response: object, *, model_id: str | None = None, **fields: Unpack[UsageFields]
    ) -> str:
        """Records a chat completion, response, embedding, image or transcription; returns its id.

        Args:
            response: the object, or a dict of the same shape.
            model_id: where the response names none (transcriptions, images).
            **fields: whose usage it is, and anything else of `record`.

        Raises:
            InvalidUsage: the response has no usage, or the record cannot be right.
        """
        return self._from("openai", response, {"model_id": model_id, **fields})

    def from_anthropic(
        self, response: object, *, model_id: str | None = None, **fields: Unpack[UsageFields]
    ) -> str:
        """Records a message and returns its id; see `from_openai`."""
        return self._from("anthropic", response, {"model_id": model_id, **fields})

    def from_gemini(
        self, response: object, *, model_id: str | None = None, **fields: Unpack[UsageFields]
    ) -> str:
        """Records generated content or an embedding and returns its id; see `from_openai`."""
        return self._from("gemini", response, {"model_id": model_id, **fields})

    def from_bedrock(
        self, response: object, *, model_id: str | None = None, **fields: Unpack[UsageFields]
    ) -> str:
        """Records an answer of Converse or InvokeModel and returns its id; see `from_openai`.

        Args:
            response: the answer as a dict, an InvokeModel body, or the list of a stream's events.
            model_id: the model that was asked, since most answers name none.
            **fields: whose usage it is, and anything else of `record`.

        Raises:
            InvalidUsage: the response has no usage, or the record cannot be right.
        """
        return self._from("bedrock", response, {"model_id": model_id, **fields})

    def from_litellm(
        self, response: object, *, model_id: str | None = None, **fields: Unpack[UsageFields]
    ) -> str:
        """Records a response of LiteLLM and returns its id; see `from_openai`."""
        return self._from("litellm", response, {"model_id": model_id, **fields})

    def stream(
        self,
        stream: object,
        *,
        of: str,
        model_id: str | None = None,
        **fields: Unpack[UsageFields],
    ) -> RecordedStream:
        """Passes a stream on, chunk by chunk, and records its usage when it ends.

        A stream that ends before its usage came is recorded without a price, and waits for one.

        Args:
            stream: what the provider's package returned: an iterable, or an async one.
            of: a provider that `from_response` names.
            model_id: where no chunk names one.
            **fields: whose usage it is, and anything else of `record`.
        """
        provider = _provider(of)
        given = {"model_id": model_id, **fields}

        def finish(known: dict[str, Any], tags: dict[str, str]) -> str:
            return self._record(_gathered(provider, known, tags), given)

        return RecordedStream(stream, provider.gather, finish)

    def measure(self, *, model_id: str, **fields: Unpack[UsageFields]) -> MeasuredCall:
        """A block that is one model call: recorded at its end with how long it took.

        with recorder.measure(model_id="gpt-4o", external_id="acme") as call:
            call.response(client.chat.completions.create(...), of="openai")

        A block that fails is recorded with what is known and the tag ``error``.
        """

        def record(calls: list[dict[str, Any]]) -> str:
            return self._record_all(calls, {"model_id": model_id})

        def read(response: object, of: str) -> list[dict[str, Any]]:
            return [_arguments(each) for each in _read(_provider(of), response)]

        return MeasuredCall(record, read, dict(fields))

    def _from(self, provider: str, response: object, given: dict[str, Any]) -> str:
        return self._record(_read(PROVIDERS[provider], response), given)

    def _record(self, readings: list[Reading], given: dict[str, Any]) -> str:
        first, *others = map(_arguments, readings)
        own = {name: value for name, value in given.items() if value is not None}
        for other in others:
            if other.get("model_id") == first.get("model_id"):
                other |= {name: own[name] for name in _RENAMED if name in own}
        said = own.pop("tags", None) or {}
        for call in (first, *others):
            call["tags"] = {**call.get("tags", {}), **said} or None
        shared = {name: own[name] for name in _SHARED if name in own}
        others = [{**shared, **other} for other in others]
        return self._record_all([{**first, **own}, *others], {})

    def _record_all(self, calls: list[dict[str, Any]], defaults: dict[str, Any]) -> str:
        """Records a call, and further ones that it bills besides, of the same owner."""
        first, *others = calls
        record_id = self.record(**{"model_id": None, **defaults, **first})
        owner = {name: first[name] for name in _OWNER if name in first}
        for number, other in enumerate(others, 1):
            part = other.pop("part")
            tags = {**(other.pop("tags", None) or {}), "part": part, "part_of": record_id}
            own = part_id(record_id, part, number)
            self.record(**{**defaults, **other, **owner, "id": own, "tags": tags})
        return record_id


def _read(provider: Provider, response: object) -> list[Reading]:
    try:
        return provider.readings(response)
    except MissingUsage as error:
        problem = f"the {type(response).__name__} has no usage ({error.problem}); {provider.hint}"
        raise InvalidUsage(problem=problem) from None
    except UnreadableUsage as error:
        raise InvalidUsage(problem=error.problem) from None


def _gathered(provider: Provider, known: dict[str, Any], tags: dict[str, str]) -> list[Reading]:
    """The readings of a stream that ended; one that was cut off is not known to its end."""
    last = known.get("last")
    try:
        readings = provider.readings(last)
    except MissingUsage:
        readings = [provider.described(last)]
        readings[0].tags["usage"] = "unknown"
        readings[0].doubt = Doubt(USAGE_UNKNOWN, 1)
    except UnreadableUsage as error:
        raise InvalidUsage(problem=error.problem) from None
    call = readings[0]
    # The chunk with the usage may not name what those before it did.
    call.model, call.id = call.model or known.get("model"), call.id or known.get("id")
    if not known.get("is_final"):  # it was left, it failed, or it ended too early
        call.doubt = Doubt(USAGE_UNKNOWN, 1)
    call.tags |= tags
    return readings


def _arguments(reading: Reading) -> dict[str, Any]:
    fields = record_fields(reading)
    if reading.model:
        fields["model_id"] = reading.model
    tags = fields.pop("tags", {})
    if reading.part:
        fields["part"] = reading.part
    if reading.id:
        tags = {"response_id": reading.id, **tags}
    return {**fields, "tags": tags}


def _provider(name: str) -> Provider:
    if name not in PROVIDERS:
        raise InvalidArgument(name="of", problem=f"{name!r} is none of {', '.join(PROVIDERS)}")
    return PROVIDERS[name]
