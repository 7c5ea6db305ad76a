-- One row per account, month, provider, model and price of the customer usage of issued months that
-- has changed since: the sums of its meters.
with usage as (
    select
        change.account_id,
        change.month,
        delta.provider,
        delta.model,
        delta.price_id,
{{ summed("delta.") }},
        cast(sum(delta.cost_usd) as decimal(38, 18)) as cost_usd
    from usage_month_delta as delta
    inner join invoice_change as change
        on delta.account_id = change.account_id and delta.month = change.month
    where delta.context = 'customer' and not change.is_void
    group by
        change.account_id,
        change.month,
        delta.provider,
        delta.model,
        delta.price_id
    having sum(delta.record_count) <> 0
)

select
    row_number() over () as line_key,
    usage.*
from usage
