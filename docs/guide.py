"""The whole flow in five steps: hold credits, call a model, charge, record, look at it.

python docs/guide.py [FOLDER]    makes a book there; in a temporary folder by default
"""

import sys
import tempfile
from decimal import Decimal
from pathlib import Path

import analytics
from analytics import Book


def main(folder: Path) -> None:
    """Plays a day of a small product."""
    with analytics.create(folder / "book", markup_percent=20) as book:
        book.create_account("user_123", name="Ada", email="ada@example.com")
        book.add_credits("user_123", 100, description="Top-up", payment_method="card")
        transaction_id = reserve_and_confirm(book)
        record(book, transaction_id)
        in_two_lines(book)
        look(book)


def reserve_and_confirm(book: Book) -> str:
    """Steps 1 and 2: hold what the call may cost, then charge what it did cost."""
    estimate = book.calculate_cost("gpt-4o", input_tokens=5000, output_tokens=1000)
    print(f"The call may cost ${estimate.estimated_cost_usd:.4f}.")
    reservation = book.create_reservation(external_id="user_123", amount=50)
    # ... here the model is called ...
    confirmed = book.confirm_reservation(reservation.id, 45)
    print(f"Charged {confirmed.charged:f}, released {confirmed.released:f}.")
    print(f"{confirmed.account_id} has {confirmed.balance:f} left.")
    return confirmed.transaction_id


def record(book: Book, transaction_id: str) -> None:
    """Step 3: record what was used: of the customer, with its transaction, and of your own."""
    book.record_usage(
        context="customer",
        transaction_id=transaction_id,
        external_id="user_123",
        model_id="gpt-4o",
        usage_type="text",
        input_tokens=1500,
        output_tokens=500,
        cached_tokens=200,
        description="Chat",
    )
    book.record_usage(
        context="customer",
        transaction_id=transaction_id,
        external_id="user_123",
        model_id="whisper-1",
        usage_type="audio_stt",
        audio_duration_seconds=120,
        description="Dictation",
    )
    book.record_usage(
        context="system",
        model_id="gpt-4o-mini",
        input_tokens=800,
        output_tokens=200,
        description="Nightly summary",
    )


def in_two_lines(book: Book) -> None:
    """The same for the common case: an exception in the block frees the hold."""
    with book.reservation("user_123", 5) as hold:
        hold.confirm("1.25", usage={"model_id": "gpt-4o", "input_tokens": 900})
    print(f"Recorded {hold.usage_records[0].model_id}.")


def look(book: Book) -> None:
    """Steps 4 and 5: what was used, and what it cost."""
    records = book.get_usage(external_id="user_123", context="customer").usage_records or ()
    for each in records:
        print(f"{each.model_id}: ${each.estimated_cost_usd:.4f} {each.description or ''}".rstrip())
    summary = book.get_usage(summary=True).summary
    assert summary is not None
    assert set(summary.by_context) == {"customer", "system"}
    customers = book.get_usage_summary("customer")
    print(
        f"Customers cost ${customers.total_cost_usd:.4f} and pay ${customers.total_charge_usd:.4f}."
    )
    balance = book.get_balance(external_id="user_123")
    assert balance.available == balance.balance - balance.reserved == Decimal("53.75")
    for transaction in book.list_transactions("user_123", include="usage").items:
        print(f"{transaction.type} {transaction.amount:f}, then {transaction.balance_after:f}")
    print(f"{len(book.list_models(provider='openai'))} models of OpenAI have prices.")


if __name__ == "__main__":
    if sys.argv[1:]:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as made:
            main(Path(made))
