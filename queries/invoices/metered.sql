-- One row per account, provider, model and price of a month's customer usage: the sums of its
-- meters.
with usage as (
    select
        account_id,
        provider,
        model,
        price_id,
{{ summed() }},
        cast(sum(cost_usd) as decimal(38, 18)) as cost_usd
    from usage_month_delta
    where
        context = 'customer'
        and month >= cast($start_day as date)
        and month < cast($end_day as date)
        and ($account_id is null or account_id = $account_id)
    group by
        account_id,
        provider,
        model,
        price_id
    having sum(record_count) <> 0
)

select
    row_number() over () as line_key,
    cast($start_day as date) as month,
    usage.*
from usage
