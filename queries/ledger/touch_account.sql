-- One row: the account that is written, as the write will probably leave it, with its time, which
-- never goes back.
-- It comes first in each write: of two transactions on one account, the second then conflicts.
update account
set
    balance = balance + $balance_change,
    reserved = reserved + $reserved_change,
    transaction_count = transaction_count + $transactions,
    next_expiry_at = case
        when reserved + $reserved_change <> 0 then least(next_expiry_at, $expires_at)
    end,
    written_at = greatest(written_at, $now)
where account_id = $account_id
returning
    account_id,
    external_id,
    balance,
    reserved,
    next_expiry_at,
    transaction_count,
    written_at,
    closed_at
