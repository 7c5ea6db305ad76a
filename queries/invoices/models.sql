-- One row per account and model with customer usage in a month.
select
    account_id,
    provider,
    model,
    cast(sum(record_count) as bigint) as record_count,
    cast(coalesce(sum(charge_usd), 0) as decimal(38, 24)) as charge_usd
from rated_month_delta
where
    context = 'customer'
    and month >= cast($start_day as date)
    and month < cast($end_day as date)
    and ($account_id is null or account_id = $account_id)
group by
    account_id,
    provider,
    model
having sum(record_count) <> 0
order by
    account_id,
    provider,
    model
