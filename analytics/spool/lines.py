"""One record as a line of the native format, checked as a load would check it.

What only a book knows (whether an account exists, whether an id is taken) is for the load to say;
all else is refused here by the rule book, in the application that made the mistake. This is on the
way of each model call, so most calls are written without it: texts that it has passed before, and
counts that are sound whatever else there is.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any, TypedDict

from analytics.errors import InvalidArgument, InvalidUsage
from analytics.period import iso
from analytics.records import CONTEXTS, METER, METERS
from analytics.rules.record import LARGEST_COUNT, Refused, by_column, check, microseconds_of

MAX_LINE_BYTES = 256 * 1024
"""No record of usage is longer; prompts do not belong in a billing book."""


class UsageFields(TypedDict, total=False):
    """What a record may have beside its model; docs/usage.md explains each. None means absent."""

    id: str | None
    occurred_at: datetime | date | str | None
    context: str | None
    account_id: str | None
    external_id: str | None
    transaction_id: str | None
    provider: str | None
    usage_type: str | None
    variant: str | Mapping[str, str] | None
    description: str | None
    tags: Mapping[str, Any] | None
    other_meters: Mapping[str, int] | None
    audio_duration_seconds: Decimal | int | str | None
    cached_tokens: int | None
    cache_write_5m_tokens: int | None
    input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    cache_write_1h_tokens: int | None
    input_audio_tokens: int | None
    cache_audio_read_tokens: int | None
    input_image_tokens: int | None
    cache_image_read_tokens: int | None
    input_video_tokens: int | None
    output_tokens: int | None
    output_reasoning_tokens: int | None
    output_audio_tokens: int | None
    output_image_tokens: int | None
    output_video_tokens: int | None
    output_citation_tokens: int | None
    audio_milliseconds: int | None
    input_characters: int | None
    input_text_messages: int | None
    web_searches: int | None
    storage_searches: int | None
    document_pages: int | None
    annotated_document_pages: int | None
    cache_video_read_tokens: int | None
    input_pixels: int | None
    social_searches: int | None
    rerank_searches: int | None
    code_executions: int | None
    requests: int | None


_COUNTS = (*METER, *(other for meter in METERS for other in meter.synonyms))
_METER_KEYS = {name: f',"{name}":' for name in _COUNTS}
_TEXTS = ("account_id", "external_id", "transaction_id", "provider", "description")
_TEXT_KEYS = {name: f',"{name}":' for name in _TEXTS}
_FIELDS = frozenset(UsageFields.__annotations__)
_ALONE = frozenset(("input_tokens", "output_tokens", "requests"))
"""Meters that no rule about parts looks at for their own sake."""

_COMMON = {"cached_tokens": "input_tokens", "output_reasoning_tokens": "output_tokens"}
"""Parts that many records have -> their totals. Alone they need no more than one comparison."""

_REMEMBERED_TEXTS, _REMEMBERED_LENGTH = 10_000, 100
_encoded: dict[str, str] = {}
_models: dict[str, str] = {}
"""Texts as JSON: models, providers and accounts come again and again."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OTHERS = re.compile("[^\x00-\x7f]+")


def line_of(record_id: str, now: str, model_id: str, fields: Mapping[str, Any]) -> str:
    """The record as one line of ASCII.

    Args:
        record_id: its identity, as JSON: `id_text` makes it.
        now: when it happened, where the fields do not say it.
        model_id: the model, as the provider calls it.
        fields: `UsageFields` without the id.

    Raises:
        InvalidUsage: the record cannot be right; the message says why.
        InvalidArgument: there is no such field.
    """
    members = _plain(model_id, fields)
    if members is None:
        now, members = _checked(now, model_id, fields)
    line = f'{{"id":{record_id},"occurred_at":"{now}","model":{members}}}\n'
    if len(line) > MAX_LINE_BYTES:
        problem = f"it is longer than {MAX_LINE_BYTES:,} bytes; prompts do not belong here"
        raise InvalidUsage(problem=problem)
    return line


def id_text(record_id: object) -> str:
    """An id of the caller's as JSON.

    Raises:
        InvalidUsage: it is no text.
    """
    if type(record_id) is not str:
        raise InvalidUsage(problem=f"id must be text, got {record_id!r}")
    try:
        record_id.encode()
    except UnicodeEncodeError:
        raise InvalidUsage(problem="id is not valid Unicode") from None
    return _quoted(record_id)


def _plain(model_id: str, fields: Mapping[str, Any]) -> str | None:
    """The members of a record that needs no second look, from its model on; else None."""
    line = _models.get(model_id) if type(model_id) is str else None
    if line is None:
        return None
    is_counted = has_account = is_system = False
    for name, value in fields.items():
        if type(value) is int and name in _METER_KEYS and 0 <= value <= LARGEST_COUNT:
            if not (name in _ALONE or _is_common(name, value, fields)):
                return None
            line += f"{_METER_KEYS[name]}{value}"
            is_counted = True
        elif type(value) is str and value in _encoded and name in _TEXT_KEYS:
            line += _TEXT_KEYS[name] + _encoded[value]
            has_account = has_account or name in {"external_id", "account_id"}
        elif name == "context" and value in CONTEXTS:
            line += f',"context":"{value}"'
            is_system = value == "system"
        elif value is not None:
            return None
    return line if is_counted and (has_account or is_system) else None


def _is_common(name: str, value: int, fields: Mapping[str, Any]) -> bool:
    total = _COMMON.get(name)
    return total is not None and value <= (fields.get(total) or 0)


def _checked(now: str, model_id: str, fields: Mapping[str, Any]) -> tuple[str, str]:
    """When it happened, and the members of a record, as the rule book has them."""
    unknown = fields.keys() - _FIELDS
    if unknown:
        problem = "there is no such meter; give it in other_meters"
        raise InvalidArgument(name=min(unknown), problem=problem)
    latest = microseconds_of(datetime.now(UTC) + timedelta(days=1))
    said = {name: value for name, value in fields.items() if name != "id"}
    try:
        usage = check(by_column({**said, "model": model_id}), latest, default_time=latest)
    except Refused as error:
        raise InvalidUsage(problem=error.problem) from None
    if usage["is_time_given"]:
        now = iso(_EPOCH + timedelta(microseconds=usage["occurred_at"]))
    members = [_quoted(usage["model"])]
    if type(model_id) is str:
        _remember(_models, model_id, members[0])
    for name in _TEXTS:
        if type(text := fields.get(name)) is str and text:
            _remember(_encoded, text, _quoted(text))
    # What it is by default is not said: the load adds it.
    given = {name for name in ("context", "usage_type") if fields.get(name)}
    texts = (*sorted(given), *_TEXTS, "variant")
    members += [f'"{name}":{_quoted(usage[name])}' for name in texts if usage[name]]
    counts = [name for name in METER if name in usage and (name != "requests" or usage[name] != 1)]
    members += [f'"{name}":{usage[name]}' for name in counts or ["requests"]]
    objects = ("tags", "other_meters")
    members += [f'"{name}":{_ascii(usage[name])}' for name in objects if usage[name]]
    return now, ",".join(members)


def _ascii(text: str) -> str:
    """JSON in ASCII: only within its strings there are other characters."""
    return _OTHERS.sub(lambda match: _quoted(match[0])[1:-1], text)


def _remember(known: dict[str, str], text: str, quoted: str) -> None:
    if len(text) <= _REMEMBERED_LENGTH:
        if len(known) >= _REMEMBERED_TEXTS:
            known.clear()
        known[text] = quoted
