"""Single records: a short way in, since a load's queries take long to plan.

The rule book checks each, and it is priced by the rule for a single call; then one small statement
appends it. A load stores the same (`tests/test_recording.py`). Single records share a load. They
are rolled up and indexed together: when there are `FOLD_ROWS` of them, and before anything reads
the index or undoes a load. Until then views count them one by one.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from analytics import rating
from analytics.errors import AccountNotFound, InvalidUsage, UsageConflict
from analytics.records import METERS, UsageRecord
from analytics.rules.pricing import RatedCall, rate_call
from analytics.rules.record import Refused
from analytics.usage.compaction import compact_crowded
from analytics.usage.options import RECORD, LoadOptions

if TYPE_CHECKING:
    from analytics.engines import Row, Writer

FOLD_ROWS = 2_000
"""So many single records are rolled up and indexed at once: it takes about as long as for one."""

_METERS = tuple(meter.name for meter in METERS)
_NAMED_METERS = tuple(meter.name for meter in METERS if meter.is_common and meter.part_of)
_RARE_METERS = tuple(meter.name for meter in METERS if not meter.is_common)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def append(
    engine: "Writer", checked: Mapping[str, Any], now: datetime, *, is_id_new: bool
) -> UsageRecord:
    """Appends a record and returns it; one that is there already is returned as it is.

    Args:
        engine: the book, inside `atomic`.
        checked: what the rule book says of it, with an id.
        now: when it is recorded.
        is_id_new: the id was made for this record, so no other can have it.

    Raises:
        AccountNotFound: there is no such account.
        InvalidUsage: the ids that are given are two accounts.
        UsageConflict: the id is recorded with other content.
    """
    account = _account(engine, checked)
    moment = _EPOCH + timedelta(microseconds=checked["occurred_at"])
    usage: dict[str, Any] = {
        **dict.fromkeys(_METERS, 0),
        **checked,
        "account_id": account["account_id"],
        "provider_as_sent": checked["provider"],
        "model_as_sent": checked["model"],
    }
    usage["content_hash"] = _hash(_content(usage))
    if not is_id_new and (earlier := _earlier(engine, usage)):
        return earlier
    found, rated = _rate(engine, usage, moment)
    recording = engine.remember("recording", lambda: _open_recording(engine))
    usage |= {
        "occurred_at": moment.replace(tzinfo=None),
        "local_day": _local_day(engine, moment),
        "recorded_at": now.replace(tzinfo=None),
        "load_id": recording.load_id,
        **found,
        "unpriced_reason": rated.reason,
        "cost_usd": rated.cost_usd,
    }
    engine.execute("usage/insert_recorded", **usage)
    recording.records += 1
    if recording.records >= FOLD_ROWS:
        fold(engine)
    return rating.to_usage_record(
        {
            **usage,
            "charge_usd": rating.charge_of(usage, account["charge_factor"]),
            "external_id": account["external_id"],
        }
    )


def fold(engine: "Writer") -> None:
    """Rolls up and indexes the single records, and ends their load.

    Args:
        engine: the book, inside `atomic`.
    """
    rows = engine.rows("usage/recording")
    if not rows:
        return
    load_id = rows[0]["load_id"]
    engine.execute("usage/insert_daily", load_id=load_id)
    engine.execute("usage/index_recording", load_id=load_id)
    finished_at = datetime.now(UTC).replace(tzinfo=None)
    engine.execute("usage/finish_recording", finished_at=finished_at, **rows[0])
    engine.execute("usage/end_recording")
    compact_crowded(engine)
    engine.forget()


@dataclass(slots=True)
class _Recording:
    """The load that single records go to, and how many it has."""

    load_id: int
    records: int


def _open_recording(engine: "Writer") -> _Recording:
    rows = engine.rows("usage/recording")
    if rows:
        return _Recording(**rows[0])
    load_id = engine.row("usage/next_load")["load_id"]
    now = datetime.now(UTC).replace(tzinfo=None)
    counts = ("files", "row_count", "appended", "duplicates", "rejected", "unpriced")
    engine.execute(
        "usage/insert_load",
        load_id=load_id,
        source=RECORD,
        options=LoadOptions().text([RECORD]),
        started_at=now,
        finished_at=now,
        accounts_created=0,
        **dict.fromkeys(counts, 0),
    )
    engine.execute("usage/begin_recording", load_id=load_id)
    return _Recording(load_id, 0)


def _account(engine: "Writer", usage: Mapping[str, Any]) -> "Row":
    """The account with its factor; what is nobody's costs as much as it does.

    Raises:
        AccountNotFound: there is no such account.
        InvalidUsage: the ids are two accounts.
    """
    ids = {"account_id": usage["account_id"], "external_id": usage["external_id"]}
    given = [name for name in ids.values() if name]
    if not given:
        return {"account_id": None, "external_id": None, "charge_factor": None}
    rows = engine.remember(
        ("account", *ids.values()), lambda: engine.rows("usage/known_account", **ids)
    )
    if len(rows) == 1:
        return rows[0]
    for name, value in ids.items():
        alone: dict[str, object] = {**dict.fromkeys(ids), name: value}
        if value and not engine.rows("usage/known_account", **alone):
            raise AccountNotFound(account=value)
    raise InvalidUsage(problem=Refused("account_mismatch", " / ".join(given)).problem)


def _rate(
    engine: "Writer", usage: Mapping[str, Any], moment: datetime
) -> tuple[dict[str, Any], RatedCall]:
    """What the record's name means with the price and what it bills, and what that costs."""
    sent = (usage["provider"], usage["model"], usage["variant"])
    rating.remember_name(engine, *sent)
    used = {name: usage[name] for name in _METERS if usage[name]}
    found, price, reason = rating.price_of(engine, *sent, moment, used)
    rated = RatedCall(None, reason)
    if price is not None:
        other = usage["other_meters"]
        others = other and rating.reason_of_others(engine, json.loads(other), found, used)
        rated = rate_call(used, price, others)
    columns: dict[str, Any] = {"provider": found.provider, "model": found.model, "price_id": None}
    heard = usage["audio_milliseconds"]
    columns["billed_audio_milliseconds"] = heard
    if price is not None and rated.reason is None:
        columns["price_id"] = price["price_id"]
        if heard:
            least = price["minimum_audio_milliseconds"]
            columns["billed_audio_milliseconds"] = max(heard, least)
    return columns, rated


def _earlier(engine: "Writer", usage: Mapping[str, Any]) -> UsageRecord | None:
    """The record that has the id already.

    Raises:
        UsageConflict: it has other content.
    """
    record_id: str = usage["record_id"]
    known = {"id_hash": _hash(record_id), "content_hash": usage["content_hash"]}
    rows = engine.rows("usage/earlier_record", record_id=record_id, **known)
    if not rows:
        return None
    named: dict[str, object] = {"record_id": record_id, "start_day": None, "end_day": None}
    found = engine.rows("rating/usage_record", **named)
    if not found:
        return None  # another id with the same hash
    if not any(row["is_same"] for row in rows):
        raise UsageConflict(record_id=record_id)
    return rating.to_usage_record(found[0])


def _local_day(engine: "Writer", moment: datetime) -> date:
    """The day in the billing time zone. The engine says it, for Python has its own list of zones.

    Where the two are of different years, they can disagree about an hour of a zone.
    """
    zone: str = engine.remember(
        "billing_timezone",
        lambda: engine.row("book/setting", name="billing_timezone")["value"],
    )
    if zone == "UTC":
        return moment.astimezone(UTC).date()
    at = moment.astimezone(UTC).replace(tzinfo=None)
    day: date = engine.row("usage/local_day", occurred_at=at, billing_timezone=zone)["local_day"]
    return day


def _content(usage: Mapping[str, Any]) -> str:
    """What is hashed of a record, as `queries/usage/stage.sql` has it."""
    parts = [
        usage["record_id"],
        usage["occurred_at"] if usage["is_time_given"] else 0,
        usage["context"],
        usage["account_id"] or "",
        usage["transaction_id"] or "",
        usage["provider"] or "",
        usage["model"],
        usage["usage_type"],
        usage["variant"],
        usage["input_tokens"],
        usage["output_tokens"],
    ]
    parts += [f"{name}={usage[name]}" for name in _NAMED_METERS if usage[name]]
    if usage["requests"] != 1:
        parts.append(f"requests={usage['requests']}")
    parts += [f"{name}={usage[name]}" for name in _RARE_METERS if usage[name]]
    if usage["other_meters"]:
        parts.append(f"other_meters={usage['other_meters']}")
    if usage["description"]:
        parts.append(f"description={len(usage['description'])}:{usage['description']}")
    if usage["tags"]:
        parts.append(f"tags={usage['tags']}")
    return "\x1f".join(map(str, parts))


def _hash(text: str) -> int:
    """The half of the MD5 hash that the index of ids has."""
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "little")
