-- One row: the usage record of an id, of the days in which it is known to be.
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
    record_id = $record_id
    and ($start_day is null or local_day >= cast($start_day as date))
    and ($end_day is null or local_day < cast($end_day as date))
