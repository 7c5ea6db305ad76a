"""Every error of the library, in one tree.

    TokenbookError
    |-- NotFound                 something that was named does not exist
    |   |-- BookNotFound         book_not_found
    |   |-- AccountNotFound      account_not_found
    |   |-- ModelNotFound        model_not_found
    |   |-- PriceNotFound        price_not_found
    |   |-- ReportNotFound       report_not_found
    |   |-- LoadNotFound         load_not_found
    |   |-- FileMissing          file_missing
    |   |-- ReservationNotFound  reservation_not_found
    |   `-- TransactionNotFound  transaction_not_found
    |-- Conflict                 the book's state forbids it
    |   |-- BookExists           book_exists
    |   |-- AccountExists        account_exists
    |   |-- UsageConflict        usage_conflict
    |   |-- LoadAlreadyUndone    load_already_undone
    |   |-- UnpricedUsage        unpriced_usage
    |   |-- OutputExists         output_exists
    |   |-- CheckFailed          check_failed
    |   |-- AccountClosed        account_closed
    |   |-- InsufficientCredits  insufficient_credits
    |   |-- ReservationExpired   reservation_expired
    |   |-- ReservationCancelled reservation_cancelled
    |   |-- ReservationAlreadyConfirmed reservation_already_confirmed
    |   |-- TransactionMismatch  transaction_mismatch
    |   `-- IdempotencyConflict  idempotency_conflict
    |-- Invalid                  an argument is wrong
    |   |-- InvalidArgument      invalid_argument
    |   |-- InvalidUsage         invalid_usage
    |   |-- InvalidQuery         invalid_query
    |   |-- InvalidPrice         invalid_price
    |   |-- UnknownFormat        unknown_format
    |   |-- NotABook             not_a_book
    |   |-- RejectedRows         rejected_rows
    |   |-- AccountMismatch      account_mismatch
    |   |-- InvalidAmount        invalid_amount
    |   |-- ZeroAmount           zero_amount
    |   |-- NegativeAmount       negative_amount
    |   |-- TooManyDecimals      too_many_decimals
    |   |-- AmountTooLarge       amount_too_large
    |   `-- TransactionRequired  transaction_required
    `-- Unavailable              it may work later, or elsewhere
        |-- BookClosed           book_closed
        |-- BookLocked           book_locked
        |-- BookTooNew           book_too_new
        |-- BookTooOld           book_too_old
        |-- ReadOnly             read_only
        |-- QueryLimit           query_limit
        |-- FileUnreadable       file_unreadable
        `-- StorageFailed        storage_failed

A leaf's docstring is its message: the facts given as keyword arguments are filled in. ``code`` is
stable and meant for programs. The family alone decides the exit code of a command (in ``cli``).
Bad rows of an input are not errors but values: ``records.Rejection``.
"""

from typing import ClassVar


class TokenbookError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        template = " ".join((type(self).__doc__ or "").split())
        super().__init__(template.format_map(facts))


class NotFound(TokenbookError):
    """Not found."""

    code = "not_found"


class Conflict(TokenbookError):
    """The book's state does not allow this."""

    code = "conflict"


class Invalid(TokenbookError):
    """An argument is not valid."""

    code = "invalid"


class Unavailable(TokenbookError):
    """Not available now."""

    code = "unavailable"


class BookNotFound(NotFound):
    """There is no book at {path}. Create one with 'tokenbook init --book {path}', or name
    another with --book DIR or $TOKENBOOK.
    """

    code = "book_not_found"


class AccountNotFound(NotFound):
    """No account has the id {account!r}. 'tokenbook accounts list' shows the accounts,
    'tokenbook accounts create --external-id ID' makes one.
    """

    code = "account_not_found"


class ModelNotFound(NotFound):
    """No model is known as {model!r}. 'tokenbook models TEXT' searches,
    'tokenbook prices alias' and 'tokenbook prices add' make a name known.
    """

    code = "model_not_found"


class PriceNotFound(NotFound):
    """There is no price for {model!r} here: {reason}. 'tokenbook prices show MODEL' shows what
    there is, 'tokenbook prices add' adds one.
    """

    code = "price_not_found"


class ReportNotFound(NotFound):
    """There is no report named {name!r}. There are: {names}."""

    code = "report_not_found"


class LoadNotFound(NotFound):
    """There is no load {load_id}. 'tokenbook loads list' shows what was loaded."""

    code = "load_not_found"


class FileMissing(NotFound):
    """There is nothing to read at {path}. Check the path; nothing was loaded."""

    code = "file_missing"


class ReservationNotFound(NotFound):
    """No reservation has the id {reservation_id!r}. 'tokenbook reservations' lists them."""

    code = "reservation_not_found"


class TransactionNotFound(NotFound):
    """No transaction has the id {transaction_id!r}. 'tokenbook transactions' lists them."""

    code = "transaction_not_found"


class BookExists(Conflict):
    """There is a book at {path} already. Use it, or choose an empty folder for a new one."""

    code = "book_exists"


class AccountExists(Conflict):
    """The external id {external_id!r} already belongs to account {account_id}."""

    code = "account_exists"


class UsageConflict(Conflict):
    """The id {record_id!r} is already recorded with other content. Nothing was changed:
    send the same content again, or give the new record an id of its own.
    """

    code = "usage_conflict"


class LoadAlreadyUndone(Conflict):
    """Load {load_id} was taken back on {undone_at} already. Nothing was changed."""

    code = "load_already_undone"


class UnpricedUsage(Conflict):
    """{records} of {month} have no price, so the invoices of these accounts are held:
    {accounts}. The models: {models}. 'tokenbook prices missing' lists them and names what helps
    ('prices alias', 'prices add'); then 'tokenbook prices apply'.
    """

    code = "unpriced_usage"


class OutputExists(Conflict):
    """{path} exists already. Choose another path, or add --force to replace it."""

    code = "output_exists"


class CheckFailed(Conflict):
    """{failures} of {checks} checks found something wrong: {names}.
    Do not bill from this book before it is understood.
    """

    code = "check_failed"


class AccountClosed(Conflict):
    """Account {account_id} was closed on {closed_at}: it takes no more credits and reservations.
    Nothing was changed.
    """

    code = "account_closed"


class InsufficientCredits(Conflict):
    """Account {account_id} has {available} credits available, {required} are needed. Nothing was
    changed; 'tokenbook credits add' adds credits.
    """

    code = "insufficient_credits"


class ReservationExpired(Conflict):
    """Reservation {reservation_id} expired at {expires_at}, so its hold is gone, and of the
    {required} needed account {account_id} has {available} available. Nothing was changed: add
    credits and confirm again, or confirm with on_shortfall 'cap'.
    """

    code = "reservation_expired"


class ReservationCancelled(Conflict):
    """Reservation {reservation_id} was cancelled at {resolved_at} and cannot be confirmed any more.
    Nothing was changed; 'tokenbook credits deduct' charges without a reservation.
    """

    code = "reservation_cancelled"


class ReservationAlreadyConfirmed(Conflict):
    """Reservation {reservation_id} was confirmed with {amount} by transaction {transaction_id};
    {problem}. Nothing was changed.
    """

    code = "reservation_already_confirmed"


class TransactionMismatch(Conflict):
    """Transaction {transaction_id} is of account {account_id}, not of {account!r}. Nothing was
    recorded.
    """

    code = "transaction_mismatch"


class IdempotencyConflict(Conflict):
    """The idempotency key {key!r} was used for another request ({operation}). Nothing was changed:
    give each request a key of its own, and a retry the key of its first try.
    """

    code = "idempotency_conflict"


class InvalidArgument(Invalid):
    """{name}: {problem}."""

    code = "invalid_argument"


class InvalidUsage(Invalid):
    """The usage was not recorded: {problem}."""

    code = "invalid_usage"


class InvalidQuery(Invalid):
    """The query cannot run: {problem}"""

    code = "invalid_query"


class InvalidPrice(Invalid):
    """The price was not added: {problem}."""

    code = "invalid_price"


class UnknownFormat(Invalid):
    """{path}: {problem}. Known are .jsonl, .ndjson, .json, .csv, .tsv and .parquet, the text ones
    also with .gz or .zst; --format names the format of a file with another ending.
    """

    code = "unknown_format"


class NotABook(Invalid):
    """{path} is not a tokenbook book: {problem}."""

    code = "not_a_book"


class RejectedRows(Invalid):
    """--strict was given, so nothing was loaded. Rejected: {rejected} ({codes}).
    The first: {first}.
    """

    code = "rejected_rows"


class AccountMismatch(Invalid):
    """Two accounts are named: {one!r} and {other!r} are not the same one. Name it once."""

    code = "account_mismatch"


class InvalidAmount(Invalid):
    """{name}: {value!r} is no amount of credits. Give a whole number, a Decimal or a text
    like 12.50, not a float.
    """

    code = "invalid_amount"


class ZeroAmount(Invalid):
    """{name}: zero is no amount here."""

    code = "zero_amount"


class NegativeAmount(Invalid):
    """{name}: {value} is negative. Amounts are positive; whether they come or go is in the type."""

    code = "negative_amount"


class TooManyDecimals(Invalid):
    """{name}: {value} has more than {digits} decimals. Round it before."""

    code = "too_many_decimals"


class AmountTooLarge(Invalid):
    """{name}: {value} is too large; an account holds less than {limit} credits."""

    code = "amount_too_large"


class TransactionRequired(Invalid):
    """Usage of a customer needs a transaction_id in this book: that of a confirmed reservation or
    of a debit. Nothing was recorded. 'tokenbook init --no-require-transactions' makes a book that
    does without.
    """

    code = "transaction_required"


class BookClosed(Unavailable):
    """The book {path} was closed. Open it again."""

    code = "book_closed"


class BookLocked(Unavailable):
    """The book {path} is in use by {holder}. Nothing was changed; try again when it has finished,
    or wait longer with --wait SECONDS.
    """

    code = "book_locked"


class BookTooNew(Unavailable):
    """The book {path} has schema version {found}, this program knows versions up to {known}.
    Upgrade tokenbook to use it.
    """

    code = "book_too_new"


class BookTooOld(Unavailable):
    """The book {path} was made by an earlier version (schema {found}, now {known}) and must be
    brought up to date. Open it once for writing, for instance with 'tokenbook check --migrate'.
    """

    code = "book_too_old"


class ReadOnly(Unavailable):
    """The book {path} is open for reading only, or its files cannot be written.
    Nothing was changed.
    """

    code = "read_only"


class QueryLimit(Unavailable):
    """The query was stopped: {problem} Narrow it, or raise the limit."""

    code = "query_limit"


class FileUnreadable(Unavailable):
    """{path} cannot be read: {problem}. Nothing was loaded; see who may read it."""

    code = "file_unreadable"


class StorageFailed(Unavailable):
    """The storage failed: {problem}. Nothing was changed."""

    code = "storage_failed"
