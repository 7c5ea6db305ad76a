-- One row: the account's credits after a write.
update account
set
    balance = $balance,
    reserved = $reserved,
    next_expiry_at = $next_expiry_at,
    transaction_count = $transaction_count
where account_id = $account_id
