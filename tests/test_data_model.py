"""Random usage in real books: roll-up, records and slow `Decimal`s agree; loads are idempotent."""

import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import analytics
from analytics import Book, LoadResult, NotFound, Price
from analytics.records import METER_NAMES
from tests.conftest import assert_sound, examples, new_book, write_lines

Line = dict[str, Any]

ZONES = ("UTC", "Asia/Kolkata", "America/Los_Angeles", "Europe/Berlin")
BOOK_MARKUP = Decimal("33.3333")
ACCOUNTS = {"anna": Decimal("12.5"), "bert": None, "cleo": Decimal(-50), "dora": Decimal(0)}
DAYS = (
    date(2025, 3, 9),  # Los Angeles loses an hour
    date(2025, 3, 30),  # Berlin loses an hour
    date(2025, 6, 10),  # o3 gets cheaper
    date(2025, 10, 26),  # Berlin gains an hour
    date(2025, 11, 2),  # Los Angeles gains an hour
    date(2026, 1, 1),
    date(2026, 10, 12),  # flex and priority get prices of their own
    date(2026, 11, 1),
)
CELLS = {
    "text": ("input_tokens",),
    "cached": ("input_tokens", "cache_read_tokens"),
    "written": ("input_tokens", "cache_write_tokens"),
    "written_1h": ("input_tokens", "cache_write_1h_tokens"),
    "audio": ("input_tokens", "input_audio_tokens"),
    "cached_audio": (
        "input_tokens",
        "cache_read_tokens",
        "input_audio_tokens",
        "cache_audio_read_tokens",
    ),
    "image": ("input_tokens", "input_image_tokens"),
    "cached_image": (
        "input_tokens",
        "cache_read_tokens",
        "input_image_tokens",
        "cache_image_read_tokens",
    ),
    "video": ("input_tokens", "input_video_tokens"),
    "answer": ("output_tokens",),
    "reasoning": ("output_tokens", "output_reasoning_tokens"),
    "spoken": ("output_tokens", "output_audio_tokens"),
    "drawn": ("output_tokens", "output_image_tokens"),
    "filmed": ("output_tokens", "output_video_tokens"),
    "cited": ("output_tokens", "output_citation_tokens"),
    "duration": ("audio_milliseconds",),
    "characters": ("input_characters",),
    "messages": ("input_text_messages",),
    "searches": ("web_searches",),
    "file_searches": ("storage_searches",),
    "page": ("document_pages",),
    "annotated_page": ("document_pages", "annotated_document_pages"),
}
"""What a call consists of, without overlap: a unit of a cell counts in all of the cell's meters."""

TOKEN_CELLS = tuple(name for name, meters in CELLS.items() if meters[0].endswith("put_tokens"))
MODELS: Mapping[tuple[str | None, str], tuple[str, ...]] = {
    (None, "gpt-4o"): (*TOKEN_CELLS, "searches", "file_searches"),
    (None, "gpt-5-mini"): (*TOKEN_CELLS, "searches"),
    ("anthropic", "claude-sonnet-4-5"): (*TOKEN_CELLS, "searches"),
    ("google", "gemini-2.5-flash"): TOKEN_CELLS,
    (None, "gemini-2.5-pro"): ("text", "cached", "answer"),
    ("deepseek", "deepseek-chat"): ("text", "cached", "answer", "reasoning"),
    ("OpenAI", "o3"): ("text", "cached", "answer", "reasoning"),
    ("openai", "gpt-4o-realtime-preview"): ("text", "audio", "cached_audio", "answer", "spoken"),
    ("openai", "gpt-image-1"): ("text", "image", "cached_image", "drawn"),
    ("perplexity", "sonar-deep-research"): ("text", "answer", "reasoning", "cited", "searches"),
    ("perplexity", "sonar"): ("text", "answer"),
    ("groq", "whisper-large-v3"): ("duration",),
    ("mistral", "mistral-ocr-2505"): ("page", "annotated_page"),
    ("openai", "tts-1"): ("characters",),
    ("x-ai", "grok-voice-latest"): ("messages", "duration", "text"),
    (None, "nobody-knows-1"): ("text", "answer", "duration"),
    ("custom", "house-model"): tuple(CELLS),
}
VARIANTS = (
    "",
    "",
    "service_tier=flex",
    "service_tier=priority",
    "processing=batch",
    "team=blue,service_tier=flex",
    "service_tier=unheard-of",
)
FEW = settings(
    max_examples=examples(3, 15),
    deadline=None,
    print_blob=True,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # an example is a book: do not shrink it
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True)
class Work:
    """Lines of usage for a book with a billing zone."""

    zone: str
    lines: list[Line]

    def __repr__(self) -> str:
        return "\n".join([self.zone, *as_lines(self.lines)])


@dataclass(frozen=True)
class Rated:
    """What the slow computation says of a record."""

    local_day: date
    model: str
    price_id: str | None
    cost: Decimal | None
    charge: Decimal | None


class Library:
    """A closed book of each zone to copy, and what the book lists as the prices of each model.

    No dataclass: Hypothesis would print all of the prices when an example fails.
    """

    def __init__(self, books: Mapping[str, Path]) -> None:
        self.books = books
        self.prices = {zone: listed_prices(path) for zone, path in books.items()}


@pytest.fixture(scope="module")
def library(templates: dict[str, Path]) -> Library:
    return Library(templates)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A closed book of each zone with four accounts and a model of its own that is free."""
    found = {}
    for zone in ZONES:
        path = tmp_path_factory.mktemp("template") / "book"
        with new_book(
            path,
            billing_timezone=zone,
            markup_percent=BOOK_MARKUP,
            require_transactions=False,
        ) as book:
            for external_id, markup in ACCOUNTS.items():
                book.create_account(external_id, markup_percent=markup)
            book.add_price("house-model", provider="custom", free=True)
        found[zone] = path
    return found


def listed_prices(path: Path) -> dict[tuple[str | None, str], Sequence[Price]]:
    """Every price of each model, as a book lists them; none for the unknown one."""
    found: dict[tuple[str | None, str], Sequence[Price]] = {}
    with analytics.open(path, read_only=True) as book:
        for provider, name in MODELS:
            try:
                found[provider, name] = book.list_prices(name, provider=provider)
            except NotFound:
                found[provider, name] = []
    assert [name for (_, name), rows in found.items() if not rows] == ["nobody-knows-1"]
    return found


@contextmanager
def copy_of(template: Path) -> Iterator[tuple[Book, Path]]:
    """A new book like the template, and an empty folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(template, folder / "book")
        with analytics.open(folder / "book") as book:
            yield book, folder


@st.composite
def moments(draw: st.DrawFn, zone: str) -> datetime:
    """An instant at or near a local midnight, a change of the clocks or of a price."""
    day = draw(st.sampled_from(DAYS))
    at = draw(st.sampled_from((time(0), time(0), time(0, 30), time(2), time(3), time(16, 30))))
    where = draw(st.sampled_from((zone, "UTC")))
    beside = draw(st.sampled_from((0, 0, -1, 1, -1_000_000, 1_800_000_000, -3_600_000_000)))
    local = datetime.combine(day, at, tzinfo=ZoneInfo(where))
    return local.astimezone(UTC) + timedelta(microseconds=beside)


@st.composite
def calls(draw: st.DrawFn, zone: str) -> Line:
    """One line of JSONL, without an id."""
    provider, model = draw(st.sampled_from(list(MODELS)))
    line: Line = {"model": model}
    if provider:
        line["provider"] = provider
    spelling = ZoneInfo(draw(st.sampled_from(ZONES)))
    line["occurredAt"] = draw(moments(zone)).astimezone(spelling).isoformat()
    account = draw(st.sampled_from((None, *ACCOUNTS)))
    line |= {"externalId": account} if account else {"context": "system"}
    if variant := draw(st.sampled_from(VARIANTS)):
        line["variant"] = variant
    odd = draw(st.integers(0, 19)) == 0
    names = st.sampled_from(list(CELLS) if odd else list(MODELS[provider, model]))
    sizes = st.sampled_from((1, 7, 1000, 9_999, 10_000)) | st.integers(0, 5_000)
    if draw(st.integers(0, 4)) == 0:
        sizes = st.sampled_from((199_999, 200_000, 200_001, 61_234))
    meters: dict[str, int] = defaultdict(int)
    for cell, size in draw(st.dictionaries(names, sizes, min_size=1, max_size=4)).items():
        for meter in CELLS[cell]:
            meters[meter] += size
    line |= meters
    if draw(st.integers(0, 9)) == 0:
        line["requests"] = draw(st.sampled_from((0, 3)))
    if draw(st.integers(0, 14)) == 0:
        line["rerankSearches"] = draw(st.sampled_from((0, 2)))
    return line


@st.composite
def days_of_work(draw: st.DrawFn, most: int = 60) -> Work:
    """A billing zone and lines that differ from each other; every second one has an id."""
    zone = draw(st.sampled_from(ZONES))
    lines = draw(st.lists(calls(zone), min_size=1, max_size=most))
    for number, line in enumerate(lines):
        line["id" if number % 2 else "description"] = f"call {number}"
    return Work(zone, lines)


def slow_rating(line: Line, prices: Sequence[Price], zone: str) -> Rated:
    """A record's price and money, one unit of one cell at a time."""
    moment = datetime.fromisoformat(line["occurredAt"]).astimezone(UTC)
    day = moment.astimezone(ZoneInfo(zone)).date()
    markup = ACCOUNTS[line["externalId"]] if "externalId" in line else None
    percent = BOOK_MARKUP if markup is None else markup
    wanted = sorted(pair for pair in line.get("variant", "").split(",") if pair)
    price = applying(prices, ",".join(wanted), moment, line.get("input_tokens", 0))
    cost = slow_cost(line, price) if price else None
    model = prices[0].model if prices else line["model"]
    if price is None or cost is None:
        return Rated(day, model, None, None, None)
    charge = cost * (100 + percent) / 100 if "externalId" in line else Decimal(0)
    return Rated(day, model, price.price_id, cost, charge)


def applying(prices: Sequence[Price], variant: str, at: datetime, tokens: int) -> Price | None:
    """The one price of a variant that holds for an instant and a size."""
    second = (at.hour * 60 + at.minute) * 60 + at.second
    found = [
        price
        for price in prices
        if price.variant == variant
        and (price.effective_from is None or price.effective_from <= at)
        and (price.effective_to is None or at < price.effective_to)
        and price.input_tokens_from <= tokens
        and (price.input_tokens_to is None or tokens < price.input_tokens_to)
        and price.window_start_second <= second < price.window_end_second
    ]
    assert len(found) <= 1, "prices never overlap"
    return found[0] if found else None


def slow_cost(line: Line, price: Price) -> Decimal | None:
    """Quantity x rate over the cells of a call, or None where something in it has no price."""
    if price.is_free:
        return Decimal(0)
    if line.get("rerankSearches"):
        return None
    total = Fraction(0)
    rates = {name: Fraction(rate.amount) / rate.per for name, rate in price.rates.items()}
    for cell, size in cells_of(line).items():
        rate = cell_rate(cell, rates)
        if size and rate is None:
            return None
        billed = max(size, price.minimum_audio_milliseconds) if cell == "duration" else size
        total += billed * rate if size and rate is not None else 0
    requests: int = line.get("requests", 1)
    total += requests * rates.get("requests", Fraction(0))
    return Decimal(round(total * 10**18)).scaleb(-18)


def cells_of(line: Line) -> dict[str, int]:
    """The sizes of a call's cells, back from its meters."""
    n: dict[str, int] = defaultdict(int, {name: line.get(name, 0) for name in METER_NAMES})
    cached_audio, cached_image = n["cache_audio_read_tokens"], n["cache_image_read_tokens"]
    cells = {
        "cached": n["cache_read_tokens"] - cached_audio - cached_image,
        "written": n["cache_write_tokens"],
        "written_1h": n["cache_write_1h_tokens"],
        "audio": n["input_audio_tokens"] - cached_audio,
        "cached_audio": cached_audio,
        "image": n["input_image_tokens"] - cached_image,
        "cached_image": cached_image,
        "video": n["input_video_tokens"],
    }
    outputs = {
        "reasoning": n["output_reasoning_tokens"],
        "spoken": n["output_audio_tokens"],
        "drawn": n["output_image_tokens"],
        "filmed": n["output_video_tokens"],
        "cited": n["output_citation_tokens"],
    }
    return {
        **cells,
        "text": n["input_tokens"] - sum(cells.values()),
        **outputs,
        "answer": n["output_tokens"] - sum(outputs.values()),
        "duration": n["audio_milliseconds"],
        "characters": n["input_characters"],
        "messages": n["input_text_messages"],
        "searches": n["web_searches"],
        "file_searches": n["storage_searches"],
        "page": n["document_pages"] - n["annotated_document_pages"],
        "annotated_page": n["annotated_document_pages"],
    }


def cell_rate(cell: str, rates: Mapping[str, Fraction]) -> Fraction | None:
    """The rate of the narrowest meter that has one; None where two of one width claim the cell."""
    whole, *parts = CELLS[cell]
    speaks = cell == "cached_audio" and "input_audio_tokens" not in rates
    if whole not in rates or speaks:
        return None
    if cell == "written_1h":
        parts = ["cache_write_1h_tokens", "cache_write_tokens"]
        return next((rates[part] for part in parts if part in rates), rates[whole])
    if cell.startswith("cached_"):
        if parts[-1] in rates:
            return rates[parts[-1]]
        claims = [rates[part] for part in parts if part in rates] or [rates[whole]]
        return claims[0] if len(claims) == 1 else None
    otherwise = None if cell in {"audio", "spoken", "drawn", "filmed"} else rates[whole]
    return next((rates[part] for part in parts if part in rates), otherwise)


def snapshot(book: Book) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All records with their money, but for the load they came with, and the roll-up."""
    records = "select * exclude (load_id, recorded_at) from rated_usage order by record_id"
    return book.query(records).rows(), book.query("from usage_daily order by all").rows()


def as_lines(lines: Sequence[Line]) -> list[str]:
    """Lines of JSONL."""
    return [json.dumps(line) for line in lines]


def counts(result: LoadResult) -> tuple[int, int, int]:
    """Appended, duplicates, rejected; they always add up to the rows."""
    assert result.rows == result.appended + result.duplicates + result.rejected
    return result.appended, result.duplicates, result.rejected


@pytest.mark.examples
@FEW
@given(work=days_of_work())
def test_roll_up_records_and_slow_decimals_agree(library: Library, work: Work) -> None:
    """Summaries = sums over the records = what an obvious computation says of each record."""
    zone, lines = work.zone, work.lines
    with copy_of(library.books[zone]) as (book, folder), localcontext(prec=80):
        result = book.ingest(write_lines(folder / "usage.jsonl", *as_lines(lines)))
        assert counts(result) == (len(lines), 0, 0)
        assert_sound(book)
        wanted = {
            line.get("description") or line["id"]: slow_rating(
                line, library.prices[zone][line.get("provider"), line["model"]], zone
            )
            for line in lines
        }
        records = book.query("from rated_usage").rows()
        assert {
            row["description"] or row["record_id"]: Rated(
                row["local_day"], row["model"], row["price_id"], row["cost_usd"], row["charge_usd"]
            )
            for row in records
        } == wanted
        assert result.unpriced == sum(1 for each in wanted.values() if each.price_id is None)
        compare_answers(book, records)


def compare_answers(book: Book, records: Sequence[Mapping[str, Any]]) -> None:
    """Summary, its groups, and the report by day are the sums over the records."""
    summary = book.get_usage_summary()
    assert (summary.total_cost_usd, summary.total_charge_usd) == money(records)
    assert summary.record_count == len(records)
    assert summary.unpriced_count == sum(row["price_id"] is None for row in records)
    assert summary.total_input_tokens == sum(row["input_tokens"] for row in records)
    assert summary.total_output_tokens == sum(row["output_tokens"] for row in records)
    assert summary.total_audio_milliseconds == sum(row["audio_milliseconds"] for row in records)
    for column, groups in (("context", summary.by_context), ("model", summary.by_model)):
        grouped = by(records, column)
        assert {name: (each.cost_usd, each.charge_usd) for name, each in groups.items()} == {
            name: money(rows) for name, rows in grouped.items()
        }
        assert {name: each.count for name, each in groups.items()} == {
            name: len(rows) for name, rows in grouped.items()
        }
    report = book.report("by-day")
    names = [column.name for column in report.columns]
    days = [dict(zip(names, row, strict=True)) for row in report.rows]
    assert {row["day"]: (row["cost_usd"], row["charge_usd"]) for row in days} == {
        day: money(rows) if any(row["price_id"] for row in rows) else (None, None)
        for day, rows in by(records, "local_day").items()
    }, "a day without any price has no cost, which is not a cost of zero"
    first, last = days[0]["day"], days[-1]["day"]
    if last > first:
        one = book.get_usage_summary(start_date=first, end_date=first)
        rest = book.get_usage_summary(start_date=first + timedelta(days=1), end_date=last)
        assert one.total_cost_usd + rest.total_cost_usd == summary.total_cost_usd
        assert one.record_count + rest.record_count == summary.record_count


def money(records: Sequence[Mapping[str, Any]]) -> tuple[Decimal, Decimal]:
    """Cost and charge of the priced records."""
    priced = [row for row in records if row["cost_usd"] is not None]
    cost = sum((row["cost_usd"] for row in priced), Decimal(0))
    return cost, sum((row["charge_usd"] for row in priced), Decimal(0))


def by(records: Sequence[Mapping[str, Any]], column: str) -> dict[Any, list[Mapping[str, Any]]]:
    """The records of each value of a column."""
    grouped: dict[Any, list[Mapping[str, Any]]] = defaultdict(list)
    for row in records:
        grouped[row[column]].append(row)
    return grouped


@pytest.mark.examples
@settings(FEW, max_examples=examples(2, 8))
@given(work=days_of_work(most=30), data=st.data())
def test_order_pieces_and_repetition_do_not_matter(
    library: Library, work: Work, data: st.DataObject
) -> None:
    """Any order, any number of files, in one load or several, everything twice: the same book."""
    zone, lines = work.zone, work.lines
    with copy_of(library.books[zone]) as (book, folder):
        assert book.ingest(write_lines(folder / "all.jsonl", *as_lines(lines))).rejected == 0
        wanted = snapshot(book)
    shuffled = data.draw(st.permutations(lines), label="order")
    again = [line for line in shuffled if "id" in line and data.draw(st.booleans(), label="again")]
    pieces = data.draw(st.integers(1, 4), label="files")
    with copy_of(library.books[zone]) as (book, folder):
        files = [
            write_lines(folder / f"{n}.jsonl", *as_lines((shuffled + again)[n::pieces]))
            for n in range(pieces)
        ]
        if data.draw(st.booleans(), label="in one load"):
            results = [book.ingest(*files)]
        else:
            results = [book.ingest(file) for file in files]
        assert sum(result.appended for result in results) == len(lines)
        assert sum(result.duplicates for result in results) == len(again)
        assert snapshot(book) == wanted
        assert counts(book.ingest(*files)) == (0, len(lines) + len(again), 0)
        assert snapshot(book) == wanted
        assert_sound(book)


@pytest.mark.examples
@settings(FEW, max_examples=examples(2, 6))
@given(
    picks=st.lists(st.integers(0, 3), min_size=1, max_size=30),
    first=st.integers(0, 30),
    second=st.integers(0, 30),
)
def test_a_file_that_grows_adds_only_its_new_lines(
    library: Library, picks: list[int], first: int, second: int
) -> None:
    """Lines without an id, many of them equal: a load adds what the file has more than before."""
    lines = [json.dumps(system_call(inputTokens=size)) for size in picks]
    with copy_of(library.books["Europe/Berlin"]) as (book, folder):
        known = 0
        for length in (*sorted((min(first, len(lines)), min(second, len(lines)))), len(lines)):
            result = book.ingest(write_lines(folder / "log.jsonl", *lines[:length]))
            assert counts(result) == (length - known, known, 0)
            known = length
        assert book.get_usage_summary().total_input_tokens == sum(picks)
        assert_sound(book)


def system_call(**values: object) -> Line:
    """A call of our own on a fixed day."""
    return {
        "model": "gpt-4o",
        "occurredAt": "2026-10-05T12:00:00Z",
        "context": "system",
        "inputTokens": 10,
    } | values


@pytest.fixture
def book(templates: dict[str, Path], tmp_path: Path) -> Iterator[Book]:
    """A new book in UTC, sound at the end."""
    shutil.copytree(templates["UTC"], tmp_path / "book")
    with analytics.open(tmp_path / "book") as book:
        yield book
        assert_sound(book)


def test_equal_lines_of_one_file_are_kept_apart(book: Book, tmp_path: Path) -> None:
    line = json.dumps(system_call())
    file = write_lines(tmp_path / "log.jsonl", line, line, line)
    assert counts(book.ingest(file)) == (3, 0, 0)
    assert counts(book.ingest(file)) == (0, 3, 0)


def test_equal_lines_of_two_files_are_one_record(book: Book, tmp_path: Path) -> None:
    line = json.dumps(system_call())
    one = write_lines(tmp_path / "one.jsonl", line)
    two = write_lines(tmp_path / "two.jsonl", line, line)
    assert counts(book.ingest(one, two)) == (2, 1, 0)
    assert counts(book.ingest(two, one)) == (0, 3, 0)


def test_id_scope_file_keeps_equal_lines_of_two_files_apart(book: Book, tmp_path: Path) -> None:
    line = json.dumps(system_call())
    files = [write_lines(tmp_path / f"{name}.jsonl", line) for name in ("one", "two")]
    assert counts(book.ingest(*files, id_scope="file")) == (2, 0, 0)
    assert counts(book.ingest(*files, id_scope="file")) == (0, 2, 0)


def test_the_spelling_of_a_line_is_not_its_content(book: Book, tmp_path: Path) -> None:
    """Key order, camelCase, time offset, zero meters, the account's two names: one record."""
    account = book.get_account("anna").account_id
    call = {"model": "gpt-4o", "occurredAt": "2026-10-05T12:00:00Z", "inputTokens": 7}
    spellings = [
        call | {"externalId": "anna"},
        {
            "input_tokens": 7,
            "occurred_at": "2026-10-05 17:30:00+05:30",
            "external_id": "anna",
            "model_id": "gpt-4o",
        },
        call | {"accountId": account, "context": "customer", "output_tokens": 0, "requests": 1},
        call | {"externalId": "anna", "occurredAt": "2026-10-05T12:00:00.000000Z", "tags": {}},
    ]
    files = [
        write_lines(tmp_path / f"{n}.jsonl", line) for n, line in enumerate(as_lines(spellings))
    ]
    assert counts(book.ingest(*files)) == (1, 3, 0)


CHANGES: tuple[Line, ...] = (
    {"inputTokens": 11},
    {"occurredAt": "2026-10-05T12:00:00.000001Z"},
    {"model": "gpt-4"},
    {"provider": "azure"},
    {"variant": "service_tier=flex"},
    {"description": "other"},
    {"tags": {"team": "blue"}},
    {"team": "blue"},
    {"requests": 2},
    {"rerankSearches": 1},
    {"externalId": "anna", "context": "customer"},
    {"usageType": "embedding"},
)


def test_the_same_id_with_other_content_is_a_conflict(book: Book, tmp_path: Path) -> None:
    """Whatever differs, in one load and across loads; the first stays, the same again is known."""
    debit = book.create_transaction("anna", 0, type="debit")
    changes = (*CHANGES, {"transactionId": debit.id})
    first = [system_call(id=next(iter(change))) for change in changes]
    other = [line | change for line, change in zip(first, changes, strict=True)]
    size = len(changes)
    result = book.ingest(write_lines(tmp_path / "log.jsonl", *as_lines(first + other + first)))
    assert counts(result) == (size, size, size)
    assert result.rejected_by_code == {"id_conflict": size}
    assert [each.line for each in result.first_rejections] == list(range(size + 1, size + 6))
    before = snapshot(book)
    later = book.ingest(write_lines(tmp_path / "later.jsonl", *as_lines(other + first + other)))
    assert counts(later) == (0, size, 2 * size)
    assert later.rejected_by_code == {"id_conflict": 2 * size}
    assert snapshot(book) == before


def test_a_conflicting_id_does_not_hide_the_other_lines(book: Book, tmp_path: Path) -> None:
    """Two requests that a provider gave one id: one is stored, one is reported, none lost."""
    lines = [system_call(id="x", inputTokens=n) for n in (1, 2)] + [system_call(id="y")]
    result = book.ingest(write_lines(tmp_path / "log.jsonl", *as_lines(lines)))
    assert counts(result) == (2, 0, 1)
    assert book.get_usage_summary().total_input_tokens == 11
