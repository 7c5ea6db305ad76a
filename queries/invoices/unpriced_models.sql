-- One row per model whose records hold an invoice of a month, or of all months
-- before its end.
select
    model,
    cast(sum(record_count) as bigint) as record_count
from usage_delta
where
    context = 'customer'
    and price_id is null
    and ($start_day is null or local_day >= cast($start_day as date))
    and local_day < cast($end_day as date)
    and ($account_id is null or account_id = $account_id)
group by model
having sum(record_count) <> 0
order by record_count desc, model
