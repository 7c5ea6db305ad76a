-- One row per usage record that has one of some ids, of the days in which they are known to be.
select
    record_id,
    occurred_at,
    recorded_at,
    local_day,
    context,
    account_id,
    external_id,
    transaction_id,
    provider,
    model,
    model_as_sent,
    usage_type,
    variant,
{{ quantities() }},
    other_meters,
    price_id,
    unpriced_reason,
    cost_usd,
    charge_usd,
    description,
    tags,
    load_id
from rated_usage
where
    record_id in (select unnest(cast($record_ids as varchar[])))
    and ($start_day is null or local_day >= cast($start_day as date))
    and ($end_day is null or local_day < cast($end_day as date))
