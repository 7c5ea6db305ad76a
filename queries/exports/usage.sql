-- One row per usage record of a period, by time, as other programs want it: times in UTC, cost and
-- charge in USD.
select
    record_id as id,
    occurred_at,
    recorded_at,
    local_day,
    context,
    account_id,
    external_id,
    transaction_id,
    provider,
    model,
    provider_as_sent,
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
    ($start_day is null or local_day >= cast($start_day as date))
    and ($end_day is null or local_day < cast($end_day as date))
    and ($context is null or context = $context)
    and ($account is null or account_id = $account_id)
    and ($provider is null or provider = lower($provider))
    and ($model is null or lower(model) = lower($model))
    and ($usage_type is null or usage_type = $usage_type)
order by occurred_at, record_id
