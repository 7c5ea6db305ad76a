"""Single records: the short way in stores what a load stores, and views see it at once."""

import itertools
import json
import re
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import analytics
from analytics import Book, UsageRecord
from analytics.errors import (
    AccountNotFound,
    InvalidArgument,
    InvalidUsage,
    TokenbookError,
    TransactionMismatch,
    TransactionNotFound,
    UsageConflict,
)
from analytics.usage import recording
from tests.conftest import assert_sound, examples, new_book, write_lines, zone_file

SETTINGS: dict[str, Any] = {
    "billing_timezone": "America/New_York",
    "markup_percent": "12.5",
    "require_transactions": False,
}
NUMBERS = itertools.count()
AT = datetime(2026, 10, 5, tzinfo=UTC)
MODELS = [
    *("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "gemini-2.5-pro", "gpt-4o-audio-preview"),
    *("whisper-1", "gpt-5", "deepseek-chat", "nobody-knows-this"),
]
COUNTS = st.one_of(st.integers(0, 5_000), st.sampled_from([0, 1, 200_000, 200_001, 10**9]))
WORDS = st.one_of(
    st.text("abc DEF-09_./:", min_size=1, max_size=12),
    st.sampled_from(["Zoë", "a\tb", "'; drop table usage_open; --", '"quoted"', "{{ 7 * 7 }}"]),
)
MOMENTS = st.integers(0, 10**6).map(
    lambda minutes: datetime(2024, 12, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)

RECORDS = st.fixed_dictionaries(
    {"model": st.sampled_from(MODELS), "occurred_at": MOMENTS},
    optional={
        "context": st.sampled_from(["customer", "system"]),
        "provider": st.sampled_from(["openai", "OpenAI", "anthropic", "google"]),
        "usage_type": st.sampled_from(["text", "embedding"]),
        "description": WORDS,
        "tags": st.dictionaries(WORDS, st.one_of(WORDS, st.integers(0, 9)), max_size=2),
        "input_tokens": COUNTS,
        "cached_tokens": COUNTS,
        "cache_write_tokens": COUNTS,
        "output_tokens": COUNTS,
        "output_reasoning_tokens": COUNTS,
        "requests": st.integers(0, 3),
        "web_searches": st.integers(0, 2),
        "variant": st.sampled_from(
            ["service_tier=flex", "processing=batch", {"speed": "fast"}, "service_tier=odd"]
        ),
        "audio_milliseconds": st.integers(0, 20_000),
        "input_audio_tokens": st.integers(0, 60),
        "input_image_tokens": st.integers(0, 60),
        "cache_write_1h_tokens": st.integers(0, 60),
        "other_meters": st.dictionaries(
            st.sampled_from(["frames", "usage_unknown", "total_mismatch"]), st.integers(0, 2)
        ),
    },
)


PLAIN_WORDS = st.text("abcDEF-09_./:", min_size=1, max_size=8)
PLAIN = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5"]),
        "occurred_at": MOMENTS,
        "input_tokens": st.integers(100, 5_000),
        "tags": st.dictionaries(PLAIN_WORDS, PLAIN_WORDS, max_size=2),
    },
    optional={
        "context": st.sampled_from(["customer", "system"]),
        "description": PLAIN_WORDS,
        "cached_tokens": st.integers(0, 50),
        "cache_write_tokens": st.integers(0, 50),
        "output_tokens": st.integers(100, 5_000),
        "output_reasoning_tokens": st.just(0),
        "requests": st.integers(0, 3),
    },
)
"""Records of which nearly all take the short way, each column filled now and then."""


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Book, Book, Book]]:
    """Equal books: one for single records, one for loads of lines, one for records at once."""
    folder = tmp_path_factory.mktemp("books")
    with (
        new_book(folder / "single", **SETTINGS) as single,
        new_book(folder / "loaded", **SETTINGS) as loaded,
        new_book(folder / "many", **SETTINGS) as many,
    ):
        for book in (single, loaded, many):
            # The id of an account that a load creates comes from its external id.
            line = {"id": "first", "occurred_at": "2026-10-01", "external_id": "acme"}
            path = write_lines(
                folder / "first.jsonl", json.dumps(line | {"model": "gpt-4o", "requests": 1})
            )
            book.ingest(path, create_accounts=True)
        yield single, loaded, many
        for book in (single, loaded, many):
            assert_sound(book)


def everywhere(books: tuple[Book, Book, Book], calls: list[dict[str, Any]], folder: Path) -> None:
    """Records calls one by one, as lines of a log and all at once, and compares."""
    single, loaded, many = books
    calls = [fields | {"id": f"call-{next(NUMBERS)}", "external_id": "acme"} for fields in calls]
    lines = [json.dumps(each | {"occurred_at": each["occurred_at"].isoformat()}) for each in calls]
    loaded.ingest(write_lines(folder / "lines.jsonl", *lines))
    page = loaded.get_usage(limit=10_000).usage_records or ()
    stored = {record.id: record for record in page}
    for fields in calls:
        fields["model_id"] = fields.pop("model")
    for fields, result in zip(calls, many.record_many(calls), strict=True):
        if isinstance(result, TokenbookError):
            assert fields["id"] not in stored
            with pytest.raises(type(result), match=re.escape(str(result))):
                single.record_usage(**fields)
        else:
            recorded = single.record_usage(**fields)
            assert facts(recorded) == facts(result) == facts(stored[recorded.id])
    for book in (single, many):  # what is stored, not only what is returned
        kept = {record.id: record for record in book.get_usage(limit=10_000).usage_records or ()}
        for record_id, record in kept.items():
            if record_id in stored:
                assert facts(record) == facts(stored[record_id])
        assert stored.keys() == kept.keys()


def facts(record: UsageRecord) -> dict[str, str]:
    """All that a record says, to the last digit, but when and how it came in."""
    unlike = {"load_id", "recorded_at"}
    return {name: str(getattr(record, name)) for name in record.__slots__ if name not in unlike}


@pytest.mark.examples
@settings(
    max_examples=examples(3, 12),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(calls=st.lists(st.one_of(RECORDS, PLAIN), min_size=5, max_size=25))
def test_a_single_record_is_stored_as_a_load_stores_it(
    books: tuple[Book, Book, Book], tmp_path: Path, calls: list[dict[str, Any]]
) -> None:
    """Whatever way it takes."""
    everywhere(books, calls, tmp_path)


def test_the_short_way_keeps_every_column(book: Book) -> None:
    """Also those that few records have."""
    given = {"tags": {"plan": "team", "env": "prod"}, "description": "chat"}
    recorded = call(book, id="tagged", **given)
    (kept,) = (each for each in book.get_usage().usage_records or () if each.id == "tagged")
    assert facts(kept) == facts(recorded)
    assert kept.tags == given["tags"]


def test_the_index_and_the_roll_up_are_those_of_a_load(
    books: tuple[Book, Book, Book], tmp_path: Path
) -> None:
    """Once they are folded, and summed before that."""
    single, loaded, many = books
    start = datetime(2026, 10, 31, 23, 50, tzinfo=UTC)
    moments = [start + timedelta(minutes=minute) for minute in range(20)]
    calls = [{"model": "gpt-4o", "occurred_at": at, "input_tokens": 7} for at in moments]
    everywhere(books, calls, tmp_path)
    nothing = write_lines(tmp_path / "nothing.jsonl")
    for book in (single, many):
        assert book.get_usage_summary() == loaded.get_usage_summary()
        assert book.report("by-day").rows == loaded.report("by-day").rows
        book.ingest(nothing)  # a load folds what is there
        for query in (
            "select * from record_index order by all",
            "select * from usage_daily order by all",
        ):
            assert book.query(query).rows() == loaded.query(query).rows()
        assert not book.query("select load_id from recording").rows()


def test_each_of_many_records_has_its_own_result(book: Book) -> None:
    """In their order: what is new, there already, repeated, in conflict, or cannot be right."""
    at = datetime(2026, 10, 5, tzinfo=UTC)
    usage: dict[str, Any] = {"model_id": "gpt-4o", "context": "system", "occurred_at": at}
    first = book.record_usage(**usage, id="first", input_tokens=7)
    account = book.create_account(name="Acme", external_id="acme")
    with pytest.raises(InvalidUsage) as invalid:
        book.record_usage(**usage, id="wrong", input_tokens=-1)
    customers = {"model_id": "gpt-4o", "occurred_at": at, "external_id": "acme"}
    results = book.record_many(
        [
            {**usage, "id": "first", "input_tokens": 7},
            {**usage, "id": "first", "input_tokens": 8},
            {**usage, "id": "new", "input_tokens": 9},
            {**usage, "id": "wrong", "input_tokens": -1},
            {**usage, "id": "new", "input_tokens": 9},
            {**usage, "id": "new", "input_tokens": 10},
            {**usage, "fetches": 1},
            {**customers, "id": "of acme", "output_tokens": 1},
            {**customers, "id": "of nobody", "external_id": "nobody", "output_tokens": 1},
            {**usage, "input_tokens": 1},
            {"context": "system", "input_tokens": 1},
            {**usage, "id": "of nothing", "input_tokens": 1, "transaction_id": "txn_none"},
        ]
    )
    kinds = [type(each) for each in results]
    assert kinds == [
        UsageRecord,
        UsageConflict,
        UsageRecord,
        InvalidUsage,
        UsageRecord,
        UsageConflict,
        InvalidArgument,
        UsageRecord,
        AccountNotFound,
        UsageRecord,
        InvalidUsage,
        TransactionNotFound,
    ]
    assert results[0] == first
    assert results[2] == results[4]
    assert str(results[3]) == str(invalid.value)
    assert isinstance(results[7], UsageRecord)
    assert results[7].account_id == account.account_id
    stored = {record.id: record for record in book.get_usage().usage_records or ()}
    appended = {each.id: each for each in results if isinstance(each, UsageRecord)}
    assert stored == appended
    assert len(stored) == 4
    assert_sound(book)


def test_many_records_take_the_accounts_of_their_transactions(book: Book) -> None:
    """And what is not their own is refused, as for single records."""
    owner = book.create_account(name="Acme", external_id="acme")
    other = book.create_account(name="Other")
    book.add_credits(account_id=owner.account_id, amount=100)
    with book.reservation(owner.account_id, 10) as hold:
        transaction = hold.confirm(10).transaction_id
    usage = {"model_id": "gpt-4o", "transaction_id": transaction, "input_tokens": 1}
    results = book.record_many(
        [usage, {**usage, "external_id": "acme"}, {**usage, "account_id": other.account_id}]
    )
    owners = [each.account_id for each in results if isinstance(each, UsageRecord)]
    assert owners == [owner.account_id] * 2
    assert isinstance(results[2], TransactionMismatch)


@pytest.mark.parametrize("name", ["account_id", "external_id", "transaction_id"])
@pytest.mark.parametrize("value", [5, 1.5, True, [1], ("x",), {"a": 1}, b"x", AT.date()], ids=repr)
def test_an_id_of_another_kind_stops_nothing(book: Book, name: str, value: object) -> None:
    """It is refused, or what nothing has; the record beside it is there."""
    account = book.create_account(name="Acme", external_id="acme")
    book.add_credits(account_id=account.account_id, amount=100)
    with book.reservation(account.account_id, 10) as hold:
        transaction = hold.confirm(10).transaction_id
    odd = {"model_id": "gpt-4o", "input_tokens": 1, "transaction_id": transaction, name: value}
    good = {"model_id": "gpt-4o", "input_tokens": 1, "external_id": "acme"}
    refused, recorded = book.record_many([odd, good])
    assert isinstance(refused, TokenbookError)
    assert isinstance(recorded, UsageRecord)
    with pytest.raises(type(refused), match=re.escape(str(refused))):
        book.record_usage(**odd)  # type: ignore[arg-type]


def test_what_is_no_record_at_all_stops_nothing(book: Book) -> None:
    good = {"model_id": "gpt-4o", "context": "system", "input_tokens": 1}
    odd: list[Any] = [None, "x", [good], {1: 2, "z": 3}, good]
    *refused, recorded = book.record_many(odd)
    assert {type(each) for each in refused} == {InvalidArgument}
    assert isinstance(recorded, UsageRecord)


def test_nothing_of_many_records_is_one_of_none(book: Book) -> None:
    assert book.record_many([]) == []
    assert book.list_loads() == []


def test_many_records_fold_those_before_them(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """And they are known afterwards, also in the index."""
    monkeypatch.setattr(recording, "FOLD_ROWS", 5)
    at = datetime(2026, 10, 5, tzinfo=UTC)
    usage = {"model_id": "gpt-4o", "context": "system", "occurred_at": at, "input_tokens": 1}
    call(book)
    records = [{**usage, "id": str(number)} for number in range(6)]
    first = book.record_many(records)
    assert loads(book) == [(1, 7)]
    assert not book.query("select load_id from recording").rows()
    assert book.record_many(records) == first
    assert loads(book) == [(1, 7)]


def call(book: Book, **fields: Any) -> Any:
    """Records a call of a model that is resolved already."""
    return book.record_usage(
        model_id="gpt-4o", context="system", input_tokens=1000, output_tokens=10, **fields
    )


def loads(book: Book) -> list[tuple[int, int]]:
    """The loads and their rows, oldest first."""
    return [(load.load_id, load.rows) for load in reversed(book.list_loads())]


def test_a_time_may_be_text(book: Book) -> None:
    """As in a log."""
    call(book)
    texts = ("2026-10-05T12:00:00Z", "2026-10-05 12:00:00.5Z", "2026-10-05T14:00:00+02:00")
    found = [call(book, occurred_at=text).occurred_at for text in texts]
    noon = datetime(2026, 10, 5, 12, tzinfo=UTC)
    assert found == [noon, noon + timedelta(milliseconds=500), noon]
    assert loads(book) == [(1, 4)]
    with pytest.raises(InvalidUsage):
        call(book, occurred_at="2026-02-30T12:00:00Z")


def test_single_records_share_a_load(book: Book) -> None:
    """Whatever they are: of a model that nobody knows, of audio, of a variant."""
    for _ in range(3):
        call(book)
    call(book, variant="service_tier=flex", input_audio_tokens=100, description="Zoë")
    book.record_usage(model_id="nobody-knows-this", context="system", web_searches=1)
    assert loads(book) == [(1, 5)]


@pytest.mark.examples
def test_they_are_folded_when_there_are_many(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what comes after goes to another load."""
    many = examples(200, recording.FOLD_ROWS)
    monkeypatch.setattr(recording, "FOLD_ROWS", many)
    call(book)
    for _ in range(many + 3):
        call(book)
    assert loads(book) == [(1, many), (2, 4)]
    assert book.get_usage_summary().record_count == many + 4
    [summed] = book.query("select sum(record_count)::bigint as records from usage_daily").rows()
    assert summed == {"records": many + 4}


def test_the_same_id_again_changes_nothing(book: Book) -> None:
    """Before it is in the index, and after; with other content it is a conflict."""
    at = datetime(2026, 10, 5, tzinfo=UTC)
    call(book)
    first = call(book, id="one", occurred_at=at)
    assert call(book, id="one", occurred_at=at) == first
    with pytest.raises(UsageConflict):
        call(book, id="one", occurred_at=at + timedelta(seconds=1))
    assert call(book, id="one", occurred_at=at) == first
    assert book.get_usage_summary().record_count == 2


def test_a_load_knows_the_ids_of_single_records(book: Book, tmp_path: Path) -> None:
    """Also those that were recorded a moment ago."""
    call(book)
    call(book, id="one", occurred_at=datetime(2026, 10, 5, tzinfo=UTC))
    line = {
        "id": "one",
        "occurred_at": "2026-10-05T00:00:00Z",
        "context": "system",
        "model": "gpt-4o",
        "input_tokens": 1000,
        "output_tokens": 10,
    }
    assert book.ingest(write_lines(tmp_path / "a.jsonl", json.dumps(line))).duplicates == 1


def test_a_load_of_single_records_can_be_taken_back(book: Book) -> None:
    """All that it has, folded or not."""
    for _ in range(3):
        call(book)
    assert book.undo_load(1).removed == 3
    assert book.get_usage_summary().record_count == 0
    call(book)
    assert loads(book) == [(1, 3), (2, 1)]


def test_what_changes_in_between_counts(book: Book) -> None:
    """A mark-up, a name and a price hold from the next record on."""
    book.create_account("acme")
    usage: dict[str, Any] = {"model_id": "gpt-4o", "external_id": "acme", "input_tokens": 1_000_000}
    for _ in range(3):
        recorded = book.record_usage(**usage)
    assert recorded.charge_usd == 3  # 2.50 and the book's 20 percent
    book.update_account("acme", markup_percent=100)
    assert book.record_usage(**usage).charge_usd == 5
    book.add_alias("gpt-4o", "gpt-4o-mini")
    assert book.record_usage(**usage).estimated_cost_usd is not None


def test_it_goes_on_after_the_book_was_closed(tmp_path: Path) -> None:
    """The load of single records is found again."""
    new_book(tmp_path / "book").close()
    for _ in range(3):
        with analytics.open(tmp_path / "book") as book:
            call(book)
            call(book)
            assert_sound(book)
    with analytics.open(tmp_path / "book") as book:
        assert loads(book) == [(1, 6)]
        assert book.get_usage_summary().record_count == 6


@pytest.fixture
def other_zones(tmp_path: Path) -> Iterator[None]:
    """Python's list of time zones has other rules than the engine's: Berlin's are Tokyo's."""
    (tmp_path / "Europe").mkdir()
    (tmp_path / "Europe" / "Berlin").write_bytes(zone_file("Asia/Tokyo").read_bytes())
    zoneinfo.reset_tzpath(to=[tmp_path])
    zoneinfo.ZoneInfo.clear_cache()
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    assert datetime(2026, 1, 1, tzinfo=berlin).utcoffset() == timedelta(hours=9)
    yield
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()


@pytest.mark.usefixtures("other_zones")
def test_days_and_hours_are_those_of_a_load(tmp_path: Path) -> None:
    """Two lists of time zones are of different years; a record has one day and one price."""
    zone = "Europe/Berlin"
    with new_book(tmp_path / "book", billing_timezone=zone, require_transactions=False) as book:
        book.add_price("night", {"input_tokens": 1})
        book.add_price("night", {"input_tokens": 2}, window=f"00:00-06:00 {zone}")
        moment = "2026-10-05T15:30:00Z"
        for _ in range(3):  # the first is a load
            usage: dict[str, Any] = {
                "model_id": "night",
                "context": "system",
                "input_tokens": 1_000_000,
            }
            recorded = book.record_usage(**usage, occurred_at=moment)
            assert recorded.local_day == date(2026, 10, 5)
            assert recorded.estimated_cost_usd == 1
            assert book.record_usage(
                model_id="gpt-4o", context="system", occurred_at=moment, input_tokens=1
            ).local_day == date(2026, 10, 5)
        assert_sound(book)
