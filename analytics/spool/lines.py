"""One record as a line of the native format, checked as a load would check it.

What only a book knows (whether an account exists, whether an id is taken) is for the load to say;
all else is refused here, in the application that made the mistake. This is on the way of each model
call, so it is written to be quick: known keys are prepared texts, and only texts are encoded.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any, TypedDict

from analytics.errors import InvalidArgument, InvalidUsage
from analytics.period import instant, iso
from analytics.records import CONTEXTS, METER, METERS, PART_RULES, SYNONYMS, USAGE_TYPES

MAX_LINE_BYTES = 256 * 1024
"""No record of usage is longer; prompts do not belong in a billing book."""

_LIMIT = 10**15
_EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
_DURATION = re.compile(r"[0-9]{1,12}([.][0-9]{1,9})?", re.ASCII)
_UNPAIRED = re.compile(r'["\\,=\x00-\x1f\x7f]')


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


_SYNONYMS = {other: name for name, other in SYNONYMS if name in METER}
_COUNTS = (*METER, *(other for meter in METERS for other in meter.synonyms))
_METER_KEYS = {name: f',"{name}":' for name in _COUNTS}
_TEXTS = ("account_id", "external_id", "transaction_id", "provider", "description")
_TEXT_KEYS = {name: f',"{name}":' for name in _TEXTS}
_ALONE = frozenset(("input_tokens", "output_tokens", "requests"))
"""Meters that no rule about parts looks at for their own sake."""

_REMEMBERED_TEXTS, _REMEMBERED_LENGTH = 10_000, 100
_encoded: dict[str, str] = {}
_models: dict[str, str] = {}
"""Texts as JSON: models, providers and accounts come again and again."""

_COMMON = {"cached_tokens": "input_tokens", "output_reasoning_tokens": "output_tokens"}
"""Parts that many records have -> their totals. Alone they need no more than one comparison."""


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
    line = _model(model_id)
    is_counted = needs_look = False
    for name, value in fields.items():
        if type(value) is int and name in _METER_KEYS and 0 <= value < _LIMIT:
            line += f"{_METER_KEYS[name]}{value}"
            is_counted = True
            needs_look = needs_look or not (name in _ALONE or _is_common(name, value, fields))
        elif type(value) is str and value in _encoded and name in _TEXT_KEYS:
            line += _TEXT_KEYS[name] + _encoded[value]
        elif value is None:
            continue
        elif name == "occurred_at":
            now = _moment(value)
        else:
            line += _field(name, value)
    if not (is_counted or fields.get("other_meters") or "audio_duration_seconds" in fields):
        raise _wrong("it says nothing of its usage: give input_tokens or what else was used")
    if not fields.get("external_id") or "context" in fields:
        _check_context(fields)
    if needs_look or "audio_duration_seconds" in fields:
        _check_parts(fields)
    line = f'{{"id":{record_id},"occurred_at":"{now}","model":{line}}}\n'
    if len(line) > MAX_LINE_BYTES:
        raise _wrong(f"it is longer than {MAX_LINE_BYTES:,} bytes; prompts do not belong here")
    return line


def id_text(record_id: object) -> str:
    """An id of the caller's as JSON.

    Raises:
        InvalidUsage: it is no text.
    """
    return _text("id", record_id)


def _is_common(name: str, value: int, fields: Mapping[str, Any]) -> bool:
    total = _COMMON.get(name)
    return total is not None and value <= (fields.get(total) or 0)


def _field(name: str, value: object) -> str:
    """A key with its value, of what is no meter; "" where it is absent."""
    key = _TEXT_KEYS.get(name)
    if key is not None:
        return key + _text(name, value) if value != "" else ""
    if name in _METER_KEYS:
        raise _wrong_count(name, value)
    write = _WRITERS.get(name)
    if write is None:
        problem = "there is no such meter; give it in other_meters"
        raise InvalidArgument(name=name, problem=problem)
    return f',"{name}":{write(value)}'


def _duration(seconds: object) -> str:
    """Seconds of audio in plain digits.

    Raises:
        InvalidUsage: it is no number of 0 or more with at most 9 decimals.
    """
    is_number = isinstance(seconds, Decimal | int | str) and not isinstance(seconds, bool)
    text = format(seconds, "f") if isinstance(seconds, Decimal) else str(seconds)
    if not is_number or not _DURATION.fullmatch(text):
        problem = "must be a number of seconds, 0 or more: a Decimal or a text, not a float"
        raise _wrong(f"audio_duration_seconds {problem}, got {seconds!r}")
    whole, point, decimals = text.partition(".")
    return f"{int(whole)}{point}{decimals}"


def _model(value: object) -> str:
    if type(value) is str and value in _models:
        return _models[value]
    if type(value) is not str or not value.strip():
        raise _wrong(f"model_id must be the model's name, got {value!r}")
    if len(_models) >= _REMEMBERED_TEXTS:
        _models.clear()
    _models[value] = quoted = _text("model_id", value)
    return quoted


def _text(name: str, value: object) -> str:
    if type(value) is not str:
        raise _wrong(f"{name} must be text, got {value!r}")
    known = _encoded.get(value)
    if known is not None:
        return known
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _wrong(f"{name} is not valid Unicode") from None
    quoted: str = _quoted(value)
    if 0 < len(value) <= _REMEMBERED_LENGTH:
        if len(_encoded) >= _REMEMBERED_TEXTS:
            _encoded.clear()
        _encoded[value] = quoted
    return quoted


def _moment(value: object) -> str:
    if not isinstance(value, datetime | date | str):
        raise _wrong(f"occurred_at must be a time, got {value!r}")
    moment = instant(value, "occurred_at")
    if moment < _EARLIEST:
        raise _wrong(f"occurred_at is before 2015: {iso(moment)}")
    if moment > datetime.now(UTC) + timedelta(days=1):
        raise _wrong(f"occurred_at is in the future: {iso(moment)}")
    return iso(moment)


def _context(value: object) -> str:
    if value not in CONTEXTS:
        raise _wrong(f"context must be customer or system, got {value!r}")
    return f'"{value}"'


def _usage_type(value: object) -> str:
    if value not in USAGE_TYPES:
        raise _wrong(f"usage_type must be one of {', '.join(USAGE_TYPES)}, got {value!r}")
    return f'"{value}"'


def _variant(value: object) -> str:
    pairs: list[tuple[Any, Any]]
    if isinstance(value, Mapping):
        pairs = list(value.items())
    elif type(value) is str:
        texts = [pair.partition("=") for pair in value.split(",")] if value.strip() else []
        pairs = [(key, text) for key, _, text in texts]
    else:
        raise _wrong_variant(value)
    found: dict[str, str] = {}
    for key, text in pairs:
        is_text = type(key) is str and type(text) is str
        if not is_text or not key.strip() or not text.strip() or key.strip() in found:
            raise _wrong_variant(value)
        if _UNPAIRED.search(key) or _UNPAIRED.search(text):
            raise _wrong_variant(value)
        found[key.strip()] = text.strip()
    return _json("variant", found)


def _tags(value: object) -> str:
    if not isinstance(value, Mapping) or not all(type(key) is str for key in value):
        raise _wrong(f"tags must be a mapping with texts as keys, got {value!r}")
    return _json("tags", dict(value))


def _other_meters(value: object) -> str:
    if not isinstance(value, Mapping):
        raise _wrong(f"other_meters must be a mapping, got {value!r}")
    for name, number in value.items():
        if type(name) is not str or not name or '"' in name or "\\" in name or not name.isascii():
            raise _wrong(f"other_meters has a name that cannot be: {name!r}")
        if type(number) is not int or not 0 <= number < _LIMIT:
            raise _wrong_count(f"other_meters[{name!r}]", number)
    return _json("other_meters", dict(value))


def _json(name: str, value: object) -> str:
    try:
        text = json.dumps(value, separators=(",", ":"), allow_nan=False)
        if "\\ud" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise _wrong(f"{name} cannot be written as JSON ({error})") from None
    return text


_WRITERS = {
    "context": _context,
    "usage_type": _usage_type,
    "variant": _variant,
    "tags": _tags,
    "other_meters": _other_meters,
    "audio_duration_seconds": _duration,
}


def _check_context(fields: Mapping[str, Any]) -> None:
    has_account = fields.get("external_id") or fields.get("account_id")
    if not has_account and fields.get("context") != "system":
        problem = "account_id or external_id is missing; usage of your own is context system"
        raise _wrong(problem)


def _check_parts(fields: Mapping[str, Any]) -> None:
    """What is part of a total must not exceed it, as `queries/usage/stage.sql` has it."""
    for one, other in _SYNONYMS.items():
        if fields.get(one) is not None and fields.get(other) is not None:
            raise _wrong(f"{one} and {other} mean the same; give one of them")

    def of(name: str) -> int:
        return sum(fields.get(each) or 0 for each in (name, *METER[name].synonyms))

    for rule in PART_RULES:
        if sum(map(of, rule.parts)) > of(rule.whole):
            raise _wrong(rule.message)


def _wrong(problem: str) -> InvalidUsage:
    return InvalidUsage(problem=problem)


def _wrong_count(name: str, value: object) -> InvalidUsage:
    problem = "must be a whole number of at most 15 digits, 0 or more"
    return _wrong(f"{name} {problem}, got {value!r}")


def _wrong_variant(value: object) -> InvalidUsage:
    return _wrong(f"variant must be pairs like service_tier=flex, got {value!r}")
