-- One row per account with customer usage in a month.
select
    usage.account_id,
    account.external_id,
    account.name,
    account.email,
    cast(sum(usage.record_count) as bigint) as record_count,
    cast(sum(usage.unpriced_count) as bigint) as unpriced_count,
    cast(coalesce(sum(usage.cost_usd), 0) as decimal(38, 18)) as cost_usd,
    cast(coalesce(sum(usage.charge_usd), 0) as decimal(38, 24)) as charge_usd
from rated_delta as usage
inner join account on usage.account_id = account.account_id
where
    usage.context = 'customer'
    and usage.local_day >= cast($start_day as date)
    and usage.local_day < cast($end_day as date)
    and ($account_id is null or usage.account_id = $account_id)
group by
    usage.account_id,
    account.external_id,
    account.name,
    account.email
having sum(usage.record_count) <> 0
order by account.external_id, usage.account_id
