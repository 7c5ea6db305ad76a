"""Single records: a short way in for the common case, since a load's queries take long to plan.

The rule book checks each. What is plain then is recorded by one small statement; anything else
takes the queries of a load. Both ways store the same (`tests/test_recording.py`). Single records
share a load. They are rolled up and indexed together: when there are `FOLD_ROWS` of them, and
before anything reads the index or undoes a load. Until then views count them one by one.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analytics.rating import charge_of, cost_of, to_usage_record
from analytics.records import METER_NAMES, METERS, UsageRecord
from analytics.rules.pricing import in_utc, is_in_window
from analytics.usage.compaction import compact_crowded
from analytics.usage.options import RECORD, LoadOptions

if TYPE_CHECKING:
    from analytics.engines import Row, Writer

FOLD_ROWS = 2_000
"""So many single records are rolled up and indexed at once: it takes about as long as for one."""

_METERS = tuple(meter.name for meter in METERS if meter.is_common)
_NAMED_METERS = tuple(meter.name for meter in METERS if meter.is_common and meter.part_of)
_RARE = frozenset(meter.name for meter in METERS if not meter.is_common)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST_SUM = 1_000_000
"""Above it the cost may not fit: that is for the queries to say."""


def record_plainly(
    engine: "Writer", checked: Mapping[str, Any], now: datetime, *, is_id_new: bool
) -> UsageRecord | None:
    """Appends a plain record and returns it; None where it is not plain, with nothing done.

    Plain is: no variant, and token counts and requests only; a known account, a name that is
    resolved already, exactly one price that has what it takes, and an id that is new.

    Args:
        engine: the book, inside `atomic`.
        checked: what the rule book says of it, with an id.
        now: when it is recorded.
        is_id_new: the id was made for this record, so no other can have it.
    """
    if not _is_plain(checked):
        return None
    occurred_at = _EPOCH + timedelta(microseconds=checked["occurred_at"])
    usage = {**dict.fromkeys(_METERS, 0), **checked, "occurred_at": occurred_at}
    account = _account(engine, usage)
    price = _price(engine, usage)
    if account is None or price is None or not (is_id_new or _is_free(engine, usage)):
        return None
    usage |= {
        "account_id": account["account_id"],
        "local_day": _local_day(engine, usage["occurred_at"]),
        "recorded_at": now.replace(tzinfo=None),
        "provider_as_sent": usage["provider"],
        "model_as_sent": usage["model"],
    }
    content = _content(usage)
    usage |= {
        "provider": price["provider"],
        "model": price["model"],
        "price_id": price["price_id"],
        "occurred_at": usage["occurred_at"].replace(tzinfo=None),
        "cost_usd": cost_of(usage, price, _METERS),
    }
    recording = engine.remember("recording", lambda: _open_recording(engine))
    usage["load_id"] = recording.load_id
    engine.execute("usage/insert_recorded", content_hash=_hash(content), **usage)
    recording.records += 1
    if recording.records >= FOLD_ROWS:
        fold(engine)
    return _recorded(usage, account)


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


def _is_plain(checked: Mapping[str, Any]) -> bool:
    counted = sum(checked.get(name, 0) for name in ("input_tokens", "output_tokens", "requests"))
    return (
        _RARE.isdisjoint(checked)
        and not checked["variant"]
        and checked["other_meters"] is None
        and counted <= _LARGEST_SUM
    )


def _account(engine: "Writer", usage: Mapping[str, Any]) -> "Row | None":
    """The account with its factor; None where there is none, or not exactly one."""
    ids = {"account_id": usage["account_id"], "external_id": usage["external_id"]}
    if not any(ids.values()):
        return {"account_id": None, "external_id": None, "charge_factor": Decimal(1)}
    rows = engine.remember(
        ("account", *ids.values()), lambda: engine.rows("usage/known_account", **ids)
    )
    return rows[0] if len(rows) == 1 else None


def _price(engine: "Writer", usage: Mapping[str, Any]) -> "Row | None":
    """The price, where there is exactly one and it has a rate for what was used.

    What the hours of another zone than UTC are is for the queries to say; see `_local_day`.
    """
    name = {"provider": usage["provider"] or "", "model": usage["model"]}
    prices = engine.remember(
        ("prices", *name.values()), lambda: engine.rows("usage/known_prices", **name)
    )
    if any(price["window_zone"] != "UTC" for price in prices):
        return None
    moment = usage["occurred_at"].replace(tzinfo=None)
    found = [
        price
        for price in prices
        if price["effective_from"] <= moment < price["effective_to"]
        and price["input_tokens_from"] <= usage["input_tokens"] < price["input_tokens_to"]
        and is_in_window(price, *in_utc(usage["occurred_at"]))
    ]
    if len(found) != 1:
        return None
    price = found[0]
    is_whole = price["is_free"] or (
        (price["has_input_tokens_rate"] or not usage["input_tokens"])
        and (price["has_output_tokens_rate"] or not usage["output_tokens"])
    )
    return price if is_whole else None


def _is_free(engine: "Writer", usage: Mapping[str, Any]) -> bool:
    """Whether no record can have the id; else a load tells a duplicate from a conflict."""
    record_id: str = usage["record_id"]
    return not engine.rows("usage/known_id", id_hash=_hash(record_id), record_id=record_id)


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
    moment = usage["occurred_at"] - datetime(1970, 1, 1, tzinfo=UTC)
    parts = [
        usage["record_id"],
        moment // timedelta(microseconds=1) if usage["is_time_given"] else 0,
        usage["context"],
        usage["account_id"] or "",
        usage["transaction_id"] or "",
        usage["provider"] or "",
        usage["model"],
        usage["usage_type"],
        "",
        usage["input_tokens"],
        usage["output_tokens"],
    ]
    parts += [f"{name}={usage[name]}" for name in _NAMED_METERS if usage[name]]
    if usage["requests"] != 1:
        parts.append(f"requests={usage['requests']}")
    if usage["description"]:
        parts.append(f"description={len(usage['description'])}:{usage['description']}")
    if usage["tags"]:
        parts.append(f"tags={usage['tags']}")
    return "\x1f".join(map(str, parts))


def _hash(text: str) -> int:
    """The half of the MD5 hash that the index of ids has."""
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "little")


def _recorded(usage: Mapping[str, Any], account: "Row") -> UsageRecord:
    """The record as `rated_usage` has it."""
    nothing = dict.fromkeys((*METER_NAMES, "other_meters", "unpriced_reason"))
    return to_usage_record(
        {
            **nothing,
            **usage,
            "charge_usd": charge_of(usage, account["charge_factor"]),
            "external_id": account["external_id"],
            "variant": "",
        }
    )
