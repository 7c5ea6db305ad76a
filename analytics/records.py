"""The nouns: what the library takes and gives, as frozen records.

Field names are those of the public API in snake_case and of the tables' columns. Quantities are
whole numbers of the meter's unit, money is an exact `decimal.Decimal` in USD, instants are aware
datetimes in UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Meter:
    """One thing that is counted and priced apart.

    Args:
        name: the column, genai-prices' own unit name.
        label: how an invoice calls it.
        unit: what one is, in the singular.
        per: how many a customary price is quoted for (prices are stored per one).
        part_of: the meters that include it; their rates apply where it has none of its own.
    """

    name: str
    label: str
    unit: str
    per: int
    part_of: tuple[str, ...] = ()


_M = 1_000_000
METERS: tuple[Meter, ...] = (
    Meter("input_tokens", "Input", "token", _M),
    Meter("cache_read_tokens", "Input, read from cache", "token", _M, ("input_tokens",)),
    Meter("cache_write_tokens", "Input, cache write (5 min)", "token", _M, ("input_tokens",)),
    Meter(
        "cache_write_1h_tokens",
        "Input, cache write (1 h)",
        "token",
        _M,
        ("cache_write_tokens", "input_tokens"),
    ),
    Meter("input_audio_tokens", "Audio input", "token", _M, ("input_tokens",)),
    Meter(
        "cache_audio_read_tokens",
        "Audio input, read from cache",
        "token",
        _M,
        ("cache_read_tokens", "input_audio_tokens"),
    ),
    Meter("input_image_tokens", "Image input", "token", _M, ("input_tokens",)),
    Meter(
        "cache_image_read_tokens",
        "Image input, read from cache",
        "token",
        _M,
        ("cache_read_tokens", "input_image_tokens"),
    ),
    Meter("input_video_tokens", "Video input", "token", _M, ("input_tokens",)),
    Meter("output_tokens", "Output", "token", _M),
    Meter("output_reasoning_tokens", "Reasoning output", "token", _M, ("output_tokens",)),
    Meter("output_audio_tokens", "Audio output", "token", _M, ("output_tokens",)),
    Meter("output_image_tokens", "Image output", "token", _M, ("output_tokens",)),
    Meter("output_video_tokens", "Video output", "token", _M, ("output_tokens",)),
    Meter("output_citation_tokens", "Citation output", "token", _M, ("output_tokens",)),
    Meter("audio_milliseconds", "Audio", "millisecond", 60_000),
    Meter("input_characters", "Characters", "character", _M),
    Meter("input_text_messages", "Messages", "message", 1_000),
    Meter("web_searches", "Web searches", "search", 1_000),
    Meter("storage_searches", "File searches", "search", 1_000),
    Meter("document_pages", "Document pages", "page", 1_000),
    Meter(
        "annotated_document_pages", "Annotated document pages", "page", 1_000, ("document_pages",)
    ),
    Meter("requests", "Requests", "request", 1_000),
)
"""Every stored meter, in the order of columns and of invoice lines."""

METER_NAMES: tuple[str, ...] = tuple(meter.name for meter in METERS)

UNSTORED_METERS: tuple[str, ...] = (
    "cache_audio_write_tokens",
    "cache_image_write_tokens",
    "cache_video_read_tokens",
    "cache_video_write_tokens",
    "code_executions",
    "input_audio_tool_tokens",
    "input_image_tool_tokens",
    "input_pixels",
    "input_tool_tokens",
    "input_video_tool_tokens",
    "rerank_searches",
    "social_searches",
)
"""Meters that genai-prices names but no built-in price uses. They make a record unpriced.

Its text meters (`input_text_tokens`, ...) are not among them: text is what a total has besides its
parts."""

CONTEXTS = ("customer", "system")
USAGE_TYPES = ("text", "audio_stt", "audio_tts", "embedding", "image")


@dataclass(frozen=True, slots=True)
class Account:
    """One customer of the book's owner."""

    account_id: str
    external_id: str | None
    name: str | None
    email: str | None
    markup_percent: Decimal | None
    """None: the book's own mark-up applies."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One model call or audio job, with its price and cost."""

    id: str
    occurred_at: datetime
    recorded_at: datetime
    local_day: date
    context: str
    account_id: str | None
    external_id: str | None
    transaction_id: str | None
    provider: str | None
    model_id: str
    model_as_sent: str
    usage_type: str
    variant: str
    quantities: Mapping[str, int]
    """Every meter that is not zero, in the order of `METERS`."""
    other_meters: Mapping[str, int]
    price_id: str | None
    unpriced_reason: str | None
    estimated_cost_usd: Decimal | None  # None where there is no price: unknown is not zero
    charge_usd: Decimal | None
    description: str | None
    tags: Mapping[str, Any]
    load_id: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over records. The money is that of the priced ones; `unpriced_count` are not."""

    cost_usd: Decimal
    charge_usd: Decimal
    input_tokens: int
    output_tokens: int
    audio_milliseconds: int
    count: int
    unpriced_count: int


@dataclass(frozen=True, slots=True)
class UsageSummary:
    """What a period cost, in all, per context and per model."""

    start_date: date | None
    end_date: date | None
    """The last day, included."""
    total_cost_usd: Decimal
    total_charge_usd: Decimal
    total_input_tokens: int
    total_output_tokens: int
    total_audio_milliseconds: int
    record_count: int
    unpriced_count: int
    by_context: Mapping[str, Totals]
    by_model: Mapping[str, Totals]


@dataclass(frozen=True, slots=True)
class UsageResult:
    """Either records (a page of them) or a summary; the other is None, as in the public API."""

    usage_records: Sequence[UsageRecord] | None = None
    summary: UsageSummary | None = None
    next_offset: int | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """One row of an input that was not recorded, and why."""

    path: str
    line: int
    code: str
    message: str
    excerpt: str
    load_id: int | None = None


@dataclass(frozen=True, slots=True)
class PreviewedModel:
    """A model as it was sent in a dry run, with what would be recorded of it."""

    provider: str | None
    model: str
    model_as_sent: str
    state: str
    """``priced``, or the reason for no price."""
    count: int
    cost_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class LoadPreview:
    """What a dry run would append."""

    first_at: datetime | None
    last_at: datetime | None
    accounts: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    models: Sequence[PreviewedModel]


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What one load did. Every row read is appended, a duplicate or rejected."""

    load_id: int | None
    """None where nothing was written (a dry run)."""
    files: int
    rows: int
    appended: int
    duplicates: int
    rejected: int
    rejected_by_code: Mapping[str, int]
    unpriced: int
    accounts_created: int
    seconds: float
    first_rejections: Sequence[Rejection] = ()
    preview: LoadPreview | None = None


@dataclass(frozen=True, slots=True)
class PastLoad:
    """One load of the past. `source` holds its paths, a line each."""

    load_id: int
    source: str
    started_at: datetime
    finished_at: datetime
    files: int
    rows: int
    appended: int
    duplicates: int
    rejected: int
    unpriced: int
    accounts_created: int
    options: str
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class UndoneLoad:
    """What taking a load back removed."""

    load_id: int
    removed: int
    cost_usd: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """One immutable row of the price dimension."""

    price_id: str
    provider: str
    model: str
    variant: str
    input_tokens_from: int
    input_tokens_to: int | None
    """The row applies to requests with `input_tokens_from <= input tokens < input_tokens_to`."""
    window_start_second: int
    window_end_second: int
    """Seconds of the UTC day, half-open."""
    effective_from: datetime | None
    effective_to: datetime | None
    known_from: datetime | None
    known_to: datetime | None
    minimum_audio_milliseconds: int
    is_free: bool
    origin: str
    rates: Mapping[str, Decimal]
    """USD per one unit of each meter that has a rate."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model that the price dimension knows, with its standard price now."""

    provider: str
    model_id: str
    display_name: str | None
    context_window: int | None
    origin: str
    input_per_million: Decimal | None
    output_per_million: Decimal | None
    cached_input_per_million: Decimal | None
    variants: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class CostLine:
    """One meter of an estimate: quantity x rate."""

    meter: str
    quantity: int
    rate_usd: Decimal
    cost_usd: Decimal


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """What a call would cost. Nothing is stored."""

    model_id: str
    provider: str | None
    variant: str
    at: datetime
    estimated_cost_usd: Decimal | None  # None where there is no price; `reason` says why
    charge_usd: Decimal | None
    reason: str | None
    price_id: str | None
    lines: Sequence[CostLine] = ()


@dataclass(frozen=True, slots=True)
class MissingPrice:
    """A model as it was sent whose records have no price, and why."""

    provider: str | None
    model: str
    variant: str
    reason: str
    count: int
    first_at: datetime
    last_at: datetime
    accounts: int


@dataclass(frozen=True, slots=True)
class PricedUsage:
    """What `prices apply` changed for one model."""

    provider: str | None
    model: str
    count: int
    cost_usd: Decimal
    charge_usd: Decimal


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a report: its name and what it holds.

    `kind` is one of text, count, money, day, time.
    """

    name: str
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Report:
    """A select with a title. Rows hold Python values in the order of the columns."""

    name: str
    title: str
    period: str
    columns: Sequence[Column]
    rows: Sequence[tuple[Any, ...]]
    bar_column: str | None = None
    """The column that a terminal draws bars for."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: a select that must return no rows."""

    name: str
    title: str
    rows: Sequence[Mapping[str, Any]]

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.rows
