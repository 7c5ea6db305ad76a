"""The usage block of a provider's response as a record: two lines in an application.

Objects of the providers' packages and dicts of the same shape are read alike, by the names of their
fields; none of those packages is needed. One module a provider says how its numbers become meters.
"""

from types import ModuleType
from typing import Any, Unpack

from analytics.errors import InvalidArgument
from analytics.spool.lines import UsageFields
from analytics.spool.responses import anthropic, gemini, litellm, openai
from analytics.spool.responses.reading import Call, get
from analytics.spool.responses.streams import MeasuredCall, RecordedStream

_OWNER = ("context", "account_id", "external_id", "transaction_id", "occurred_at")
_PROVIDERS = {"openai": openai, "anthropic": anthropic, "gemini": gemini, "litellm": litellm}


class Responses:
    """What `Recorder` has for responses. What the caller gives overrules what a response says."""

    def record(self, *, model_id: str, **fields: Unpack[UsageFields]) -> str:
        """Appends one usage record and returns its id."""
        raise NotImplementedError

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
        return self._from(openai, response, {"model_id": model_id, **fields})

    def from_anthropic(
        self, response: object, *, model_id: str | None = None, **fields: Unpack[UsageFields]
    ) -> str:
        """Records a message and returns its id; see `from_openai`."""
        return self._from(anthropic, response, {"model_id": model_id, **fields})

    def from_gemini(
        self, response: object, *, model_id: str | None = None, **fields: Unpack[UsageFields]
    ) -> str:
        """Records generated content or an embedding and returns its id; see `from_openai`."""
        return self._from(gemini, response, {"model_id": model_id, **fields})

    def from_litellm(
        self, response: object, *, model_id: str | None = None, **fields: Unpack[UsageFields]
    ) -> str:
        """Records a response of LiteLLM and returns its id; see `from_openai`."""
        return self._from(litellm, response, {"model_id": model_id, **fields})

    def stream(
        self,
        stream: object,
        *,
        of: str,
        model_id: str | None = None,
        **fields: Unpack[UsageFields],
    ) -> RecordedStream:
        """Passes a stream on, chunk by chunk, and records its usage when it ends.

        Args:
            stream: what the provider's package returned: an iterable, or an async one.
            of: "openai", "anthropic", "gemini" or "litellm".
            model_id: where no chunk names one.
            **fields: whose usage it is, and anything else of `record`.
        """
        provider = _provider(of)
        given = {"model_id": model_id, **fields}

        def finish(known: dict[str, Any], tags: dict[str, str]) -> str:
            last = known.get("last")
            usage = get(last, "usage_metadata" if provider is gemini else "usage")
            if usage is not None:
                calls = provider.read(last)
            else:
                calls = [provider.describe(last)]
                calls[0].tags["usage"] = "unknown"
            calls[0].tags |= tags
            return self._record_calls(calls, given)

        return RecordedStream(stream, provider.gather, finish)

    def measure(self, *, model_id: str, **fields: Unpack[UsageFields]) -> MeasuredCall:
        """A block that is one model call: recorded at its end with how long it took.

        with recorder.measure(model_id="gpt-4o", external_id="acme") as call:
            call.response(client.chat.completions.create(...), of="openai")

        A block that fails is recorded with what is known and the tag ``error``.
        """

        def record(calls: list[dict[str, Any]]) -> str:
            return self._record_all(calls, {"model_id": model_id})

        def reader(provider: ModuleType) -> Any:
            return lambda response: [_arguments(call) for call in provider.read(response)]

        readers = {name: reader(provider) for name, provider in _PROVIDERS.items()}
        return MeasuredCall(record, readers, dict(fields))

    def _from(self, provider: ModuleType, response: object, given: dict[str, Any]) -> str:
        return self._record_calls(provider.read(response), given)

    def _record_calls(self, calls: list[Call], given: dict[str, Any]) -> str:
        first, *others = map(_arguments, calls)
        own = {name: value for name, value in given.items() if value is not None}
        tags = {**first.pop("tags", {}), **(own.pop("tags", None) or {})}
        return self._record_all([{**first, **own, "tags": tags or None}, *others], {})

    def _record_all(self, calls: list[dict[str, Any]], defaults: dict[str, Any]) -> str:
        """Records a call, and further ones that belong to it: other models', of the same owner."""
        first, *others = calls
        record_id = self.record(**{"model_id": None, **defaults, **first})
        owner = {name: first[name] for name in _OWNER if name in first}
        for other in others:
            tags = {**other.pop("tags", {}), "part_of": record_id}
            self.record(**{**other, **owner, "tags": tags})
        return record_id


def _arguments(call: Call) -> dict[str, Any]:
    named = {"model_id": call.model_id} if call.model_id else {}
    return {**named, **call.fields()}


def _provider(name: str) -> ModuleType:
    if name not in _PROVIDERS:
        raise InvalidArgument(name="of", problem=f"{name!r} is none of {', '.join(_PROVIDERS)}")
    return _PROVIDERS[name]
