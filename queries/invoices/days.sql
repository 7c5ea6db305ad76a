-- One row per account and day with customer usage in a month. Day and charge are texts, as the
-- content of an invoice has them: ten thousand accounts have hundreds of thousands of days.
select
    account_id,
    cast(local_day as varchar) as local_day,
    cast(sum(record_count) as bigint) as record_count,
    rtrim(
        rtrim(cast(cast(coalesce(sum(charge_usd), 0) as decimal(38, 24)) as varchar), '0'), '.'
    ) as charge_usd
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
order by
    account_id,
    local_day
