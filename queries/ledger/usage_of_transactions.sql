-- One row per usage record of some transactions, oldest first.
select
    transaction_id,
    record_id,
    model,
    occurred_at,
    input_tokens,
    output_tokens,
    cost_usd,
    charge_usd
from rated_usage
where list_contains($transaction_ids, transaction_id)
order by occurred_at, record_id
