"""Single records: a short way in, since a load's queries take long to plan.

The rule book checks each, and it is priced by the rule for a single call; then one small statement
appends it. A load stores the same (`tests/test_recording.py`). Single records share a load. They
are rolled up and indexed together: when there are `FOLD_ROWS` of them, and before anything reads
the index or undoes a load. Until then views count them one by one.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from analytics import rating
from analytics.errors import AccountNotFound, InvalidUsage, TokenbookError, UsageConflict
from analytics.records import METERS, UsageRecord
from analytics.rules.pricing import RatedCall, rate_call
from analytics.rules.record import Refused
from analytics.usage.compaction import compact_crowded
from analytics.usage.options import RECORD, LoadOptions

if TYPE_CHECKING:
    import pyarrow as pa

    from analytics.engines import Row, Writer

FOLD_ROWS = 2_000
"""So many single records are rolled up and indexed at once: it takes about as long as for one."""

_METERS = tuple(meter.name for meter in METERS)
_NAMED_METERS = tuple(meter.name for meter in METERS if meter.is_common and meter.part_of)
_RARE_METERS = tuple(meter.name for meter in METERS if not meter.is_common)
_TEXTS = (
    *("record_id", "context", "account_id", "transaction_id", "provider", "model"),
    *("provider_as_sent", "model_as_sent", "usage_type", "variant", "other_meters", "price_id"),
    *("unpriced_reason", "description", "tags"),
)
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
    usage, account = _owned(engine, checked)
    if not is_id_new and (earlier := _earlier(engine, [usage])):
        return _same(usage, *earlier[usage["record_id"]])
    usage = _priced(engine, usage, now)
    engine.execute("usage/insert_recorded", **usage)
    _count(engine, 1)
    return _recorded(usage, account)


def append_many(
    engine: "Writer", records: Sequence[Mapping[str, Any] | TokenbookError], now: datetime
) -> list[UsageRecord | TokenbookError]:
    """Appends records by few statements; returns what became of each, in their order.

    Args:
        engine: the book, inside `atomic`.
        records: what the rule book says of each, with an id; or why it is none.
        now: when they are recorded.
    """
    results: dict[int, UsageRecord | TokenbookError] = {}
    owned: dict[int, tuple[dict[str, Any], Row]] = {}
    for position, record in enumerate(records):
        try:
            if isinstance(record, TokenbookError):
                raise record
            owned[position] = _owned(engine, record)
        except TokenbookError as error:
            results[position] = error
    known = _earlier(engine, [usage for usage, _ in owned.values()])
    new: list[dict[str, Any]] = []
    for position, (usage, account) in owned.items():
        record_id = usage["record_id"]
        if record_id not in known:
            new.append(_priced(engine, usage, now))
            known[record_id] = ({usage["content_hash"]}, _recorded(new[-1], account))
        try:
            results[position] = _same(usage, *known[record_id])
        except UsageConflict as error:
            results[position] = error
    if new:
        engine.keep("recorded_row", _table(new))
        engine.execute("usage/insert_recorded_rows")
        _count(engine, len(new))
    return [results[position] for position in range(len(records))]


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
    """The load that single records go to, if there is one, and how many it has."""

    load_id: int | None = None
    records: int = 0


def _recording(engine: "Writer") -> _Recording:
    def find() -> _Recording:
        rows = engine.rows("usage/recording")
        return _Recording(**rows[0]) if rows else _Recording()

    return engine.remember("recording", find)


def _count(engine: "Writer", records: int) -> None:
    """Counts records that were appended; when there are many they are rolled up."""
    recording = _recording(engine)
    recording.records += records
    if recording.records >= FOLD_ROWS:
        fold(engine)


def _open_load(engine: "Writer") -> int:
    """The load that single records go to."""
    found = _recording(engine).load_id
    if found is not None:
        return found
    load_id: int = engine.row("usage/next_load")["load_id"]
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
    engine.forget()  # other books of this path remember that there is none
    _recording(engine)
    return load_id


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


def _owned(engine: "Writer", checked: Mapping[str, Any]) -> "tuple[dict[str, Any], Row]":
    """A record with its account and the hash of its content, and the account.

    Raises:
        AccountNotFound: there is no such account.
        InvalidUsage: the ids that are given are two accounts.
    """
    account = _account(engine, checked)
    usage: dict[str, Any] = {
        **dict.fromkeys(_METERS, 0),
        **checked,
        "account_id": account["account_id"],
        "provider_as_sent": checked["provider"],
        "model_as_sent": checked["model"],
    }
    usage["content_hash"] = _hash(_content(usage))
    return usage, account


def _priced(engine: "Writer", usage: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """All columns of a record."""
    moment = _EPOCH + timedelta(microseconds=usage["occurred_at"])
    found, rated = _rate(engine, usage, moment)
    return {
        **usage,
        "occurred_at": moment.replace(tzinfo=None),
        "local_day": _local_day(engine, moment),
        "recorded_at": now.replace(tzinfo=None),
        "load_id": _open_load(engine),
        **found,
        "unpriced_reason": rated.reason,
        "cost_usd": rated.cost_usd,
    }


def _recorded(usage: Mapping[str, Any], account: "Row") -> UsageRecord:
    charge = rating.charge_of(usage, account["charge_factor"])
    owner = {"charge_usd": charge, "external_id": account["external_id"]}
    return rating.to_usage_record({**usage, **owner})


def _earlier(
    engine: "Writer", usages: Sequence[Mapping[str, Any]]
) -> dict[str, tuple[set[int], UsageRecord]]:
    """The records that have one of these ids: id -> the hash of its content, and the record.

    Where two ids have the same hash, there are the contents of both.
    """
    ids = [usage["record_id"] for usage in usages]
    load_id = _recording(engine).load_id
    if len(ids) == 1:  # a third of the time
        found = engine.rows(
            "usage/earlier_record", record_id=ids[0], id_hash=_hash(ids[0]), load_id=load_id
        )
    else:
        hashes = [_hash(each) for each in ids]
        found = engine.rows(
            "usage/earlier_records", record_ids=ids, id_hashes=hashes, load_id=load_id
        )
    if not found:
        return {}
    contents: dict[int, set[int]] = {}
    for row in found:
        contents.setdefault(row["id_hash"], set()).add(row["content_hash"])
    suspected = [each for each in ids if _hash(each) in contents]
    rows = rating.usage_rows(engine, suspected)
    records = map(rating.to_usage_record, rows)
    return {each.id: (contents[_hash(each.id)], each) for each in records}


def _same(usage: Mapping[str, Any], contents: set[int], record: UsageRecord) -> UsageRecord:
    """The record that is there already.

    Raises:
        UsageConflict: it has other content.
    """
    if usage["content_hash"] not in contents:
        raise UsageConflict(record_id=usage["record_id"])
    return record


def _table(usages: Sequence[Mapping[str, Any]]) -> "pa.Table":
    import pyarrow as pa

    moment, count = pa.timestamp("us"), pa.int64()
    kinds: dict[str, pa.DataType] = {
        **dict.fromkeys(("occurred_at", "recorded_at"), moment),
        "local_day": pa.date32(),
        **dict.fromkeys(("load_id", *_METERS, "billed_audio_milliseconds"), count),
        "cost_usd": pa.decimal128(38, 18),
        "content_hash": pa.uint64(),
        **dict.fromkeys(_TEXTS, pa.string()),
    }
    columns = {
        name: pa.array([usage[name] for usage in usages], kind) for name, kind in kinds.items()
    }
    return pa.table(columns)


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

    def find() -> date:
        found = engine.row("usage/local_day", occurred_at=at, billing_timezone=zone)
        day: date = found["local_day"]
        return day

    # Since 2015, the first year of records, no zone began a day within a quarter of an hour.
    quarter = at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
    return engine.remember(("local day", quarter), find)


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
