"""Every error of the library, in one tree.

    TokenbookError
    |-- NotFound                 something that was named does not exist
    |   |-- BookNotFound         book_not_found
    |   |-- ReportNotFound       report_not_found
    |   |-- InvoiceNotFound      invoice_not_found
    |   |-- AccountNotFound      account_not_found
    |   |-- ReservationNotFound  reservation_not_found
    |   |-- TransactionNotFound  transaction_not_found
    |   |-- ModelNotFound        model_not_found
    |   |-- PriceNotFound        price_not_found
    |   |-- SpoolNotFound        spool_not_found
    |   |-- LoadNotFound         load_not_found
    |   |-- UsageRecordNotFound  usage_record_not_found
    |   `-- FileMissing          file_missing
    |-- Conflict                 the book's state forbids it
    |   |-- BookExists           book_exists
    |   |-- OutputExists         output_exists
    |   |-- CheckFailed          check_failed
    |   |-- MonthClosed          month_closed
    |   |-- FilesDamaged         files_damaged
    |   |-- NotClosed            not_closed
    |   |-- UnpricedExport       unpriced_export
    |   |-- SellerIncomplete     seller_incomplete
    |   |-- MonthNotOver         month_not_over
    |   |-- InvoiceIssued        invoice_issued
    |   |-- InvoicesHeld         invoices_held
    |   |-- InvoiceNotVoidable   invoice_not_voidable
    |   |-- InvoicesDamaged      invoices_damaged
    |   |-- RateExists           rate_exists
    |   |-- AccountExists        account_exists
    |   |-- AccountClosed        account_closed
    |   |-- InsufficientCredits  insufficient_credits
    |   |-- ReservationExpired   reservation_expired
    |   |-- ReservationCancelled reservation_cancelled
    |   |-- ReservationAlreadyConfirmed reservation_already_confirmed
    |   |-- TransactionMismatch  transaction_mismatch
    |   |-- IdempotencyConflict  idempotency_conflict
    |   |-- UnpricedUsage        unpriced_usage
    |   |-- UsageConflict        usage_conflict
    |   `-- LoadAlreadyUndone    load_already_undone
    |-- Invalid                  an argument is wrong
    |   |-- InvalidArgument      invalid_argument
    |   |-- InvalidQuery         invalid_query
    |   |-- ReportUnreadable     report_unreadable
    |   |-- NotABook             not_a_book
    |   |-- TemplateFailed       template_failed
    |   |-- TooManyRows          too_many_rows
    |   |-- InvalidConfiguration invalid_configuration
    |   |-- AccountMismatch      account_mismatch
    |   |-- InvalidAmount        invalid_amount
    |   |-- ZeroAmount           zero_amount
    |   |-- NegativeAmount       negative_amount
    |   |-- TooManyDecimals      too_many_decimals
    |   |-- AmountTooLarge       amount_too_large
    |   |-- TransactionRequired  transaction_required
    |   |-- InvalidPrice         invalid_price
    |   |-- InvalidUsage         invalid_usage
    |   |-- UnknownFormat        unknown_format
    |   |-- UnknownSource        unknown_source
    |   `-- RejectedRows         rejected_rows
    `-- Unavailable              it may work later, or elsewhere
        |-- BookClosed           book_closed
        |-- BookLocked           book_locked
        |-- BookOfDevelopment    book_of_development
        |-- BookTooNew           book_too_new
        |-- BookTooOld           book_too_old
        |-- ReadOnly             read_only
        |-- QueryLimit           query_limit
        |-- StorageFailed        storage_failed
        |-- ClosedFileMissing    closed_file_missing
        |-- ClosingFailed        closing_failed
        |-- RecorderClosed       recorder_closed
        |-- SpoolFull            spool_full
        |-- SpoolFailed          spool_failed
        `-- FileUnreadable       file_unreadable

A leaf's docstring is its message: the facts given as keyword arguments are filled in. ``code`` is
stable and meant for programs. The family alone decides the exit code of a command (in ``cli``).
Bad rows of an input are not errors but values: ``records.Rejection``.
"""

from analytics.errors.books import (
    BookClosed,
    BookExists,
    BookLocked,
    BookNotFound,
    BookOfDevelopment,
    BookTooNew,
    BookTooOld,
    CheckFailed,
    InvalidArgument,
    InvalidQuery,
    NotABook,
    OutputExists,
    QueryLimit,
    ReadOnly,
    ReportNotFound,
    ReportUnreadable,
    StorageFailed,
)
from analytics.errors.closing import (
    ClosedFileMissing,
    ClosingFailed,
    FilesDamaged,
    MonthClosed,
    NotClosed,
)
from analytics.errors.documents import TemplateFailed
from analytics.errors.exports import TooManyRows, UnpricedExport
from analytics.errors.families import Conflict, Invalid, NotFound, TokenbookError, Unavailable
from analytics.errors.invoices import (
    InvalidConfiguration,
    InvoiceIssued,
    InvoiceNotFound,
    InvoiceNotVoidable,
    InvoicesDamaged,
    InvoicesHeld,
    MonthNotOver,
    RateExists,
    SellerIncomplete,
)
from analytics.errors.ledger import (
    AccountClosed,
    AccountExists,
    AccountMismatch,
    AccountNotFound,
    AmountTooLarge,
    IdempotencyConflict,
    InsufficientCredits,
    InvalidAmount,
    NegativeAmount,
    ReservationAlreadyConfirmed,
    ReservationCancelled,
    ReservationExpired,
    ReservationNotFound,
    TooManyDecimals,
    TransactionMismatch,
    TransactionNotFound,
    TransactionRequired,
    ZeroAmount,
)
from analytics.errors.pricing import (
    InvalidPrice,
    ModelNotFound,
    PriceNotFound,
    UnpricedUsage,
)
from analytics.errors.spool import RecorderClosed, SpoolFailed, SpoolFull, SpoolNotFound
from analytics.errors.usage import (
    FileMissing,
    FileUnreadable,
    InvalidUsage,
    LoadAlreadyUndone,
    LoadNotFound,
    RejectedRows,
    UnknownFormat,
    UnknownSource,
    UsageConflict,
    UsageRecordNotFound,
)

__all__ = [
    "AccountClosed",
    "AccountExists",
    "AccountMismatch",
    "AccountNotFound",
    "AmountTooLarge",
    "BookClosed",
    "BookExists",
    "BookLocked",
    "BookNotFound",
    "BookOfDevelopment",
    "BookTooNew",
    "BookTooOld",
    "CheckFailed",
    "ClosedFileMissing",
    "ClosingFailed",
    "Conflict",
    "FileMissing",
    "FileUnreadable",
    "FilesDamaged",
    "IdempotencyConflict",
    "InsufficientCredits",
    "Invalid",
    "InvalidAmount",
    "InvalidArgument",
    "InvalidConfiguration",
    "InvalidPrice",
    "InvalidQuery",
    "InvalidUsage",
    "InvoiceIssued",
    "InvoiceNotFound",
    "InvoiceNotVoidable",
    "InvoicesDamaged",
    "InvoicesHeld",
    "LoadAlreadyUndone",
    "LoadNotFound",
    "ModelNotFound",
    "MonthClosed",
    "MonthNotOver",
    "NegativeAmount",
    "NotABook",
    "NotClosed",
    "NotFound",
    "OutputExists",
    "PriceNotFound",
    "QueryLimit",
    "RateExists",
    "ReadOnly",
    "RecorderClosed",
    "RejectedRows",
    "ReportNotFound",
    "ReportUnreadable",
    "ReservationAlreadyConfirmed",
    "ReservationCancelled",
    "ReservationExpired",
    "ReservationNotFound",
    "SellerIncomplete",
    "SpoolFailed",
    "SpoolFull",
    "SpoolNotFound",
    "StorageFailed",
    "TemplateFailed",
    "TokenbookError",
    "TooManyDecimals",
    "TooManyRows",
    "TransactionMismatch",
    "TransactionNotFound",
    "TransactionRequired",
    "Unavailable",
    "UnknownFormat",
    "UnknownSource",
    "UnpricedExport",
    "UnpricedUsage",
    "UsageConflict",
    "UsageRecordNotFound",
    "ZeroAmount",
]
