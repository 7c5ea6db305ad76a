-- One row per account with customer usage in a month: its days, as the content of an invoice has
-- them. Ten thousand accounts have hundreds of thousands of days, so they are made here.
with day as (
    select
        account_id,
        local_day,
        cast(sum(record_count) as bigint) as record_count,
        cast(coalesce(sum(charge_usd), 0) as decimal(38, 24)) as charge_usd
    from rated_delta
    where
        context = 'customer'
        and local_day >= cast($start_day as date)
        and local_day < cast($end_day as date)
        and ($account_id is null or account_id = $account_id)
    group by
        account_id,
        local_day
    having sum(record_count) <> 0
)

select
    account_id,
    list(
        {
            'day': cast(local_day as varchar),
            'records': record_count,
            'exact': rtrim(rtrim(cast(charge_usd as varchar), '0'), '.')
        }
        order by local_day
    ) as days
from day
group by account_id
