-- One row per usage record of a period, newest first, a page of them, without their charge: that
-- is put to the few rows of a page afterwards. $first_at, the time of its oldest (`usage_page`),
-- keeps it from reading all columns of the others; null says nothing.
select
    record_id,
    occurred_at,
    recorded_at,
    local_day,
    context,
    account_id,
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
    description,
    tags,
    load_id
from usage_record
where
    ($first_at is null or occurred_at >= $first_at)
    and ($start_day is null or local_day >= cast($start_day as date))
    and ($end_day is null or local_day < cast($end_day as date))
    and ($context is null or context = $context)
    and ($account is null or account_id = $account_id)
    and ($provider is null or provider = lower($provider))
    and ($model is null or lower(model) = lower($model))
    and ($usage_type is null or usage_type = $usage_type)
order by occurred_at desc, record_id desc
limit $limit offset $offset
