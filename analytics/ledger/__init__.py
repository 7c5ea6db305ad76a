"""Accounts and their credits: reserve, then confirm, cancel or let expire.

balance = sum of transactions; reserved = sum of live holds; available = balance - reserved, never
below zero. An account's row keeps balance and reserved, so that no write and no balance reads the
transactions; `queries/checks/` adds them up again.
"""

from analytics.ledger.accounts import (
    close_account,
    create_account,
    currency,
    get_account,
    list_accounts,
    markup,
    update_account,
)
from analytics.ledger.credits import (
    Note,
    add_credits,
    create_transaction,
    deduct_credits,
    get_balance,
    get_transaction,
)
from analytics.ledger.naming import Named
from analytics.ledger.reservations import (
    cancel_reservation,
    confirm_reservation,
    create_reservation,
    get_reservation,
    list_reservations,
)
from analytics.ledger.statements import get_statement, list_transactions
from analytics.ledger.usage_rules import check_usage_transaction, check_usage_transactions

__all__ = [
    "Named",
    "Note",
    "add_credits",
    "cancel_reservation",
    "check_usage_transaction",
    "check_usage_transactions",
    "close_account",
    "confirm_reservation",
    "create_account",
    "create_reservation",
    "create_transaction",
    "currency",
    "deduct_credits",
    "get_account",
    "get_balance",
    "get_reservation",
    "get_statement",
    "get_transaction",
    "list_accounts",
    "list_reservations",
    "list_transactions",
    "markup",
    "update_account",
]
