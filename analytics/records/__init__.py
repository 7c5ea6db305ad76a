"""The nouns: what the library takes and gives, as frozen records.

Field names are those of the public API in snake_case and of the tables' columns. Quantities are
whole numbers of the meter's unit, money is an exact `decimal.Decimal` in USD, instants are aware
datetimes in UTC.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analytics.records.closing import (
        ArchivedBook,
        MonthState,
        MovedMonth,
        ShrunkBook,
        VerifiedFile,
    )
    from analytics.records.columns import (
        COLUMNS,
        SYNONYMS,
        TEXT_COLUMNS,
        camel,
        spellings_of,
    )
    from analytics.records.explanations import (
        ExplainedPart,
        NameMeaning,
        UsageExplanation,
    )
    from analytics.records.invoices import (
        OUTCOMES,
        TAX_KINDS,
        FxRate,
        Invoice,
        InvoiceDocument,
        IssueOutcome,
        IssueRun,
        TaxRate,
        VerifiedInvoice,
    )
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
        METER,
        METER_NAMES,
        METERS,
        PART_RULES,
        UNSTORED_METERS,
        Meter,
    )
    from analytics.records.months import (
        MonthDay,
        MonthReport,
        MonthRow,
        Mover,
    )
    from analytics.records.prices import (
        AddedPrice,
        CostEstimate,
        CostLine,
        IgnoredMeter,
        MissingPrice,
        Model,
        Price,
        PricedUsage,
        PriceFact,
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
        Backlog,
        DrainResult,
        LoadPreview,
        LoadResult,
        PastLoad,
        PreviewedAccount,
        PreviewedModel,
        Rejection,
        Totals,
        UndoneLoad,
        UsageRecord,
        UsageResult,
        UsageSummary,
    )

__all__ = [
    "COLUMNS",
    "CONTEXTS",
    "MANUAL_KINDS",
    "METER",
    "METERS",
    "METER_NAMES",
    "ON_SHORTFALL",
    "OUTCOMES",
    "PART_RULES",
    "RESERVATION_STATUSES",
    "SYNONYMS",
    "TAX_KINDS",
    "TEXT_COLUMNS",
    "TRANSACTION_KINDS",
    "TRANSACTION_TYPES",
    "UNSTORED_METERS",
    "USAGE_TYPES",
    "Account",
    "AddedPrice",
    "ArchivedBook",
    "Backlog",
    "Balance",
    "CheckResult",
    "Column",
    "Confirmation",
    "CostEstimate",
    "CostLine",
    "CreditsAdded",
    "CreditsDeducted",
    "DrainResult",
    "ExplainedPart",
    "ExportResult",
    "FxRate",
    "IgnoredMeter",
    "Invoice",
    "InvoiceDocument",
    "IssueOutcome",
    "IssueRun",
    "LoadPreview",
    "LoadResult",
    "Meter",
    "MissingPrice",
    "Model",
    "MonthDay",
    "MonthReport",
    "MonthRow",
    "MonthState",
    "MovedMonth",
    "Mover",
    "NameMeaning",
    "Pagination",
    "PastLoad",
    "PreviewedAccount",
    "PreviewedModel",
    "Price",
    "PriceFact",
    "PricedUsage",
    "Rejection",
    "Report",
    "Reservation",
    "ShrunkBook",
    "Statement",
    "TaxRate",
    "Totals",
    "Transaction",
    "TransactionList",
    "TransactionUsage",
    "UndoneLoad",
    "UsageExplanation",
    "UsageRecord",
    "UsageResult",
    "UsageSummary",
    "VerifiedFile",
    "VerifiedInvoice",
    "camel",
    "spellings_of",
]

_MODULES = (
    "meters",
    "columns",
    "reports",
    "usage",
    "prices",
    "ledger",
    "invoices",
    "explanations",
    "months",
    "closing",
)
"""Where the names are, those first that every command uses."""


def __getattr__(name: str) -> Any:
    """Imports a record when it is first used: to make so many classes takes a while."""
    if name in __all__:
        for module in _MODULES:
            found = vars(importlib.import_module(f"{__name__}.{module}"))
            if name in found:
                globals()[name] = found[name]
                return found[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
