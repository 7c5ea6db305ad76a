"""Reservations: pending, then confirmed, cancelled or expired.

A hold expires by the clock, with no job running: reads leave out what has expired, and the next
write to the account stores it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analytics.errors import (
    InsufficientCredits,
    InvalidArgument,
    ReservationAlreadyConfirmed,
    ReservationCancelled,
    ReservationExpired,
    ReservationNotFound,
)
from analytics.ledger import ids, objects
from analytics.ledger.amounts import Amount, to_amount
from analytics.ledger.credit import ZERO, Credit, Move
from analytics.ledger.credits import get_transaction
from analytics.ledger.idempotency import once
from analytics.ledger.naming import Named, account_id, known_id
from analytics.money import plain
from analytics.period import Duration, iso
from analytics.records import ON_SHORTFALL, Confirmation, Reservation

if TYPE_CHECKING:
    from analytics.engines import Reader, Row, Writer

LONGEST_TTL = timedelta(days=366)


def create_reservation(
    engine: "Writer",
    named: Named,
    amount: Amount,
    *,
    ttl: Duration,
    metadata: Mapping[str, Any],
    now: datetime,
    key: str | None = None,
) -> Reservation:
    """Holds credits for a while.

    Args:
        engine: the book.
        named: whose.
        amount: how many, more than zero.
        ttl: how long; then the hold is free again.
        metadata: what the caller keeps with it; None values are left out.
        now: the time.
        key: makes a retry return the same reservation, as it is by then.

    Raises:
        AccountNotFound: there is no such account.
        AccountClosed: it was closed.
        InsufficientCredits: so many are not available.
        Invalid: the amount is none (`amounts.to_amount`), or the time to live or metadata is wrong.
        IdempotencyConflict: the key was used for another request.
    """
    exact, lifetime = to_amount(amount, "amount"), _lifetime(ttl)
    text = objects.to_text({k: value for k, value in metadata.items() if value is not None})

    def act() -> tuple[str, Reservation]:
        move = Move(reserved=exact, expires_at=now + lifetime)
        made = _reserve(Credit.open(engine, owner, now, move), exact, lifetime, text)
        return made.id, made

    with engine.atomic(forget=False):
        owner = known_id(engine, named)
        request = {
            "operation": "create_reservation",
            "account_id": owner,
            "amount": exact,
            "ttl": lifetime,
            "metadata": text,
        }
        return once(engine, key, request, act, lambda r: get_reservation(engine, r, now=now), now)


def confirm_reservation(
    engine: "Writer",
    reservation_id: str,
    actual_amount: Amount,
    *,
    on_shortfall: str,
    now: datetime,
    key: str | None = None,
) -> Confirmation:
    """Charges what was used and frees the rest of the hold.

    Args:
        engine: the book.
        reservation_id: which one.
        actual_amount: what was used; also zero, or more than was held.
        on_shortfall: where the credits do not cover it, "reject" changes nothing, "cap" charges
            what there is and stores the shortfall.
        now: the time.
        key: makes a retry return the same result; without one the same amount does.

    Raises:
        ReservationNotFound: there is none.
        ReservationAlreadyConfirmed: it was confirmed with another amount.
        ReservationCancelled: it was cancelled.
        ReservationExpired: it has expired, and the credits do not cover the amount.
        InsufficientCredits: the credits do not cover the amount.
        Invalid: the amount is none (`amounts.to_amount`), or `on_shortfall` is unknown.
        IdempotencyConflict: the key was used for another request.
    """
    actual = to_amount(actual_amount, "actual_amount", zero=True)
    if on_shortfall not in ON_SHORTFALL:
        problem = f"{on_shortfall!r} is none of {', '.join(ON_SHORTFALL)}"
        raise InvalidArgument(name="on_shortfall", problem=problem)

    def act() -> tuple[str, Confirmation]:
        row = _row(engine, reservation_id, "ledger/stored_reservation")
        if row["status"] == "confirmed":
            return reservation_id, _confirmed_before(engine, row, actual)
        move = Move(-actual, -row["amount"], 1, row["expires_at"])
        is_pending = row["status"] == "pending"
        credit = Credit.open(engine, row["account_id"], now, move if is_pending else None)
        return reservation_id, _confirm(credit, row, actual, on_shortfall)

    request = {
        "operation": "confirm_reservation",
        "reservation_id": reservation_id,
        "actual_amount": actual,
        "on_shortfall": on_shortfall,
    }
    return once(engine, key, request, act, lambda found: _recall(engine, found), now)


def cancel_reservation(
    engine: "Writer", reservation_id: str, *, now: datetime, key: str | None = None
) -> Reservation:
    """Frees the whole hold. One that is cancelled or has expired stays as it is.

    Raises:
        ReservationNotFound: there is none.
        ReservationAlreadyConfirmed: it was confirmed.
        IdempotencyConflict: the key was used for another request.
    """

    def act() -> tuple[str, Reservation]:
        row = _row(engine, reservation_id, "ledger/stored_reservation")
        if row["status"] == "confirmed":
            raise _already(row, "it cannot be cancelled")
        if row["status"] == "pending":
            credit = Credit.open(engine, row["account_id"], now)
            if row["expires_at"] > credit.now:
                credit.release(row["amount"])
                _resolve(engine, row, "cancelled", credit.now)
                credit.save()
        return reservation_id, get_reservation(engine, reservation_id, now=now)

    request = {"operation": "cancel_reservation", "reservation_id": reservation_id}
    return once(engine, key, request, act, lambda r: get_reservation(engine, r, now=now), now)


def get_reservation(engine: "Reader", reservation_id: str, *, now: datetime) -> Reservation:
    """The reservation of an id, with its status now.

    Raises:
        ReservationNotFound: there is none.
    """
    return to_reservation(_row(engine, reservation_id), now)


def list_reservations(
    engine: "Reader",
    named: Named,
    *,
    active_only: bool,
    limit: int,
    offset: int,
    now: datetime,
) -> list[Reservation]:
    """Reservations, newest first: those that are live now, or all.

    Raises:
        AccountNotFound: there is no such account.
        InvalidArgument: the limit is not 1 to 10,000, or the offset is negative.
    """
    check_page(limit, offset)
    with engine.session():
        rows = engine.rows(
            "ledger/reservations",
            account_id=account_id(engine, named),
            active_only=active_only,
            limit=limit,
            offset=offset,
            now=now,
        )
    return [to_reservation(row, now) for row in rows]


def check_page(limit: int, offset: int) -> None:
    """Checks which part of a list is asked for.

    Raises:
        InvalidArgument: the limit is not 1 to 10,000, or the offset is negative.
    """
    if not 1 <= limit <= 10_000:
        raise InvalidArgument(name="limit", problem=f"{limit} is not between 1 and 10000")
    if offset < 0:
        raise InvalidArgument(name="offset", problem=f"{offset} is less than 0")


def to_reservation(row: "Row", now: datetime) -> Reservation:
    """A reservation from its row, with its status by the account's time."""
    status, resolved_at = row["status"], row["resolved_at"]
    time = max(now, row["written_at"] or now)
    if status == "pending" and row["expires_at"] <= time:
        status, resolved_at = "expired", row["expires_at"]
    return Reservation(
        id=row["reservation_id"],
        account_id=row["account_id"],
        external_id=row["external_id"],
        amount=row["amount"],
        status=status,
        created_at=row["created_at"].replace(tzinfo=UTC),
        expires_at=row["expires_at"].replace(tzinfo=UTC),
        resolved_at=resolved_at.replace(tzinfo=UTC) if resolved_at else None,
        transaction_id=row["transaction_id"],
        charged=row["charged"],
        shortfall=row["shortfall"],
        metadata=objects.to_object(row["metadata"]),
    )


def _reserve(
    credit: Credit, amount: Decimal, lifetime: timedelta, metadata: str | None
) -> Reservation:
    credit.refuse_closed()
    credit.require(amount)
    row: Row = {
        "reservation_id": ids.new_id(ids.RESERVATION, credit.now),
        "account_id": credit.account_id,
        "amount": amount,
        "created_at": credit.now,
        "expires_at": credit.now + lifetime,
        "metadata": metadata,
    }
    credit.engine.execute("ledger/insert_reservation", **row)
    credit.hold(amount, row["expires_at"])
    credit.save()
    unresolved = dict.fromkeys(("resolved_at", "transaction_id", "charged", "shortfall"))
    more = {"external_id": credit.external_id, "status": "pending", "written_at": None}
    return to_reservation({**row, **unresolved, **more}, credit.now)


def _confirm(credit: Credit, row: "Row", actual: Decimal, on_shortfall: str) -> Confirmation:
    if row["status"] == "cancelled":
        raise ReservationCancelled(
            reservation_id=row["reservation_id"], resolved_at=iso(row["resolved_at"])
        )
    is_late = row["expires_at"] <= credit.now
    held = ZERO if is_late else row["amount"]
    usable = held + credit.available
    charged = min(actual, usable)
    if charged < actual and on_shortfall == "reject":
        raise _uncovered(credit, row, usable, actual, is_late=is_late)
    credit.release(held)
    reservation_id = row["reservation_id"]
    transaction_id = credit.post("debit", "confirm", charged, reservation_id=reservation_id)
    outcome = {"charged": charged, "shortfall": actual - charged}
    _resolve(credit.engine, row, "confirmed", credit.now, transaction_id, **outcome)
    credit.save()
    return Confirmation(
        reservation_id=reservation_id,
        transaction_id=transaction_id,
        account_id=credit.account_id,
        external_id=credit.external_id,
        balance=credit.balance,
        released=max(held - charged, ZERO),
        is_late=is_late,
        **outcome,
    )


def _uncovered(
    credit: Credit, row: "Row", usable: Decimal, actual: Decimal, *, is_late: bool
) -> ReservationExpired | InsufficientCredits:
    facts = {
        "account_id": credit.account_id,
        "available": plain(usable),
        "required": plain(actual),
    }
    if not is_late:
        return InsufficientCredits(**facts)
    expires_at = iso(row["expires_at"])
    return ReservationExpired(reservation_id=row["reservation_id"], expires_at=expires_at, **facts)


def _confirmed_before(engine: "Reader", row: "Row", actual: Decimal) -> Confirmation:
    if row["charged"] + row["shortfall"] != actual:
        raise _already(row, f"it cannot be confirmed with {plain(actual)}")
    return _recall(engine, row["reservation_id"])


def _already(row: "Row", problem: str) -> ReservationAlreadyConfirmed:
    return ReservationAlreadyConfirmed(
        reservation_id=row["reservation_id"],
        amount=plain(row["charged"] + row["shortfall"]),
        transaction_id=row["transaction_id"],
        problem=problem,
    )


def _recall(engine: "Reader", reservation_id: str) -> Confirmation:
    """What confirming a reservation did, from what it stored."""
    row = _row(engine, reservation_id, "ledger/stored_reservation")
    done = get_transaction(engine, row["transaction_id"])
    is_late = row["resolved_at"] >= row["expires_at"]
    held = ZERO if is_late else row["amount"]
    return Confirmation(
        reservation_id=reservation_id,
        transaction_id=done.id,
        account_id=done.account_id,
        external_id=done.external_id,
        balance=done.balance_after,
        charged=row["charged"],
        released=max(held - row["charged"], ZERO),
        shortfall=row["shortfall"],
        is_late=is_late,
    )


def _resolve(
    engine: "Writer",
    row: "Row",
    status: str,
    now: datetime,
    transaction_id: str | None = None,
    charged: Decimal | None = None,
    shortfall: Decimal | None = None,
) -> None:
    engine.execute(
        "ledger/resolve_reservation",
        reservation_id=row["reservation_id"],
        created_at=row["created_at"],
        status=status,
        resolved_at=now,
        transaction_id=transaction_id,
        charged=charged,
        shortfall=shortfall,
    )


def _row(engine: "Reader", reservation_id: str, query: str = "ledger/reservation") -> "Row":
    created_at = ids.made_at(ids.RESERVATION, reservation_id)
    rows = engine.rows(query, reservation_id=reservation_id, created_at=created_at)
    if not rows:
        raise ReservationNotFound(reservation_id=reservation_id)
    return rows[0]


def _lifetime(ttl: Duration) -> timedelta:
    problem = f"{ttl!r} is not a number of seconds, or span of time, above 0 and up to 366 days"
    if isinstance(ttl, bool) or not isinstance(ttl, timedelta | int):
        raise InvalidArgument(name="ttl", problem=problem)
    try:
        lifetime = ttl if isinstance(ttl, timedelta) else timedelta(seconds=ttl)
    except OverflowError:
        raise InvalidArgument(name="ttl", problem=problem) from None
    if not timedelta(0) < lifetime <= LONGEST_TTL:
        raise InvalidArgument(name="ttl", problem=problem)
    return lifetime
