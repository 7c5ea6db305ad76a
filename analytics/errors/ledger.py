"""Errors of accounts, credits, reservations and transactions."""

from analytics.errors.families import Conflict, Invalid, NotFound


class AccountNotFound(NotFound):
    """No account has the id {account!r}. 'tokenbook accounts list' shows the accounts,
    'tokenbook accounts create --external-id ID' makes one.
    """

    code = "account_not_found"


class ReservationNotFound(NotFound):
    """No reservation has the id {reservation_id!r}. 'tokenbook reservations' lists them."""

    code = "reservation_not_found"


class TransactionNotFound(NotFound):
    """No transaction has the id {transaction_id!r}. 'tokenbook transactions' lists them."""

    code = "transaction_not_found"


class AccountExists(Conflict):
    """The external id {external_id!r} already belongs to account {account_id}."""

    code = "account_exists"


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
