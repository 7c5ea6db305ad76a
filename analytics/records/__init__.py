"""The nouns: what the library takes and gives, as frozen records.

Field names are those of the public API in snake_case and of the tables' columns. Quantities are
whole numbers of the meter's unit, money is an exact `decimal.Decimal` in USD, instants are aware
datetimes in UTC.
"""

from analytics.records.ledger import (
    MANUAL_KINDS,
    ON_SHORTFALL,
    RESERVATION_STATUSES,
    TRANSACTION_KINDS,
    TRANSACTION_TYPES,
    Account,
    Balance,
    Confirmation,
    CreditsAdded,
    CreditsDeducted,
    Pagination,
    Reservation,
    Statement,
    Transaction,
    TransactionList,
    TransactionUsage,
)
from analytics.records.meters import (
    METER_NAMES,
    METERS,
    UNSTORED_METERS,
    Meter,
)
from analytics.records.prices import (
    CostEstimate,
    CostLine,
    MissingPrice,
    Model,
    Price,
    PricedUsage,
)
from analytics.records.reports import (
    CheckResult,
    Column,
    ExportResult,
    Report,
)
from analytics.records.usage import (
    CONTEXTS,
    USAGE_TYPES,
    LoadPreview,
    LoadResult,
    PastLoad,
    PreviewedModel,
    Rejection,
    Totals,
    UndoneLoad,
    UsageRecord,
    UsageResult,
    UsageSummary,
)

__all__ = [
    "CONTEXTS",
    "MANUAL_KINDS",
    "METERS",
    "METER_NAMES",
    "ON_SHORTFALL",
    "RESERVATION_STATUSES",
    "TRANSACTION_KINDS",
    "TRANSACTION_TYPES",
    "UNSTORED_METERS",
    "USAGE_TYPES",
    "Account",
    "Balance",
    "CheckResult",
    "Column",
    "Confirmation",
    "CostEstimate",
    "CostLine",
    "CreditsAdded",
    "CreditsDeducted",
    "ExportResult",
    "LoadPreview",
    "LoadResult",
    "Meter",
    "MissingPrice",
    "Model",
    "Pagination",
    "PastLoad",
    "PreviewedModel",
    "Price",
    "PricedUsage",
    "Rejection",
    "Report",
    "Reservation",
    "Statement",
    "Totals",
    "Transaction",
    "TransactionList",
    "TransactionUsage",
    "UndoneLoad",
    "UsageRecord",
    "UsageResult",
    "UsageSummary",
]
