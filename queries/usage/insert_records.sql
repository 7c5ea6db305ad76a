-- One row per new usage record, in the order of accounts: sorted rows fill whole row groups.
insert into usage_open (
{{ usage_columns() }}
)
select
    record_id,
    $load_id as load_id,
    occurred_at,
    $recorded_at as recorded_at,
    local_day,
    context,
    account_id,
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
    description,
    tags,
    cost_usd
from accepted
order by account_id, occurred_at
