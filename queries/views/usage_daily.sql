-- One row per day (billing time zone), context, account, usage type, provider, model, variant and
-- price. Cost is linear in the meters, so that of a cell's sums is that of its records, exactly.
select
{{ cell_key() }},
    cast(sum(record_count) as bigint) as record_count,
{{ summed() }},
    cast(sum(cost_usd) as decimal(38, 18)) as cost_usd
from usage_delta
group by
{{ cell_key() }}
having sum(record_count) <> 0
