-- One row per reservation that did not resolve exactly once, or otherwise than its status says.
with confirming as (
    select
        reservation_id,
        count(*) as transactions,
        min(transaction_id) as transaction_id,
        min(account_id) as account_id,
        min(type) as type,
        min(kind) as kind,
        sum(amount) as amount,
        min(created_at) as created_at
    from credit_transaction
    where reservation_id is not null
    group by reservation_id
),

known as (
    select
        reservation_id,
        count(*) as reservations
    from reservation
    group by reservation_id
)

select
    coalesce(reservation.reservation_id, confirming.reservation_id) as reservation_id,
    reservation.status,
    reservation.transaction_id,
    confirming.transactions
from reservation
full outer join confirming on reservation.reservation_id = confirming.reservation_id
left join known on reservation.reservation_id = known.reservation_id
where
    reservation.reservation_id is null
    or known.reservations > 1
    or reservation.amount <= 0
    or reservation.expires_at <= reservation.created_at
    or case reservation.status
        when 'pending' then
            reservation.resolved_at is not null
            or reservation.transaction_id is not null
            or confirming.transactions is not null
        when 'confirmed' then
            reservation.resolved_at is null
            or reservation.transaction_id is distinct from confirming.transaction_id
            or confirming.transactions <> 1
            or confirming.account_id <> reservation.account_id
            or confirming.type <> 'debit'
            or confirming.kind <> 'confirm'
            or confirming.created_at <> reservation.resolved_at
            or reservation.charged is distinct from confirming.amount
            or coalesce(reservation.shortfall, -1) < 0
        when 'cancelled' then
            reservation.resolved_at is null
            or reservation.resolved_at >= reservation.expires_at
            or reservation.transaction_id is not null
            or confirming.transactions is not null
        when 'expired' then
            reservation.resolved_at is distinct from reservation.expires_at
            or reservation.transaction_id is not null
            or confirming.transactions is not null
        else true
    end
