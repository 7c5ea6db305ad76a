-- One row per roll-up cell of a month, in the order of accounts: all its changes summed.
select
{{ cell_key() }},
    cast(sum(record_count) as bigint) as record_count,
{{ summed() }},
    cast(sum(cost_usd) as decimal(38, 18)) as cost_usd
from usage_daily_delta
where
    local_day >= cast($start_day as date)
    and local_day < cast($end_day as date)
group by
{{ cell_key() }}
having sum(record_count) <> 0
order by
    account_id,
    local_day
