"""Thousands of damaged lines: what is accepted has the totals that a slow, obvious reader finds.

The reader below follows docs/usage.md one line at a time, with `json`, `csv`, `Decimal` and
`datetime`; it shares nothing with the queries but the names of columns. A line may be wrong in
several ways at once: it must then be rejected for one of them. A null says nothing.
"""

import csv
import io
import json
import random
import re
import shutil
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import analytics
from analytics import Book, LoadResult
from analytics.records import COLUMNS, METER_NAMES, UNSTORED_METERS
from tests.conftest import assert_sound, examples, new_book, write_lines

ZONE = "Europe/Berlin"
LINES = examples(3_000, 10_000)
CSV_ROWS = 2_000

TEXTS = (
    *("id", "context", "account_id", "external_id", "transaction_id", "provider", "model"),
    *("usage_type", "description", "occurred_at"),
)
SYNONYMS = {
    "model_id": "model",
    "cached_tokens": "cache_read_tokens",
    "cache_write_5m_tokens": "cache_write_tokens",
}
USAGE_TYPES = (
    *("text", "audio_stt", "audio_tts", "embedding", "image"),
    *("rerank", "document", "video"),
)
DURATION = "audio_duration_seconds"

PARTS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "cache_exceeds_input",
        ("cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens"),
        ("input_tokens",),
    ),
    (
        "parts_exceed_input",
        ("input_audio_tokens", "input_image_tokens", "input_video_tokens"),
        ("input_tokens",),
    ),
    ("cached_part_exceeds", ("cache_audio_read_tokens",), ("input_audio_tokens",)),
    ("cached_part_exceeds", ("cache_image_read_tokens",), ("input_image_tokens",)),
    ("cached_part_exceeds", ("cache_video_read_tokens",), ("input_video_tokens",)),
    (
        "cached_part_exceeds",
        ("cache_audio_read_tokens", "cache_image_read_tokens", "cache_video_read_tokens"),
        ("cache_read_tokens",),
    ),
    (
        "parts_exceed_output",
        ("output_reasoning_tokens", "output_citation_tokens"),
        ("output_tokens",),
    ),
    (
        "parts_exceed_output",
        ("output_audio_tokens", "output_image_tokens", "output_video_tokens"),
        ("output_tokens",),
    ),
    ("parts_exceed_pages", ("annotated_document_pages",), ("document_pages",)),
)
"""Rejection code, meters, and the meter that all of them together must not exceed."""


def camel(name: str) -> str:
    """The camelCase spelling of a column."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


SPELLINGS = {
    spelling: name for name in (*COLUMNS, *UNSTORED_METERS) for spelling in (name, camel(name))
}


# The slow reader


class Members(list[tuple[str, Any]]):
    """The keys and values of a JSON object, those that stand twice included."""


@dataclass(frozen=True)
class Usage:
    """What a line says once it is understood; `content` is all of it but the id."""

    record_id: str | None
    content: tuple[object, ...]
    account_id: str | None
    model: str
    day: date
    usage_type: str
    quantities: tuple[int, ...]


@dataclass(frozen=True)
class World:
    """What a line is judged by besides itself: the accounts (external id to id) and the clock."""

    accounts: Mapping[str, str]
    latest: datetime


Reading = Usage | frozenset[str]
"""A line's usage, or the codes of all that is wrong with it."""


def read_jsonl(data: bytes, world: World) -> dict[int, Reading]:
    """Line number to what the line says; blank lines say nothing and are no rows."""
    lines = enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1)
    return {number: read_line(line, world) for number, line in lines if line.strip()}


def read_line(line: bytes, world: World) -> Reading:
    """What one line of JSON says."""
    try:
        members = strict_json(line.decode("utf-8"))
    except UnicodeDecodeError:
        return frozenset({"bad_encoding"})
    except ValueError:
        # Of a list that is not quite JSON either may be said.
        return frozenset({"bad_json", *(["not_an_object"] if line.startswith(b"[") else ())})
    if not isinstance(members, Members):
        return frozenset({"not_an_object"})
    names = [key for key, _ in members]
    given = [(SPELLINGS.get(key), key, value) for key, value in members if value is not None]
    columns = [SYNONYMS.get(name, name) for name, _, _ in given if name]
    is_heard_twice = DURATION in columns and "audio_milliseconds" in columns
    if len(set(names)) < len(names) or len(set(columns)) < len(columns) or is_heard_twice:
        return frozenset({"repeated_key"})
    row = {SYNONYMS.get(name, name): value for name, _, value in given if name}
    surplus = {key: value for name, key, value in given if not name}
    lists = {name for name in TEXTS if isinstance(row.get(name), list)}
    if type(row.get("variant")) is list:
        lists.add("variant")
    if lists:
        rest = judge({name: row[name] for name in row.keys() - lists}, surplus, world)
        others = rest if isinstance(rest, frozenset) else frozenset()
        said = {"bad_time" if name == "occurred_at" else "bad_text" for name in lists}
        return frozenset({*said, *(code for code in others if not code.startswith("missing"))})
    return judge(row, surplus, world)


def strict_json(text: str) -> Any:
    """The value of a JSON text as RFC 8259 has it: no NaN, no half of a surrogate pair."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    value = json.loads(text, object_pairs_hook=Members, parse_float=Decimal, parse_constant=refuse)
    if re.search("[\ud800-\udfff]", json.dumps(value, ensure_ascii=False, default=str)):
        raise ValueError(text)
    return value


def read_csv(rows: Sequence[Sequence[str] | bytes], world: World) -> dict[int, Reading]:
    """Row number to what the row says; the first row has the headings."""
    folded = {name.replace("_", ""): name for name in (*COLUMNS, *UNSTORED_METERS)}
    first = rows[0]
    assert not isinstance(first, bytes)
    names = [folded.get(heading.lower().replace("_", ""), heading) for heading in first]
    readings: dict[int, Reading] = {}
    for number, cells in enumerate(rows[1:], 2):
        if isinstance(cells, bytes):
            readings[number] = frozenset({"bad_encoding"})
        elif len(cells) != len(names):
            readings[number] = frozenset({"bad_columns"})
        else:
            given = {name: cell for name, cell in zip(names, cells, strict=True) if cell}
            known = {name: native(name, cell) for name, cell in given.items() if name in SPELLINGS}
            row = {SYNONYMS.get(name, name): value for name, value in known.items()}
            surplus = {name: cell for name, cell in given.items() if name not in SPELLINGS}
            readings[number] = judge(row, surplus, world)
    return readings


def native(name: str, cell: str) -> object:
    """A cell as the value that JSON would have; text where it cannot be read as that."""
    if name in {"tags", "other_meters"}:
        try:
            return strict_json(cell)
        except ValueError:
            return cell
    if name in {*METER_NAMES, *UNSTORED_METERS, *SYNONYMS} - {"model_id"}:
        return int(cell) if re.fullmatch(r"[0-9]{1,15}", cell) else cell
    if name == DURATION:
        return Decimal(cell) if re.fullmatch(r"[0-9]+([.][0-9]+)?", cell) else cell
    return cell


def judge(row: Mapping[str, Any], surplus: Mapping[str, Any], world: World) -> Reading:
    """What a row says: its columns by name, what no column is for, the accounts and the clock."""
    text = {name: said(row.get(name)) for name in TEXTS}
    model, provider = trim(text["model"]), trim(text["provider"])
    faults: set[str] = set() if model else {"missing_model"}
    # These books have accounts, but no transactions.
    faults |= {"unknown_transaction"} if text["transaction_id"] else set()
    moment = when(text["occurred_at"], world.latest)
    context, account = whose(text, world)
    counts = {name: count(row.get(name), 1 if name == "requests" else 0) for name in METER_NAMES}
    if DURATION in row:
        counts["audio_milliseconds"] = milliseconds(row[DURATION])
        faults |= set() if counts["audio_milliseconds"] is not None else {"bad_duration"}
    elif counts["audio_milliseconds"] is None:
        faults |= {"bad_count"}
    others_said = row.get("other_meters") not in (None, Members())
    said_of = any(row.get(name) is not None for name in (*METER_NAMES, *UNSTORED_METERS, DURATION))
    faults |= set() if said_of or others_said else {"missing_usage"}
    others = [value for name, value in counts.items() if name != "audio_milliseconds"]
    faults |= {"bad_count"} if None in others else set()
    whole = {name: value or 0 for name, value in counts.items()}
    for code, parts, totals in PARTS:
        if sum(whole[name] for name in parts) > sum(whole[name] for name in totals):
            faults |= {code}
    heard = whole["audio_milliseconds"] and not whole["input_tokens"]
    silent_type = "audio_stt" if heard and not whole["input_characters"] else "text"
    usage_type = text["usage_type"] or silent_type
    faults |= set() if usage_type in USAGE_TYPES else {"bad_usage_type"}
    answers = (variant(row.get("variant")), other_meters(row), tags(row.get("tags"), surplus))
    faults |= {each for each in (moment, context, account, *answers) if isinstance(each, Code)}
    if faults or not model or not isinstance(moment, datetime):
        return frozenset(faults)
    quantities = tuple(whole.values())
    who = (context, account, (provider or "").lower(), model)
    content = (moment, *who, usage_type, quantities, text["description"], *answers)
    day = moment.astimezone(ZoneInfo(ZONE)).date()
    return Usage(text["id"], content, account, model, day, usage_type, quantities)


class Code(str):
    """The code of a rejection."""

    __slots__ = ()


def said(value: object) -> str | None:
    """What a value says where text is wanted; null and an empty text say nothing."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return repr(float(value))
    return None if value is None else str(value) or None


def trim(text: str | None) -> str | None:
    """A text without the spaces around it."""
    spaces = {char for char in text or "" if unicodedata.category(char) == "Zs"}
    return (text or "").strip("".join(spaces)) or None if spaces else text


TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.](\d{1,9}))?)?(Z|([+-])(\d\d)(?::?(\d\d))?)?)?",
    re.ASCII,
)


def when(text: str | None, latest: datetime) -> datetime | Code:  # noqa: PLR0911 - likewise
    """The instant that a time means, in UTC where it has no zone."""
    if text is None:
        return Code("missing_time")
    unix = re.fullmatch(r"([0-9]{9,19})([.][0-9]{1,9})?", text)
    if unix:
        return since_1970(unix[1], unix[2] or ".0", latest)
    found = TIME.fullmatch(text)
    if not found:
        return Code("bad_time")
    year, month, day, hour, minute, second = (int(found[n] or 0) for n in range(1, 7))
    fraction = int((found[7] or "0").ljust(6, "0")[:6])
    away, east = int(found[10] or 0), int(found[11] or 0)
    days = 1 if (hour, minute, second, fraction) == (24, 0, 0, 0) else 0
    try:
        # Year 0 is none of Python's; 400 has the same days.
        start = datetime(year or 400, month, day, hour % 24 if days else hour, minute, second,
                         fraction, UTC)  # fmt: skip
        if away > 23 or east > 59:
            return Code("bad_time")
        offset = timedelta(hours=away, minutes=east) * (-1 if found[9] == "-" else 1)
        moment = start + timedelta(days=days) - offset
    except OverflowError:
        return Code("time_in_future" if year > 5000 else "time_too_early")
    except ValueError:
        return Code("bad_time")
    if not year or moment < datetime(2015, 1, 1, tzinfo=UTC):
        return Code("time_too_early")
    return moment if moment <= latest else Code("time_in_future")


def since_1970(digits: str, fraction: str, latest: datetime) -> datetime | Code:
    """A Unix time: in seconds, or in a thousandth, a millionth or a billionth of them."""
    if len(digits) > 14:
        exact = Decimal(digits) // (1 if len(digits) <= 16 else 1000)
    else:
        exact = Decimal(digits + fraction) * (1_000_000 if len(digits) <= 11 else 1000)
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
            microseconds=int(exact.to_integral_value(ROUND_HALF_UP))
        )
    except OverflowError:
        return Code("time_in_future" if int(digits) < 2**63 else "bad_time")
    if moment < datetime(2015, 1, 1, tzinfo=UTC):
        return Code("time_too_early")
    return moment if moment <= latest else Code("time_in_future")


def whose(text: Mapping[str, str | None], world: World) -> tuple[str | Code, str | Code | None]:
    """The context and the account of a row."""
    by_id, by_external = text["account_id"], text["external_id"]
    context = text["context"] or ("customer" if by_id or by_external else None)
    if context is None:
        return Code("missing_account"), None
    if context not in {"customer", "system"}:
        return Code("bad_context"), None
    if not by_id and not by_external:
        return context, Code("missing_account") if context == "customer" else None
    if by_id and by_id not in world.accounts.values():
        return context, Code("unknown_account")
    if by_external and by_external not in world.accounts:
        return context, Code("unknown_account")
    account = world.accounts[by_external] if by_external else by_id
    return context, Code("account_mismatch") if by_id and by_id != account else account


def count(value: object, absent: int) -> int | None:
    """A meter's quantity; None where it is no whole number of 0 or more, of at most 15 digits."""
    if value is None:
        return absent
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < 10**15 else None


def milliseconds(seconds: object) -> int | None:
    """Seconds of audio, rounded half up; None where they are no number of 0 or more."""
    if isinstance(seconds, str) and re.fullmatch(r"[0-9]{1,12}([.][0-9]{1,9})?", seconds):
        seconds = Decimal(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int | Decimal):
        return None
    exact = Decimal(seconds)
    if not 0 <= exact < 10**12 or exact != exact.quantize(Decimal("1e-9")):
        return None
    return int((exact * 1000).to_integral_value(ROUND_HALF_UP))


def variant(value: object) -> tuple[str, ...] | Code:
    """The pairs of a variant, sorted, from text or from an object."""
    text = None if isinstance(value, Members) else trim(said(value))
    if text and text.startswith("{"):
        try:
            value = strict_json(text)
        except ValueError:
            return Code("bad_variant")
        text = None
    parts = (text or "").split(",") if text else []
    pairs = value if isinstance(value, Members) else [each.partition("=")[::2] for each in parts]
    shown = []
    for key, meaning in pairs:
        if not isinstance(meaning, str) or re.search(r"[\x00-\x1f\x7f,=]", key + meaning):
            return Code("bad_variant")
        if not trim(key) or not trim(meaning):
            return Code("bad_variant")
        shown.append((trim(key), trim(meaning)))
    if len({key for key, _ in shown}) < len(shown):
        return Code("bad_variant")
    return tuple(sorted(f"{key}={meaning}" for key, meaning in shown))


def other_meters(row: Mapping[str, Any]) -> frozenset[tuple[str, int]] | Code:
    """The meters that no column is for, zeros left out."""
    given = row.get("other_meters", Members())
    if not isinstance(given, Members):
        return Code("bad_other_meters")
    named = [(name, row[name]) for name in UNSTORED_METERS if name in row]
    found = [(name, count(value, -1)) for name, value in (*given, *named)]
    if any(value is None or value < 0 for _, value in found):
        return Code("bad_other_meters")
    return frozenset((name, value) for name, value in found if value)


def tags(value: object, surplus: Mapping[str, Any]) -> frozenset[tuple[str, str]] | Code:
    """The tags of a row, and what no column is for where it is short; the tags win."""
    if value in (None, ""):  # an empty text is an empty cell
        value = Members()
    if not isinstance(value, Members):
        return Code("bad_tags")
    names = [key for key, _ in value]
    if len(set(names)) < len(names):
        return Code("repeated_key")
    short = {
        key: each
        for key, each in surplus.items()
        if not isinstance(each, list) and len(str(each)) <= 256
    }
    both = short | dict(value)
    return frozenset((key, json.dumps(each, default=repr)) for key, each in both.items())


# What must come of it


def settle(readings: Mapping[int, Reading]) -> tuple[dict[int, Usage], set[int], set[int]]:
    """Lines that are new, that are known already, and that contradict a line before them."""
    new: dict[int, Usage] = {}
    known: dict[str, tuple[object, ...]] = {}
    duplicates, conflicts = set(), set()
    for number, usage in sorted(readings.items()):
        if not isinstance(usage, Usage):
            continue
        if usage.record_id is None or usage.record_id not in known:
            new[number] = usage
            known |= {usage.record_id: usage.content} if usage.record_id else {}
        elif known[usage.record_id] == usage.content:
            duplicates.add(number)
        else:
            conflicts.add(number)
    return new, duplicates, conflicts


def compare(book: Book, result: LoadResult, readings: Mapping[int, Reading]) -> None:
    """Every row is appended, known or rejected, as the slow reader says, with the same totals."""
    new, duplicates, conflicts = settle(readings)
    found = book.query(
        f"select line, code, message from rejection where load_id = {result.load_id}"  # noqa: S608
    ).rows()
    codes = {row["line"]: row["code"] for row in found}
    assert len(found) == len(codes) == result.rejected
    wrong = {
        number: (codes.get(number, "accepted"), reading)
        for number, reading in readings.items()
        if not is_right(codes.get(number), reading, is_conflict=number in conflicts)
    }
    assert not wrong, "\n".join(f"{number} {what}" for number, what in list(wrong.items())[:8])
    assert set(codes) <= set(readings)
    assert all(row["message"] and row["message"] != row["code"] for row in found)
    assert result.rejected_by_code == Counter(codes.values())
    assert (result.rows, result.appended, result.duplicates, result.rejected) == (
        len(readings),
        len(new),
        len(duplicates),
        len(codes),
    )
    assert totals_of_book(book) == totals_of(new.values())
    assert days_of_book(book) == days_of(new.values())


def is_right(code: str | None, reading: Reading, *, is_conflict: bool) -> bool:
    """Whether a rejection code, or none, is what the slow reader finds."""
    if isinstance(reading, Usage):
        return code == ("id_conflict" if is_conflict else None)
    return code in reading


Totals = dict[tuple[object, ...], tuple[int, ...]]


def totals_of(usages: Iterable[Usage]) -> Totals:
    """Records and the sum of each meter, by account, model, usage type and day."""
    return summed(
        ((usage.account_id, usage.model, usage.usage_type, usage.day), usage.quantities)
        for usage in usages
    )


def days_of(usages: Iterable[Usage]) -> Totals:
    """Records and the sum of each meter, by account and day."""
    return summed(((usage.account_id, usage.day), usage.quantities) for usage in usages)


def summed(rows: Iterable[tuple[tuple[object, ...], tuple[int, ...]]]) -> Totals:
    """Rows added up by their key, with their number in front."""
    sums: Totals = defaultdict(lambda: (0,) * (len(METER_NAMES) + 1))
    for key, quantities in rows:
        sums[key] = tuple(a + b for a, b in zip(sums[key], (1, *quantities), strict=True))
    return dict(sums)


def totals_of_book(book: Book) -> Totals:
    """The same of the records of a book."""
    columns = ("account_id", "model_as_sent", "usage_type", "local_day")
    sums = ", ".join(f"sum({name})" for name in METER_NAMES)
    return grouped(book, columns, f"count(*), {sums}", "usage_record")


def days_of_book(book: Book) -> Totals:
    """The same of the roll-up of a book."""
    sums = ", ".join(f"sum({name})" for name in METER_NAMES)
    return grouped(book, ("account_id", "local_day"), f"sum(record_count), {sums}", "usage_daily")


def grouped(book: Book, columns: Sequence[str], sums: str, relation: str) -> Totals:
    """Sums by columns."""
    query = f"select {', '.join(columns)}, {sums} from {relation} group by all"  # noqa: S608
    rows = [tuple(row.values()) for row in book.query(query).rows()]
    size = len(columns)
    return {row[:size]: tuple(int(value) for value in row[size:]) for row in rows}


# The mutator

Row = list[tuple[str, str]]
"""Keys and the JSON text of their values."""

COUNTS = (
    *("0", "1", "2", "3", "7", "4000", "999999999999999", "1000000000000000", "9" * 20, "-1"),
    *("-0", "1.0", "1.5", "1e3", "1E+3", "0x10", "01", "+1", ".5", "5.", "1_000"),
    *("true", "false", "null", '"12"', '""', '"0x10"', "[]", "[1]", "{}", "{", "12abc", "--1"),
)
TIMES = (
    *("2025-10-05", "2025-10-05T12:00", "2025-10-05 12:00:00", "2025-10-05T12:00:00.123456789Z"),
    *("2025-03-30T00:59:59.999999Z", "2025-03-30T01:00:00Z", "2025-03-30T02:30:00"),
    *("2025-03-29T22:59:59Z", "2025-03-29T23:00:00Z", "2025-03-30T22:00:00Z"),
    *("2025-10-25T22:00:00Z", "2025-10-25T21:59:59Z", "2025-10-26T23:00:00Z"),
    *("2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+01:00", "2025-10-26T00:30:00+00"),
    *("2025-12-31T23:30:00Z", "2025-12-31T22:59:59+00:00", "2024-02-29T12:00:00+0530"),
    *("2025-10-05T12:00:00-11:30", "2025-10-05T12:00:00+14:00", "2025-10-05T24:00:00Z"),
    *("2014-12-31T23:59:59.999999Z", "2015-01-01", "2015-01-01T00:00:00+00:01", "1999-01-01"),
    *("2999-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "0000-01-01", "0001-01-01T00:00+14"),
    *("2025-02-29", "2025-13-01", "2025-00-10", "2025-10-05T25:00:00Z", "2025-10-05T12:60Z"),
    *("2025-10-05T23:59:60Z", "yesterday", "", "2025", "20251005T120000Z", "2025-W41-1", " "),
    *("05.10.2025", "10/05/2025", "2025-10-05T12", "1760000000", "2025-10-05T12:00:00.Z"),
    *("2025-10-05T12:00:00 Europe/Berlin", "now", "infinity", "'; drop table account; --"),
)
TEXT_VALUES = (
    *("null", '""', '" "', "5", "-1", "1.5", "true", "[]", "{}", '["a"]', '{"a":1}', '"\\u0000"'),
    *('"\\ud83d\\ude42"', '"\\ud83d"', '"<script>alert(1)</script>"', '"{{ 7*7 }}"', '"a\\nb"'),
    *('"\u202eevil"', '" gpt-4o "', '"\u00a0gpt-4o\u3000"', '"\\tgpt-4o"', f'"{"x" * 10_000}"'),
    '"\'; drop table account; --"',
)
ODD: dict[str, tuple[str, ...]] = {
    "occurred_at": (*(json.dumps(time) for time in TIMES), "null", "1760000000", "true", "[]"),
    "context": ('"system"', '"customer"', '"nobody"', '"System"', '""', "null", "0", "[]"),
    "external_id": ('"acme"', '"beta"', '"42"', "42", '"stranger"', *TEXT_VALUES),
    "account_id": ("{acme}", "{beta}", '"acc_0"', "null", '""', "{}"),
    "id": ('"same"', '"same"', '"17"', "17", *TEXT_VALUES),
    "model": ('"gpt-4o"', '"gpt-4"', *TEXT_VALUES),
    "provider": ('"openai"', '"OpenAI "', *TEXT_VALUES),
    "description": TEXT_VALUES,
    "transaction_id": ("null", '""', '"txn_0"', "5", "{}"),
    "usage_type": (*(f'"{name}"' for name in USAGE_TYPES), '"smell"', '"TEXT"', '""', "1", "[]"),
    "variant": (
        *('"service_tier=flex"', '"b=2,a=1"', '{"a":"1"}', '{"b":"2","a":"1"}', '" a = 1 "'),
        *('"flex"', '"a=1,a=2"', '"a=1,,b=2"', '"=1"', '"a="', '"a=b=c"', '"{oops"', '{"a":1}'),
        *('{"a":null}', '{"a":{"b":1}}', '"a=\\t"', "5", '["a=1"]', "null", '""', "{}", '{"":"x"}'),
    ),
    "tags": (
        *('{"team":"blue"}', '{"n":1}', "{}", "null", '"blue"', "[]", "5", '{"a":{"b":[1]}}'),
        *(
            '{"a":"{{ 7*7 }}"}',
            "true",
            '""',
            '"{}"',
            '{"b":1,"a":null}',
            '{"a":1,"a":1}',
            '{"a":1,}',
        ),
        '{ "z" : "x,}" , "a" : [ 1 ] }',
    ),
    "other_meters": ('{"foo":1}', '{"foo":-1}', '{"foo":1.5}', '{"foo":"1"}', "[]", "5", "null"),
    "input_tool_tokens": ("0", "3", "-1", "1.5", '"3"', "true", "null", "9" * 20, "[]"),
    DURATION: ("0", "12.5", "0.0005", "0.0004", "61", "-1", '"12"', "true", "null", "[]", "1e3"),
    **dict.fromkeys(METER_NAMES, COUNTS),
}
"""Column to what else a log may have there."""

SURPLUS = ('"blue"', "7", "1.25", "true", "null", "[1,2]", '{"a":1}', f'"{"p" * 300}"', '"\\u001b"')

NASTY = (
    *(b"\x00", b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\x1b[31m", b"\t"),
    *(b"\r", b"\n", b" ", b"\x7f", b"\xe2\x80\xae", b"\xef\xbb\xbf", b'"', b"\\", b"{", b"}"),
    *(b"[", b",", b":", b"//", b"'", b"null", b"0", b"-", b"\xc2\x85", b"\xe2\x80\xa8"),
)


def good_row(rng: random.Random, number: int) -> Row:
    """A row that is fine, in a spelling of its own."""
    size = rng.randrange(5000)
    cached, written = rng.randrange(size + 1), 0
    if rng.random() < 0.3:
        written = rng.randrange(size - cached + 1)
    moment = datetime(2025, rng.choice([3, 10]), 26, tzinfo=UTC) + timedelta(
        seconds=rng.randrange(5 * 86_400)
    )
    zone = timedelta(minutes=rng.choice([0, 0, 60, 120, -480, 330]))
    local = (moment + zone).replace(tzinfo=None).isoformat()
    hours, minutes = divmod(abs(zone) // timedelta(minutes=1), 60)
    sign = "-" if zone < timedelta(0) else "+"
    row = {
        "occurred_at": json.dumps(f"{local}{sign}{hours:02}:{minutes:02}" if zone else local),
        rng.choice(["model", "model_id"]): json.dumps(rng.choice(["gpt-4o", "o3", "house-llm"])),
        "input_tokens": str(size),
        rng.choice(["cached_tokens", "cache_read_tokens"]): str(cached),
        rng.choice(["cache_write_tokens", "cache_write_5m_tokens"]): str(written),
        "output_tokens": str(size // 2),
        "output_reasoning_tokens": str(rng.randrange(size // 2 + 1)),
    }
    row |= {"id": f'"c-{number}"'} if rng.random() < 0.8 else {}
    row |= {"web_searches": "2"} if rng.random() < 0.2 else {}
    row |= {"team": '"blue"'} if rng.random() < 0.2 else {}
    owner = rng.choice(['"acme"', '"beta"', '"42"', ""])
    row |= {"external_id": owner} if owner else {"context": '"system"'}
    return [(rng.choice([key, camel(key)]), value) for key, value in row.items()]


def put(rng: random.Random, row: Row, column: str, value: str) -> None:
    """Gives a column a value, in place of the one it has."""
    same = {column, *(name for pair in SYNONYMS.items() if column in pair for name in pair)}
    row[:] = [(key, old) for key, old in row if SPELLINGS.get(key) not in same]
    row.insert(rng.randrange(len(row) + 1), (rng.choice([column, camel(column)]), value))


def odd_value(rng: random.Random, row: Row) -> None:
    """Another value in some column."""
    column = rng.choice([*ODD, *list(ODD)[:15], "occurred_at", "occurred_at"])
    put(rng, row, column, rng.choice(ODD[column]))


def odd_count(rng: random.Random, row: Row) -> None:
    """Another quantity of some meter."""
    put(rng, row, rng.choice(METER_NAMES), rng.choice(COUNTS))


def swapped(rng: random.Random, row: Row) -> None:
    """Two meters with each other's quantity."""
    places = [n for n, (key, _) in enumerate(row) if SPELLINGS.get(key, "").endswith("_tokens")]
    if len(places) > 1:
        one, other = rng.sample(places, 2)
        (key, value), (other_key, other_value) = row[one], row[other]
        row[one], row[other] = (key, other_value), (other_key, value)


def repeated(rng: random.Random, row: Row) -> None:
    """A key that stands twice, perhaps in its other spelling or under its other name."""
    key, value = rng.choice(row)
    name = SPELLINGS.get(key, key)
    others = [key, name, camel(name), *(one for pair in SYNONYMS.items() if name in pair
                                        for one in pair)]  # fmt: skip
    row.insert(rng.randrange(len(row) + 1), (rng.choice(others), rng.choice([value, "3", '"x"'])))


def renamed(rng: random.Random, row: Row) -> None:
    """A key that is spelled otherwise, or unknown."""
    place = rng.randrange(len(row))
    key, value = row[place]
    other = rng.choice([key.upper(), camel(key), SPELLINGS.get(key, key), key + "s", " " + key])
    if other not in {name for name, _ in row}:
        row[place] = (other, value)


def dropped(rng: random.Random, row: Row) -> None:
    """A key less."""
    if len(row) > 1:
        row.pop(rng.randrange(len(row)))


def extended(rng: random.Random, row: Row) -> None:
    """A key that nothing knows."""
    key = rng.choice(["feature", "prompt", "a/b", "t~x", "", "Ωmega", "<script>", "line\nbreak"])
    row.append((key, rng.choice(SURPLUS)))


def reordered(rng: random.Random, row: Row) -> None:
    """The known keys in another order; of the unknown ones the last comes last."""
    known = [pair for pair in row if pair[0] in SPELLINGS]
    rng.shuffle(known)
    row[:] = [*known, *(pair for pair in row if pair[0] not in SPELLINGS)]


CHANGES: tuple[Callable[[random.Random, Row], None], ...] = (
    *(odd_value, odd_value, odd_value, odd_count, odd_count, swapped, repeated, renamed),
    *(dropped, extended, reordered, reordered),
)


def cut(rng: random.Random, line: bytes) -> bytes:
    """A line that breaks off."""
    return line[: rng.randrange(1, len(line))]


def gap(rng: random.Random, line: bytes) -> bytes:
    """A line without a few bytes of its middle."""
    start = rng.randrange(len(line))
    return line[:start] + line[start + rng.randrange(1, 6) :]


def nasty(rng: random.Random, line: bytes) -> bytes:
    """A line with something that does not belong there."""
    start = rng.randrange(1, len(line) + 1)
    return line[:start] + rng.choice(NASTY) + line[start:]


def flipped(rng: random.Random, line: bytes) -> bytes:
    """A line with a bit that is wrong."""
    place = rng.randrange(len(line))
    return line[:place] + bytes([line[place] ^ (1 << rng.randrange(8))]) + line[place + 1 :]


def wrapped(rng: random.Random, line: bytes) -> bytes:
    """A line inside or beside something else."""
    before, after = rng.choice(
        [(b"[", b"]"), (b"", b"{}"), (b" \t", b" \r"), (b"data: ", b""), (b'"', b'"'), (b"1 ", b"")]
    )
    return before + line + after


DAMAGES: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    *(cut, gap, nasty, nasty, flipped, flipped, wrapped),
)

SETTLED = re.compile(
    rb"(?i)nan|inf"  # what is no JSON, though some take it for that
    rb"|[+-](2[4-9]|[3-9][0-9]):?[0-9]{2}|[+-][0-9]{2}:?[6-9][0-9]|[+-](2[4-9]|[3-9][0-9])\""
    rb"|-0[.]0|0[.]00000"
    rb"|^\s{17,}$"
)
"""What tests of their own are about: other numbers of JSON, offsets of days, ..."""


def mutated(rng: random.Random, row: Row, accounts: Mapping[str, str]) -> bytes:
    """The line of a row that was good, changed up to four times and perhaps damaged."""
    for _ in range(rng.choice([0, 0, 1, 1, 1, 2, 2, 4])):
        rng.choice(CHANGES)(rng, row)
    names = {SPELLINGS.get(key, "") for key, _ in row}
    if "input_characters" in names and names & {DURATION, "audio_milliseconds"}:
        row = [pair for pair in row if SPELLINGS.get(pair[0]) != "input_characters"]
    line = line_of(row, accounts)
    for _ in range(rng.choice([0] * 12 + [1, 1, 2])):
        line = rng.choice(DAMAGES)(rng, line) if len(line) > 1 else line
    return line


def line_of(row: Row, accounts: Mapping[str, str]) -> bytes:
    """A row as a line of JSON; ``{acme}`` stands for the id of an account."""
    members = ",".join(f"{json.dumps(key, ensure_ascii=False)}:{value}" for key, value in row)
    text = f"{{{members}}}"
    for name, account_id in accounts.items():
        text = text.replace(f"{{{name}}}", json.dumps(account_id))
    return text.encode("utf-8")


def mutated_lines(seed: int, size: int, accounts: Mapping[str, str]) -> bytes:
    """A file of mutated lines, some of rows that were there before; the last has no line end."""
    rng = random.Random(seed)
    rows: list[Row] = []
    lines: list[bytes] = [b'{"model":"m","context":"system","occurred_at":"2025-10-05"}']
    while len(lines) < size:
        is_again = bool(rows) and rng.random() < 0.1
        if is_again:
            row = list(rng.choice(rows[-500:]))
            reordered(rng, row)
        else:
            row = good_row(rng, len(lines))
        rows.append(list(row))
        is_spared = rng.random() < (0.6 if is_again else 0.2)
        line = line_of(row, accounts) if is_spared else mutated(rng, row, accounts)
        if not SETTLED.search(line):
            lines.append(line)
    return b"\n".join(lines)


# The same in CSV

HEADINGS = (
    *("id", "occurredAt", "EXTERNAL_ID", "account_id", "context", "Model", "usage_type"),
    *("variant", "inputTokens", "cached_tokens", "output_tokens", "OutputReasoningTokens"),
    *(DURATION, "documentPages", "annotated_document_pages", "inputToolTokens", "other_meters"),
    *("tags", "team", "description"),
)
COUNT_CELLS = (
    *("0", "1", "7", "007", "4000", "999999999999999", "1000000000000000", "9" * 20, "-1", "12.0"),
    *(
        "1,200",
        "1e3",
        "0x10",
        "+1",
        " 12",
        "12 ",
        "true",
        "null",
        "NaN",
        "1\n2",
        "\uff11\uff12",
        "=1+1",
    ),
)
TEXT_CELLS = (
    *("", "", " ", "5", 'say "x"', "two\nlines", "a;b\tc|d,e", "=1+1", "<b>", "{{ 7*7 }}"),
    *("' or 1=1 --", "\x1b[31m", "a\x00b", "Zoë 🙂", "\u202eevil", "null", "x" * 10_000),
)
ODD_CELLS: dict[str, tuple[str, ...]] = {
    "id": ("same", "same", "17", *TEXT_CELLS),
    "occurredAt": TIMES,
    "EXTERNAL_ID": ("acme", "beta", "42", "stranger", *TEXT_CELLS),
    "account_id": ("{acme}", "{beta}", "acc_0", "", ""),
    "context": ("system", "customer", "nobody", "System", ""),
    "Model": ("gpt-4", " gpt-4o ", *TEXT_CELLS),
    "usage_type": (*USAGE_TYPES, "smell", "TEXT", "", "1"),
    "variant": (
        *("service_tier=flex", "b=2,a=1", '{"b":"2","a":"1"}', " a = 1 ", "flex", "a=1,a=2"),
        *("a=1,,b=2", "=1", "a=", "a=b=c", "{oops", '{"a":1}', "a=\t", "{}", "[]", ""),
    ),
    DURATION: ("0", "12.5", "0.0005", "0.0004", "61", "-1", "12s", "true", "1,5", ""),
    "inputToolTokens": ("0", "3", "-1", "1.5", "true", "9" * 20, ""),
    "other_meters": ('{"foo":1}', '{"foo":-1}', '{"foo":1.5}', '{"foo":"1"}', "x", ""),
    "tags": (
        *('{"team":"red"}', '{"n":1}', "{}", "blue", "[]", "5", '{"a":{"b":[1]}}', "", "{ }"),
        *('{"z":1,"a":2}', '{"a":1,"a":2}', '{"a":NaN}', '{"a":1,}', '{"a":[-Infinity]}', '{"a":1'),
    ),
    "team": TEXT_CELLS,
    "description": TEXT_CELLS,
    **dict.fromkeys(
        ("inputTokens", "cached_tokens", "output_tokens", "OutputReasoningTokens"), COUNT_CELLS
    ),
    **dict.fromkeys(("documentPages", "annotated_document_pages"), COUNT_CELLS),
}
"""Heading to what else a table may have below it."""


def mutated_rows(
    seed: int, size: int, accounts: Mapping[str, str]
) -> Iterator[Sequence[str] | bytes]:
    """The headings, and rows of which some are wrong; bytes are a row that is no UTF-8."""
    rng = random.Random(seed)
    yield HEADINGS
    for number in range(size):
        row = dict.fromkeys(HEADINGS, "")
        for key, value in good_row(rng, number):
            heading = next((name for name in HEADINGS if spelled(name) == spelled(key)), None)
            row |= {heading: json.loads(value) if value[0] == '"' else value} if heading else {}
        for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
            heading = rng.choice(HEADINGS)
            row[heading] = rng.choice(ODD_CELLS[heading])
        if row["inputToolTokens"]:
            row["other_meters"] = ""
        cells = [cell.format(**accounts) if cell in TOKENS else cell for cell in row.values()]
        what = rng.random()
        if what < 0.02:
            yield cells[: rng.randrange(2, len(cells))]
        elif what < 0.04:
            yield [*cells, rng.choice(["", "surplus"])]
        elif what < 0.06:
            yield table_of([[*cells[:-1], "HERE"]]).replace(b"HERE", b"say \xff")
        elif not SETTLED.search(row["occurredAt"].encode()):
            yield cells


TOKENS = {"{acme}", "{beta}"}


def spelled(name: str) -> str:
    """A heading or a key as far as its spelling matters."""
    name = SPELLINGS.get(name, name).lower().replace("_", "")
    return {"modelid": "model", "cachereadtokens": "cachedtokens"}.get(name, name)


def table_of(rows: Iterable[Sequence[str] | bytes]) -> bytes:
    """Rows as the bytes of a CSV file."""
    parts = []
    for row in rows:
        text = io.StringIO()
        if isinstance(row, bytes):
            parts.append(row)
        else:
            csv.writer(text, lineterminator="\r\n").writerow(row)
            parts.append(text.getvalue().encode())
    return b"".join(parts)


# The tests


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed book whose days have 23 and 25 hours, with three accounts."""
    path = tmp_path_factory.mktemp("template") / "book"
    with new_book(path, billing_timezone=ZONE, markup_percent=20) as book:
        for name in ("acme", "beta", "42"):
            book.create_account(name)
    return path


@pytest.fixture
def book(template: Path, tmp_path: Path) -> Iterator[Book]:
    """A copy of it, sound at the end."""
    with analytics.open(shutil.copytree(template, tmp_path / "book")) as book:
        yield book
        assert_sound(book)


@pytest.fixture(scope="module")
def shared(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """A copy for many small tests: the folder of each, part of its records, is its own."""
    with analytics.open(shutil.copytree(template, tmp_path_factory.mktemp("shared") / "b")) as book:
        yield book
        assert_sound(book)


def world_of(book: Book) -> World:
    """What lines for a book are judged by."""
    accounts = {str(each.external_id): each.account_id for each in book.list_accounts()}
    return World(accounts, datetime.now(UTC) + timedelta(days=1))


@pytest.mark.examples
@pytest.mark.parametrize(("size", "part_rows"), [(LINES, 500_000), (LINES // 4, 600)])
def test_ten_thousand_mutated_lines_are_read_as_the_slow_reader_reads_them(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, part_rows: int
) -> None:
    """In one part and in many; once more, what was new is known and what was wrong still is."""
    monkeypatch.setattr("analytics.sources.parts.PART_ROWS", part_rows)
    world = world_of(book)
    data = mutated_lines(20_251_026, size, world.accounts)
    (tmp_path / "log.jsonl").write_bytes(data)
    readings = read_jsonl(data, world)
    result = book.ingest(tmp_path / "log.jsonl")
    compare(book, result, readings)
    kinds = Counter(type(reading) for reading in readings.values())
    assert min(kinds.values()) > size // 4, "the mutator should neither spare nor spoil all"
    again = book.ingest(tmp_path / "log.jsonl")
    assert (again.rows, again.appended, again.rejected_by_code) == (
        result.rows,
        0,
        result.rejected_by_code,
    )
    assert again.duplicates == result.appended + result.duplicates


def test_two_thousand_mutated_rows_of_a_table_are_read_as_the_slow_reader_reads_them(
    book: Book, tmp_path: Path
) -> None:
    """Ragged rows, bytes that are no text, quotes and line ends in cells among them."""
    world = world_of(book)
    rows = list(mutated_rows(20_251_030, CSV_ROWS, world.accounts))
    data = table_of(rows)
    (tmp_path / "log.csv").write_bytes(data)
    readings = read_csv(rows, world)
    compare(book, book.ingest(tmp_path / "log.csv"), readings)
    kinds = Counter(type(reading) for reading in readings.values())
    assert min(kinds.values()) > CSV_ROWS // 4


# What the mutator leaves out: each of these has a test of its own


CALL = (
    '"occurred_at":"2025-10-05T12:00:00Z","context":"system","model":"gpt-4o","storage_searches":0'
)


def load(book: Book, folder: Path, *members: str, call: str = CALL) -> LoadResult:
    """Loads calls of our own with these keys besides, unlike those of any other folder."""
    own = f'"provider":"{folder.name}"'
    return book.ingest(
        write_lines(folder / "log.jsonl", *(f"{{{call},{own},{each}}}" for each in members))
    )


def loaded(book: Book, result: LoadResult) -> list[dict[str, Any]]:
    """The records of a load, in the order of their descriptions."""
    where = f"where load_id = {result.load_id} order by description"
    return book.query(f"select * from usage_record {where}").rows()  # noqa: S608


@pytest.mark.parametrize(
    "members",
    [
        pytest.param(
            (
                '"a":1,',
                '"tags":{"a":[1,]}',
                '"a":NaN',
                '"a":-Infinity',
                '"tags":{"a":nan}',
                '"input_tokens":1,',
                '"input_tokens":1 ,\t',
                '"id": NaN',
                '"id":-inf , "a":"b,}"',
                '"description":Infinity',
                '"tags":{"a":1,}',
                '"tags":{"a":{"b":[1 , ]}}',
                '"variant":{"a":"1",}',
                '"other_meters":{"a":1,}',
            ),
            id="what DuckDB takes for JSON",
        ),
        pytest.param(
            ("'a':1", '"a":1 /* b */', '"a":01', '"a":"\\ud83d"', '"a":"\t"', '"a":.5', '"a" 1'),
            id="what nobody does",
        ),
    ],
)
def test_what_is_no_json_is_rejected(
    shared: Book, tmp_path: Path, members: tuple[str, ...]
) -> None:
    """What tags would keep of it, no other program could read."""
    assert load(shared, tmp_path, *members).rejected_by_code == {"bad_json": len(members)}


@pytest.mark.parametrize(
    "offset",
    [
        pytest.param("+24:00"),
        pytest.param("+99:99"),
        pytest.param("-12:60"),
        "+02:00:00",
    ],
)
def test_an_offset_that_no_clock_has_is_rejected(shared: Book, tmp_path: Path, offset: str) -> None:
    result = load(shared, tmp_path, '"a":1', call=CALL.replace("Z", offset))
    assert result.rejected_by_code == {"bad_time": 1}


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(
            {"0.0000001": 0, "1e-7": 0, "1.25e-7": 0, "1.2E-8": 0, "0.000000001": 0, "0.0e-3": 0},
            id="tiny",
        ),
        pytest.param(
            {
                "0.000001": 0,
                "0.000499999": 0,
                "0.0005": 1,
                "12.345500000": 12_346,
                "1e3": 1_000_000,
                "999999999999": 999_999_999_999_000,
            },
            id="usual",
        ),
    ],
)
def test_seconds_of_audio_have_up_to_nine_decimals(
    shared: Book, tmp_path: Path, seconds: dict[str, int]
) -> None:
    members = [f'"audio_duration_seconds":{text},"description":"{text}"' for text in seconds]
    result = load(shared, tmp_path, *members)
    assert result.rejected_by_code == {}
    found = {each["description"]: each["audio_milliseconds"] for each in loaded(shared, result)}
    assert found == seconds


SAME: dict[str, tuple[tuple[str, str], ...]] = {
    "in another order": (
        ('"a":1,"b":2', '"b":2,"a":1'),
        ('"tags":{"a":1,"b":2}', '"tags":{"b":2,"a":1}'),
        ('"other_meters":{"a":1,"b":2}', '"other_meters":{"b":2,"a":1}'),
    ),
    "a zero of another meter": (('"other_meters":{"a":0}', '"web_searches":0'),),
    "a zero of characters": (
        ('"audio_milliseconds":1000,"input_characters":0', '"audio_milliseconds":1000'),
    ),
    "in another spelling": (
        ('"tags":{"a":1}', '"tags": { "a" : 1 }'),
        ('"tags":{"a":"A"}', '"a":"\\u0041"'),
        ('"a":null,"description":null', '"description":""'),
        ('"variant":"a=1,b=2"', '"variant":{"b":"2","a":"1"}'),
        ('"other_meters":{"input_tool_tokens":1}', '"inputToolTokens":1'),
        ('"audio_duration_seconds":1.5', '"audio_milliseconds":1500'),
        ('"cached_tokens":0,"usageType":"text"', '"web_searches":0'),
    ),
}
"""What the same call may look like; sent again without an id it must not be counted twice."""


@pytest.mark.parametrize("name", SAME)
def test_the_same_content_is_known_again(shared: Book, tmp_path: Path, name: str) -> None:
    """With an id, where it would be a conflict, and without one, where it would count twice."""
    ids = [f'"id":"{tmp_path.name}-{number}",' for number in range(len(SAME[name]))]
    for column in (0, 1):
        texts = [pair[column] for pair in SAME[name]]
        named = [own + text for own, text in zip(ids, texts, strict=True)]
        result = load(shared, tmp_path, *named, *texts)
    assert (result.appended, result.duplicates, result.rejected) == (0, 2 * len(ids), 0)


def test_a_single_record_and_a_line_have_the_same_tags(shared: Book, tmp_path: Path) -> None:
    """Whatever the order of the keys, also where the record takes the short way in."""
    call: dict[str, Any] = {
        "id": tmp_path.name,
        "occurred_at": "2025-10-05T12:00:00Z",
        "context": "system",
        "input_tokens": 0,
    }
    for tags in ({"b": "1", "a": "2"}, {"a": "2", "b": "1"}):
        record = shared.record_usage(**call, model_id="gpt-4o", tags=tags)
        assert list(record.tags or {}) == ["a", "b"]
    members = f'"id":"{tmp_path.name}","tags":{{"b":"1","a":"2"}}'
    log = write_lines(tmp_path / "log.jsonl", f"{{{CALL},{members}}}")
    assert shared.ingest(log).duplicates == 1


def test_a_separator_in_a_text_does_not_make_two_contents_one(shared: Book, tmp_path: Path) -> None:
    one = '"id":"forged","description":"d","tags":{"k":"v"}'
    other = '"id":"forged","description":"d\\u001ftags={\\"k\\":\\"v\\"}"'
    assert load(shared, tmp_path, one, other).rejected_by_code == {"id_conflict": 1}


@pytest.mark.parametrize(
    "members",
    [
        pytest.param(
            ('"other_meters":{"input_tool_tokens":5},"input_tool_tokens":1',),
            id="in other_meters and by itself",
        ),
        pytest.param(
            ('"other_meters":{"foo":1,"foo":2}',),
            id="twice in other_meters",
        ),
        pytest.param(
            (
                '"input_tokens":1,"input_tokens":1',
                '"input_tool_tokens":1,"inputToolTokens":1',
                '"audio_duration_seconds":1,"audio_milliseconds":1000',
            ),
            id="twice",
        ),
    ],
)
def test_a_quantity_that_is_given_twice_is_rejected(
    shared: Book, tmp_path: Path, members: tuple[str, ...]
) -> None:
    assert load(shared, tmp_path, *members).rejected == len(members)


@pytest.mark.parametrize(
    ("members", "wanted"),
    [
        pytest.param(
            '"tags":{"a":null},"b":1',
            {"a": None, "b": 1},
            id="a null beside an unknown key",
        ),
        pytest.param(
            f'"a":"{"x" * 256}"',
            {"a": "x" * 256},
            id="256 characters",
        ),
        pytest.param(
            f'"tags":{{"a":null}},"b":"{"x" * 257}"', {"a": None}, id="a null, and 257 characters"
        ),
    ],
)
def test_tags_are_kept_as_they_are(
    shared: Book, tmp_path: Path, members: str, wanted: dict[str, object]
) -> None:
    (found,) = loaded(shared, load(shared, tmp_path, members))
    assert json.loads(found["tags"] or "{}") == wanted


TABLE = "id,model,occurred_at,context,description,other_meters,inputToolTokens\n"
HIDDEN = (
    '"{""foo"":1}",abc',
    "5,1",
    "[],",
    ',"1,""foo"":2"',
    '"{""input_tool_tokens"":5}",1',
    ",1.5",
    "x,1",
)
"""The cells of other_meters and of inputToolTokens, of which one is bad."""


@pytest.mark.parametrize("cells", HIDDEN)
def test_a_bad_meter_of_a_table_is_not_hidden_by_a_good_one(
    shared: Book, tmp_path: Path, cells: str
) -> None:
    file = write_lines(
        tmp_path / "log.csv", f"{TABLE}{tmp_path.name},m,2025-10-05,system,x,{cells}"
    )
    assert shared.ingest(file).rejected == 1


def test_a_ragged_row_with_a_bad_byte_spoils_only_itself(shared: Book, tmp_path: Path) -> None:
    good = b"ragged-%s,m,2025-10-05,system,x,,1\n"
    file = tmp_path / "log.csv"
    file.write_bytes(TABLE.encode() + good % b"a" + b"r\xff,1\n" + good % b"b")
    result = shared.ingest(file)
    assert (result.appended, result.rejected) == (2, 1)


def test_a_blank_line_of_a_table_counts_as_a_line(shared: Book, tmp_path: Path) -> None:
    file = write_lines(tmp_path / "log.csv", TABLE, "", "a,m,never,system,x,,")
    assert [each.line for each in shared.ingest(file).first_rejections] == [4]
