"""Usage records, what a load did with its rows, and totals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

CONTEXTS = ("customer", "system")
USAGE_TYPES = (
    *("text", "audio_stt", "audio_tts", "embedding", "image"),
    *("rerank", "document", "video"),
)


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
class PreviewedAccount:
    """Whose usage a dry run found, with what would be recorded of it; None is system usage."""

    external_id: str | None
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
    by_account: Sequence[PreviewedAccount] = ()


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What one load did. Every row read is appended, a duplicate, rejected or skipped."""

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
    skipped: int = 0
    """Rows of a source that are no usage: they are read, and that is all."""
    skipped_by_reason: Mapping[str, int] = field(default_factory=dict)
    """Why: a sentence's part for each reason."""
    sources: Mapping[str, int] = field(default_factory=dict)
    """How many rows of usage each source had."""
    unclaimed: int = 0
    """Of the appended records of other programs' logs: how many became usage of one's own, because
    nothing says where a row names its customer (``account_from``)."""


@dataclass(frozen=True, slots=True)
class PastLoad:
    """One load of the past. Its rows are without what was skipped; `source` holds its paths."""

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
class DrainResult:
    """What moving complete segments of a spool into the book did."""

    load_ids: Sequence[int]
    """The loads that they became; none where all was in the book already."""
    segments: int
    adopted: int
    """Of the segments: how many were of writers that had died."""
    rows: int
    appended: int
    duplicates: int
    rejected: int
    """Segments with such lines are kept in the spool's folder `rejected`."""
    unpriced: int
    accounts_created: int
    seconds: float
    first_rejections: Sequence[Rejection] = ()


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is in a spool and not in the book yet."""

    records: int
    segments: int
    size_bytes: int
    oldest_at: datetime | None
    """When the file that waits longest was written to last."""
