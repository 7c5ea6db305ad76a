"""The log formats that are known, a line each, and how a row of one is told.

A source is this line, a module of `analytics.sources.formats`, a folder of cases in
`tests/sources/<name>/` and a page in `docs/sources/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from analytics.errors import InvalidArgument
from analytics.sources.formats import format_of

NATIVE = "native"
"""The format of this program: its columns by name, in JSON lines, CSV and Parquet."""

_NATIVE_TITLE = "this program's own columns, in JSON lines, CSV and Parquet"
_NATIVE_EXAMPLE = (
    '{"id": "call-7", "occurred_at": "2026-10-05T12:00:00Z", "external_id": "acme", '
    '"model": "gpt-4o", "input_tokens": 1500, "cached_tokens": 200, "output_tokens": 500}'
)


def _answers(*shapes: str) -> tuple[str, ...]:
    """The shapes of an answer as it came, and under the keys where logs put it."""
    places = ("", "response.", "body.", "response.body.")
    return tuple(
        " ".join("|".join(place + term for term in terms.split("|")) for terms in shape.split())
        for shape in shapes
        for place in places
    )


@dataclass(frozen=True, slots=True)
class Source:
    """A log format.

    Args:
        name: what ``--source`` calls it.
        shapes: a row is of this source if it fits one of them: terms with a space between. A term
            is a path into the row (``usage.input_tokens``) that must be there; ``path=text`` must
            be that, ``path^=text`` must begin with it, ``!path`` must be absent, and of ``a|b``
            one must hold.
        accounts: paths into a row that often name the customer, for ``--account-from``.
        has_records: one line may hold several records, which are numbered through the file.
        whole_files: its reader looks at all rows of a file together.
    """

    name: str
    shapes: tuple[str, ...]
    accounts: tuple[str, ...] = ()
    has_records: bool = False
    whole_files: bool = False

    def fits(self, row: Mapping[str, object]) -> bool:
        """Whether a row is of this source."""
        return self.name in fitting(row)

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        found = format_of(self.name)
        return _NATIVE_TITLE if found is None else found.title

    @property
    def example(self) -> str:
        """One row of it."""
        found = format_of(self.name)
        return _NATIVE_EXAMPLE if found is None else found.example


SOURCES: Mapping[str, Source] = {
    source.name: source
    for source in (
        Source("native", ("occurred_at|occurredAt model|model_id|modelId !model_as_sent",)),
        Source("tokenbook", ("occurred_at model_as_sent price_id",)),
        Source(
            "litellm",
            (
                "request_id spend call_type prompt_tokens",
                "response_cost call_type prompt_tokens",
            ),
            accounts=(
                *("end_user", "user", "team_id", "metadata.user_api_key_alias"),
                *("metadata.user_api_key_team_alias", "request_tags[customer:]"),
            ),
        ),
        Source(
            "anthropic-usage",
            ("starting_at ending_at results", "has_more data !object"),
            accounts=("result.workspace_id", "result.api_key_id"),
            has_records=True,
        ),
        Source(
            "anthropic",
            (
                *_answers("type=message usage.input_tokens"),
                "custom_id result.type=succeeded|result.type=errored|result.type=expired",
            ),
            accounts=("metadata.customer_id", "request.metadata.user_id", "custom_id"),
        ),
        Source(
            "openai",
            (
                *_answers(
                    "object=chat.completion|object=response|object=text_completion model",
                    "object=chat.completion.chunk model",
                    "object=realtime.response usage",
                    "object=list model usage.prompt_tokens|usage.total_tokens",
                    "text usage.type=tokens|usage.type=duration",
                    "type=speech.audio.done|type=transcript.text.done usage",
                ),
                "custom_id response.status_code",
                "request.voice request.input",
            ),
            accounts=("metadata.customer_id", "request.user", "response.metadata.customer_id"),
        ),
        Source(
            "gemini",
            _answers("usageMetadata.promptTokenCount|usage_metadata.prompt_token_count"),
            accounts=("metadata.customer_id", "request.labels.customer"),
            whole_files=True,
        ),
        Source(
            "bedrock",
            ("schemaType=ModelInvocationLog",),
            accounts=("requestMetadata.customer_id", "identity.arn"),
        ),
        Source(
            "answers",
            _answers(
                "meta.billed_units|usage.billed_units",
                "usage_info.pages_processed",
                "eval_count prompt_eval_count",
                "usage.inputTokens usage.outputTokens",
            ),
            accounts=("metadata.customer_id", "request.user"),
        ),
        Source(
            "openai-usage",
            ("object=page data !first_id", "object=bucket start_time results"),
            accounts=("result.project_id", "result.user_id", "result.api_key_id"),
            has_records=True,
        ),
        Source(
            "claude-code",
            (
                "type=assistant message.usage sessionId|requestId",
                "message.usage.input_tokens timestamp sessionId|requestId !type",
                "type sessionId !startTime !usageDetails",
                "type=summary leafUuid",
                "type=file-history-snapshot snapshot",
            ),
            whole_files=True,
        ),
        Source(
            "codex",
            (
                "type=session_meta payload.id",
                "type=event_msg payload.type",
                "type=turn_context|type=response_item|type=token_usage_record payload",
            ),
            whole_files=True,
        ),
        Source(
            "otlp",
            ("resourceSpans",),
            accounts=("/attributes/user.id", "/attributes/enduser.id", "/resource/tenant.id"),
            has_records=True,
        ),
        Source(
            "langfuse",
            ("id type startTime|start_time usageDetails|usage_details",),
            accounts=("userId", "user_id", "metadata.customer_id"),
        ),
        Source(
            "helicone",
            ("response_id request_created_at response_status",),
            accounts=("request_user_id", "request_properties.customer"),
        ),
    )
}
"""Every source by its name."""


@dataclass(frozen=True, slots=True)
class Description:
    """A log format for people: its title, a row of it, and paths that often name the customer."""

    name: str
    title: str
    example: str
    accounts: tuple[str, ...]


def describe(name: str | None = None) -> list[Description]:
    """Every source, or the one of a name.

    Raises:
        InvalidArgument: there is none of that name.
    """
    if name is not None and name not in SOURCES:
        raise InvalidArgument(name="source", problem=f"{name!r} is none of {', '.join(SOURCES)}")
    return [
        Description(source.name, source.title, source.example, source.accounts)
        for source in SOURCES.values()
        if name in (None, source.name)
    ]


def fitting(row: Mapping[str, object]) -> set[str]:
    """The sources that a row is of: one, as a rule."""
    return {name for name, shape in _candidates(frozenset(row)) if shape.holds(row)}


@lru_cache(256)
def _candidates(keys: frozenset[str]) -> list[tuple[str, "_Shape"]]:
    """The shapes that rows with these keys may have. The rows of a log have few sets of keys."""
    shapes = ((name, _shape(shape)) for name in SOURCES for shape in SOURCES[name].shapes)
    return [(name, shape) for name, shape in shapes if shape.needed <= keys]


@dataclass(frozen=True, slots=True)
class _Choice:
    """What may hold of a row: something is at a path, or is absent; it is a text, or begins so."""

    path: tuple[str, ...]
    is_absent: bool
    text: str | None
    is_prefix: bool

    def holds(self, row: Mapping[str, object]) -> bool:
        found: object = row
        for key in self.path:
            if not isinstance(found, dict) or key not in found:
                return self.is_absent
            found = found[key]
        if self.text is None or found == self.text:
            return not self.is_absent
        begins = self.is_prefix and isinstance(found, str) and found.startswith(self.text)
        return begins != self.is_absent


@dataclass(frozen=True, slots=True)
class _Shape:
    """A shape as it is tested."""

    needed: frozenset[str]
    """Keys that every row of the shape has."""
    terms: tuple[tuple[_Choice, ...], ...]
    """Of each term one choice must hold."""

    def holds(self, row: Mapping[str, object]) -> bool:
        return all(any(choice.holds(row) for choice in term) for term in self.terms)


@cache
def _shape(text: str) -> _Shape:
    terms = [tuple(_choice(choice) for choice in term.split("|")) for term in text.split()]
    needed = (
        {None if choice.is_absent else choice.path[0] for choice in choices} for choices in terms
    )
    alone = (keys.pop() for keys in needed if len(keys) == 1)
    return _Shape(frozenset(key for key in alone if key is not None), tuple(terms))


def _choice(term: str) -> _Choice:
    path, equals, text = term.removeprefix("!").partition("=")
    return _Choice(
        path=tuple(path.removesuffix("^").split(".")),
        is_absent=term.startswith("!"),
        text=text if equals else None,
        is_prefix=path.endswith("^"),
    )
