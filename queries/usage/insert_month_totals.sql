-- One row per month's total of its compacted cells, in the order of accounts.
insert into usage_month_total (
    month,
{{ month_key() }},
    record_count,
{{ quantities() }},
    cost_usd
)
select
    cast($start_day as date) as month,
{{ month_key() }},
    cast(sum(record_count) as bigint) as record_count,
{{ summed() }},
    cast(sum(cost_usd) as decimal(38, 18)) as cost_usd
from month_cell
group by
{{ month_key() }}
order by account_id
